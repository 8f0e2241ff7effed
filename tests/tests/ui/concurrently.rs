// at fault: concurrently
migrate_core::migrations!("concurrently");

fn main() {}
