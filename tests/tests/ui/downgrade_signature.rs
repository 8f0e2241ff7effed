// at fault: revision = "ae1027a6acf0", down_revision = None
migrate_core::migrations!("downgrade_signature");

fn main() {}
