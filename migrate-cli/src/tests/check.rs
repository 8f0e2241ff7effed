//! `migrate check` and `migrate revision --autogenerate`: what differs, in words, and what is written about it.

use std::fs;

use insta::assert_snapshot;
use migrate_core::backend::Database;
use migrate_core::diesel::{Connection, SqliteConnection};

use super::*;

fn put(folder: &Path, file: &str, text: &str) {
    fs::write(folder.join(file), text).expect(file);
}

/// The `schema.rs` of the chain in these tests.
const SCHEMA: &str = "\
diesel::table! { orders (id) { id -> BigInt, notes -> Text, } }
diesel::table! { reports (id) { id -> BigInt, } }
";

/// A project whose sources are those of the chain, and whose program has this schema.
fn project(schema: &str) -> tempfile::TempDir {
    let folder = folder();
    put(folder.path(), "migrate.toml", "schema = \"schema.rs\"\nversions = \"versions\"\n");
    put(folder.path(), "schema.rs", schema);
    fs::create_dir(folder.path().join("versions")).expect("a folder");
    put(folder.path(), "Cargo.toml", "[package]\nname = 'shop'\nedition = '2024'\n[workspace]\n");
    for revision in CHAIN.revisions() {
        let parents = format!("{:?}", revision.down_revision);
        let parents = if parents == "[]" { "None" } else { &parents };
        let text = format!(
            "/// {}\n#[migration(revision = {:?}, down_revision = {parents})]\n\
             pub fn upgrade(op: &mut Ops) {{ never(compiled) }}\n",
            revision.message.replace('\n', "\n/// "),
            revision.id
        );
        put(folder.path(), revision.file, &text);
    }
    folder
}

/// What the newest file says, once the command has run; ids, which nobody knows before, are hidden.
fn written(folder: &Path, line: &str) -> String {
    let said = migrate(folder, line);
    let known: Vec<&str> = CHAIN.revisions().iter().map(|revision| revision.file).collect();
    let mut text = said;
    for entry in fs::read_dir(folder.join("versions")).expect("a folder") {
        let entry = entry.expect("a file");
        let name = format!("versions/{}", entry.file_name().to_string_lossy());
        if !known.contains(&name.as_str()) {
            text = text.replace(&name, "[file]");
            text.push_str("\n\n");
            text.push_str(&fs::read_to_string(entry.path()).expect("text"));
            fs::remove_file(entry.path()).expect("a file");
        }
    }
    text
}

const GENERATE: &str = "revision --autogenerate --rev-id new -m next --offline";

