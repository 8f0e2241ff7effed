// at fault: "ae1027a6acf0"
migrate_core::migrations!("duplicate_revision");

fn main() {}
