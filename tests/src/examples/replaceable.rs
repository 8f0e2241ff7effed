//! Examples of what has a definition that can be replaced: views, functions and triggers.

use migrate_core::catalog::{NewTrigger, UnplacedTrigger};
use migrate_core::prelude::*;

use super::schema::{HOSTILE_TEXT, hostile, is_mysql};
use super::{Example, example};

/// A view of [`HOSTILE`].
const HOSTILE_VIEW: &str = "vi\"ew's; DROP VIEW entries; -- 👀";

/// What the trigger of `ledger` does, in the words of each database.
fn counting(op: &Ops, trigger: UnplacedTrigger, table: &str) -> NewTrigger {
    let trigger = trigger.on(table);
    match op.dialect() {
        Postgres => trigger.execute_function("count_version"),
        Sqlite => trigger.body(
            "UPDATE ledger SET version = OLD.version + 1 -- it's; one more\r\n WHERE id = NEW.id;",
        ),
        // It has no WHEN.
        Mysql | Mariadb => trigger.body(
            "IF NEW.amount <> OLD.amount THEN SET NEW.version = OLD.version + 1; END IF; SET NEW.version = NEW.version",
        ),
    }
}

fn writing(op: &Ops, trigger: UnplacedTrigger, table: &str) -> NewTrigger {
    match op.dialect() {
        Postgres => {
            trigger.on(table).execute_function("count_version").arguments([HOSTILE_TEXT, ""])
        }
        Sqlite | Mysql | Mariadb => {
            trigger.on(table).body("INSERT INTO audit (what) VALUES ('it''s; $$ \"so\" 🚀')")
        }
    }
}

/// The part of the rich schema that can be replaced.
pub(super) fn rich(op: &mut Ops) {
    op.create_table(
        table("ledger")
            .column(bigint("id").primary_key().identity())
            .column(bigint("amount").default(0))
            .column(text("memo").nullable())
            .column(integer("version").default(0)),
    );
    op.create_view(view("entries").query(
        "SELECT id AS id, amount AS amount -- it; $$ 🚀\r\nFROM ledger WHERE memo IS NOT NULL",
    ));
    op.create_view(
        view("doubled")
            .columns(["number", "twice"])
            .query("SELECT e.id, e.amount * 2 FROM entries e"),
    );
    op.create_view(view("all_of_it").query("SELECT * FROM ledger"));
    if !is_mysql(op) {
        op.create_view(
            view(HOSTILE_VIEW)
                .columns(["o\"ne;", "🦀"])
                .query("SELECT id AS \"; --\", 'it''s; -- $$ 🚀' FROM ledger WHERE memo <> '\"'"),
        );
    }
    op.only(Postgres, |op| {
        op.create_view(
            view("totals")
                .query("SELECT memo, sum(amount) AS total FROM ledger GROUP BY memo")
                .materialized(),
        );
        op.create_index(index("totals_memo").on("totals", ["memo"]).unique());
        op.create_view(
            view("guarded")
                .query("SELECT memo FROM ledger WHERE amount > 0")
                .postgres(|v| v.security_barrier().security_invoker())
                .check_option(),
        );
        op.create_function(count_version("NEW.version := OLD.version + 1;"));
        op.create_function(
            function("add_up")
                .argument("a", "integer")
                .returns("integer")
                .language("sql")
                .body("SELECT a + 1"),
        );
        op.create_function(
            function("add_up")
                .argument("a", "text")
                .returns("text")
                .language("sql")
                .body("SELECT a || $$x$$"),
        );
        op.create_trigger(
            trigger("en\"try; --")
                .instead_of_insert()
                .on("entries")
                .execute_function("count_version"),
        );
    });
    op.only(Sqlite, |op| {
        op.create_trigger(
            trigger("en\"try; --")
                .instead_of_insert()
                .on("entries")
                .body("INSERT INTO ledger (id, amount) VALUES (NEW.id, NEW.amount)"),
        );
    });
    let touch = match op.dialect() {
        Mysql | Mariadb => trigger("touch").before_update(),
        Postgres => trigger("touch").before_update().of(["amount", "memo"]),
        Sqlite => trigger("touch").after_update().of(["amount", "memo"]),
    };
    let touch = counting(op, touch, "ledger");
    op.create_trigger(match op.dialect() {
        Mysql | Mariadb => touch,
        Postgres | Sqlite => touch.when("NEW.amount <> OLD.amount"),
    });
}

