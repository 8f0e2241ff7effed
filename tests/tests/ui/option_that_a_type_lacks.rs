// at fault: collate
migrate_core::migrations!("option_that_a_type_lacks");

fn main() {}
