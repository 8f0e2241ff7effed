//! Raw SQL, which means what it says.

use migrate_core::prelude::*;
use tests::backends;

use crate::{Trial, sql};

fn notes(op: &mut Ops) {
    op.create_table(table("notes").column(text("words").nullable()));
}

const COLON: &str = "INSERT INTO notes VALUES (':x'), ('12:30:00'), ('%(y)s'), ('100 %'), ('?')";

fn colon(op: &mut Ops) {
    op.execute(COLON).undo("DELETE FROM notes");
}

/// Alembic: a colon in a string is a parameter: "A value is required for bind parameter 'x'" live, and `select 'NULL'` in a script.
#[test]
fn a_colon_in_a_string_is_a_colon() {
    for backend in backends() {
        let mut trial = Trial::new(backend, notes);
        trial.up(colon);
        let words = trial.values("SELECT words AS value FROM notes ORDER BY words");
        let mut expected = ["%(y)s", "100 %", "12:30:00", ":x", "?"];
        expected.sort_unstable();
        let mut words = words;
        words.sort_unstable();
        assert_eq!(words, expected, "{backend}");
    }
    for dialect in [Postgres, Sqlite, Mysql, Mariadb] {
        assert_eq!(sql(dialect, notes, colon), [COLON]);
    }
}
