// at fault: "no_folder"
migrate_core::migrations!("no_folder");

fn main() {}
