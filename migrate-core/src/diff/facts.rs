//! What comes before what, and what no op can do: a table of facts.

use insta::assert_snapshot;
use migrate_model::{Op, Ops, catalog::Catalog, op::apply_all};

use super::{Renames, diff};
use crate::prelude::*;

type Schema = fn(&mut Ops);

fn catalog(schema: Schema) -> Catalog {
    let mut op = Ops::new(Postgres);
    schema(&mut op);
    let mut catalog = Catalog::default();
    apply_all(op.recorded(), &mut catalog).unwrap_or_else(|error| panic!("{}", error.what));
    catalog
}

/// The ops, and behind a dash what is beyond them.
fn told(before: Schema, after: Schema) -> String {
    told_renamed(before, after, &Renames::default())
}

fn told_renamed(before: Schema, after: Schema, renames: &Renames) -> String {
    let found = match diff(&catalog(before), &catalog(after), renames) {
        Ok(found) => found,
        Err(error) => return error.to_string(),
    };
    let mut lines: Vec<String> = found.ops.iter().map(|op| op.describe()).collect();
    lines.extend(found.beyond.iter().map(|one| format!("- {one}")));
    let mut reached = catalog(before);
    for op in &found.ops {
        op.apply(&mut reached).unwrap_or_else(|error| panic!("{error}"));
    }
    assert!(!found.beyond.is_empty() || reached == catalog(after), "{lines:#?}");
    lines.join("\n")
}

fn nothing(_: &mut Ops) {}

fn users(op: &mut Ops) {
    op.create_table(
        table("users").column(bigint("id").primary_key()).column(varchar("name", 40).nullable()),
    );
}

fn orders(op: &mut Ops) {
    users(op);
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key())
            .column(bigint("user_id").references("users", "id"))
            .column(bigint("quantity").default(1)),
    );
    op.create_index(index("by_user").on("orders", ["user_id", "quantity"]));
}

