// at fault: down_revision
migrate_core::migrations!("repeated_key");

fn main() {}
