//! What each op is in SQL, the databases side by side. The laws hold this text against the servers.

mod columns;
mod constraints;
mod enums;
mod extensions;
mod indexes;
mod objects;
mod partitions;
mod rows;
mod sequences;
mod tables;
mod types;

use std::cell::RefCell;
use std::collections::BTreeSet;

use migrate_core::backend::{RenderError, Statement, render};
use migrate_core::catalog::Catalog;
use migrate_core::op::{TableChange, apply_all, invert_all};
use migrate_core::prelude::*;
use migrate_core::{Op, Recorded};
use tests::examples::{kinds, record};

thread_local! {
    /// The kinds of ops and changes that this test has shown.
    static SHOWN: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

/// The test that shows each variant; one without such a line does not compile.
macro_rules! shown {
    ($list:ident, $enum:ident: $($variant:ident => $theme:ident::$test:ident,)*) => {
        const $list: &[(&str, fn())] = &[$((stringify!($variant), $theme::$test),)*];

        const _: fn(&$enum) = |one| match one {
            $($enum::$variant { .. } => {})*
        };
    };
}

shown! { OPS, Op:
    CreateTable => tables::create_table,
    DropTable => tables::drop_table,
    RenameTable => tables::rename_table,
    CreatePartition => partitions::a_partitioned_table,
    DropPartition => partitions::a_partitioned_table,
    AlterTable => tables::several_changes_are_one_statement_or_one_rebuild,
    CreateIndex => indexes::create_index,
    DropIndex => indexes::drop_index,
    RenameIndex => indexes::rename_index,
    CreateEnum => enums::enums,
    DropEnum => enums::enums,
    AlterEnum => enums::values_come,
    CreateSchema => extensions::schemas,
    DropSchema => extensions::schemas,
    CreateSequence => sequences::sequences,
    AlterSequence => sequences::sequences,
    RenameSequence => sequences::sequences,
    DropSequence => sequences::sequences,
    CreateExtension => extensions::extensions,
    DropExtension => extensions::extensions,
    CreateView => objects::views,
    ReplaceView => objects::views,
    DropView => objects::views,
    CreateFunction => objects::functions,
    ReplaceFunction => objects::functions,
    DropFunction => objects::functions,
    CreateTrigger => objects::triggers,
    ReplaceTrigger => objects::triggers,
    DropTrigger => objects::triggers,
    BulkInsert => rows::rows_and_their_inverse,
    DeleteRows => rows::rows_and_their_inverse,
    Execute => rows::execute_and_run,
    Run => rows::execute_and_run,
}

shown! { CHANGES, TableChange:
    AddColumn => columns::add_column,
    DropColumn => columns::drop_column,
    RenameColumn => columns::rename_column,
    SetType => columns::set_type,
    SetNotNull => columns::set_and_drop_not_null,
    DropNotNull => columns::set_and_drop_not_null,
    SetDefault => columns::set_and_drop_default,
    SetColumnComment => tables::comments,
    SetIdentity => columns::identity,
    SetGenerated => columns::generated,
    SetCollation => columns::collation,
    AddConstraint => constraints::add_constraint,
    DropConstraint => constraints::drop_constraint,
    RenameConstraint => constraints::rename_constraint,
    ValidateConstraint => constraints::not_valid_and_validated,
    SetTableComment => tables::comments,
}

#[test]
fn every_op_and_every_change_is_shown() {
    let mut missing = Vec::new();
    for (kind, test) in OPS.iter().chain(CHANGES) {
        SHOWN.with_borrow_mut(BTreeSet::clear);
        insta::allow_duplicates! { test() }
        if !SHOWN.with_borrow(|shown| shown.contains(kind)) {
            missing.push(kind);
        }
    }
    assert!(missing.is_empty(), "their tests do not show {missing:?}");
}

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

/// What is said for one op: its statements, or why there are none and what to do then.
type Lines = Vec<String>;

fn said(ops: impl Fn(Dialect, &Catalog) -> (Catalog, Vec<Recorded>)) -> String {
    let said = |dialect: Dialect| -> Vec<Lines> {
        let mut catalog = Catalog::default();
        for recorded in record(trading, dialect) {
            recorded.apply(&mut catalog).unwrap_or_else(|error| panic!("{error}"));
        }
        let (mut catalog, ops) = ops(dialect, &catalog);
        SHOWN.with_borrow_mut(|shown| shown.extend(kinds(&ops)));
        let mut said = Vec::new();
        for recorded in ops {
            said.push(match render(dialect, &recorded, &catalog) {
                Ok(statements) => statements.iter().map(line).collect(),
                Err(error) => vec![refusal(&error)],
            });
            recorded.apply(&mut catalog).unwrap_or_else(|error| panic!("{error}"));
        }
        said
    };
    let words = |dialect: Dialect, lines: &Lines| -> String {
        lines.iter().map(|line| format!("{:9} {line}\n", dialect.word())).collect()
    };
    let mut text = String::new();
    for dialect in [Postgres, Sqlite] {
        text.extend(said(dialect).iter().map(|lines| words(dialect, lines)));
    }
    // What MySQL and MariaDB say alike stands under `mysql`.
    let alike = |lines: &Lines| -> Lines {
        lines.iter().map(|line| line.replace(&Mariadb.to_string(), &Mysql.to_string())).collect()
    };
    let (mysql, mariadb) = (said(Mysql), said(Mariadb));
    for number in 0..mysql.len().max(mariadb.len()) {
        let of = |said: &[Lines]| said.get(number).cloned().unwrap_or_default();
        let (mysql, mariadb) = (of(&mysql), of(&mariadb));
        text.push_str(&words(Mysql, &mysql));
        if alike(&mysql) != alike(&mariadb) {
            text.push_str(&words(Mariadb, &mariadb));
        }
    }
    text
}

/// An error, and below it what to do: nobody is left without a way on.
fn refusal(error: &RenderError) -> String {
    match error.hint() {
        Some(hint) => format!("error: {error}\n          hint: {hint}"),
        None => format!("error: {error}"),
    }
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
        table("users")
            .column(bigint("id").primary_key().identity())
            .column(varchar("email", 80).unique()),
    );
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key())
            .column(bigint("user_id"))
            .column(text("notes").nullable())
            .constraint(check("id > 0").named("orders_id")),
    );
    op.create_index(index("idx_notes").on("orders", ["notes"]).mysql(|i| i.length("notes", 20)));
    op.only(Postgres, |op| {
        op.create_extension("citext");
    });
}
