//! Examples of SQL and code.

use migrate_core::diesel::prelude::*;
use migrate_core::prelude::*;

use super::schema::is_mysql;
use super::{Example, example};

pub(super) fn execute() -> Vec<Example> {
    vec![
        example("data with its undo", |op| {
            op.execute("UPDATE orders SET quantity = quantity + 1; -- all; of 'em\nUPDATE instruments SET lot = lot + 1")
                .undo("UPDATE orders SET quantity = quantity - 1; UPDATE instruments SET lot = lot - 1");
        }).touches(&["orders.quantity", "instruments.lot"]),
        example("declared", |op| {
            op.execute("CREATE INDEX idx_currency ON accounts (currency)")
                .declares(|op| {
                    op.create_index(index("idx_currency").on("accounts", ["currency"]));
                });
        }),
        example("declared, with its undo", |op| {
            let drop = match is_mysql(op) {
                true => "DROP INDEX idx_accounts_notes ON accounts",
                false => "DROP INDEX idx_accounts_notes",
            };
            op.execute(drop).undo("CREATE INDEX idx_accounts_notes ON accounts (notes)").declares(|op| {
                op.drop_index("idx_accounts_notes");
            });
        }),
        example("a view that only the database knows", |op| {
            op.execute("CREATE VIEW names AS SELECT name FROM accounts").opaque("names").undo("DROP VIEW names");
        }),
        example("declared, a view", |op| {
            op.execute("CREATE VIEW names AS SELECT name FROM accounts").undo("DROP VIEW names").declares(|op| {
                op.create_view(view("names").query("SELECT name FROM accounts"));
            });
        }),
        example("nothing to undo", |op| {
            op.execute("SELECT 1").undo_nothing();
        }),
        example("that changes no schema, and cannot be told from one that does", |op| {
            let table = if op.dialect().is(Mysql) { "TABLE orders" } else { "orders" };
            op.execute(&format!("ANALYZE {table}")).declares_nothing().undo_nothing();
        }),
    ]
}

pub(super) fn run() -> Vec<Example> {
    vec![
        example("code for every backend", |op| {
            op.run(
                "raise",
                code!(|conn| {
                    diesel::sql_query("UPDATE orders SET quantity = quantity + 1").execute(conn)?;
                    Ok(())
                }),
            )
            .undo(code!(|conn| {
                diesel::sql_query("UPDATE orders SET quantity = quantity - 1").execute(conn)?;
                Ok(())
            }));
        })
        .touches(&["orders.quantity"]),
        example("code that changes the schema", |op| {
            op.run("index", |conn: &mut PgConnection| {
                diesel::sql_query("CREATE INDEX idx_currency ON accounts (currency)")
                    .execute(conn)?;
                Ok(())
            })
            .or(|conn: &mut MysqlConnection| {
                diesel::sql_query("CREATE INDEX idx_currency ON accounts (currency)")
                    .execute(conn)?;
                Ok(())
            })
            .or(|conn: &mut SqliteConnection| {
                diesel::sql_query("CREATE INDEX idx_currency ON accounts (currency)")
                    .execute(conn)?;
                Ok(())
            })
            .declares(|op| {
                op.create_index(index("idx_currency").on("accounts", ["currency"]));
            });
        }),
        example("code with nothing to undo, and its SQL for scripts", |op| {
            let dialect = op.dialect();
            op.run(
                "look",
                code!(|conn| {
                    diesel::sql_query("SELECT 1").execute(conn)?;
                    Ok(())
                }),
            )
            .sql(dialect, "SELECT 1")
            .undo_nothing();
        }),
    ]
}
