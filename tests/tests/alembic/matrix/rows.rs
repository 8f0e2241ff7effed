//! The rows: the thing, what Alembic does about it, and cases with the lines that must be told.

use migrate_core::catalog::NewIndex;
use migrate_core::prelude::*;
use tests::Backend;

use Backend::{Mariadb as MARIADB, Postgres as POSTGRES, Sqlite as SQLITE};

const ALL: &[Backend] = &[POSTGRES, SQLITE, MARIADB];

/// One thing that may differ.
pub(super) struct Row {
    /// What it is.
    pub(super) thing: &'static str,
    /// What Alembic 1.20 does about it.
    pub(super) alembic: &'static str,
    /// What there is to say of it here.
    pub(super) note: &'static str,
    /// Why it is not found.
    pub(super) exception: Option<&'static str>,
    pub(super) cases: Vec<Case>,
}

/// A difference, and what is said of it.
pub(super) struct Case {
    /// The databases it is tried on.
    pub(super) on: &'static [Backend],
    /// What the migrations make.
    pub(super) migration: fn(&mut Ops),
    /// What differs from it.
    pub(super) what: What,
    /// The lines that `check` tells; none where nothing differs.
    pub(super) lines: &'static [&'static str],
    /// What must be noted.
    pub(super) note: &'static str,
    /// Whether no op makes up for it.
    pub(super) is_beyond: bool,
}

/// What differs from the migrations.
pub(super) enum What {
    /// The program, whose `schema!` this is in.
    Program(String),
    /// The program, where no database is asked.
    Offline(String),
    /// The database, by this SQL.
    Drift(&'static str),
}

fn row(thing: &'static str, alembic: &'static str) -> Row {
    Row { thing, alembic, note: "", exception: None, cases: Vec::new() }
}

impl Row {
    fn case(
        mut self,
        on: &'static [Backend],
        migration: fn(&mut Ops),
        what: What,
        lines: &'static [&'static str],
    ) -> Row {
        self.cases.push(Case { on, migration, what, lines, note: "", is_beyond: false });
        self
    }

    /// The program wants something else.
    fn program(
        self,
        on: &'static [Backend],
        migration: fn(&mut Ops),
        text: &str,
        lines: &'static [&'static str],
    ) -> Row {
        self.case(on, migration, What::Program(whole(text)), lines)
    }

    /// The program wants something else, and no database is asked.
    fn offline(
        self,
        on: &'static [Backend],
        migration: fn(&mut Ops),
        text: &str,
        lines: &'static [&'static str],
    ) -> Row {
        self.case(on, migration, What::Offline(whole(text)), lines)
    }

    /// Somebody changed the database.
    fn drift(
        self,
        on: &'static [Backend],
        migration: fn(&mut Ops),
        sql: &'static str,
        lines: &'static [&'static str],
    ) -> Row {
        self.case(on, migration, What::Drift(sql), lines)
    }

    /// No op makes up for what the last case found.
    fn beyond(mut self) -> Row {
        self.cases.iter_mut().next_back().into_iter().for_each(|case| case.is_beyond = true);
        self
    }

    /// What else must be said of the last case.
    fn noted(mut self, note: &'static str) -> Row {
        self.cases.iter_mut().next_back().into_iter().for_each(|case| case.note = note);
        self
    }

    fn note(self, note: &'static str) -> Row {
        Row { note, ..self }
    }

    fn exception(self, reason: &'static str) -> Row {
        Row { exception: Some(reason), ..self }
    }
}

/// Columns of `orders` behind its `id`, or everything.
fn whole(text: &str) -> String {
    match text.contains('{') {
        true => text.to_owned(),
        false => format!("orders (id) {{ id -> BigInt, {text} }}"),
    }
}

/// The table that most rows are about.
fn orders() -> TableBuilder {
    table("orders").column(bigint("id").primary_key())
}

fn users(op: &mut Ops) {
    op.create_table(table("users").column(bigint("id").primary_key()));
    op.create_table(table("people").column(bigint("id").primary_key()));
}

pub(super) fn themes() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("Tables and columns", tables_and_columns()),
        ("Types", types()),
        ("Keys and defaults", keys_and_defaults()),
        ("Constraints", constraints()),
        ("Indexes", indexes()),
        ("Everything else", everything_else()),
    ]
}

