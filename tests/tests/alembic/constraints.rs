//! Constraints that come and go.

use migrate_core::prelude::*;
use tests::backends;

use crate::Trial;

fn orders(op: &mut Ops) {
    op.create_table(table("users").column(integer("id").primary_key()));
    op.create_table(
        table("orders")
            .column(integer("id"))
            .column(integer("user_id").nullable())
            .column(text("symbol").nullable()),
    );
}

/// Alembic: what autogenerate writes without a name is `create_foreign_key(None, …)`, and the downgrade's `drop_constraint(None, …)`
/// always fails.
#[test]
fn constraints_without_names_can_be_taken_back() {
    fn change(op: &mut Ops) {
        op.create_primary_key("orders", primary_key(["id"]));
        op.create_foreign_key("orders", foreign_key(["user_id"]).references("users", ["id"]));
        op.create_unique_constraint("orders", unique(["symbol", "user_id"]));
        op.create_check_constraint("orders", check("symbol <> ''"));
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, orders);
        let schema = trial.schema();
        trial.up(change);
        assert!(!trial.takes("INSERT INTO orders VALUES (1, 77, 'x')"), "{backend}");
        trial.back();
        assert_eq!(trial.schema(), schema, "{backend}");
        assert!(trial.takes("INSERT INTO orders VALUES (1, 77, ''), (1, 77, '')"), "{backend}");
    }
}

/// Alembic: SQLite: "No support for ALTER of constraints"; MySQL: "No generic 'DROP CONSTRAINT' in MySQL - please specify constraint
/// type", and `if_exists` is ignored there.
#[test]
fn a_constraint_is_dropped_by_its_name_alone() {
    fn begin(op: &mut Ops) {
        orders(op);
        op.create_unique_constraint("orders", unique(["symbol"]).named("one_symbol"));
        op.create_check_constraint("orders", check("id > 0").named("positive"));
        op.create_foreign_key(
            "orders",
            foreign_key(["user_id"]).references("users", ["id"]).named("by_user"),
        );
        op.create_primary_key("orders", primary_key(["id"]).named("the_key"));
    }
    fn change(op: &mut Ops) {
        for name in ["one_symbol", "positive", "by_user", "the_key"] {
            op.drop_constraint("orders", name);
            op.drop_constraint("orders", name).if_exists();
        }
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, begin);
        let schema = trial.schema();
        assert!(!trial.takes("INSERT INTO orders VALUES (1, 77, 'x')"), "{backend}");
        trial.up(change);
        assert!(trial.takes("INSERT INTO orders VALUES (-1, 77, 'x'), (-1, 77, 'x')"), "{backend}");
        trial.execute("DELETE FROM orders");
        trial.back();
        assert_eq!(trial.schema(), schema, "{backend}");
    }
}

/// Alembic: a foreign key between two tables that refer to each other has to be moved by hand.
#[test]
fn two_tables_that_refer_to_each_other_come_and_go() {
    fn change(op: &mut Ops) {
        op.create_table(
            table("left")
                .column(integer("id").primary_key())
                .column(integer("right_id").nullable()),
        );
        op.create_table(
            table("right")
                .column(integer("id").primary_key())
                .column(integer("left_id").nullable().references("left", "id")),
        );
        op.create_foreign_key("left", foreign_key(["right_id"]).references("right", ["id"]));
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, orders);
        let schema = trial.schema();
        trial.up(change).back();
        assert_eq!(trial.schema(), schema, "{backend}");
    }
}
