// at fault: down_revison
migrate_core::migrations!("unknown_key");

fn main() {}