fn tables_and_columns() -> Vec<Row> {
    vec![
        row("table added or gone", "yes")
            .program(ALL, |op| _ = op.create_table(orders()), "orders (id) { id -> BigInt, } users (id) { id -> BigInt, }", &["+ create table users"])
            .program(ALL, |op| { users(op); op.create_table(orders()); }, "", &["- drop table people", "- drop table users"]),
        row("column added or gone", "yes")
            .program(ALL, |op| _ = op.create_table(orders()), "quantity -> Nullable<Integer>,", &["+ add column orders.quantity integer"])
            .program(ALL, |op| _ = op.create_table(orders().column(integer("quantity"))), "", &["- drop column orders.quantity"]),
        row("table or column renamed", "no: dropped and added")
            .note("`#[renamed_from]`, `--rename`, or a question")
            .program(ALL, |op| _ = op.create_table(orders().column(integer("qty"))), "#[renamed_from = \"qty\"] quantity -> Integer,", &["~ rename column orders.qty to quantity"])
            .program(ALL, |op| _ = op.create_table(orders().column(integer("qty"))), "#[renamed_from = \"orders\"] purchases (id) { id -> BigInt, qty -> Integer, }", &["~ rename table orders to purchases"]),
        row("NULL allowed or not", "yes")
            .program(ALL, |op| _ = op.create_table(orders().column(integer("quantity").nullable()).column(integer("price"))), "quantity -> Integer, price -> Nullable<Integer>,", &["~ set orders.quantity not null", "~ drop not null of orders.price"]),
        row("`id INTEGER PRIMARY KEY` on SQLite", "false positive")
            .program(&[SQLITE], |op| _ = op.create_table(table("orders").column(bigint("id").primary_key().identity())), "orders (id) { #[identity] id -> BigInt, }", &[])
            .drift(&[SQLITE], |op| _ = op.create_table(table("orders").column(integer("id").primary_key())), "DROP TABLE orders; CREATE TABLE orders (id INTEGER PRIMARY KEY);", &[]),
        row("order of the columns", "no")
            .exception("no database but MySQL can change it without a new table, and no query that names its columns depends on it")
            .program(&[POSTGRES], |op| _ = op.create_table(orders().column(integer("a")).column(integer("b"))), "b -> Integer, a -> Integer,", &[]),
        row("comments", "yes")
            .program(&[POSTGRES, MARIADB], |op| _ = op.create_table(orders().comment("a").column(integer("a").comment("a"))), "/// b\norders (id) { id -> BigInt, /// b\n a -> Integer, }", &["~ comment on orders.a", "~ comment on orders"]),
        row("new NOT NULL column where rows are", "yes, and fails")
            .note("said, and `--fill` says what the rows get")
            .program(ALL, |op| _ = op.create_table(orders()), "a -> Integer,", &["+ add column orders.a integer"]),
        row("table of an extension, such as PostGIS", "false positive: dropped")
            .drift(&[POSTGRES], |op| _ = op.create_table(orders()), "CREATE TABLE spatial_ref_sys (srid integer PRIMARY KEY); ALTER EXTENSION plpgsql ADD TABLE spatial_ref_sys;", &[])
            .program(&[POSTGRES], |op| { op.create_table(orders()); op.execute("CREATE TABLE spatial_ref_sys (srid integer PRIMARY KEY); ALTER EXTENSION plpgsql ADD TABLE spatial_ref_sys").declares_nothing().undo_nothing(); }, "", &[]),
        row("table that no migration made", "false positive: dropped")
            .note("`check` tells; `revision` never drops it")
            .drift(ALL, |op| _ = op.create_table(orders()), "CREATE TABLE strange (id integer PRIMARY KEY);", &["- drop table strange"]),
    ]
}

