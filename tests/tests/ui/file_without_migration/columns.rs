use migrate_core::prelude::*;

pub fn amount(name: &str) -> bool {
    name == "amount"
}
