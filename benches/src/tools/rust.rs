//! The other tools of Rust: what a migration is for each of them. Three embed files of SQL; sea-orm's are code.
//!
//! The rest of their projects, program and lockfile, is in `benches/tools`.

use std::fmt::Write as _;

use crate::chain::{Chain, Change, Kind};

/// Without it cargo doesn't see a new file.
pub(super) const BUILD_SCRIPT: &str = r#"fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
"#;

pub(super) fn diesel(change: &Change) -> [(String, String); 2] {
    let folder = format!("migrations/2024-01-01-{:06}_change", change.number);
    [(format!("{folder}/up.sql"), change.up()), (format!("{folder}/down.sql"), change.down())]
}

pub(super) fn sqlx(change: &Change) -> [(String, String); 2] {
    let name = format!("migrations/20240101{:06}_change", change.number);
    [(format!("{name}.up.sql"), change.up()), (format!("{name}.down.sql"), change.down())]
}

pub(super) fn refinery(change: &Change) -> (String, String) {
    (format!("migrations/V{}__change.sql", change.number), change.up())
}

pub(super) fn sea_orm(change: &Change) -> (String, String) {
    let (table, index) = (change.table(), change.index());
    let (up, down) = match change.kind() {
        Kind::Table => (
            format!(
                r#"        manager
            .create_table(
                Table::create()
                    .table("{table}")
                    .col(big_integer("id").primary_key())
                    .col(text("symbol"))
                    .col(integer("quantity"))
                    .col(boolean("open"))
                    .col(text_null("notes"))
                    .col(timestamp("created_at"))
                    .to_owned(),
            )
            .await
"#
            ),
            format!(
                "        manager.drop_table(Table::drop().table(\"{table}\").to_owned()).await\n"
            ),
        ),
        Kind::Column => {
            let alter = |action: &dyn Fn(&str) -> String| {
                change.each_column(|column| {
                    format!(
                        "        manager\n            .alter_table(Table::alter().table(\"{table}\").{}.to_owned())\n            \
                         .await?;\n",
                        action(column)
                    )
                }) + "        Ok(())\n"
            };
            (
                alter(&|column| format!("add_column(text_null(\"{column}\"))")),
                alter(&|column| format!("drop_column(\"{column}\")")),
            )
        }
        Kind::Index => (
            format!(
                r#"        manager
            .create_index(Index::create().name("{index}").table("{table}").col("symbol").to_owned())
            .await
"#
            ),
            format!(
                r#"        manager
            .drop_index(Index::drop().name("{index}").table("{table}").to_owned())
            .await
"#
            ),
        ),
    };
    let text = format!(
        r#"use sea_orm_migration::{{prelude::*, schema::*}};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {{
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {{
{up}    }}

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {{
{down}    }}
}}
"#
    );
    (format!("src/{}.rs", sea_orm_name(change)), text)
}

fn sea_orm_name(change: &Change) -> String {
    format!("m20240101_{:06}_change", change.number)
}

/// The list of all migrations, which is kept by hand there.
pub(super) fn sea_orm_list(chain: Chain) -> String {
    let (mut modules, mut list) = (String::new(), String::new());
    for change in chain.changes() {
        let name = sea_orm_name(&change);
        let _ = writeln!(modules, "mod {name};");
        let _ = writeln!(list, "            Box::new({name}::Migration),");
    }
    format!(
        r#"pub use sea_orm_migration::prelude::*;

{modules}
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {{
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {{
        vec![
{list}        ]
    }}
}}
"#
    )
}