fn types() -> Vec<Row> {
    vec![
        row("length of a varchar", "yes")
            .program(ALL, |op| _ = op.create_table(orders().column(varchar("a", 10))), "#[max_length = 20] a -> Varchar,", &["~ set type of orders.a to varchar(20)"]),
        row("integer and bigint", "yes")
            .program(ALL, |op| _ = op.create_table(orders().column(integer("a"))), "a -> BigInt,", &["~ set type of orders.a to bigint"]),
        row("scale of a numeric", "yes")
            .program(ALL, |op| _ = op.create_table(orders().column(numeric("a", 10, 2))), "#[numeric(10, 4)] a -> Numeric,", &["~ set type of orders.a to numeric(10, 4)"]),
        row("time zone", "yes")
            .program(&[POSTGRES], |op| _ = op.create_table(orders().column(timestamp("a"))), "a -> Timestamptz,", &["~ set type of orders.a to timestamptz"]),
        row("json and jsonb", "yes")
            .program(&[POSTGRES], |op| _ = op.create_table(orders().column(json("a"))), "a -> Jsonb,", &["~ set type of orders.a to jsonb"]),
        row("element of an array", "yes")
            .program(&[POSTGRES], |op| _ = op.create_table(orders().column(integer("a").array())), "a -> Array<BigInt>,", &["~ set type of orders.a to bigint[]"]),
        row("`timestamp` and `DateTime` on SQLite", "false positive")
            .program(&[SQLITE], |op| _ = op.create_table(orders().column(timestamp("a")).column(timestamptz("b"))), "a -> Timestamp, b -> TimestamptzSqlite,", &[])
            .drift(&[SQLITE], |op| _ = op.create_table(orders().column(timestamp("a"))), "DROP TABLE orders; CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, a DATETIME NOT NULL);", &[]),
        row("collation on PostgreSQL", "yes")
            .program(&[POSTGRES], |op| _ = op.create_table(orders().column(text("a"))), "#[collate = \"C\"] a -> Text,", &["~ set collation of orders.a to C"]),
        row("collation on SQLite", "no")
            .program(&[SQLITE], |op| _ = op.create_table(orders().column(text("a"))), "#[collate = \"NOCASE\"] a -> Text,", &["~ set collation of orders.a to NOCASE"]),
        row("`varchar(10)` and `varchar`", "no")
            .program(&[POSTGRES, SQLITE], |op| _ = op.create_table(orders().column(varchar("a", 10))), "a -> Varchar,", &["~ set type of orders.a to varchar"]),
        row("`numeric(10, 2)` and `numeric`", "no")
            .program(&[POSTGRES, SQLITE], |op| _ = op.create_table(orders().column(numeric("a", 10, 2))), "a -> Numeric,", &["~ set type of orders.a to numeric"]),
        row("value of an enum added", "no; on MySQL yes")
            .program(ALL, mood, "enum mood = [\"bad\", \"good\", \"best\"]; orders (id) { id -> BigInt, a -> Mood, }", &["~ add value best to enum mood"]),
        row("value of an enum added, as long as the others", "no on SQLite")
            .program(ALL, mood, "enum mood = [\"bad\", \"good\", \"okay\"]; orders (id) { id -> BigInt, a -> Mood, }", &["~ add value okay to enum mood"]),
        row("value of an enum gone", "no; on MySQL yes")
            .program(ALL, mood, "enum mood = [\"good\"]; orders (id) { id -> BigInt, a -> Mood, }", &["~ drop value bad of enum mood"]),
        row("order of an enum's values", "no")
            .note("told; no op makes up for it")
            .program(&[POSTGRES, MARIADB], mood, "enum mood = [\"good\", \"bad\"]; orders (id) { id -> BigInt, a -> Mood, }", &["~ has the values `bad`, `good` instead of `good`, `bad`"]).beyond(),
        row("enum renamed", "no: another type")
            .program(&[POSTGRES], mood, "enum humour = [\"bad\", \"good\"]; orders (id) { id -> BigInt, a -> Humour, }", &["~ set type of orders.a to humour", "+ create enum humour"]),
        row("new enum for a new column", "fails: the type is missing")
            .program(ALL, |op| _ = op.create_table(orders()), "enum mood = [\"bad\", \"good\"]; orders (id) { id -> BigInt, a -> Nullable<Mood>, }", &["+ add column orders.a mood", "+ create enum mood"]),
    ]
}

fn mood(op: &mut Ops) {
    op.create_enum(enum_type("mood").values(["bad", "good"]));
    op.create_table(orders().column(enumeration("a", "mood")));
}

