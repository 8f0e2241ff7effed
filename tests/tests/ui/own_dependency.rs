// at fault: "3f2a9c41b7d0"
migrate_core::migrations!("own_dependency");

fn main() {}