#[test]
fn a_program_that_agrees_has_nothing_to_do() {
    let folder = project(SCHEMA);
    let folder = folder.path();
    assert_snapshot!(migrate(folder, "check --offline"), @r"
    migrations against the program: no difference
    ! `table!` tells no indexes, checks and defaults: those of 2 tables are left alone
    exit 0
    ");
    assert_snapshot!(written(folder, GENERATE), @r"
    Nothing to do: the migrations make the program's schema
    exit 0
    ");
    assert_snapshot!(migrate(folder, "check"), @r"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! The file is not there yet: nothing is applied
    ! error: target database is not up to date
    !   caused by: 4 revisions not applied: `ae1027a6acf0`, `1bbe33445780`, `3f2a9c41b7d0` and 1 more
    ! hint: bring it there: migrate upgrade; or compare without it: --offline
    exit 3
    ");
    migrate(folder, "upgrade");
    assert_snapshot!(migrate(folder, "check"), @r"
    migrations against the program: no difference
    database against the migrations: no difference
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! `table!` tells no indexes, checks and defaults: those of 2 tables are left alone
    exit 0
    ");
    assert_snapshot!(migrate(folder, "check --json"), @r#"
    {
      "database": {
        "differences": [],
        "half_said": [],
        "result": "same",
        "unknown": []
      },
      "format": 1,
      "result": "same",
      "schema": {
        "differences": [],
        "half_said": [
          "orders",
          "reports"
        ],
        "result": "same",
        "unknown": []
      }
    }
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    exit 0
    "#);
}

#[test]
fn what_the_program_wants_is_found_and_written() {
    let folder = project(
        "diesel::table! { orders (id) { id -> BigInt, notes -> Nullable<Text>, quantity -> Integer, user_id -> Nullable<BigInt>, } }
         diesel::table! { users (id) { id -> BigInt, #[max_length = 80] email -> Varchar, } }
         diesel::joinable!(orders -> users (user_id));",
    );
    let folder = folder.path();
    assert_snapshot!(migrate(folder, "check --offline"), @r"
    migrations against the program: 6 differences
      orders
        + add column orders.quantity integer
        + add column orders.user_id bigint
        ~ drop not null of orders.notes
        + create foreign key orders_user_id_fkey on orders
      reports
        - drop table reports
      users
        + create table users
    ! `table!` tells no indexes, checks and defaults: those of 1 table are left alone
    exit 3
    ");
    assert_snapshot!(migrate(folder, "check --offline --sql --dialect postgres"), @r#"
    -- migrations against the program
    CREATE TABLE "users" ("id" bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY, "email" varchar(80) NOT NULL, CONSTRAINT "users_pkey" PRIMARY KEY ("id"));
    ALTER TABLE "orders" ADD COLUMN "quantity" integer NOT NULL, ADD COLUMN "user_id" bigint, ALTER COLUMN "notes" DROP NOT NULL, ADD CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id");
    DROP TABLE "reports";
    exit 3
    "#);
    let fill = format!("{GENERATE} --fill orders.quantity=1 --explicit-downgrade");
    assert_snapshot!(written(folder, &fill), @r#"
    [file]
    ! + create table users
    ! + add column orders.quantity integer
    ! + add column orders.user_id bigint
    ! ~ drop not null of orders.notes
    ! + create foreign key orders_user_id_fkey on orders
    ! - drop table reports
    ! note: Drops the table `reports` with its rows. If it was only renamed, write that instead: `rename_table`.
    ! Tried out on a database of its own, up and down
    exit 0

    use migrate_core::prelude::*;

    /// next
    ///
    /// Drops the table `reports` with its rows. If it was only renamed, write that instead: `rename_table`.
    #[migration(revision = "new", down_revision = "b7ea43dc85e4")]
    pub fn upgrade(op: &mut Ops) {
        op.create_table(
            table("users")
                .column(bigint("id").primary_key().identity())
                .column(varchar("email", 80)),
        );
        op.alter_table("orders", |t| {
            t.add_column(integer("quantity").fill_with("1"));
            t.add_column(bigint("user_id").nullable());
            t.alter_column("notes").drop_not_null();
            t.add_constraint(foreign_key(["user_id"]).references("users", ["id"]));
        });
        op.drop_table("reports");
    }

    pub fn downgrade(op: &mut Ops) {
        op.create_table(table("reports").column(bigint("id").primary_key()));
        op.alter_table("orders", |t| {
            t.drop_constraint("orders_user_id_fkey");
            t.alter_column("notes").set_not_null();
            t.drop_column("user_id");
            t.drop_column("quantity").restore_with("1");
        });
        op.drop_table("users");
    }
    "#);
    migrate(folder, "upgrade");
    assert_snapshot!(written(folder, "revision --autogenerate --rev-id new -m next --json"), @r#"
    {
      "down_revision": [
        "b7ea43dc85e4"
      ],
      "format": 1,
      "path": "[file]",
      "revision": "new"
    }
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! note: `orders.quantity` is NOT NULL: on rows that have nothing there the migration fails; say what they get with --fill "orders.quantity=…"
    ! + create table users
    ! + add column orders.quantity integer
    ! + add column orders.user_id bigint
    ! ~ drop not null of orders.notes
    ! + create foreign key orders_user_id_fkey on orders
    ! - drop table reports
    ! note: Drops the table `reports` with its rows. If it was only renamed, write that instead: `rename_table`.
    ! Tried out on a database of its own, up and down
    exit 0

    use migrate_core::prelude::*;

    /// next
    ///
    /// Drops the table `reports` with its rows. If it was only renamed, write that instead: `rename_table`.
    #[migration(revision = "new", down_revision = "b7ea43dc85e4")]
    pub fn upgrade(op: &mut Ops) {
        op.create_table(
            table("users")
                .column(bigint("id").primary_key().identity())
                .column(varchar("email", 80)),
        );
        op.alter_table("orders", |t| {
            t.add_column(integer("quantity").on_empty_table());
            t.add_column(bigint("user_id").nullable());
            t.alter_column("notes").drop_not_null();
            t.add_constraint(foreign_key(["user_id"]).references("users", ["id"]));
        });
        op.drop_table("reports");
    }
    "#);
}

#[test]
fn what_is_renamed_is_said() {
    let folder = project(
        "diesel::table! { purchases (id) { id -> BigInt, remarks -> Text, } }
         diesel::table! { reports (id) { id -> BigInt, } }",
    );
    let folder = folder.path();
    assert_snapshot!(written(folder, GENERATE), @r#"
    [file]
    ! + create table purchases
    ! - drop table orders
    ! note: Drops the table `orders` with its rows. If it was only renamed, write that instead: `rename_table`.
    ! Tried out on a database of its own, up and down
    exit 0

    use migrate_core::prelude::*;

    /// next
    ///
    /// Drops the table `orders` with its rows. If it was only renamed, write that instead: `rename_table`.
    #[migration(revision = "new", down_revision = "b7ea43dc85e4")]
    pub fn upgrade(op: &mut Ops) {
        op.create_table(
            table("purchases")
                .column(bigint("id").primary_key().identity())
                .column(text("remarks")),
        );
        op.drop_table("orders");
    }
    "#);
    let renames = "--rename orders:purchases --rename orders.notes:remarks";
    assert_snapshot!(written(folder, &format!("{GENERATE} {renames}")), @r#"
    [file]
    ! ~ rename table orders to purchases
    ! ~ rename column purchases.notes to remarks
    ! Tried out on a database of its own, up and down
    exit 0

    use migrate_core::prelude::*;

    /// next
    #[migration(revision = "new", down_revision = "b7ea43dc85e4")]
    pub fn upgrade(op: &mut Ops) {
        op.rename_table("orders", "purchases");
        op.alter_column("purchases", "notes").rename_to("remarks");
    }
    "#);
    for wrong in
        ["orders", "nothing:new", "nothing.at:all", "orders.nothing:new", "orders:reports", ":"]
    {
        let said = said(folder, &format!("{GENERATE} --rename {wrong}"));
        assert!(said.code != 0 && !said.err.is_empty(), "{wrong}: {said}");
    }
}

#[test]
fn what_is_there_beside_the_chain_is_drift() {
    let folder = project(SCHEMA);
    let folder = folder.path();
    migrate(folder, "upgrade");

    let path = folder.join("migrate.db");
    let mut database = SqliteConnection::establish(&path.to_string_lossy()).expect("a file");
    for sql in [
        "CREATE TABLE by_hand (id INTEGER PRIMARY KEY)",
        "CREATE INDEX quick ON orders (notes)",
        "DROP INDEX idx_orders_notes",
    ] {
        database.batch(sql).expect(sql);
    }
    assert_snapshot!(migrate(folder, "check"), @r"
    migrations against the program: no difference
    database against the migrations: 2 differences
      by_hand
        - drop table by_hand
      orders
        ~ rename index quick to idx_orders_notes
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! `table!` tells no indexes, checks and defaults: those of 2 tables are left alone
    exit 3
    ");
    assert_snapshot!(migrate(folder, "check --no-schema --sql"), @r#"
    -- database against the migrations
    DROP INDEX "quick";
    CREATE INDEX "idx_orders_notes" ON "orders" ("notes");
    DROP TABLE "by_hand";
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    exit 3
    "#);
    put(
        folder,
        "migrate.toml",
        "schema = \"schema.rs\"\n[compare.exclude]\ntables = [\"by_*\"]\nconstraints = [\"*quick\", \"idx_*\"]\n",
    );
    assert_snapshot!(migrate(folder, "check"), @r"
    migrations against the program: no difference
    database against the migrations: no difference
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! `table!` tells no indexes, checks and defaults: those of 2 tables are left alone
    exit 0
    ");
}

/// The journal comes and goes with the log, whatever that is called.
#[test]
fn what_the_migrations_are_kept_in_is_no_drift() {
    let project = project(SCHEMA);
    let folder = project.path();
    let config = folder.join("migrate.toml");
    let text = fs::read_to_string(&config).expect("a file");
    fs::write(&config, format!("log_table = \"ops\"\n{text}")).expect("a file");
    let upgraded = migrate(folder, "upgrade -q");
    assert!(upgraded.ends_with("exit 0"), "{upgraded}");
    let path = folder.join("migrate.db");
    let mut database = SqliteConnection::establish(&path.to_string_lossy()).expect("a file");
    database.batch("CREATE TABLE ops_journal (revision TEXT, direction TEXT, number INTEGER, run TEXT, of_all INTEGER, state TEXT, \
         digest TEXT, op TEXT, started_at TEXT)").expect("a table");
    let said = migrate(folder, "check --no-schema");
    assert!(said.ends_with("exit 0"), "{said}");
}

#[test]
fn bad_input_is_said() {
    let folder = project("diesel::table! { orders (id) { id -> Bigger, } }");
    let folder = folder.path();
    let wrong = |line: &str| {
        let said = said(folder, line);
        assert!(said.code != 0, "{line}");
        said.to_string()
    };
    assert_snapshot!(wrong("check --offline"), @r#"
    ! error: schema.rs can't be read as a schema
    !   caused by: schema.rs:1:38: nobody knows the type `Bigger`; one of the database's own is declared in this file: #[diesel(postgres_type(name = "…"))] pub struct Bigger;
    ! hint: compare the database alone: migrate check --no-schema
    exit 1
    "#);
    put(folder, "migrate.toml", "schema = \"nowhere.rs\"\n");
    assert_snapshot!(wrong("check --offline"), @r"
    ! error: cannot read nowhere.rs
    !   caused by: No such file or directory (os error 2)
    ! hint: it is named by `schema` in migrate.toml; or compare the database alone: migrate check --no-schema
    exit 1
    ");
    put(folder, "migrate.toml", "");
    assert_snapshot!(wrong("check --offline"), @r#"
    ! error: which schema the program is written for is not known
    ! hint: name the file of its `table!`s in migrate.toml: schema = "src/schema.rs"; or compare the database alone: migrate check --no-schema
    exit 1
    "#);
    put(folder, "migrate.toml", "schema = \"schema.rs\"\n[compare.exclude]\ntable = [\"x\"]\n");
    assert_snapshot!(wrong("check --offline"), @r"
    ! error: cannot read migrate.toml, line 3
    !   caused by: unknown field `table`, expected one of `schemas`, `tables`, `columns`, `constraints`
    exit 1
    ");
    assert_snapshot!(wrong("revision -m next"), @r"
    ! error: `revision` writes migrations, which must also work while they do not compile
    ! hint: cargo migrate revision -m next
    exit 2
    ");
    put(folder, "migrate.toml", "schema = \"schema.rs\"\nversions = \"versions\"\n");
    put(folder, "schema.rs", SCHEMA);
    assert_snapshot!(wrong(&format!("{GENERATE} --fill nonsense")), @r#"
    ! error: --fill nonsense fills nothing
    ! hint: write TABLE.COLUMN=SQL, as in --fill "orders.quantity=0"
    exit 2
    "#);
    put(
        folder,
        "schema.rs",
        "diesel::table! { orders (id) { id -> BigInt, notes -> Text, added -> Integer, } }",
    );
    assert_snapshot!(wrong(&format!("{GENERATE} --fill orders.nothing=1")), @r#"
    ! note: `orders.added` is NOT NULL: on rows that have nothing there the migration fails; say what they get with --fill "orders.added=…"
    ! error: `orders.nothing` is not filled by this migration
    ! hint: --fill is for a column that becomes NOT NULL, as TABLE.COLUMN=SQL
    exit 1
    "#);
    put(
        folder,
        "versions/20240105_0000_more.rs",
        "/// More\n#[migration(revision = \"more\", down_revision = \"b7ea43dc85e4\")]\npub fn upgrade(op: &mut Ops) {}\n",
    );
    assert_snapshot!(wrong(GENERATE), @r#"
    ! error: this program was not built from the migrations in versions
    !   caused by: only one of them has `more`
    ! hint: build it again: cargo migrate revision --autogenerate --rev-id new -m next --offline
    exit 1
    "#);
}

fn by_other_words(op: &mut Ops) {
    use migrate_core::prelude::*;
    op.create_table(table("orders").column(bigint("id").primary_key()));
    op.execute("CREATE TABLE strange (id INTEGER PRIMARY KEY, word TEXT NOT NULL)")
        .opaque("strange")
        .undo("DROP TABLE strange");
}

static UNREAD: [Revision; 1] = [Revision {
    upgrade: by_other_words,
    ..revision("aaaa", &[], "Create strange things", "versions/20240101_0000_aaaa.rs")
}];

static OPAQUE: Chain = Chain::new(&UNREAD, Rules { multiple_heads: false, multiple_bases: false });

#[test]
fn what_nobody_knows_is_no_agreement() {
    let folder = folder();
    let folder = folder.path();
    put(folder, "migrate.toml", "schema = \"schema.rs\"\n");
    put(folder, "schema.rs", "diesel::table! { orders (id) { id -> BigInt, } }");
    let said = |line: &str| {
        Said::by(|ui| run(&OPAQUE, &words(&format!("migrate {line}")), &environment(folder), ui))
            .to_string()
    };
    assert_snapshot!(said("check --offline"), @r"
    ! error: what the migrations make is not known without a database
    !   caused by: SQL that can't be read changes `strange`: revision aaaa, versions/20240101_0000_aaaa.rs
    ! hint: say there what the SQL does, with .declares(…), or compare with a database: migrate check
    exit 1
    ");
    said("upgrade");
    assert_snapshot!(said("check"), @r"
    migrations against the program: no difference
    database against the migrations: no difference in what is known
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! `table!` tells no indexes, checks and defaults: those of 1 table are left alone
    ! note: not compared: `strange`: SQL in a migration changed it, and does not say what it did (.declares)
    exit 0
    ");
    assert_snapshot!(said("check --json"), @r#"
    {
      "database": {
        "differences": [],
        "half_said": [],
        "result": "unknown",
        "unknown": [
          {
            "of": "strange",
            "why": "SQL in a migration changed it, and does not say what it did (.declares)"
          }
        ]
      },
      "format": 1,
      "result": "unknown",
      "schema": {
        "differences": [],
        "half_said": [
          "orders"
        ],
        "result": "same",
        "unknown": []
      }
    }
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    exit 0
    "#);
}
