//! A schema made from nothing, as a text for the database's own client.

use migrate_model::{
    Dialect, Op,
    catalog::{Catalog, CatalogError, Constraint, Table},
    op::{CreateTable, TableChange},
};

use super::client;
use crate::{
    backend::{RenderError, Statement, render},
    diff::{Beyond, RenameError, Renames, diff},
};

/// The statements that make a schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whole {
    /// Each ended for its client.
    pub statements: Vec<String>,
    /// What they don't make: what nobody knows, or what can't be made.
    pub beyond: Vec<Beyond>,
}

/// A schema that can't be said as statements.
#[derive(Debug, thiserror::Error)]
pub enum WholeError {
    /// The database can't do it.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Its pieces don't fit together.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// A rename, where nothing is renamed.
    #[error(transparent)]
    Rename(#[from] RenameError),
    /// The client would change a statement.
    #[error("{0}")]
    Client(String),
}

impl WholeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            WholeError::Render(error) => error.hint(),
            WholeError::Catalog(error) => error.hint(),
            WholeError::Rename(_) | WholeError::Client(_) => None,
        }
    }
}

/// How a database's client is told to make the schema, where there is nothing.
///
/// ```
/// use migrate_core::{catalog::Catalog, prelude::*, run::whole};
///
/// let mut op = Ops::new(Sqlite);
/// op.create_table(table("orders").column(bigint("id").primary_key()));
/// let mut catalog = Catalog::default();
/// op.recorded()[0].apply(&mut catalog)?;
/// let made = whole(Sqlite, &catalog)?;
/// assert_eq!(
///     made.statements,
///     ["CREATE TABLE \"orders\" (\"id\" BIGINT NOT NULL, CONSTRAINT \"orders_pkey\" PRIMARY KEY (\"id\"));"]
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the database, or its client, can't be told.
pub fn whole(dialect: Dialect, catalog: &Catalog) -> Result<Whole, WholeError> {
    let mut now = Catalog::default();
    // What is known of a table is said, whatever else may be true of it.
    let unknown = catalog.opaque.iter().filter(|name| catalog.is_unknown(name)).cloned();
    let catalog = &Catalog { opaque: unknown.collect(), ..catalog.clone() };
    now.opaque.clone_from(&catalog.opaque);
    let difference = diff(&now, catalog, &Renames::default())?;
    let mut statements = Vec::new();
    for op in &difference.ops {
        for statement in said(dialect, op, &now, catalog)? {
            let text = client::statement(dialect, statement.text());
            statements.push(text.map_err(WholeError::Client)?);
        }
        op.apply(&mut now)?;
    }
    Ok(Whole { statements, beyond: difference.beyond })
}

/// How an op is said. SQLite takes a foreign key to a table that is not there yet, and takes none later.
fn said(
    dialect: Dialect,
    op: &Op,
    now: &Catalog,
    catalog: &Catalog,
) -> Result<Vec<Statement>, RenderError> {
    match (dialect, op) {
        (Dialect::Sqlite, Op::CreateTable(create)) => {
            let keys =
                catalog.tables.get(&create.table.name).map(|table| table.constraints.clone());
            let constraints = keys.unwrap_or_else(|| create.table.constraints.clone());
            let table = Table { constraints, ..create.table.clone() };
            render(dialect, &Op::CreateTable(CreateTable { table, ..create.clone() }), now)
        }
        (Dialect::Sqlite, Op::AlterTable(alter))
            if alter.changes.iter().all(|change| is_foreign_key(change)) =>
        {
            Ok(Vec::new())
        }
        (Dialect::Postgres | Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb, _) => {
            render(dialect, op, now)
        }
    }
}