fn count_version(line: &str) -> migrate_core::catalog::NewFunction {
    function("count_version")
        .returns("trigger")
        .language("plpgsql")
        .body(&format!("BEGIN\r\n    -- it's $1; $$ and $body$\n    {line}\n    RETURN NEW;\nEND"))
}

pub(super) fn create_view() -> Vec<Example> {
    vec![
        example("a view", |op| {
            op.create_view(view("big").query("SELECT id FROM ledger WHERE amount > 100;"));
        }),
        example("a view of a view", |op| {
            op.create_view(
                view("b")
                    .query("SELECT d.twice FROM doubled d JOIN ledger ON ledger.id = d.number"),
            );
        }),
        example("with a check", |op| {
            if op.dialect() != Sqlite {
                op.create_view(
                    view("open")
                        .query("SELECT * FROM ledger WHERE amount > 0 -- so")
                        .check_option(),
                );
                op.create_view(view("shut").query("SELECT * FROM open").local_check_option());
            }
        }),
        example("materialized, with an index", |op| {
            op.only(Postgres, |op| {
                op.create_view(
                    view("m")
                        .query("SELECT id FROM ledger")
                        .materialized()
                        .postgres(|v| v.no_data()),
                );
                op.create_index(index("m_id").on("m", [desc("id")]));
            });
        }),
        example("hostile names", |op| {
            if !is_mysql(op) {
                op.create_view(view("'; --\"").columns(["\"", "'"]).query(
                    "SELECT 'a;''$$', \"🦀\" FROM \"vi\"\"ew's; DROP VIEW entries; -- 👀\"",
                ));
            }
        }),
        example("below which things change", |op| {
            op.drop_view("all_of_it");
            op.only(Postgres, |op| {
                op.drop_view("totals");
                op.drop_view("guarded");
            });
            op.create_view(
                view("big").query("SELECT ledger.id FROM ledger WHERE ledger.memo <> ''"),
            );
            op.alter_column("ledger", "memo").rename_to("note");
            op.rename_table("ledger", "book");
            op.rename_table("book", "select");
        })
        .touches(&["ledger", "select", "book"]),
    ]
}

pub(super) fn replace_view() -> Vec<Example> {
    vec![
        example("with a column more", |op| {
            op.replace_view(
                view("entries")
                    .query("SELECT id AS id, amount AS amount, memo AS memo FROM ledger"),
            );
        }),
        example("with a column less, and one more that depends", |op| {
            op.drop_view("doubled");
            op.replace_view(view("entries").query("SELECT id AS id FROM ledger"));
            op.create_view(view("ids").query("SELECT id FROM entries"));
            op.create_view(view("more_ids").query("SELECT id FROM ids"));
            op.replace_view(view("entries").query("SELECT memo AS memo, id AS id FROM ledger"));
        }),
        example("that others depend on", |op| {
            op.replace_view(view("entries").query("SELECT amount AS amount, id AS id FROM ledger"));
        }),
        example("of another type", |op| {
            op.replace_view(
                view("entries").query("SELECT id AS id, amount + 0.5 AS amount FROM ledger"),
            )
            .recreate();
        }),
        example("materialized", |op| {
            op.only(Postgres, |op| {
                op.replace_view(
                    view("totals")
                        .query("SELECT memo, max(amount) AS top FROM ledger GROUP BY memo")
                        .materialized(),
                );
            });
        }),
        example("with other options", |op| {
            op.only(Postgres, |op| {
                op.replace_view(view("guarded").query("SELECT memo FROM ledger"));
            });
        }),
        example("materialized, without rows", |op| {
            op.only(Postgres, |op| {
                op.replace_view(
                    view("totals")
                        .query("SELECT memo, count(*) AS total FROM ledger GROUP BY memo")
                        .materialized()
                        .postgres(|v| v.no_data()),
                );
            });
        }),
    ]
}

