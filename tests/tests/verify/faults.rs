//! Planted mistakes: one migration each, behind one that makes the tables.
//!
//! | | found offline | found with a database |
//! |---|---|---|
//! | an index is forgotten | yes | yes |
//! | a default is lost | yes | yes |
//! | a type does not return | yes | yes |
//! | a value of an enum is left | yes | yes |
//! | a name is too long | yes | PostgreSQL cuts it |
//! | rows are lost by a rebuild by hand | | yes |
//! | a unique index comes back as another | yes | yes |
//! | ON DELETE is lost | yes | yes |
//! | NOT NULL is lost | yes | yes |
//! | a constraint is left | yes | yes |
//! | a table is left | yes | yes |
//! | a sequence is left | yes | yes |
//! | the undo of SQL does something else | | yes |
//! | a clock is asked | yes | |
//! | a column comes back that rows can't have | yes | yes |
//! | a view is lost | yes | yes |
//! | a trigger is lost | | yes |
//! | the server refuses the way down | | yes |
//! | a type rounds values | | yes |
//! | rows are deleted, and the undo says nothing of them | | yes |

use std::sync::atomic::{AtomicI64, Ordering};

use migrate_core::catalog::types;
use migrate_core::prelude::*;
use migrate_core::{Revision, chain::automatic};
use tests::{Backend, backends, chain, revision};

use super::{live, offline, told};

/// What is there before.
fn tables(op: &mut Ops) {
    op.create_table(table("users").column(bigint("id").primary_key()).column(varchar("name", 40)));
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key())
            .column(bigint("user_id").references("users", "id").on_delete(Cascade))
            .column(varchar("notes", 50).default("none"))
            .column(numeric("price", 12, 4)),
    );
    op.create_index(index("orders_notes").on("orders", ["notes"]).unique());
    op.create_view(view("totals").query("SELECT id, price FROM orders"));
}

/// The tables, and a migration with its way down.
fn planted(up: fn(&mut Ops), down: fn(&mut Ops)) -> Vec<Revision> {
    vec![revision("a", &[], tables), Revision { downgrade: down, ..revision("b", &["a"], up) }]
}

/// Checks what is said of a fault, without a database and with one. Each text is the beginning of the line, and no
/// other line is said; none of an empty one.
fn check(make: fn() -> Vec<Revision>, without: &[&str], with: &[&str]) {
    check_on(&backends(), make, without, with);
}

fn check_on(on: &[Backend], make: fn() -> Vec<Revision>, without: &[&str], with: &[&str]) {
    let chain = chain(make());
    compare("offline", &told(&offline(&chain)), without);
    for &backend in on.iter().filter(|backend| backends().contains(backend)) {
        compare(&backend.to_string(), &told(&live(&chain, backend)), with);
    }
}

/// Those where a unique index is an index.
const OTHERS: &[Backend] = &[Backend::Sqlite, Backend::Postgres];

fn compare(place: &str, told: &[String], expected: &[&str]) {
    let fits = told.len() == expected.len()
        && expected.iter().all(|one| told.iter().any(|line| line.contains(one)));
    assert!(fits, "{place}:\n{}\nexpected:\n{}", told.join("\n"), expected.join("\n"));
}

#[test]
fn an_index_that_is_forgotten() {
    let make = || {
        planted(
            |op| {
                op.drop_index("orders_notes");
            },
            |_| {},
        )
    };
    let line = "the way down does not restore the schema: index `orders_notes` of `orders` is gone; it was unique on (notes)";
    check_on(OTHERS, make, &[line], &[line]);
    // There a unique index and a unique constraint are one thing.
    let there = "unique constraint `orders_notes` of `orders` is gone; it was on (notes)";
    check_on(&[Backend::Mariadb], make, &[line], &[there]);
}

pub(super) fn lost_default() -> Vec<Revision> {
    planted(
        |op| {
            op.alter_column("orders", "notes").drop_default();
        },
        |_| {},
    )
}

#[test]
fn a_default_that_is_lost() {
    let line = "does not restore the schema: the default of column `notes` of `orders` was 'none' and is none";
    check(lost_default, &[line], &[line]);
}

#[test]
fn a_type_that_does_not_return() {
    let make = || {
        planted(
            |op| {
                op.alter_column("users", "name").set_type(types::varchar(80));
            },
            |op| {
                op.alter_column("users", "name").set_type(types::varchar(60));
            },
        )
    };
    let line = "the type of column `name` of `users` was varchar(40) and is varchar(60)";
    check(make, &[line], &[line]);
}

