//! What each op is in SQL, the databases side by side. The laws hold this text against the servers.

mod columns;
mod constraints;
mod enums;
mod extensions;
mod indexes;
mod mariadb;
mod objects;
mod partitions;
mod rows;
mod sequences;
mod tables;
mod types;

use migrate_core::Recorded;
use migrate_core::backend::{Statement, render};
use migrate_core::catalog::Catalog;
use migrate_core::op::{apply_all, invert_all};
use migrate_core::prelude::*;
use tests::examples::record;

/// The statements of ops, made to [`trading`], for every database.
fn sql(ops: fn(&mut Ops)) -> String {
    said(|dialect, catalog| (catalog.clone(), record(ops, dialect)))
}

/// The statements of what takes the ops back.
fn back(ops: fn(&mut Ops)) -> String {
    said(|dialect, catalog| {
        let (ops, mut after) = (record(ops, dialect), catalog.clone());
        let back = invert_all(&ops, catalog).unwrap_or_else(|error| panic!("{}", error.what));
        apply_all(&ops, &mut after).unwrap_or_else(|error| panic!("{}", error.what));
        (after, back)
    })
}

fn said(ops: impl Fn(Dialect, &Catalog) -> (Catalog, Vec<Recorded>)) -> String {
    let mut text = String::new();
    for dialect in [Postgres, Sqlite] {
        let mut catalog = Catalog::default();
        for recorded in record(trading, dialect) {
            recorded.apply(&mut catalog).unwrap_or_else(|error| panic!("{error}"));
        }
        let (mut catalog, ops) = ops(dialect, &catalog);
        for recorded in ops {
            let lines = match render(dialect, &recorded, &catalog) {
                Ok(statements) => statements.iter().map(line).collect(),
                Err(error) => vec![format!("error: {error}")],
            };
            for line in lines {
                text.push_str(&format!("{:9} {line}\n", dialect.word()));
            }
            recorded.apply(&mut catalog).unwrap_or_else(|error| panic!("{error}"));
        }
    }
    text
}

fn line(statement: &Statement) -> String {
    match statement {
        Statement::Sql(sql) => sql.clone(),
        Statement::Code(_) => "(code)".to_owned(),
        Statement::Rebuild(rebuild) => {
            let sources: Vec<String> = rebuild
                .copied
                .iter()
                .map(|(column, source)| {
                    if *source == format!("\"{column}\"") {
                        column.clone()
                    } else {
                        format!("{column} = {source}")
                    }
                })
                .collect();
            format!("rebuild: {}\n          from {}", rebuild.create, sources.join(", "))
        }
    }
}

fn trading(op: &mut Ops) {
    op.create_enum(enum_type("status").values(["open", "it's"]));
    op.create_table(
        table("users").column(bigint("id").primary_key().identity()).column(text("email").unique()),
    );
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key())
            .column(bigint("user_id"))
            .column(text("notes").nullable())
            .constraint(check("id > 0").named("orders_id")),
    );
    op.create_index(index("idx_notes").on("orders", ["notes"]));
    op.only(Postgres, |op| {
        op.create_extension("citext");
    });
}
