// at fault: "orders-notes"
migrate_core::migrations!("id_with_minus");

fn main() {}
