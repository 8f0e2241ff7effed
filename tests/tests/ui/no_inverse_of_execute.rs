// at fault: op.execute("UPDATE orders SET notes = upper(notes)")
migrate_core::migrations!("no_inverse_of_execute");

fn main() {}
