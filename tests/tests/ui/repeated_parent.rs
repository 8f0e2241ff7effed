// at fault: "ae1027a6acf0"
migrate_core::migrations!("repeated_parent");

fn main() {}
