//! The `migrate` of a chain in which all goes wrong behind its first revision: what fails tells the database URL.

use std::sync::LazyLock;

use migrate_core::prelude::*;
use migrate_core::revision::Rules;
use migrate_core::{Chain, Revision};
use tests::{revision, setting};

fn url() -> String {
    setting("DATABASE_URL").expect("the tests set it")
}

fn orders(op: &mut Ops) {
    op.create_table(
        table("orders").column(bigint("id").primary_key()).column(text("notes").nullable()),
    );
    op.bulk_insert(rows("orders").row(row().set("id", 1)));
}

fn drops(op: &mut Ops) {
    op.drop_column("orders", "notes");
}

fn refused(op: &mut Ops) {
    // The server's message repeats the text.
    let url = url().replace('\'', "''");
    op.execute(&format!("INSERT INTO nowhere VALUES ('{url}')")).undo_nothing();
}

fn panics(op: &mut Ops) {
    op.run("panic", code!(|_connection| panic!("cannot go on with {}", url()))).undo_nothing();
}

fn fails(op: &mut Ops) {
    op.run("fail", code!(|_connection| Err(format!("cannot go on with {}", url()).into())))
        .undo_nothing();
}

fn panics_at_once(_: &mut Ops) {
    panic!("cannot begin with {}", url());
}

static CHAIN: LazyLock<Chain> = LazyLock::new(|| {
    let revisions: Vec<Revision> = vec![
        revision("orders", &[], orders),
        revision("drops", &["orders"], drops),
        revision("refused", &["orders"], refused),
        revision("panics", &["orders"], panics),
        revision("fails", &["orders"], fails),
        revision("panics_at_once", &["orders"], panics_at_once),
    ];
    Chain::new(revisions.leak(), Rules { multiple_heads: true, multiple_bases: true })
});

fn main() -> std::process::ExitCode {
    migrate_cli::main(&CHAIN)
}
