// at fault: "sql_duplicate_revision"
migrate_core::migrations!("sql_duplicate_revision");

fn main() {}
