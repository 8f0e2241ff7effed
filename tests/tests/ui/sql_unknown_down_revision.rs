// at fault: "sql_unknown_down_revision"
migrate_core::migrations!("sql_unknown_down_revision");

fn main() {}