fn keys_and_defaults() -> Vec<Row> {
    vec![
        row("column of the primary key added or gone", "no")
            .program(ALL, |op| _ = op.create_table(orders().column(bigint("line"))), "orders (id, line) { id -> BigInt, line -> BigInt, }", &["- drop constraint orders_pkey of orders", "+ create primary key orders_pkey on orders"])
            .program(ALL, |op| _ = op.create_table(table("orders").column(bigint("id")).column(bigint("line")).primary_key(["id", "line"])), "line -> BigInt,", &["- drop constraint orders_pkey of orders", "+ create primary key orders_pkey on orders"]),
        row("other column as primary key", "no")
            .program(ALL, |op| _ = op.create_table(orders().column(bigint("line"))), "orders (line) { id -> BigInt, line -> BigInt, }", &["- drop constraint orders_pkey of orders", "+ create primary key orders_pkey on orders"]),
        row("primary key dropped", "no")
            .drift(&[POSTGRES], |op| _ = op.create_table(orders()), "ALTER TABLE orders DROP CONSTRAINT orders_pkey;", &["+ create primary key orders_pkey on orders"])
            .drift(&[MARIADB], |op| _ = op.create_table(orders()), "ALTER TABLE orders DROP PRIMARY KEY;", &["+ create primary key orders_pkey on orders"]),
        row("primary key renamed", "no")
            .drift(&[POSTGRES], |op| _ = op.create_table(orders()), "ALTER TABLE orders RENAME CONSTRAINT orders_pkey TO the_key;", &["~ rename constraint the_key of orders to orders_pkey"]),
        row("server default", "yes, if turned on")
            .program(ALL, |op| _ = op.create_table(orders().column(integer("a").default(1)).column(integer("b").default(1)).column(integer("c"))), "#[default(2)] a -> Integer, b -> Integer, #[default(3)] c -> Integer,", &["~ drop default of orders.b", "~ set default of orders.a to 2", "~ set default of orders.c to 3"]),
        row("default that calls `random()`", "false positive")
            .program(&[POSTGRES], |op| _ = op.create_table(orders().column(double("a").default_sql("(random())"))), "#[default(sql = \"random()\")] a -> Double,", &[])
            .program(&[SQLITE], |op| _ = op.create_table(orders().column(bigint("a").default_sql("(random())"))), "#[default(sql = \"random()\")] a -> BigInt,", &[])
            .program(&[MARIADB], |op| _ = op.create_table(orders().column(double("a").default_sql("(RAND())"))), "#[default(sql = \"rand()\")] a -> Double,", &[]),
        row("`current_timestamp` on SQLite", "false positive")
            .program(&[SQLITE], |op| _ = op.create_table(orders().column(timestamp("a").default_now())), "#[default(sql = \"current_timestamp\")] a -> Timestamp,", &[])
            .drift(&[SQLITE], |op| _ = op.create_table(orders().column(timestamp("a").default_now())), "DROP TABLE orders; CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, a TIMESTAMP NOT NULL DEFAULT current_timestamp);", &[]),
        row("column that counts itself up: SERIAL, AUTO_INCREMENT, AUTOINCREMENT", "no")
            .program(ALL, |op| _ = op.create_table(table("orders").column(bigint("id").primary_key().identity())), "", &["~ drop identity of orders.id"])
            .program(ALL, |op| _ = op.create_table(orders()), "orders (id) { #[identity] id -> BigInt, }", &["~ set identity of orders.id"])
            .drift(&[POSTGRES], |op| _ = op.create_table(table("orders").column(bigint("id").primary_key().identity())), "ALTER TABLE orders ALTER id DROP IDENTITY;", &["~ set identity of orders.id"])
            .drift(&[MARIADB], |op| _ = op.create_table(table("orders").column(bigint("id").primary_key().identity())), "ALTER TABLE orders MODIFY id bigint NOT NULL;", &["~ set identity of orders.id"])
            .drift(&[SQLITE], |op| _ = op.create_table(table("orders").column(bigint("id").primary_key().identity())), "DROP TABLE orders; CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY);", &["~ set identity of orders.id"]),
        row("options of an identity", "yes")
            .program(&[POSTGRES], |op| _ = op.create_table(table("orders").column(bigint("id").primary_key().identity())), "orders (id) { #[identity(always, start = 1000)] id -> BigInt, }", &["~ set identity of orders.id"])
            .drift(&[POSTGRES], |op| _ = op.create_table(table("orders").column(bigint("id").primary_key().identity())), "ALTER TABLE orders ALTER id SET INCREMENT BY 10;", &["~ set identity of orders.id"]),
        row("sequence added, gone or changed", "no")
            .drift(&[POSTGRES, MARIADB], |op| _ = op.create_sequence(sequence("numbers")), "DROP SEQUENCE numbers;", &["+ create sequence numbers"])
            .drift(&[POSTGRES, MARIADB], |op| _ = op.create_sequence(sequence("numbers")), "ALTER SEQUENCE numbers INCREMENT BY 10;", &["~ alter sequence numbers"])
            .drift(&[POSTGRES, MARIADB], |op| _ = op.create_table(orders()), "CREATE SEQUENCE numbers;", &["- drop sequence numbers"]),
        row("expression of a computed column", "no: a warning")
            .program(&[POSTGRES, SQLITE, MARIADB], |op| _ = op.create_table(orders().column(integer("a")).column(integer("b").nullable().generated("a * 2"))), "a -> Integer, #[generated(\"a * 3\")] b -> Nullable<Integer>,", &["~ generate orders.b from a * 3"]),
        row("column that becomes computed, or is no more", "no: a warning")
            .program(&[POSTGRES, SQLITE, MARIADB], |op| _ = op.create_table(orders().column(integer("a")).column(integer("b").nullable())), "a -> Integer, #[generated(\"a * 3\")] b -> Nullable<Integer>,", &["~ generate orders.b from a * 3"])
            .program(&[POSTGRES, SQLITE, MARIADB], |op| _ = op.create_table(orders().column(integer("a")).column(integer("b").nullable().generated("a * 2"))), "a -> Integer, b -> Nullable<Integer>,", &["~ drop expression of orders.b"]),
    ]
}

