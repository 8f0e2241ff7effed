// at fault: (op: Ops)
migrate_core::migrations!("wrong_signature");

fn main() {}
