// at fault: "two_migrations_in_a_file"
migrate_core::migrations!("two_migrations_in_a_file");

fn main() {}