fn two(op: &mut Ops) {
    op.create_table(orders().column(integer("a")).column(integer("b")));
}

fn constraints() -> Vec<Row> {
    vec![
        row("CHECK added or gone", "no, unless by name in a plugin")
            .program(ALL, two, "#[check(\"a > 0\", name = \"positive\")] a -> Integer, b -> Integer,", &["+ create check constraint positive on orders"])
            .program(ALL, |op| _ = op.create_table(orders().column(integer("a")).constraint(check("a > 0").named("positive"))), "a -> Integer,", &["- drop constraint positive of orders"]),
        row("expression of a CHECK", "no")
            .program(ALL, |op| _ = op.create_table(orders().column(integer("a")).constraint(check("a > 0").named("positive"))), "#[check(\"a >= 0\", name = \"positive\")] a -> Integer,", &["- drop constraint positive of orders", "+ create check constraint positive on orders"])
            .program(ALL, |op| _ = op.create_table(orders().column(integer("a")).constraint(check("a in (1,2) AND A <> 3").named("positive"))), "#[check(\"a IN (1, 2) and a<>3\", name = \"positive\")] a -> Integer,", &[]),
        row("UNIQUE added, without a name too", "yes")
            .program(ALL, two, "#[unique] a -> Integer, b -> Integer,", &["+ create unique constraint orders_a_key on orders"]),
        row("UNIQUE gone or renamed", "yes")
            .program(ALL, |op| _ = op.create_table(orders().column(integer("a").unique())), "a -> Integer,", &["- drop constraint orders_a_key of orders"])
            .program(ALL, |op| _ = op.create_table(orders().column(integer("a").unique())), "#[unique(name = \"one_a\")] a -> Integer,", &["~ rename constraint orders_a_key of orders to one_a"]),
        row("UNIQUE without a name gone on SQLite", "no")
            .drift(&[SQLITE], |op| _ = op.create_table(table("orders").column(integer("a"))), "DROP TABLE orders; CREATE TABLE orders (a INTEGER NOT NULL UNIQUE);", &["- drop constraint orders_a_key of orders"])
            .drift(&[SQLITE], |op| _ = op.create_table(table("orders").column(integer("a").unique())), "DROP TABLE orders; CREATE TABLE orders (a INTEGER NOT NULL);", &["+ create unique constraint orders_a_key on orders"]),
        row("order of the columns of a UNIQUE", "no")
            .program(ALL, |op| _ = op.create_table(orders().column(integer("a")).column(integer("b")).constraint(unique(["a", "b"]).named("both"))), "#[unique(b, a, name = \"both\")] orders (id) { id -> BigInt, a -> Integer, b -> Integer, }", &["- drop constraint both of orders", "+ create unique constraint both on orders"]),
        row("DEFERRABLE of a UNIQUE", "no")
            .program(&[POSTGRES], |op| _ = op.create_table(orders().column(integer("a").unique())), "#[unique(deferrable)] a -> Integer,", &["- drop constraint orders_a_key of orders", "+ create unique constraint orders_a_key on orders"]),
        row("foreign key: columns and target", "yes")
            .program(ALL, |op| { users(op); op.create_table(orders().column(bigint("a").references("users", "id")).column(bigint("b"))); }, &people("#[references(people(id))] a -> BigInt, b -> BigInt,"), &["- drop constraint orders_a_fkey of orders", "+ create foreign key orders_a_fkey on orders"])
            .program(ALL, |op| { users(op); op.create_table(orders().column(bigint("a").references("users", "id")).column(bigint("b"))); }, &people("a -> BigInt, #[references(users(id))] b -> BigInt,"), &["- drop constraint orders_a_fkey of orders", "+ create foreign key orders_b_fkey on orders"]),
        row("foreign key: ON DELETE, ON UPDATE", "yes")
            .program(ALL, |op| { users(op); op.create_table(orders().column(bigint("a").references("users", "id"))); }, &people("#[references(users(id), on_delete = cascade, on_update = cascade)] a -> BigInt,"), &["- drop constraint orders_a_fkey of orders", "+ create foreign key orders_a_fkey on orders"]),
        row("foreign key: DEFERRABLE", "yes")
            .program(&[POSTGRES, SQLITE], |op| { users(op); op.create_table(orders().column(bigint("a").references("users", "id"))); }, &people("#[references(users(id), initially_deferred)] a -> BigInt,"), &["- drop constraint orders_a_fkey of orders", "+ create foreign key orders_a_fkey on orders"]),
        row("foreign key in the line of its column, with ON DELETE, on SQLite", "false positive")
            .program(&[SQLITE], |op| { users(op); op.create_table(orders().column(bigint("a").references("users", "id").on_delete(Cascade))); }, &people("#[references(users(id), on_delete = cascade)] a -> BigInt,"), &[])
            .drift(&[SQLITE], |op| { users(op); op.create_table(orders().column(bigint("a").references("users", "id").on_delete(Cascade))); }, "DROP TABLE orders; CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, a BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE);", &[]),
        row("foreign key renamed", "no")
            .program(&[POSTGRES, MARIADB], |op| { users(op); op.create_table(orders().column(bigint("a").references("users", "id"))); }, &people("#[references(users(id), name = \"by_user\")] a -> BigInt,"), &["~ rename constraint orders_a_fkey of orders to by_user"])
            .program(&[SQLITE], |op| { users(op); op.create_table(orders().column(bigint("a").references("users", "id"))); }, &people("#[references(users(id), name = \"by_user\")] a -> BigInt,"), &["~ rename constraint orders_a_fkey of orders to by_user"]),
        row("NOT VALID", "no")
            .program(&[POSTGRES], |op| { users(op); op.create_table(orders().column(bigint("a"))); op.create_foreign_key("orders", foreign_key(["a"]).references("users", ["id"]).postgres(|f| f.not_valid())); }, &people("#[references(users(id))] a -> BigInt,"), &["~ validate constraint orders_a_fkey of orders"]),
        row("new tables that refer to each other", "wrong order")
            .program(ALL, |op| _ = op.create_table(orders()), "orders (id) { id -> BigInt, } a (id) { id -> BigInt, #[references(b(id))] b_id -> BigInt, } b (id) { id -> BigInt, #[references(a(id))] a_id -> Nullable<BigInt>, }", &["+ create table a", "+ create table b", "+ create foreign key b_a_id_fkey on b"]),
        row("EXCLUDE", "no")
            .drift(&[POSTGRES], |op| _ = op.create_table(orders().column(range("during", RangeType::Int4))), "ALTER TABLE orders ADD CONSTRAINT apart EXCLUDE USING gist (during WITH &&);", &["- drop constraint apart of orders"])
            .drift(&[POSTGRES], |op| _ = op.create_table(orders().column(range("during", RangeType::Int4)).constraint(exclude("gist").with("during", "&&").named("apart"))), "ALTER TABLE orders DROP CONSTRAINT apart;", &["+ create exclusion constraint apart on orders"]),
    ]
}

