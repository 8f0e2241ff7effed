// at fault: ""
migrate_core::migrations!("id_empty");

fn main() {}
