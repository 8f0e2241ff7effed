//! `migrate verify`: how faults are told.

use insta::assert_snapshot;
use migrate_core::backend::DIALECTS;
use migrate_core::catalog::types;

use super::*;

fn create(op: &mut Ops) {
    use migrate_core::prelude::*;
    op.create_table(
        table("orders").column(bigint("id").primary_key()).column(varchar("notes", 40)),
    );
    op.create_index(index("orders_notes").on("orders", ["notes"]).unique());
}

fn widen(op: &mut Ops) {
    op.alter_column("orders", "notes").set_type(types::varchar(80));
    op.drop_index("orders_notes");
}

fn narrow(op: &mut Ops) {
    use migrate_core::prelude::*;
    op.alter_column("orders", "notes").set_type(types::varchar(60));
    op.create_index(index("orders_notes").on("orders", ["notes"]));
}

fn clear(op: &mut Ops) {
    op.execute("DELETE FROM orders").undo("SELECT 1");
}

static FAULTY: [Revision; 3] = [
    Revision { upgrade: create, ..revision("a1", &[], "Create orders", "versions/a1.rs") },
    Revision {
        upgrade: widen,
        downgrade: narrow,
        ..revision("b2", &["a1"], "Widen notes", "versions/b2.rs")
    },
    Revision { upgrade: clear, ..revision("c3", &["b2"], "Clear orders", "versions/c3.rs") },
];

static CHAIN: Chain = Chain::new(&FAULTY, Rules { multiple_heads: false, multiple_bases: false });

fn verify(line: &str, is_debug_build: bool) -> String {
    let folder = folder();
    let environment = Environment { is_debug_build, ..environment(folder.path()) };
    let line = words(&format!("migrate {line}"));
    let said = Said::by(|ui| run(&CHAIN, &line, &environment, ui)).to_string();
    // What is compiled in depends on what else is.
    let all: Vec<String> = DIALECTS.iter().map(ToString::to_string).collect();
    said.replace(&format!("({})", all.join(", ")), "(SQLite)")
}

#[test]
fn faults_are_told_with_what_was_and_what_is() {
    assert_snapshot!(verify("verify --keep-going", true), @r#"
    fine   a1  Create orders
        meant: 3 of 3 rows of `orders` are gone on the way down and up
    found  b2  Widen notes
        - the way down does not restore the schema: the type of column `notes` of `orders` was varchar(40) and is varchar(60) (SQLite)
          hint: correct the `downgrade`, or leave it out: the inverse of each op is exact
        - the way down does not restore the schema: index `orders_notes` of `orders` was unique on (notes) and is on (notes) (SQLite)
          hint: correct the `downgrade`, or leave it out: the inverse of each op is exact
    found  c3  Clear orders
        - 3 of 3 rows of `orders` are gone on the way up, and nothing says so (SQLite)
          hint: where that is meant, say so: `loses = ["orders"]`
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! Trying out in memory; the database is left alone
    ! 3 revisions tried out, 2 with a fault
    exit 3
    "#);
    assert_snapshot!(verify("verify --offline", true), @r#"
    fine   a1  Create orders
    found  b2  Widen notes
        - the way down does not restore the schema: the type of column `notes` of `orders` was varchar(40) and is varchar(60) (SQLite)
          hint: correct the `downgrade`, or leave it out: the inverse of each op is exact
        - the way down does not restore the schema: index `orders_notes` of `orders` was unique on (notes) and is on (notes) (SQLite)
          hint: correct the `downgrade`, or leave it out: the inverse of each op is exact
    ! note: 1 revision not looked at; with --keep-going they are
    ! 2 revisions looked at without a database, 1 with a fault
    exit 3
    "#);
    assert_snapshot!(verify("verify c3", false), @r#"
    fine   c3  Clear orders
    ! note: no database is named: what the migrations say is looked at, and nothing is tried out; see --database-url
    ! 1 revision looked at without a database: nothing is wrong
    exit 0
    "#);
    assert_snapshot!(verify("verify c3 --json -q", true), @r#"
    {
      "format": 1,
      "result": "found",
      "revisions": [
        {
          "findings": [
            {
              "databases": [
                "SQLite"
              ],
              "hint": "where that is meant, say so: `loses = [\"orders\"]`",
              "kind": "lost",
              "what": "3 of 3 rows of `orders` are gone on the way up, and nothing says so"
            }
          ],
          "losses": [],
          "message": "Clear orders",
          "notes": [],
          "result": "found",
          "revision": "c3"
        }
      ],
      "scratch": ":memory:"
    }
    exit 3
    "#);
}
