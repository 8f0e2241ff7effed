// at fault: irreversible
migrate_core::migrations!("value_missing");

fn main() {}
