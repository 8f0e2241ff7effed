// at fault: -> Result<(), String>
migrate_core::migrations!("returns_a_value");

fn main() {}
