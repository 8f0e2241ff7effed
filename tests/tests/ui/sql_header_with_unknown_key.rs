// at fault: "sql_header_with_unknown_key"
migrate_core::migrations!("sql_header_with_unknown_key");

fn main() {}
