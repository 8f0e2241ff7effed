// at fault: "sql_without_way_back"
migrate_core::migrations!("sql_without_way_back");

fn main() {}
