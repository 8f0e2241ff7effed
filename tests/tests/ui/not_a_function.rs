// at fault: struct
migrate_core::migrations!("not_a_function");

fn main() {}
