//! cargo-migrate
fn main() {}
