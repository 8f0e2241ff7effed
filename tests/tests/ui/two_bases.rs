// at fault: "two_bases"
migrate_core::migrations!("two_bases");

fn main() {}