#[test]
fn a_value_of_an_enum_that_is_left() {
    let make = || {
        let enums = |op: &mut Ops| {
            op.create_table(
                table("sides")
                    .column(bigint("id").primary_key())
                    .column(enumeration("side", enum_type("side").values(["buy", "sell"]))),
            );
        };
        let add = |op: &mut Ops| {
            op.add_enum_value("side", "short").after("sell");
        };
        vec![
            revision("a", &[], enums),
            Revision { downgrade: |_| {}, ..revision("b", &["a"], add) },
        ]
    };
    let line = "enum `side` was of `buy`, `sell` and is of `buy`, `sell`, `short`";
    check_on(&[Backend::Postgres], make, &[line], &[line]);
    // What it is there: a check, or the type of a column.
    check_on(&[Backend::Sqlite], make, &[line], &["does not restore the schema: "]);
    check_on(&[Backend::Mariadb], make, &[line], &["does not restore the schema: "]);
}

const LONG: &str = "orders_that_were_placed_by_a_user_who_has_gone_since_by_the_price_of_them";

#[test]
fn a_name_that_is_too_long() {
    let make = || {
        planted(
            |op| {
                op.create_index(index(LONG).on("orders", ["price"]));
            },
            automatic::downgrade,
        )
    };
    let told = told(&offline(&chain(make())));
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().all(|line| line.contains(LONG)), "{told:?}");
}

#[test]
fn a_name_that_is_too_long_and_only_declared() {
    let make = || {
        planted(
            |op| {
                op.only(Postgres, |op| {
                    op.execute(&format!("CREATE INDEX {LONG} ON orders (price)")).declares(|op| {
                        op.create_index(index(LONG).on("orders", ["price"]));
                    });
                });
            },
            |op| {
                op.only(Postgres, |op| {
                    op.execute(&format!("DROP INDEX {LONG}")).declares(|op| {
                        op.drop_index(LONG);
                    });
                });
            },
        )
    };
    let line = format!("the name of index of `orders` `{LONG}` is too long: more than 63 bytes");
    let cut = format!("index `{}` of `orders` should not be there", &LONG[..63]);
    check_on(
        &[Backend::Postgres],
        make,
        &[&line],
        &[&format!("index `{LONG}` of `orders` should be there"), &cut],
    );
}

#[test]
fn two_names_that_are_one_when_they_are_cut() {
    fn declared(op: &mut Ops, name: &str) {
        op.only(Postgres, |op| {
            op.execute(&format!("CREATE INDEX {name} ON orders (price)"))
                .declares(|op| {
                    op.create_index(index(name).on("orders", ["price"]));
                })
                .undo(&format!("DROP INDEX {name}"));
        });
    }
    let make = || {
        planted(
            |op| {
                declared(op, LONG);
                declared(op, &LONG.replace("_of_them", "_of_some"));
            },
            automatic::downgrade,
        )
    };
    let told = told(&offline(&chain(make())));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("cut to 63 bytes it is the name of index of `orders`"), "{told:?}");
}

#[test]
fn rows_that_a_rebuild_by_hand_loses() {
    let make = || {
        planted(
            |op| op.rename_table("users", "people"),
            |op| {
                op.drop_constraint("orders", "orders_user_id_fkey");
                op.drop_table("people");
                op.create_table(
                    table("users").column(bigint("id").primary_key()).column(varchar("name", 40)),
                );
                op.execute("DELETE FROM orders").undo_nothing();
                op.create_foreign_key(
                    "orders",
                    foreign_key(["user_id"]).references("users", ["id"]).on_delete(Cascade),
                );
            },
        )
    };
    check(
        make,
        &[],
        &[
            "3 of 3 rows of `users` are gone on the way up and down, and nothing says so",
            "3 of 3 rows of `orders` are gone on the way up and down, and nothing says so",
            "6 of 6 rows of `people` are gone on the way down and up, and nothing says so",
        ],
    );
}

#[test]
fn a_unique_index_that_comes_back_as_another() {
    let make = || {
        planted(
            |op| {
                op.drop_index("orders_notes");
            },
            |op| {
                op.create_index(index("orders_notes").on("orders", ["notes"]));
            },
        )
    };
    let line = "index `orders_notes` of `orders` was unique on (notes) and is on (notes)";
    check_on(OTHERS, make, &[line], &[line]);
    check_on(
        &[Backend::Mariadb],
        make,
        &[line],
        &[
            "unique constraint `orders_notes` of `orders` is gone; it was on (notes)",
            "index `orders_notes` of `orders` is left over: on (notes)",
        ],
    );
}

