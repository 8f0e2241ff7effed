// at fault: "sql_beside_rust"
migrate_core::migrations!("sql_beside_rust");

fn main() {}
