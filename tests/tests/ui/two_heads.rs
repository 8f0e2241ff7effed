// at fault: "two_heads"
migrate_core::migrations!("two_heads");

fn main() {}