#[test]
fn on_delete_that_is_lost() {
    let make = || {
        planted(
            |op| {
                op.drop_constraint("orders", "orders_user_id_fkey");
            },
            |op| {
                op.create_foreign_key(
                    "orders",
                    foreign_key(["user_id"]).references("users", ["id"]),
                );
            },
        )
    };
    let line = "foreign key `orders_user_id_fkey` of `orders` was (user_id) to `users` (id) on delete cascade and is (user_id) to `users` (id)";
    check(make, &[line], &[line]);
}

#[test]
fn not_null_that_is_lost() {
    let make = || {
        planted(
            |op| {
                op.alter_column("users", "name").drop_not_null();
            },
            |_| {},
        )
    };
    let line = "the nullability of column `name` of `users` was not null and is nullable";
    check(make, &[line], &[line]);
}

#[test]
fn a_constraint_that_is_left() {
    let make = || {
        planted(
            |op| {
                let check = migrate_core::catalog::check("price > 0").named("price_is_real");
                op.create_check_constraint("orders", check);
            },
            |_| {},
        )
    };
    let line = "check constraint `price_is_real` of `orders` is left over: (price > 0)";
    check_on(&[], make, &[line], &[]);
    check(make, &[line], &["check constraint `price_is_real` of `orders` is left over: ("]);
}

#[test]
fn a_table_that_is_left() {
    let make = || {
        planted(
            |op| {
                op.create_table(table("fills").column(bigint("id").primary_key()));
                op.add_column("users", text("email").nullable());
            },
            |op| {
                op.drop_column("users", "email");
            },
        )
    };
    let line = "table `fills` is left over: with `id`";
    check(make, &[line], &[line]);
}

#[test]
fn a_sequence_that_is_left() {
    let make = || {
        planted(
            |op| {
                if [Postgres, Mariadb].contains(&op.dialect()) {
                    op.create_sequence(sequence("numbers"));
                }
            },
            |_| {},
        )
    };
    let line = "sequence `numbers` is left over: ";
    check_on(&[Backend::Postgres, Backend::Mariadb], make, &[line], &[line]);
}

#[test]
fn an_undo_that_does_something_else() {
    let make = || {
        planted(
            |op| {
                op.execute("CREATE INDEX orders_price ON orders (price)")
                    .declares(|op| {
                        op.create_index(index("orders_price").on("orders", ["price"]));
                    })
                    .undo("CREATE INDEX orders_user ON orders (user_id)");
            },
            automatic::downgrade,
        )
    };
    let lines = [
        "index `orders_price` of `orders` is left over: on (price)",
        "index `orders_user` of `orders` is left over: on (user_id)",
    ];
    check_on(OTHERS, make, &[], &lines);
    // The index that a foreign key brings along gives way to one that does the same.
    let gone = "index `orders_user_id_fkey` of `orders` is left over";
    check_on(&[Backend::Mariadb], make, &[], &[lines[0], lines[1], gone]);
}

#[test]
fn sql_that_does_something_else_than_it_declares() {
    let make = || {
        planted(
            |op| {
                op.execute("CREATE INDEX orders_price ON orders (price)")
                    .declares(|op| {
                        op.create_index(index("orders_price").on("orders", ["price"]).unique());
                    })
                    .undo("DROP INDEX orders_price");
            },
            |op| {
                op.drop_index("orders_price");
            },
        )
    };
    check(
        make,
        &[],
        &[
            "behind the way up the database has another schema than the ops say: index `orders_price` of `orders` should be unique on (price) and is on (price)",
        ],
    );
}

static CLOCK: AtomicI64 = AtomicI64::new(0);

#[test]
fn a_clock_that_is_asked() {
    let make = || {
        planted(
            |op| {
                let now = CLOCK.fetch_add(1, Ordering::Relaxed);
                op.add_column("orders", bigint("placed_at").default(now));
            },
            automatic::downgrade,
        )
    };
    check_on(
        &[],
        make,
        &[
            "the way up records another `add column orders.placed_at bigint` (FILE:LINE) the second time: it asks a clock, or chance",
        ],
        &[],
    );
}

#[test]
fn a_column_that_comes_back_and_rows_can_not_have() {
    let make = || {
        planted(
            |op| {
                op.drop_column("users", "name");
            },
            |op| {
                op.add_column("users", varchar("name", 40).on_empty_table());
            },
        )
    };
    check_on(
        &[Backend::Postgres, Backend::Sqlite],
        make,
        &[
            "the way down fails once there are rows: add column users.name varchar(40) (FILE:LINE): it is not null, and nothing says what the rows get",
        ],
        &["the database refuses the way down where there are rows: downgrade of b (b) failed"],
    );
}