fn people(columns: &str) -> String {
    format!(
        "users (id) {{ id -> BigInt, }} people (id) {{ id -> BigInt, }} orders (id) {{ id -> BigInt, {columns} }}"
    )
}

/// `orders` with two columns, an attribute in front.
fn with(attribute: &str) -> String {
    format!("{attribute} orders (id) {{ id -> BigInt, a -> Integer, b -> Integer, }}")
}

fn named() -> NewIndex {
    index("by").on("orders", ["a"])
}

fn indexes() -> Vec<Row> {
    vec![
        row("index added, gone or renamed", "yes")
            .program(ALL, two, &with("#[index(a)]"), &["+ create index orders_a_idx on orders"])
            .program(ALL, |op| { two(op); op.create_index(named()); }, &with(""), &["- drop index by"])
            .program(ALL, |op| { two(op); op.create_index(named()); }, &with("#[index(a, name = \"other\")]"), &["~ rename index by to other"]),
        row("index: columns, their order, UNIQUE", "yes")
            .program(ALL, |op| { two(op); op.create_index(named()); }, &with("#[index(a, b, name = \"by\")]"), &["- drop index by", "+ create index by on orders"])
            .program(ALL, |op| { two(op); op.create_index(index("by").on("orders", ["a", "b"])); }, &with("#[index(b, a, name = \"by\")]"), &["- drop index by", "+ create index by on orders"])
            .program(ALL, |op| { two(op); op.create_index(named()); }, &with("#[index(a, name = \"by\", unique)]"), &["- drop index by", "+ create unique index by on orders"]),
        row("index: DESC", "yes; on SQLite no")
            .program(ALL, |op| { two(op); op.create_index(named()); }, &with("#[index(desc(a), name = \"by\")]"), &["- drop index by", "+ create index by on orders"]),
        row("index on an expression", "yes; on SQLite no")
            .program(&[POSTGRES, SQLITE], |op| { two(op); op.create_index(index("by").on("orders", [expr("a + 1")])); }, &with("#[index(expr(\"a + 2\"), name = \"by\")]"), &["- drop index by", "+ create index by on orders"]),
        row("index: WHERE", "no")
            .program(&[POSTGRES, SQLITE], |op| { two(op); op.create_index(named().filter("b > 0")); }, &with("#[index(a, name = \"by\", where = \"b > 1\")]"), &["- drop index by", "+ create index by on orders"])
            .program(&[POSTGRES, SQLITE], |op| { two(op); op.create_index(named().filter("b > 0")); }, &with("#[index(a, name = \"by\")]"), &["- drop index by", "+ create index by on orders"]),
        row("index: method, operator class", "no")
            .program(&[POSTGRES], |op| { two(op); op.create_index(named()); }, &with("#[index(a, name = \"by\", using = \"hash\")]"), &["- drop index by", "+ create index by on orders"])
            .program(&[POSTGRES], |op| { op.create_table(orders().column(text("a"))); op.create_index(named()); }, "#[index(a, name = \"by\", ops(a = \"text_pattern_ops\"))] orders (id) { id -> BigInt, a -> Text, }", &["- drop index by", "+ create index by on orders"]),
        row("index: INCLUDE, NULLS, storage", "no")
            .program(&[POSTGRES], |op| { two(op); op.create_index(named()); }, &with("#[index(a, name = \"by\", include(b))]"), &["- drop index by", "+ create index by on orders"])
            .program(&[POSTGRES], |op| { two(op); op.create_index(named().unique()); }, &with("#[index(a, name = \"by\", unique, nulls_not_distinct)]"), &["- drop index by", "+ create unique index by on orders"])
            .program(&[POSTGRES], |op| { two(op); op.create_index(named()); }, &with("#[index(a, name = \"by\", with(fillfactor = 70))]"), &["- drop index by", "+ create index by on orders"])
            .drift(&[POSTGRES], |op| { two(op); op.create_index(named()); }, "ALTER INDEX by SET (fillfactor = 70);", &["- drop index by", "+ create index by on orders"]),
        row("expression that the database writes in its own way", "false positive")
            .program(&[POSTGRES], |op| { op.create_table(orders().column(varchar("a", 20)).column(jsonb("b"))); op.create_index(index("by").on("orders", [expr("lower(a)")]).filter("a in ('x','y')")); op.create_index(index("by_b").on("orders", [expr("(b->>'k')")])); op.create_index(index("by_c").on("orders", [expr("coalesce(a, 'z')").desc()])); },
                "#[index(expr(\"lower(a)\"), name = \"by\", where = \"a in ('x','y')\")] #[index(expr(\"b ->> 'k'\"), name = \"by_b\")] #[index(expr(\"COALESCE(a, 'z'::varchar)\", desc), name = \"by_c\")] orders (id) { id -> BigInt, #[max_length = 20] a -> Varchar, b -> Jsonb, }", &[])
            .program(&[SQLITE], |op| { two(op); op.create_index(index("by").on("orders", [expr("a+1")])); }, &with("#[index(expr(\"a+1\"), name = \"by\")]"), &[]),
    ]
}

