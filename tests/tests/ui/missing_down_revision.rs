// at fault: revision = "ae1027a6acf0"
migrate_core::migrations!("missing_down_revision");

fn main() {}