fn is_foreign_key(change: &TableChange) -> bool {
    matches!(change, TableChange::AddConstraint(add) if matches!(add.constraint, Constraint::ForeignKey(_)))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use migrate_model::op::{Ops, apply_all};

    use super::*;
    use crate::prelude::*;

    fn catalog() -> Catalog {
        let mut op = Ops::new(Postgres);
        op.create_table(
            table("b").column(bigint("id").primary_key()).column(bigint("a").nullable()),
        );
        op.create_table(
            table("a").column(bigint("id").primary_key()).column(bigint("b").references("b", "id")),
        );
        op.create_foreign_key("b", foreign_key(["a"]).references("a", ["id"]));
        op.create_index(index("a_b_idx").on("a", ["b"]));
        op.create_view(view("both").query("SELECT a.id FROM a JOIN b ON b.id = a.b"));
        let _ = op.execute("CREATE TABLE c (id int)").opaque("c");
        let _ = op.execute("ALTER TABLE b ADD c int").opaque("b");
        op.create_table(table("d").column(bigint("id").primary_key().references("c", "id")));
        let mut catalog = Catalog::default();
        apply_all(&op.into_recorded(), &mut catalog).expect("a schema");
        catalog
    }

    #[test]
    fn tables_that_refer_to_each_other() {
        let text = |dialect| {
            let made = whole(dialect, &catalog()).expect("statements");
            let beyond = made.beyond.iter().map(|beyond| format!("-- {beyond}"));
            made.statements.iter().cloned().chain(beyond).collect::<Vec<_>>().join("\n")
        };
        assert_snapshot!(text(Postgres), @r#"
        CREATE TABLE "b" ("id" bigint NOT NULL, "a" bigint, CONSTRAINT "b_pkey" PRIMARY KEY ("id"));
        CREATE TABLE "a" ("id" bigint NOT NULL, "b" bigint NOT NULL, CONSTRAINT "a_pkey" PRIMARY KEY ("id"), CONSTRAINT "a_b_fkey" FOREIGN KEY ("b") REFERENCES "b" ("id"));
        CREATE INDEX "a_b_idx" ON "a" ("b");
        CREATE TABLE "d" ("id" bigint NOT NULL, CONSTRAINT "d_pkey" PRIMARY KEY ("id"), CONSTRAINT "d_id_fkey" FOREIGN KEY ("id") REFERENCES "c" ("id"));
        ALTER TABLE "b" ADD CONSTRAINT "b_a_fkey" FOREIGN KEY ("a") REFERENCES "a" ("id");
        CREATE VIEW "both" AS SELECT a.id FROM a JOIN b ON b.id = a.b;
        -- `c`: is not what the catalog says of it, or more than that, and is left alone
        "#);
        assert_snapshot!(text(Sqlite), @r#"
        CREATE TABLE "b" ("id" BIGINT NOT NULL, "a" BIGINT, CONSTRAINT "b_pkey" PRIMARY KEY ("id"), CONSTRAINT "b_a_fkey" FOREIGN KEY ("a") REFERENCES "a" ("id"));
        CREATE TABLE "a" ("id" BIGINT NOT NULL, "b" BIGINT NOT NULL, CONSTRAINT "a_pkey" PRIMARY KEY ("id"), CONSTRAINT "a_b_fkey" FOREIGN KEY ("b") REFERENCES "b" ("id"));
        CREATE INDEX "a_b_idx" ON "a" ("b");
        CREATE TABLE "d" ("id" BIGINT NOT NULL, CONSTRAINT "d_pkey" PRIMARY KEY ("id"), CONSTRAINT "d_id_fkey" FOREIGN KEY ("id") REFERENCES "c" ("id"));
        CREATE VIEW "both" AS SELECT a.id FROM a JOIN b ON b.id = a.b;
        -- `c`: is not what the catalog says of it, or more than that, and is left alone
        "#);
        assert_snapshot!(text(Mariadb), @r"
        CREATE TABLE `b` (`id` bigint NOT NULL, `a` bigint, PRIMARY KEY (`id`));
        CREATE TABLE `a` (`id` bigint NOT NULL, `b` bigint NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `a_b_fkey` FOREIGN KEY (`b`) REFERENCES `b` (`id`), INDEX `a_b_fkey` (`b`));
        ALTER TABLE `a` DROP INDEX `a_b_fkey`, ADD INDEX `a_b_idx` (`b`);
        CREATE TABLE `d` (`id` bigint NOT NULL, PRIMARY KEY (`id`), CONSTRAINT `d_id_fkey` FOREIGN KEY (`id`) REFERENCES `c` (`id`));
        ALTER TABLE `b` ADD CONSTRAINT `b_a_fkey` FOREIGN KEY (`a`) REFERENCES `a` (`id`), ADD INDEX `b_a_fkey` (`a`);
        CREATE VIEW `both` AS SELECT a.id FROM a JOIN b ON b.id = a.b;
        -- `c`: is not what the catalog says of it, or more than that, and is left alone
        ");
    }
}
