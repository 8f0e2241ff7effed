// at fault: down_revision = "ae1027a6acf0"
migrate_core::migrations!("missing_revision");

fn main() {}
