// at fault: op.run("fill notes", |_: &mut SqliteConnection| Ok(()))
migrate_core::migrations!("no_inverse_of_run");

fn main() {}
