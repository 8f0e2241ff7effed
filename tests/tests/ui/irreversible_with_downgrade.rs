// at fault: "orders are precious"
migrate_core::migrations!("irreversible_with_downgrade");

fn main() {}