pub(super) fn drop_view() -> Vec<Example> {
    vec![
        example("a view", |op| {
            op.drop_view("all_of_it");
        }),
        example("with what depends on it, and its trigger", |op| {
            op.drop_view("doubled");
            op.drop_view("entries");
        }),
        example("materialized, with its index", |op| {
            op.only(Postgres, |op| {
                op.drop_view("totals");
            });
        }),
        example("and what they showed changes", |op| {
            op.drop_view("all_of_it");
            op.drop_view("doubled");
            op.drop_view("entries");
            op.only(Postgres, |op| {
                op.drop_view("totals");
                op.drop_view("guarded");
                op.alter_column("ledger", "amount").rename_to("sum it's");
            });
        })
        .touches(&["ledger.amount", "ledger.sum it's"]),
        example("one that is gone", |op| {
            op.drop_view("never_there").if_exists();
        }),
        example("hostile names", |op| {
            if !is_mysql(op) {
                op.drop_view(HOSTILE_VIEW);
            }
        }),
    ]
}

pub(super) fn create_function() -> Vec<Example> {
    vec![
        example("a function", |op| {
            op.only(Postgres, |op| {
                op.create_function(
                    function("greet")
                        .argument("name", "text")
                        .argument_or("tail", "text", "'!'")
                        .out_argument("greeting", "text")
                        .language("plpgsql")
                        .options("IMMUTABLE STRICT")
                        .body("BEGIN greeting := 'it''s ' || name || tail; END"),
                );
            });
            op.only(Mysql, |op| {
                op.create_function(
                    function("greet")
                        .argument("name", "varchar(20)")
                        .returns("varchar(40)")
                        .options("DETERMINISTIC")
                        .body("BEGIN IF name = '' THEN RETURN 'you'; END IF; RETURN CONCAT('it''s ', name); END"),
                );
            });
        }),
        example("a procedure", |op| {
            op.only(Postgres, |op| {
                op.create_function(
                    function("clear")
                        .procedure()
                        .in_out_argument("count", "bigint")
                        .language("plpgsql")
                        .body("BEGIN DELETE FROM audit WHERE false; count := 0; END"),
                );
            });
            op.only(Mysql, |op| {
                op.create_function(
                    function("clear")
                        .procedure()
                        .out_argument("count", "bigint")
                        .body("BEGIN SET count = 0; END"),
                );
            });
        }),
        example("any number of arguments, and a table", |op| {
            op.only(Postgres, |op| {
                op.create_function(
                    function("those")
                        .variadic("ids", "bigint[]")
                        .returns("TABLE (id bigint)")
                        .language("SQL")
                        .body("SELECT i FROM unnest(ids) i"),
                );
            });
        }),
        example("hostile names", |op| {
            op.only(Postgres, |op| {
                op.create_function(
                    function("fu\"nction; --")
                        .argument("a\"; --", "text")
                        .returns("text")
                        .language("sql")
                        .body("SELECT $$it's; \\ $body$ -- 🚀$$\r\n -- ends with $body"),
                );
            });
            op.only(Mysql, |op| {
                op.create_function(
                    function("fu`nction; --")
                        .returns("text")
                        .options("DETERMINISTIC")
                        .body("RETURN 'it''s; $$ 🚀'"),
                );
            });
        }),
    ]
}

