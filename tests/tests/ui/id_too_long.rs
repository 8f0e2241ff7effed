// at fault: "create_the_orders_of_the_accounts"
migrate_core::migrations!("id_too_long");

fn main() {}
