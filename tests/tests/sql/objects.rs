//! Views, functions and triggers.

use insta::assert_snapshot;
use migrate_core::prelude::*;

use crate::{back, sql};

#[test]
fn views() {
    fn up(op: &mut Ops) {
        op.create_view(view("open_orders").query("SELECT id AS id FROM orders WHERE notes <> ''"));
        op.create_view(view("ids").columns(["i"]).query("SELECT id FROM open_orders"));
        op.replace_view(view("open_orders").query("SELECT id AS id, notes AS notes FROM orders"));
        op.drop_view("ids");
    }
    assert_snapshot!(sql(up), @"");
    assert_snapshot!(back(up), @"");
}

#[test]
fn what_only_some_views_have() {
    assert_snapshot!(sql(|op| {
        op.create_view(
            view("mine")
                .query("SELECT notes FROM orders -- all of it")
                .postgres(|v| v.security_barrier().security_invoker())
                .check_option(),
        );
        op.create_view(view("totals").query("SELECT count(*) AS n FROM orders").materialized());
        op.create_index(index("totals_n").on("totals", ["n"]).unique());
        op.drop_view("totals");
    }), @"");
}

#[test]
fn a_view_follows_a_rename() {
    assert_snapshot!(sql(|op| {
        op.create_view(view("noted").query("SELECT o.id FROM orders o WHERE notes <> ''"));
        op.alter_column("orders", "notes").rename_to("remarks");
        op.rename_table("orders", "deals");
    }), @"");
}

#[test]
fn functions() {
    fn up(op: &mut Ops) {
        op.create_function(
            function("touch").returns("trigger").language("plpgsql").body("BEGIN RETURN NEW; END"),
        );
        op.replace_function(
            function("touch").returns("trigger").language("plpgsql").body("BEGIN RETURN $$; END"),
        );
        op.create_function(
            function("sweep").procedure().argument("before", "date").body("BEGIN END"),
        );
        op.replace_function(
            function("sweep").procedure().argument("until", "date").body("BEGIN END"),
        );
        op.drop_function("sweep").arguments(["date"]);
    }
    assert_snapshot!(sql(up), @"");
    assert_snapshot!(back(up), @"");
}

#[test]
fn triggers() {
    assert_snapshot!(sql(|op| {
        op.create_trigger(
            trigger("touch")
                .before_update()
                .of(["notes"])
                .on("orders")
                .when("NEW.id > 0")
                .execute_function("touch")
                .arguments(["it's"]),
        );
        op.replace_trigger(
            trigger("touch").after_insert().or_delete().on("orders").execute_function("touch"),
        );
        op.drop_trigger("orders", "touch");
        op.create_trigger(
            trigger("log")
                .after_insert()
                .on("orders")
                .body("INSERT INTO users (email) VALUES (NEW.notes)"),
        );
        op.replace_trigger(trigger("log").after_delete().on("orders").body("SELECT 1;"));
        op.drop_trigger("orders", "log");
    }), @"");
}

#[test]
fn what_a_table_takes_along() {
    fn up(op: &mut Ops) {
        if op.dialect() == Postgres {
            op.create_trigger(trigger("t").after_insert().on("orders").execute_function("f"));
        } else {
            op.create_trigger(trigger("t").after_insert().on("orders").body("SELECT 1"));
        }
        op.drop_table("orders");
    }
    assert_snapshot!(back(up), @"");
}