#[test]
fn foreign_keys_come_last_and_go_first() {
    fn circle(op: &mut Ops) {
        op.create_table(table("a").column(bigint("id").primary_key()).column(bigint("b")));
        let key = bigint("a").references("a", "id");
        op.create_table(table("b").column(bigint("id").primary_key()).column(key));
        op.create_foreign_key("a", foreign_key(["b"]).references("b", ["id"]));
    }
    assert_snapshot!(told(nothing, circle), @r#"
    create table b
    create table a
    create foreign key b_a_fkey on b
    "#);
    assert_snapshot!(told(circle, nothing), @r#"
    drop constraint b_a_fkey of b
    drop table a
    drop table b
    "#);
    assert_snapshot!(told(nothing, orders), @r#"
    create table users
    create table orders
    create index by_user on orders
    "#);
    assert_snapshot!(told(orders, nothing), @r#"
    drop table orders
    drop table users
    "#);
    assert_snapshot!(told(orders, users), @"drop table orders");
}

#[test]
fn a_key_that_is_referred_to_is_swapped_behind_the_foreign_keys() {
    // The same foreign key, on another kind of key.
    fn swapped(op: &mut Ops) {
        orders(op);
        op.drop_foreign_key("orders", ["user_id"]);
        op.drop_primary_key("users");
        op.create_unique_constraint("users", unique(["id"]).named("ids"));
        op.create_foreign_key("orders", foreign_key(["user_id"]).references("users", ["id"]));
    }
    assert_snapshot!(told(orders, swapped), @r#"
    drop constraint orders_user_id_fkey of orders
    drop constraint users_pkey of users, create unique constraint ids on users
    create foreign key orders_user_id_fkey on orders
    "#);
    assert_snapshot!(told(swapped, orders), @r#"
    drop constraint orders_user_id_fkey of orders
    drop constraint ids of users, create primary key users_pkey on users
    create foreign key orders_user_id_fkey on orders
    "#);
}

#[test]
fn both_sides_of_a_foreign_key_get_another_type_without_it() {
    fn texts(op: &mut Ops) {
        orders(op);
        op.drop_foreign_key("orders", ["user_id"]);
        op.alter_column("users", "id").set_type(types::text());
        op.alter_column("orders", "user_id").set_type(types::text());
        op.create_foreign_key("orders", foreign_key(["user_id"]).references("users", ["id"]));
    }
    assert_snapshot!(told(orders, texts), @r#"
    drop constraint orders_user_id_fkey of orders
    set type of users.id to text
    set type of orders.user_id to text, create foreign key orders_user_id_fkey on orders
    "#);
}

fn watch(op: &mut Ops) {
    op.create_view(view("big").query("SELECT o.quantity FROM orders o WHERE o.quantity > 9"));
    op.create_view(view("bigger").query("SELECT quantity FROM big WHERE quantity > 99"));
    op.create_function(function("touch").returns("trigger").language("plpgsql").body("BEGIN END"));
    op.create_trigger(
        trigger("touch").before_update().of(["quantity"]).on("orders").execute_function("touch"),
    );
}

#[test]
fn views_and_triggers_make_way_for_a_column_that_they_read() {
    fn watched(op: &mut Ops) {
        orders(op);
        watch(op);
    }
    fn numeric(op: &mut Ops) {
        orders(op);
        op.alter_column("orders", "quantity").set_type(types::numeric(20, 2));
        watch(op);
    }
    fn without(op: &mut Ops) {
        orders(op);
        op.drop_column("orders", "quantity");
        op.create_index(index("by_user").on("orders", ["user_id"]));
    }
    assert_snapshot!(told(watched, numeric), @r#"
    drop view bigger
    drop view big
    drop trigger touch of orders
    set type of orders.quantity to numeric(20, 2)
    create view big
    create view bigger
    create trigger touch on orders
    "#);
    assert_snapshot!(told(watched, without), @r#"
    drop view bigger
    drop view big
    drop trigger touch of orders
    drop index by_user
    drop column orders.quantity
    create index by_user on orders
    drop function touch()
    "#);
    assert_snapshot!(told(without, watched), @r#"
    create function touch()
    drop index by_user
    add column orders.quantity bigint
    create index by_user on orders
    create view big
    create view bigger
    create trigger touch on orders
    "#);
}

#[test]
fn a_view_that_changes_with_one_that_it_reads_is_created_again() {
    fn one(op: &mut Ops) {
        users(op);
        op.create_view(view("a").query("SELECT id AS id, name AS name FROM users"));
        op.create_view(view("b").query("SELECT a.name FROM a"));
        op.create_view(view("c").query("SELECT a.id FROM a"));
    }
    fn other(op: &mut Ops) {
        users(op);
        op.create_view(view("a").query("SELECT id AS id FROM users"));
        op.create_view(view("b").query("SELECT a.id FROM a"));
        op.create_view(view("c").query("SELECT a.id FROM a"));
    }
    assert_snapshot!(told(one, other), @r#"
    drop view b
    replace view a
    create view b
    "#);
}

#[test]
fn a_view_is_created_again_where_a_column_may_get_another_type() {
    fn check(former: &'static str, query: &'static str, recreated: bool) {
        let schema = |query: &str| {
            let mut op = Ops::new(Postgres);
            users(&mut op);
            op.create_table(table("others").column(bigint("id")).column(bigint("name")));
            op.create_view(view("v").query(query));
            let mut catalog = Catalog::default();
            apply_all(op.recorded(), &mut catalog).expect("a schema");
            catalog
        };
        let found = diff(&schema(former), &schema(query), &Renames::default()).expect("no renames");
        let is = matches!(&found.ops[..], [Op::ReplaceView(replace)] if replace.recreate);
        assert_eq!(is, recreated, "{former} -> {query}: {:?}", found.ops);
    }
    let former = "SELECT id, name FROM users";
    check(former, "SELECT id, name FROM users WHERE id > 1", false);
    check(former, "select id, name, name AS again FROM users", false);
    check(former, "SELECT id, name || 'x' AS name FROM users", true);
    check(former, "SELECT id, name FROM others", true);
    // What PostgreSQL does not replace, whatever is said.
    check(former, "SELECT name FROM users", false);
    let two = "SELECT id, name FROM users UNION ALL SELECT id, NULL FROM users";
    check(two, "SELECT id, name FROM users UNION ALL SELECT 1.5, NULL FROM users", true);
}

#[test]
fn a_foreign_key_may_stand_on_either_of_two_keys() {
    fn one(op: &mut Ops) {
        let parent = text("parent").nullable().references("codes", "code");
        op.create_table(table("codes").column(text("code").primary_key()).column(parent));
        op.create_index(index("again").on("codes", ["code"]).unique());
        op.create_table(table("items").column(text("code").references("codes", "code")));
    }
    fn other(op: &mut Ops) {
        one(op);
        op.drop_index("again");
    }
    assert_snapshot!(told(one, other), @r#"
    drop constraint codes_parent_fkey of codes
    drop constraint items_code_fkey of items
    drop index again
    create foreign key codes_parent_fkey on codes
    create foreign key items_code_fkey on items
    "#);
    assert_snapshot!(told(other, one), @"create unique index again on codes");
}

#[test]
fn values_of_an_enum_come_before_what_speaks_of_them_and_go_behind() {
    fn open(op: &mut Ops) {
        let status = enum_type("status").values(["draft", "open", "done"]);
        op.create_table(table("orders").column(enumeration("status", status).default("draft")));
    }
    fn filled(op: &mut Ops) {
        let status = enum_type("status").values(["open", "filled", "done", "gone"]);
        op.create_table(table("orders").column(enumeration("status", status).default("filled")));
    }
    fn turned(op: &mut Ops) {
        let status = enum_type("status").values(["open", "draft", "done"]);
        op.create_table(table("orders").column(enumeration("status", status).default("draft")));
    }
    assert_snapshot!(told(open, filled), @r#"
    add value filled to enum status
    add value gone to enum status
    set default of orders.status to 'filled'
    drop value draft of enum status
    "#);
    assert_snapshot!(told(nothing, open), @r#"
    create enum status
    create table orders
    "#);
    assert_snapshot!(told(open, nothing), @r#"
    drop table orders
    drop enum status
    "#);
    assert_snapshot!(told(open, turned), @"- enum `status`: has the values `draft`, `open`, `done` instead of `open`, `draft`, `done`");
}

#[test]
fn a_dropped_column_takes_along_what_is_on_it() {
    fn without(op: &mut Ops) {
        orders(op);
        op.drop_column("orders", "user_id");
    }
    fn narrower(op: &mut Ops) {
        orders(op);
        op.drop_column("orders", "user_id");
        op.create_index(index("by_user").on("orders", ["quantity"]));
    }
    assert_snapshot!(told(orders, without), @"drop column orders.user_id");
    assert_snapshot!(told(orders, narrower), @r#"
    drop index by_user
    drop column orders.user_id
    create index by_user on orders
    "#);
    assert_snapshot!(told(without, orders), @r#"
    add column orders.user_id bigint, create foreign key orders_user_id_fkey on orders
    create index by_user on orders
    "#);
}

#[test]
fn what_differs_in_its_name_alone_is_renamed() {
    fn other(op: &mut Ops) {
        orders(op);
        op.rename_index("by_user", "orders_by_user");
        op.rename_constraint("orders", "orders_user_id_fkey", "fk_user");
        op.rename_constraint("users", "users_pkey", "pk_users");
    }
    assert_snapshot!(told(orders, other), @r#"
    rename constraint users_pkey of users to pk_users
    rename index by_user to orders_by_user
    rename constraint orders_user_id_fkey of orders to fk_user
    "#);
}

#[test]
fn a_renamed_table_or_column_keeps_what_is_on_it() {
    fn renamed(op: &mut Ops) {
        orders(op);
        op.rename_table("users", "people");
        op.alter_column("orders", "user_id").rename_to("person_id");
        op.rename_constraint("orders", "orders_user_id_fkey", "orders_person_id_fkey");
        op.add_column("people", text("note").nullable());
    }
    let renames =
        Renames::default().table("users", "people").column("orders", "user_id", "person_id");
    assert_snapshot!(told_renamed(orders, renamed, &renames), @r#"
    rename table users to people
    rename column orders.user_id to person_id
    add column people.note text
    rename constraint orders_user_id_fkey of orders to orders_person_id_fkey
    "#);
    // Without a word it is another one.
    assert_snapshot!(told(orders, renamed), @r#"
    drop constraint orders_user_id_fkey of orders
    drop table users
    create table people
    drop index by_user
    add column orders.person_id bigint, drop column orders.user_id, create foreign key orders_person_id_fkey on orders
    create index by_user on orders
    "#);
    let faulty = Renames::default().table("user", "people");
    assert_snapshot!(told_renamed(orders, renamed, &faulty), @"there is no table `user` that could be renamed to `people`");
    let faulty = Renames::default().table("users", "persons");
    assert_snapshot!(told_renamed(orders, renamed, &faulty), @"table `users` can't be renamed to `persons`: nothing of that name is to be there");
    let faulty = Renames::default().column("orders", "quantity", "amount");
    assert_snapshot!(told_renamed(orders, renamed, &faulty), @"column `quantity` of `orders` is to stay, so it can't be renamed to `amount`");
}

#[test]
fn a_view_that_shows_a_renamed_column_is_created_again() {
    fn before(op: &mut Ops) {
        users(op);
        op.create_view(view("names").query("SELECT name FROM users"));
    }
    fn after(op: &mut Ops) {
        users(op);
        op.alter_column("users", "name").rename_to("label");
        op.create_view(view("names").query("SELECT label FROM users"));
    }
    let renames = Renames::default().column("users", "name", "label");
    assert_snapshot!(told_renamed(before, after, &renames), @r#"
    drop view names
    rename column users.name to label
    create view names
    "#);
}

#[test]
fn a_name_is_free_before_something_else_gets_it() {
    fn before(op: &mut Ops) {
        orders(op);
        op.create_index(index("names").on("users", ["name"]));
        op.create_table(
            table("old").column(bigint("id")).constraint(primary_key(["id"]).named("numbers")),
        );
    }
    fn after(op: &mut Ops) {
        orders(op);
        op.create_index(index("names").on("orders", ["quantity"]));
        op.create_table(
            table("new").column(bigint("id")).constraint(primary_key(["id"]).named("numbers")),
        );
        op.create_view(view("old").query("SELECT 1 AS one"));
    }
    assert_snapshot!(told(before, after), @r#"
    drop table old
    drop index names
    create table new
    create index names on orders
    create view old
    "#);
}

#[test]
fn a_sequence_is_there_as_long_as_a_default_takes_numbers_from_it() {
    fn plain(op: &mut Ops) {
        op.create_table(table("invoices").column(bigint("number")));
    }
    fn counted(op: &mut Ops) {
        op.create_sequence(sequence("numbers").start(1000));
        op.create_table(
            table("invoices").column(bigint("number").default_sql("nextval('numbers')")),
        );
        op.alter_sequence("numbers").owned_by("invoices", "number");
    }
    fn freed(op: &mut Ops) {
        op.create_sequence(sequence("numbers").start(2000).cycle());
        op.create_table(table("invoices").column(bigint("id")));
    }
    assert_snapshot!(told(plain, counted), @r#"
    create sequence numbers
    set default of invoices.number to nextval('numbers')
    "#);
    assert_snapshot!(told(counted, plain), @r#"
    drop default of invoices.number
    drop sequence numbers
    "#);
    assert_snapshot!(told(counted, freed), @r#"
    alter sequence numbers
    add column invoices.id bigint, drop column invoices.number
    "#);
    assert_snapshot!(told(counted, nothing), @"drop table invoices");
    // PostgreSQL makes a column anew that becomes computed, and what it owns would go.
    fn computed(op: &mut Ops) {
        op.create_table(table("invoices").column(bigint("number").generated("1")));
        op.create_sequence(sequence("numbers").owned_by("invoices", "number"));
    }
    assert_snapshot!(told(plain, computed), @r#"
    create sequence numbers
    generate invoices.number from 1
    alter sequence numbers
    "#);
}

#[test]
fn what_is_computed_from_a_column_makes_way_for_its_new_type() {
    fn before(op: &mut Ops) {
        op.create_table(
            table("orders")
                .column(integer("price"))
                .column(integer("twice").generated("price * 2")),
        );
    }
    fn after(op: &mut Ops) {
        op.create_table(
            table("orders").column(bigint("price")).column(integer("twice").generated("price * 2")),
        );
    }
    fn without(op: &mut Ops) {
        op.create_table(
            table("orders").column(bigint("cost")).column(integer("twice").generated("cost * 2")),
        );
    }
    fn neither(op: &mut Ops) {
        op.create_table(table("orders").column(bigint("cost")));
    }
    assert_snapshot!(told(before, after), @"drop expression of orders.twice, set type of orders.price to bigint, generate orders.twice from price * 2");
    assert_snapshot!(told(before, without), @"add column orders.cost bigint, generate orders.twice from cost * 2, drop column orders.price");
    assert_snapshot!(told(before, neither), @"add column orders.cost bigint, drop column orders.twice, drop column orders.price");
}

#[test]
fn functions_stand_where_what_reads_them_and_what_they_read_is_there() {
    fn all(op: &mut Ops) {
        users(op);
        let sql = |name| function(name).returns("bigint").language("sql");
        op.create_function(sql("one").body("SELECT 1"));
        op.create_function(sql("count_users").body("SELECT count(*) FROM users"));
        op.create_view(view("counted").query("SELECT count_users() AS n"));
        op.create_function(sql("twice").body("SELECT n * 2 FROM counted"));
    }
    assert_snapshot!(told(nothing, all), @r#"
    create function one()
    create table users
    create function count_users()
    create view counted
    create function twice()
    "#);
    assert_snapshot!(told(all, nothing), @r#"
    drop view counted
    drop table users
    drop function count_users()
    drop function one()
    drop function twice()
    "#);
}

#[test]
fn a_constraint_is_validated_and_never_the_other_way() {
    fn waiting(op: &mut Ops) {
        users(op);
        op.create_check_constraint(
            "users",
            check("id > 0").named("big").postgres(|c| c.not_valid()),
        );
    }
    fn valid(op: &mut Ops) {
        users(op);
        op.create_check_constraint("users", check("id > 0").named("big"));
    }
    assert_snapshot!(told(waiting, valid), @"validate constraint big of users");
    assert_snapshot!(told(valid, waiting), @"drop constraint big of users, create check constraint big on users");
}

#[test]
fn what_no_op_can_do_is_told() {
    fn before(op: &mut Ops) {
        op.create_extension("citext");
        op.create_table(table("a").column(bigint("id")).postgres(|t| t.unlogged()));
        op.create_table(table("b").column(bigint("id")).partition_by_range(["id"]));
        op.create_partition(partition("b_1").of("b").from_to("1", "5"));
        op.create_table(table("c").column(bigint("id")));
        op.execute("ALTER TABLE c SET (fillfactor = 70)").opaque("c").undo_nothing();
    }
    fn after(op: &mut Ops) {
        op.create_extension("citext").version("1.6");
        op.create_table(table("a").column(bigint("id")));
        op.create_table(table("b").column(text("id")).partition_by_range(["id"]));
        op.create_partition(partition("b_1").of("b").from_to("1", "9"));
        op.create_table(table("c").column(text("id")));
    }
    assert_snapshot!(told(before, after), @r#"
    - extension `citext`: is to be another, which no op makes of it
    - table `a`: is to have other options on PostgreSQL, which are settled when a table is created
    - column `id` of `b`: is to be another, which no op makes of it
    - partition `b_1` of `b`: is to be another, which no op makes of it
    - set type of b.id to text: the rows of `b` are parted by its column `id`, which must stay as it is
    - `c`: is not what the catalog says of it, or more than that, and is left alone
    "#);
}
