// at fault: "ae1027a6acf1"
migrate_core::migrations!("unknown_down_revision");

fn main() {}