pub(super) fn replace_function() -> Vec<Example> {
    vec![
        example("that a trigger calls", |op| {
            op.only(Postgres, |op| op.replace_function(count_version("NEW.version := 7;")));
        }),
        example("one of two, returning something else", |op| {
            op.only(Postgres, |op| {
                op.replace_function(
                    function("add_up")
                        .argument("b", "int")
                        .returns("bigint")
                        .language("sql")
                        .body("SELECT 1::bigint"),
                );
            });
        }),
        example("with other arguments", |op| {
            op.only(Postgres, |op| {
                op.create_function(function("one").returns("int").language("sql").body("SELECT 1"));
                op.replace_function(
                    function("one")
                        .argument("a", "text")
                        .returns("int")
                        .language("sql")
                        .body("SELECT 1"),
                );
            });
            op.only(Mysql, |op| {
                op.create_function(
                    function("one").returns("int").options("NO SQL").body("RETURN 1"),
                );
                op.replace_function(
                    function("one")
                        .argument("a", "int")
                        .returns("int")
                        .options("NO SQL")
                        .body("RETURN a"),
                );
            });
        }),
    ]
}

pub(super) fn drop_function() -> Vec<Example> {
    vec![
        example("one of two", |op| {
            op.only(Postgres, |op| {
                op.drop_function("add_up").arguments(["int"]);
                op.drop_function("add_up");
            });
        }),
        example("one that is gone", |op| {
            op.only(Postgres, |op| {
                op.drop_function("never_there").if_exists();
                op.drop_function("add_up").arguments(["json"]).if_exists();
            });
        }),
    ]
}

pub(super) fn create_trigger() -> Vec<Example> {
    vec![
        example("of a table", |op| {
            let new = writing(op, trigger("log").after_insert(), "ledger");
            op.create_trigger(new);
        }),
        example("for several events", |op| {
            op.only(Postgres, |op| {
                op.create_trigger(
                    trigger("any")
                        .after_insert()
                        .or_update()
                        .or_delete()
                        .of(["memo"])
                        .on("ledger")
                        .when("pg_trigger_depth() = 0")
                        .for_each_row()
                        .execute_function("count_version"),
                );
                op.create_trigger(
                    trigger("all")
                        .after_truncate()
                        .or_delete()
                        .on("ledger")
                        .for_each_statement()
                        .execute_function("count_version"),
                );
            });
        }),
        example("on a table that is rebuilt and renamed", |op| {
            let new = writing(op, trigger("log").before_delete(), "fills");
            op.create_trigger(new);
            op.alter_column("fills", "quantity").rename_to("qty").set_default(1);
            op.rename_table("fills", "executions");
        })
        .touches(&["fills", "executions"]),
        example("on a table that is dropped", |op| {
            let new = writing(op, trigger("log").before_delete(), "fills");
            op.create_trigger(new);
            op.drop_table("fills");
        })
        .touches(&["fills"]),
        example("hostile names", |op| {
            let new = writing(op, trigger("tri\"gg`er's; --").before_insert(), hostile(op));
            op.create_trigger(new);
        }),
    ]
}

pub(super) fn replace_trigger() -> Vec<Example> {
    vec![
        example("firing for something else", |op| {
            let new = writing(op, trigger("touch").after_delete(), "ledger");
            op.replace_trigger(new);
        }),
        example("of a view", |op| {
            if !is_mysql(op) {
                let new = writing(op, trigger("en\"try; --").instead_of_delete(), "entries");
                op.replace_trigger(new);
            }
        }),
    ]
}

pub(super) fn drop_trigger() -> Vec<Example> {
    vec![
        example("of a table", |op| {
            op.drop_trigger("ledger", "touch");
        }),
        example("of a view", |op| {
            if !is_mysql(op) {
                op.drop_trigger("entries", "en\"try; --");
            }
        }),
        example("one that is gone", |op| {
            op.drop_trigger("ledger", "never_there").if_exists();
        }),
    ]
}
