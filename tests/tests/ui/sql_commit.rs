// at fault: "sql_commit"
migrate_core::migrations!("sql_commit");

fn main() {}