#[test]
fn a_view_that_is_lost() {
    let make = || {
        planted(
            |op| {
                op.drop_view("totals");
            },
            |_| {},
        )
    };
    let line = "view `totals` is gone; it was ";
    check(make, &[line], &[line]);
}

#[test]
fn a_trigger_that_is_lost() {
    let make = || {
        let with_trigger = |op: &mut Ops| {
            tables(op);
            op.only(Sqlite, |op| {
                op.execute("CREATE TRIGGER looked AFTER INSERT ON users BEGIN SELECT 1; END")
                    .declares_nothing()
                    .undo("DROP TRIGGER looked");
            });
        };
        let drop = |op: &mut Ops| {
            op.only(Sqlite, |op| {
                op.execute("DROP TRIGGER looked").declares_nothing().undo("SELECT 1");
            });
        };
        vec![revision("a", &[], with_trigger), revision("b", &["a"], drop)]
    };
    check_on(&[Backend::Sqlite], make, &[], &["trigger `looked` of `users` is gone; it was there"]);
}

#[test]
fn a_way_down_that_the_server_refuses() {
    let make = || {
        planted(
            |op| {
                op.execute("CREATE INDEX orders_price ON orders (price)")
                    .declares(|op| {
                        op.create_index(index("orders_price").on("orders", ["price"]));
                    })
                    .undo("DROP INDEX orders_prices ON ordres");
            },
            automatic::downgrade,
        )
    };
    check(make, &[], &["the database refuses the way down: downgrade of b (b) failed"]);
}

fn rounded() -> Vec<Revision> {
    planted(
        |op| {
            op.drop_view("totals");
            op.alter_column("orders", "price").set_type(types::numeric(10, 2));
            op.create_view(view("totals").query("SELECT id, price FROM orders"));
        },
        automatic::downgrade,
    )
}

#[test]
fn a_type_that_rounds_values() {
    // SQLite keeps values as they are, whatever the type.
    check_on(&[Backend::Sqlite], rounded, &[], &[]);
    check_on(
        &[Backend::Postgres, Backend::Mariadb],
        rounded,
        &[],
        &[
            "`orders.price` is lost in 3 of 3 rows on the way up and down: `4.5679` became `4.5700`, and nothing says so",
        ],
    );
}

#[test]
fn what_is_said_to_be_lost_is_no_fault() {
    let said = |loses: &'static [&'static str]| {
        let mut revisions = rounded();
        revisions[1].loses = loses;
        chain(revisions)
    };
    for names in [&["orders.price"], &["orders"]] {
        let chain = said(names);
        assert_eq!(told(&offline(&chain)), [""; 0]);
        for backend in backends() {
            let verdict = live(&chain, backend);
            assert_eq!(told(&verdict), [""; 0], "{backend}");
            let lost: Vec<String> = verdict.losses.iter().map(|loss| loss.name()).collect();
            let expected: &[&str] =
                if backend == Backend::Sqlite { &[] } else { &["orders.price"] };
            assert_eq!(lost, expected, "{backend}");
        }
    }
    let line = "`loses` names `orders.prize`, which is neither there before nor behind it";
    assert_eq!(told(&offline(&said(&["orders.prize"]))), [line]);
}

#[test]
fn rows_that_are_deleted_without_a_word() {
    let make = || {
        planted(
            |op| {
                op.execute("DELETE FROM orders WHERE id > 0").undo("SELECT 1");
            },
            automatic::downgrade,
        )
    };
    check(make, &[], &["3 of 3 rows of `orders` are gone on the way up, and nothing says so"]);
    // To say that nothing brings them back is to say it.
    let make = || {
        planted(
            |op| {
                op.execute("DELETE FROM orders WHERE id > 0").undo_nothing();
            },
            automatic::downgrade,
        )
    };
    check(make, &[], &[]);
}

#[test]
fn an_irreversible_one_is_looked_at_on_its_way_up() {
    let make = || {
        let delete = |op: &mut Ops| {
            op.execute("DELETE FROM orders WHERE id > 0").undo("SELECT 1");
        };
        let mut revisions = planted(delete, automatic::downgrade);
        revisions[1].irreversible = Some("they are gone");
        revisions
    };
    check(make, &[], &["3 of 3 rows of `orders` are gone on the way up, and nothing says so"]);
}
