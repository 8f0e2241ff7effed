// at fault: many_heads
migrate_core::migrations!("unknown_rule", many_heads);

fn main() {}
