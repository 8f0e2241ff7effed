// at fault: "orders+notes"
migrate_core::migrations!("id_with_plus");

fn main() {}
