// at fault: "no"
migrate_core::migrations!("value_of_the_wrong_kind");

fn main() {}
