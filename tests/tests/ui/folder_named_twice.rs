// at fault: "./folder_named_twice"
migrate_core::migrations!("folder_named_twice", "./folder_named_twice");

fn main() {}
