// at fault: revision = "b7ea43dc85e4", down_revision = "3f2a9c41b7d0"
migrate_core::migrations!("concurrently_in_downgrade");

fn main() {}
