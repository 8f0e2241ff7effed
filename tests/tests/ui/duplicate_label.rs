// at fault: "reports"
migrate_core::migrations!("duplicate_label");

fn main() {}
