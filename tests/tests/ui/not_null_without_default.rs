// at fault: bigint("quantity")
migrate_core::migrations!("not_null_without_default");

fn main() {}
