// at fault: "two_heads_in_two_folders/core"
migrate_core::migrations!("two_heads_in_two_folders/core", "two_heads_in_two_folders/billing");

fn main() {}
