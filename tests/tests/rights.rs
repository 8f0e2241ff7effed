//! A user that may not do what a plan needs is told so before the first statement, of everything at once.

use diesel::{Connection, MysqlConnection, PgConnection};
use migrate_core::backend::Database as Connected;
use migrate_core::prelude::*;
use migrate_core::revision::Direction;
use migrate_core::{Error, Migrator, Options, Revision};
use tests::{Backend, Database, Project, backends, chain, revision, told};

fn tables(op: &mut Ops) {
    op.create_table(table("users").column(bigint("id").primary_key()));
    op.create_table(table("orders").column(bigint("id").primary_key()));
    op.only(Postgres, |op| {
        op.create_enum(enum_type("mood").values(["ok"]));
        op.create_sequence(sequence("numbers"));
        op.create_view(view("ids").query("SELECT id FROM orders"));
    });
}

/// Needs a right of every kind.
fn work(op: &mut Ops) {
    op.create_table(
        table("fills")
            .column(bigint("id").primary_key())
            .column(bigint("user_id").references("users", "id")),
    );
    op.add_column("fills", text("more").nullable());
    op.add_column("orders", text("notes").nullable());
    op.create_index(index("by_notes").on("orders", ["id"]));
    op.bulk_insert(rows("users").row(row().set("id", 7)));
    op.only(Postgres, |op| {
        op.add_enum_value("mood", "sad");
        op.rename_sequence("numbers", "counted");
        op.drop_view("ids");
        op.create_schema("more");
        op.create_table(table(("more", "own")).column(bigint("id").primary_key()));
        op.create_extension("file_fdw");
    });
    op.rename_table("orders", "trades");
    op.drop_constraint("trades", "orders_pkey");
}

/// A user of a server that may do nothing, gone when the value is.
struct User<'d> {
    database: &'d Database,
    name: String,
}

impl User<'_> {
    fn new(database: &Database) -> User<'_> {
        let name = format!("low_{}", database.name());
        match database.backend() {
            Backend::Postgres => {
                database.execute(&format!("CREATE ROLE {name} LOGIN PASSWORD 'a-secret-word'"));
                // Before PostgreSQL 15 everybody may create things there.
                database.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
            }
            Backend::Mariadb => {
                database.execute(&format!("CREATE USER {name}@'%' IDENTIFIED BY 'a-secret-word'"));
                database.execute(&format!("GRANT SELECT ON {}.* TO {name}@'%'", database.name()));
            }
            Backend::Sqlite => unreachable!("a file has no users"),
        }
        User { database, name }
    }

    fn url(&self) -> String {
        let url = self.database.url();
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (_, host) = rest.rsplit_once('@').expect("a URL with a user");
        format!("{scheme}://{}:a-secret-word@{host}", self.name)
    }

    fn connect(&self) -> Box<dyn Connected> {
        let url = self.url();
        match self.database.backend() {
            Backend::Postgres => Box::new(PgConnection::establish(&url).expect("a connection")),
            Backend::Mariadb => Box::new(MysqlConnection::establish(&url).expect("a connection")),
            Backend::Sqlite => unreachable!("a file has no users"),
        }
    }
}

impl Drop for User<'_> {
    fn drop(&mut self) {
        let name = &self.name;
        match self.database.backend() {
            Backend::Postgres => self.database.execute(&format!(
                "REASSIGN OWNED BY {name} TO CURRENT_USER; DROP OWNED BY {name}; DROP ROLE {name}"
            )),
            Backend::Mariadb => self.database.execute(&format!("DROP USER {name}@'%'")),
            Backend::Sqlite => {}
        }
    }
}

/// What the user is told by a plan, line by line; the run says the same.
fn missing(user: &User<'_>, change: fn(&mut Ops), is_empty: bool) -> String {
    let mut revisions: Vec<Revision> =
        vec![revision("b", if is_empty { &[] } else { &["a"] }, change)];
    if !is_empty {
        revisions.insert(0, revision("a", &[], tables));
    }
    let chain = chain(revisions);
    let mut connection = user.connect();
    let mut migrator =
        Migrator::new(&chain).with(Options { allow_non_empty: true, ..Options::default() });
    let planned = migrator.plan(&mut *connection, Direction::Up, "b");
    let planned = planned.unwrap_or_else(|error| panic!("{}", told(&error)));
    let planned: Vec<_> = planned.into_iter().flat_map(|step| step.missing).collect();
    let before = user.database.dump();
    match migrator.upgrade(&mut *connection, "b") {
        Err(Error::Rights { missing }) => assert_eq!(missing, planned),
        Err(other) => panic!("{}", told(&other)),
        Ok(_) => assert!(planned.is_empty(), "it went all the same: {planned:?}"),
    }
    if !planned.is_empty() {
        assert_eq!(user.database.dump(), before, "something was changed");
    }
    let lines = planned.iter().map(|one| format!("{}\n    {}", one.what, one.help));
    let lines: Vec<String> = lines.collect();
    lines.join("\n").replace(&user.name, "low").replace(user.database.name(), "trading")
}

