// at fault: using
migrate_core::migrations!("word_without_its_change");

fn main() {}
