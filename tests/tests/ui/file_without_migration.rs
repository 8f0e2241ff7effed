// at fault: "file_without_migration"
migrate_core::migrations!("file_without_migration");

fn main() {}
