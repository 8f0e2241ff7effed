// at fault: create_orders
migrate_core::migrations!("wrong_name");

fn main() {}
