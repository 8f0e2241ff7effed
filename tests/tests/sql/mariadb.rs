//! What MariaDB reads in its own way.

use migrate_core::backend::{Statement, render};
use migrate_core::catalog::Catalog;
use migrate_core::prelude::*;
use tests::examples::record;

/// The statements for MariaDB, or why there are none.
fn said(ops: fn(&mut Ops)) -> String {
    let mut catalog = Catalog::default();
    let mut lines = Vec::new();
    for recorded in record(ops, Mariadb) {
        match render(Mariadb, &recorded, &catalog) {
            Err(error) => lines.push(format!("error: {error}")),
            Ok(statements) => lines.extend(statements.iter().map(|one| match one {
                Statement::Sql(sql) => sql.clone(),
                Statement::Code(_) | Statement::Rebuild(_) => "(not SQL)".to_owned(),
            })),
        }
        recorded.apply(&mut catalog).unwrap_or_else(|error| panic!("{error}"));
    }
    lines.join("\n")
}

#[test]
fn points_in_time_are_said_in_utc() {
    insta::assert_snapshot!(said(|op| {
        op.create_table(
            table("runs")
                .column(bigint("id").primary_key())
                .column(timestamptz("at").default("2024-01-02T03:04:05Z"))
                .column(timestamp("local").default("2024-01-02 03:04:05")),
        );
        op.alter_column("runs", "at").set_default("2024-01-02 03:04:05+02:00");
        op.bulk_insert(
            rows("runs").row(row().set("id", 1).set("at", "2024-01-02 03:04:05.5-05:30")),
        );
    }), @r"
    CREATE TABLE `runs` (`id` bigint NOT NULL, `at` timestamp(6) NOT NULL DEFAULT '2024-01-02 03:04:05', `local` datetime(6) NOT NULL DEFAULT '2024-01-02 03:04:05', PRIMARY KEY (`id`))
    ALTER TABLE `runs` ALTER COLUMN `at` SET DEFAULT (CONVERT_TZ('2024-01-02 03:04:05', '+02:00', '+00:00'))
    INSERT INTO `runs` (`id`, `at`) VALUES (1, CONVERT_TZ('2024-01-02 03:04:05.5', '-05:30', '+00:00'))
    ");
}

#[test]
fn comments_that_are_too_long_are_refused() {
    insta::assert_snapshot!(said(|op| {
        op.create_table(
            table("a").column(bigint("id").comment(&"é".repeat(1024))).comment(&"x".repeat(2049)),
        );
        op.alter_column("a", "id").comment(&"é".repeat(1025));
        op.alter_table("a", |t| t.comment(&"é".repeat(2050)));
    }), @r"
    error: MariaDB has no comment of 2049 characters, such as that of the table `a`
    error: MariaDB has no comment of 1025 characters, such as that of the column `id`
    error: MariaDB has no comment of 2050 characters, such as that of the table `a`
    ");
}