fn prepared(backend: Backend) -> Database {
    let database = Database::fresh(backend);
    let chain = chain(vec![revision("a", &[], tables)]);
    let upgraded = Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
    upgraded.unwrap_or_else(|error| panic!("{}", told(&error)));
    database
}

#[test]
fn all_that_a_role_lacks_is_said_at_once_on_postgres() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = prepared(Backend::Postgres);
    let user = User::new(&database);
    let low = &user.name;
    database.execute(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {low}"));
    insta::assert_snapshot!(missing(&user, work, false), @r#"
    CREATE on database trading, to create schema more
        GRANT CREATE ON DATABASE "trading" TO "low"
    ownership of sequence numbers, which is migrate's, to rename sequence numbers to counted
        ALTER SEQUENCE "numbers" OWNER TO "low"; or GRANT "migrate" TO "low"
    ownership of table orders, which is migrate's, to add column orders.notes text
        ALTER TABLE "orders" OWNER TO "low"; or GRANT "migrate" TO "low"
    ownership of view ids, which is migrate's, to drop view ids
        ALTER VIEW "ids" OWNER TO "low"; or GRANT "migrate" TO "low"
    ownership of type mood, which is migrate's, to add value sad to enum mood
        ALTER TYPE "mood" OWNER TO "low"; or GRANT "migrate" TO "low"
    the extension file_fdw wants a superuser, to create extension file_fdw
        as a superuser: CREATE EXTENSION "file_fdw"
    CREATE on schema public, to create table fills
        GRANT CREATE ON SCHEMA "public" TO "low"
    INSERT, UPDATE on table __migrate_log, to keep the state of the migrations
        GRANT INSERT, UPDATE ON TABLE "__migrate_log" TO "low"
    DELETE, INSERT, UPDATE on table __migrate_version, to keep the state of the migrations
        GRANT DELETE, INSERT, UPDATE ON TABLE "__migrate_version" TO "low"
    INSERT, REFERENCES on table users, to insert 1 row into users
        GRANT INSERT, REFERENCES ON TABLE "users" TO "low"
    "#);

    // What helps is what is said.
    database.execute(&format!(
        "GRANT CREATE ON SCHEMA public TO {low}; GRANT CREATE ON DATABASE {} TO {low}; \
         GRANT ALL ON ALL TABLES IN SCHEMA public TO {low}; ALTER TABLE orders OWNER TO {low}; ALTER VIEW ids OWNER TO {low}; \
         ALTER SEQUENCE numbers OWNER TO {low}; ALTER TYPE mood OWNER TO {low}; CREATE EXTENSION file_fdw",
        database.name()
    ));
    insta::assert_snapshot!(missing(&user, without_extension, false), @"");
}

fn without_extension(op: &mut Ops) {
    op.create_table(
        table("fills")
            .column(bigint("id").primary_key())
            .column(bigint("user_id").references("users", "id")),
    );
    op.add_column("orders", text("notes").nullable());
    op.create_index(index("by_notes").on("orders", ["id"]));
    op.bulk_insert(rows("users").row(row().set("id", 7)));
    op.rename_sequence("numbers", "counted");
    op.drop_view("ids");
    op.create_schema("more");
    op.create_table(table(("more", "own")).column(bigint("id").primary_key()));
    op.rename_table("orders", "trades");
}

fn own(op: &mut Ops) {
    op.create_table(table("own").column(bigint("id").primary_key()));
}

#[test]
fn an_empty_database_wants_little() {
    for backend in backends() {
        if backend == Backend::Sqlite {
            continue;
        }
        let database = Database::fresh(backend);
        let user = User::new(&database);
        let found = missing(&user, own, true);
        match backend {
            Backend::Postgres => insta::assert_snapshot!(found, @r#"
            CREATE on schema public, to keep the state of the migrations
                GRANT CREATE ON SCHEMA "public" TO "low"
            "#),
            Backend::Mariadb => insta::assert_snapshot!(found, @"
    CREATE, INSERT, UPDATE on trading.__migrate_log, to keep the state of the migrations
        GRANT CREATE, INSERT, UPDATE ON `trading`.`__migrate_log` TO 'low'@'%'
    CREATE, DELETE, INSERT, UPDATE on trading.__migrate_log_journal, to keep the state of the migrations
        GRANT CREATE, DELETE, INSERT, UPDATE ON `trading`.`__migrate_log_journal` TO 'low'@'%'
    CREATE, DELETE, INSERT, UPDATE on trading.__migrate_version, to keep the state of the migrations
        GRANT CREATE, DELETE, INSERT, UPDATE ON `trading`.`__migrate_version` TO 'low'@'%'
    CREATE on trading.own, to create table own
        GRANT CREATE ON `trading`.`own` TO 'low'@'%'
    "),
            Backend::Sqlite => {}
        }
    }
}

#[test]
fn a_role_that_only_reads_is_told_so() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let user = User::new(&database);
    let low = &user.name;
    database.execute(&format!(
        "GRANT CREATE ON SCHEMA public TO {low}; ALTER ROLE {low} SET default_transaction_read_only = on"
    ));
    insta::assert_snapshot!(missing(&user, own, true), @r#"
    transactions of this user only read here (default_transaction_read_only is on)
        ALTER ROLE "low" SET default_transaction_read_only = off; or leave it out of the URL
    "#);
}

#[test]
fn all_that_a_user_lacks_is_said_at_once_on_mariadb() {
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let database = prepared(Backend::Mariadb);
    let user = User::new(&database);
    let (low, name) = (&user.name, database.name());
    insta::assert_snapshot!(missing(&user, work, false), @"
    INSERT, UPDATE on trading.__migrate_log, to keep the state of the migrations
        GRANT INSERT, UPDATE ON `trading`.`__migrate_log` TO 'low'@'%'
    CREATE, DELETE, INSERT, UPDATE on trading.__migrate_log_journal, to keep the state of the migrations
        GRANT CREATE, DELETE, INSERT, UPDATE ON `trading`.`__migrate_log_journal` TO 'low'@'%'
    DELETE, INSERT, UPDATE on trading.__migrate_version, to keep the state of the migrations
        GRANT DELETE, INSERT, UPDATE ON `trading`.`__migrate_version` TO 'low'@'%'
    ALTER, CREATE on trading.fills, to add column fills.more text
        GRANT ALTER, CREATE ON `trading`.`fills` TO 'low'@'%'
    ALTER, DROP, INDEX on trading.orders, to add column orders.notes text
        GRANT ALTER, DROP, INDEX ON `trading`.`orders` TO 'low'@'%'
    ALTER, CREATE, INSERT on trading.trades, to drop constraint orders_pkey of trades
        GRANT ALTER, CREATE, INSERT ON `trading`.`trades` TO 'low'@'%'
    INSERT, REFERENCES on trading.users, to insert 1 row into users
        GRANT INSERT, REFERENCES ON `trading`.`users` TO 'low'@'%'
    ");
    database.execute(&format!("GRANT CREATE, ALTER, DROP, INDEX, REFERENCES, INSERT, UPDATE, DELETE ON {name}.* TO {low}@'%'"));
    insta::assert_snapshot!(missing(&user, work, false), @"");
}

#[test]
fn what_a_role_may_do_is_not_guessed_on_mariadb() {
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let database = Database::fresh(Backend::Mariadb);
    let user = User::new(&database);
    let (low, name) = (&user.name, database.name());
    database.execute(&format!(
        "CREATE ROLE r_{name}; GRANT ALL ON {name}.* TO r_{name}; GRANT r_{name} TO {low}@'%'; SET DEFAULT ROLE r_{name} FOR {low}@'%'"
    ));
    let found = missing(&user, own, true);
    database.execute(&format!("DROP ROLE r_{name}"));
    assert_eq!(found, "");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_is_said_before_the_first_statement() {
    use diesel::SqliteConnection;

    if !backends().contains(&Backend::Sqlite) {
        return;
    }
    let database = Database::fresh(Backend::Sqlite);
    database.execute("CREATE TABLE other (id INT)");
    let url = format!("file:{}?mode=ro", database.file().display());
    let chain = chain(vec![revision("b", &[], own)]);
    let mut connection = SqliteConnection::establish(&url).expect("a connection");
    let mut migrator =
        Migrator::new(&chain).with(Options { allow_non_empty: true, ..Options::default() });
    let error = migrator.upgrade(&mut connection, "b").expect_err("nothing can be written");
    insta::assert_snapshot!(told(&error), @r#"
    error: the database's user lacks what this run needs: the file, or the folder that it lies in, can't be written
    hint: nothing was changed; what would help: let the user who runs this write both
    "#);
}

#[test]
fn the_command_line_lists_what_is_missing() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let user = User::new(&database);
    let project = Project::new("story");
    let url = user.url();
    let told = |arguments: [&str; 3]| {
        project.migrate(arguments).replace(&user.name, "low").replace(database.name(), "trading")
    };
    insta::assert_snapshot!(told(["upgrade", "--database-url", &url]), @r#"
    ── stderr
    Database: postgres://low:***@127.0.0.1:[port]/trading (from --database-url)
    error: the database's user lacks what this run needs
      caused by: CREATE on schema public, to keep the state of the migrations: GRANT CREATE ON SCHEMA "public" TO "low"
      caused by: CREATE on database trading, to create extension pg_trgm: GRANT CREATE ON DATABASE "trading" TO "low"
    hint: nothing was changed; `migrate plan` says this, too
    ── exit 1
    "#);
    let planned = told(["plan", "--database-url", &url]);
    let missing = planned.lines().skip_while(|line| !line.contains("Missing")).take(2);
    insta::assert_snapshot!(missing.collect::<Vec<_>>().join("\n"), @r#"
    Missing: CREATE on schema public, to keep the state of the migrations
        -> GRANT CREATE ON SCHEMA "public" TO "low"
    "#);
}
