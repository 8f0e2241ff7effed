// at fault: "sql_down_without_up"
migrate_core::migrations!("sql_down_without_up");

fn main() {}
