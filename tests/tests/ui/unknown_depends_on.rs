// at fault: "raports"
migrate_core::migrations!("unknown_depends_on");

fn main() {}
