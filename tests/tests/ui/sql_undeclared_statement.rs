// at fault: "sql_undeclared_statement"
migrate_core::migrations!("sql_undeclared_statement");

fn main() {}
