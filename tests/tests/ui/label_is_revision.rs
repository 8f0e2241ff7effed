// at fault: "ae1027a6acf0"
migrate_core::migrations!("label_is_revision");

fn main() {}
