//! A convention for names that nobody gave, from the migration to the database.

use migrate_core::chain::Chain;
use migrate_core::prelude::*;
use migrate_core::revision::Rules;
use migrate_core::{Migrator, Revision};
use tests::{Backend, Database, backends, revision, told};

const NAMING: Naming = Naming::DEFAULT
    .index("ix_{table}_{columns}")
    .unique("uq_{table}_{columns}")
    .check("ck_{table}_{columns}")
    .foreign_key("fk_{table}_{column_0}_{referred_table}")
    .primary_key("pk_{table}");

fn up(op: &mut Ops) {
    op.create_table(
        table("users").column(bigint("id").primary_key()).column(varchar("email", 80).unique()),
    );
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key())
            .column(bigint("user_id").references("users", "id").check("user_id > 0")),
    );
    op.create_index(index("").on("orders", ["user_id"]));
    op.add_column("orders", bigint("other_id").nullable().unique());
}

fn again(op: &mut Ops) {
    op.drop_index("ix_orders_user_id");
    op.drop_foreign_key("orders", ["user_id"]);
    op.drop_constraint("orders", "ck_orders_user_id");
    op.drop_unique_constraint("orders", ["other_id"]);
    op.drop_primary_key("orders");
}

#[test]
fn the_names_of_a_convention_are_those_of_the_database() {
    const RULES: Rules = Rules { multiple_heads: false, multiple_bases: false };
    let revisions: Vec<Revision> = vec![revision("a", &[], up), revision("b", &["a"], again)];
    let chain = Chain::named(revisions.leak(), RULES, NAMING);
    for backend in backends() {
        let database = Database::fresh(backend);
        let connection = &mut *database.connect();
        let mut migrator = Migrator::new(&chain);
        migrator.upgrade(connection, "a").unwrap_or_else(|error| panic!("{}", told(&error)));
        let names = [
            "pk_users",
            "uq_users_email",
            "pk_orders",
            "fk_orders_user_id_users",
            "ck_orders_user_id",
            "ix_orders_user_id",
            "uq_orders_other_id",
        ];
        let schema = database.schema().join("\n");
        // There a primary key is called PRIMARY, whatever is said.
        let is_kept = |name: &&str| backend != Backend::Mariadb || !name.starts_with("pk_");
        for name in names.into_iter().filter(is_kept) {
            assert!(schema.contains(name), "{backend}: `{name}` is not in\n{schema}");
        }
        migrator.upgrade(connection, "b").unwrap_or_else(|error| panic!("{}", told(&error)));
        migrator.downgrade(connection, "a").unwrap_or_else(|error| panic!("{}", told(&error)));
        assert_eq!(database.schema().join("\n"), schema, "{backend}");
    }
    for id in ["a", "b"] {
        migrate_core::verify::revision(&chain, id);
    }
}