fn parted(op: &mut Ops) {
    op.create_table(table("orders").column(integer("id")).partition_by_range(["id"]));
    op.create_partition(partition("orders_1").of("orders").from_to("1", "10"));
}

fn function_and_trigger(op: &mut Ops) {
    op.create_table(orders());
    op.create_function(
        function("stamp").returns("trigger").language("plpgsql").body("BEGIN RETURN NEW; END"),
    );
    op.create_trigger(
        trigger("stamped").before_insert().on("orders").for_each_row().execute_function("stamp"),
    );
}

fn view_of_orders(op: &mut Ops) {
    op.create_table(orders().column(integer("a")));
    op.create_view(view("shown").query("SELECT id FROM orders"));
}

fn everything_else() -> Vec<Row> {
    vec![
        row("view added, gone or changed", "no")
            .drift(&[POSTGRES, MARIADB], view_of_orders, "CREATE OR REPLACE VIEW shown AS SELECT id FROM orders WHERE a > 1;", &["~ replace view shown"])
            .drift(&[SQLITE], view_of_orders, "DROP VIEW shown; CREATE VIEW shown AS SELECT id FROM orders WHERE a > 1;", &["~ replace view shown"])
            .drift(ALL, view_of_orders, "DROP VIEW shown;", &["+ create view shown"])
            .drift(ALL, |op| _ = op.create_table(orders()), "CREATE VIEW shown AS SELECT id FROM orders;", &["- drop view shown"]),
        row("trigger added, gone or changed", "no")
            .drift(&[POSTGRES], function_and_trigger, "DROP TRIGGER stamped ON orders;", &["+ create trigger stamped on orders"])
            .drift(&[POSTGRES], function_and_trigger, "CREATE OR REPLACE TRIGGER stamped BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();", &["~ replace trigger stamped on orders"])
            .drift(&[POSTGRES], function_and_trigger, "CREATE TRIGGER more AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION stamp();", &["- drop trigger more of orders"])
            .drift(&[SQLITE], |op| _ = op.create_table(orders()), "CREATE TRIGGER more AFTER INSERT ON orders FOR EACH ROW BEGIN UPDATE orders SET id = 1; END;", &["- drop trigger more of orders"])
            .drift(&[MARIADB], |op| _ = op.create_table(orders()), "CREATE TRIGGER more AFTER INSERT ON orders FOR EACH ROW UPDATE orders SET id = 1;", &["- drop trigger more of orders"]),
        row("function added, gone or changed", "no")
            .drift(&[POSTGRES], function_and_trigger, "CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;", &["~ replace function stamp()"])
            .drift(&[POSTGRES], |op| _ = op.create_table(orders()), "CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';", &["- drop function one()"])
            .drift(&[POSTGRES], |op| _ = op.create_function(function("one").returns("integer").language("sql").body("SELECT 1")), "DROP FUNCTION one();", &["+ create function one()"])
            .drift(&[MARIADB], |op| _ = op.create_table(orders()), "CREATE FUNCTION one() RETURNS integer RETURN 1;", &["- drop function one()"]),
        row("extension added or gone", "no")
            .drift(&[POSTGRES], |op| _ = op.create_extension("citext"), "DROP EXTENSION citext;", &["+ create extension citext"])
            .drift(&[POSTGRES], |op| _ = op.create_table(orders()), "CREATE EXTENSION citext;", &["- drop extension citext"]),
        row("partition added or gone", "no")
            .drift(&[POSTGRES], parted, "DROP TABLE orders_1;", &["+ create partition orders_1 of orders"])
            .drift(&[POSTGRES], parted, "CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM (10) TO (20);", &["- drop partition orders_2"]),
        row("how a table is parted", "no")
            .note("told; no op makes up for it")
            .drift(&[POSTGRES], |op| _ = op.create_table(table("orders").column(integer("id"))), "DROP TABLE orders; CREATE TABLE orders (id integer NOT NULL) PARTITION BY HASH (id);", &["~ is to be parted in another way, which is settled when a table is created"]).beyond(),
        row("options of a table: `fillfactor`, ENGINE, STRICT", "no")
            .note("told; no op makes up for it")
            .program(&[POSTGRES], |op| _ = op.create_table(orders()), "#[postgres(with(fillfactor = 70))] orders (id) { id -> BigInt, }", &["~ is to have other options on PostgreSQL, which are settled when a table is created"]).beyond()
            .drift(&[POSTGRES], |op| _ = op.create_table(orders()), "ALTER TABLE orders SET (fillfactor = 70);", &["~ is to have other options on PostgreSQL, which are settled when a table is created"]).beyond()
            .drift(&[POSTGRES], |op| _ = op.create_table(orders()), "ALTER TABLE orders SET UNLOGGED;", &["~ is to have other options on PostgreSQL, which are settled when a table is created"]).beyond()
            .drift(&[MARIADB], |op| _ = op.create_table(orders()), "ALTER TABLE orders ENGINE = Aria;", &["~ is not what the catalog says of it, or more than that, and is left alone"]).beyond()
            .program(&[SQLITE], |op| _ = op.create_table(orders()), "#[sqlite(strict)] orders (id) { id -> BigInt, }", &["~ is to have other options on SQLite, which are settled when a table is created"]).beyond()
            .drift(&[SQLITE], |op| _ = op.create_table(table("orders").column(integer("id"))), "DROP TABLE orders; CREATE TABLE orders (id INTEGER NOT NULL) STRICT;", &["~ is to have other options on SQLite, which are settled when a table is created"]).beyond(),
        row("tablespace", "no")
            .note("told; no op makes up for it")
            .offline(&[POSTGRES], |op| _ = op.create_table(orders()), "#[postgres(tablespace = \"fast\")] orders (id) { id -> BigInt, }", &["~ is to have other options on PostgreSQL, which are settled when a table is created"]).beyond()
            .offline(&[POSTGRES], |op| { two(op); op.create_index(named()); }, &with("#[index(a, name = \"by\", tablespace = \"fast\")]"), &["- drop index by", "+ create index by on orders"]),
        row("policy, row level security", "no")
            .exception("it is no part of the model; `check` says that the table is not compared whole")
            .drift(&[POSTGRES], |op| _ = op.create_table(orders()), "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON orders USING (id > 0);", &[]).noted("orders"),
        row("domain", "no")
            .exception("it is no part of the model")
            .drift(&[POSTGRES], |op| _ = op.create_table(orders()), "CREATE DOMAIN positive AS integer CHECK (VALUE > 0);", &[]),
        row("schema added or gone", "yes, if turned on")
            .drift(&[POSTGRES], |op| { op.create_schema("reporting"); }, "DROP SCHEMA reporting;", &["+ create schema reporting"]),
    ]
}
