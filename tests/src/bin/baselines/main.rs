//! A `migrate` of what `baseline` has written, with every backend, and one of no migrations, for what writes the
//! first one; which it is, `MIGRATE_TEST_CHAIN` says.

mod library;
mod mariadb;
mod shop;
mod sqlite;

use migrate_core::Chain;
use migrate_core::revision::Rules;

static EMPTY: Chain = Chain::new(&[], Rules { multiple_heads: false, multiple_bases: false });

fn main() -> std::process::ExitCode {
    let chain = match tests::setting("MIGRATE_TEST_CHAIN").as_deref() {
        Some("library") => &library::CHAIN,
        Some("mariadb") => &mariadb::CHAIN,
        Some("shop") => &shop::CHAIN,
        Some("sqlite") => &sqlite::CHAIN,
        Some(_) | None => &EMPTY,
    };
    migrate_cli::main(chain)
}
