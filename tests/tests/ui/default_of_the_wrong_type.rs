// at fault: "zero"
migrate_core::migrations!("default_of_the_wrong_type");

fn main() {}
