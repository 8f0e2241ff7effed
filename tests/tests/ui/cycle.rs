// at fault: "cycle"
migrate_core::migrations!("cycle");

fn main() {}
