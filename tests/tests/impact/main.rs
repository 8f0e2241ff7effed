//! What `impact` says of a statement, against what the servers do: on PostgreSQL the locks that a backend holds, files and rows
//! that it read; on MariaDB the algorithm, which it refuses where it is too much to ask.

mod mariadb;
mod statements;

use std::collections::BTreeMap;

use migrate_core::Migrator;
use migrate_core::backend::{Statement, render};
use migrate_core::catalog::TableName;
use migrate_core::impact::{self, Answer, Impact, Lock};
use migrate_core::prelude::*;
use tests::examples::{POSTGRES_ROWS, examples, rich, rich_catalog, rich_rows};
use tests::{Backend, Database, backends, chain, revision, told};

fn database(backend: Backend) -> Database {
    let database = Database::fresh(backend);
    let chain = chain(vec![revision("a", &[], rich)]);
    let upgraded = Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
    upgraded.unwrap_or_else(|error| panic!("{backend}: {}", told(&error)));
    database.execute(&rich_rows(backend.dialect()));
    if backend == Backend::Postgres {
        database.execute(POSTGRES_ROWS);
    }
    database
}

type Rows = Vec<Vec<Option<String>>>;

fn texts(rows: Rows) -> Vec<Vec<String>> {
    rows.into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect()
}

/// A backend that runs statements, and one that looks at it.
struct Watched {
    connection: Box<dyn migrate_core::backend::Database>,
    watcher: Box<dyn migrate_core::backend::Database>,
    pid: String,
}

/// What is seen of a transaction so far.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// The strongest lock on each table that was there before.
    locks: BTreeMap<TableName, Lock>,
    /// The file of each table and index that was there before or is on such a table: its kind, and the table.
    files: BTreeMap<String, (String, String, String)>,
    /// The rows that were read of each table by reading all of it.
    read: BTreeMap<String, u64>,
}

const LOCKS: &str = "SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname END, c.relname::text, l.mode \
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE l.locktype = 'relation' AND l.granted AND c.relkind IN ('r', 'p', 'v', 'm') \
    AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema') AND l.pid = ";
const FILES: &str = "SELECT c.oid::text, c.relkind::text, c.relfilenode::text, coalesce(i.indrelid, c.oid)::text \
    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')";
const READ: &str =
    "SELECT relid::text, seq_tup_read::text FROM pg_stat_xact_user_tables WHERE seq_tup_read > 0";

impl Watched {
    fn begin(database: &Database) -> Watched {
        let mut connection = database.connect();
        let watcher = database.connect();
        let pid = texts(connection.query("SELECT pg_backend_pid()::text").expect("a pid"));
        let pid = pid[0][0].clone();
        Watched { connection, watcher, pid }
    }

    fn look(&mut self) -> Seen {
        let mut seen = Seen::default();
        let locks = self.watcher.query(&format!("{LOCKS}{}", self.pid)).expect("locks");
        for row in texts(locks) {
            let [schema, name, mode] = &row[..] else { panic!("{row:?}") };
            let Some(lock) = lock(mode) else { continue };
            let schema = (!schema.is_empty()).then(|| schema.clone());
            let table = TableName { schema, name: name.clone() };
            let strongest = seen.locks.entry(table).or_insert(lock);
            *strongest = (*strongest).max(lock);
        }
        for row in texts(self.connection.query(FILES).expect("files")) {
            let [oid, kind, file, table] = &row[..] else { panic!("{row:?}") };
            seen.files.insert(oid.clone(), (kind.clone(), file.clone(), table.clone()));
        }
        for row in texts(self.connection.query(READ).expect("what was read")) {
            seen.read.insert(row[0].clone(), row[1].parse().expect("a number"));
        }
        seen
    }
}

/// The locks that others than migrations wait for; `ROW EXCLUSIVE` and less is what every program takes.
fn lock(mode: &str) -> Option<Lock> {
    Some(match mode {
        "ShareUpdateExclusiveLock" => Lock::ShareUpdateExclusive,
        "ShareLock" => Lock::Share,
        "ShareRowExclusiveLock" => Lock::ShareRowExclusive,
        "ExclusiveLock" => Lock::Exclusive,
        "AccessExclusiveLock" => Lock::AccessExclusive,
        _ => return None,
    })
}

/// Where less was said than was seen.
fn weaker(first: &Seen, before: &Seen, after: &Seen, said: &[Impact]) -> Vec<String> {
    let mut weaker = Vec::new();
    let Some(last) = said.last().filter(|last| last.is_known) else { return weaker };
    let promised = |table: &TableName| {
        let locks = said.iter().flat_map(|one| &one.locks).filter(|one| one.table == *table);
        locks.map(|one| one.lock).max()
    };
    for (table, lock) in &after.locks {
        if promised(table) < Some(*lock) {
            weaker.push(format!("{} on {table}", lock.words()));
        }
    }
    let was_there = |oid: &String| first.files.contains_key(oid);
    let is_new =
        |oid: &String, file: &String| before.files.get(oid).is_none_or(|one| one.1 != *file);
    let files = |is_index: bool| {
        after.files.iter().any(|(oid, (kind, file, table))| {
            (kind == "i") == is_index && was_there(table) && is_new(oid, file)
        })
    };
    let reads = after.read.iter().any(|(oid, rows)| {
        was_there(oid) && before.read.get(oid).is_none_or(|former| former < rows)
    });
    // What writes a table anew reads it, and makes its indexes anew.
    let rewrites = last.rewrites != Answer::No;
    for (what, is_seen, is_said) in [
        ("a new file", files(false), rewrites),
        ("a new index", files(true), rewrites || last.builds != Answer::No),
        ("rows read", reads, rewrites || last.scans != Answer::No),
    ] {
        if is_seen && !is_said {
            weaker.push(what.to_owned());
        }
    }
    weaker
}

fn is_code(statement: &Statement) -> bool {
    matches!(statement, Statement::Code(_))
}

/// A transaction that is being watched.
struct Transaction<'w> {
    watched: &'w mut Watched,
    name: String,
    first: Seen,
    before: Seen,
    said: Vec<Impact>,
    faults: Vec<String>,
}

impl Transaction<'_> {
    fn begin(watched: &mut Watched, name: String) -> Transaction<'_> {
        watched.connection.begin().expect("a transaction");
        let first = watched.look();
        let before = first.clone();
        Transaction { watched, name, first, before, said: Vec::new(), faults: Vec::new() }
    }

    /// Runs a statement, and compares; `false` when it failed.
    fn run(&mut self, sql: &str, impact: &Impact) -> bool {
        if let Err(error) = self.watched.connection.batch(sql) {
            self.faults.push(format!("{}: {sql}\n  {error}", self.name));
            return false;
        }
        self.said.push(impact.clone());
        let mut after = self.watched.look();
        if sql.starts_with("INSERT") {
            // In tables as small as these, a key is looked up by reading all of them.
            after.read.clone_from(&self.before.read);
        }
        let weaker = weaker(&self.first, &self.before, &after, &self.said);
        if !weaker.is_empty() {
            let seen = weaker.join(", ");
            self.faults.push(format!("{}: {sql}\n  said {impact}\n  seen {seen}", self.name));
        }
        self.before = after;
        true
    }

    fn end(self) -> Vec<String> {
        self.watched.connection.rollback().expect("the end of the transaction");
        self.faults
    }
}

#[test]
fn postgres_does_no_more_than_is_said_of_each_op() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = database(Backend::Postgres);
    let mut watched = Watched::begin(&database);
    let (mut faults, mut count) = (Vec::<String>::new(), 0);
    for example in examples() {
        if example.outside || example.refusal(Postgres).is_some() {
            continue;
        }
        let name = format!("{}, {}", example.kind, example.name);
        let mut catalog = rich_catalog(Postgres);
        let mut transaction = Transaction::begin(&mut watched, name.clone());
        'ops: for recorded in example.record(Postgres) {
            let statements = render(Postgres, &recorded, &catalog).expect(&name);
            let impacts = impact::of(Postgres, &recorded, &statements, &catalog);
            for (statement, impact) in statements.iter().zip(&impacts) {
                count += 1;
                if is_code(statement) || !transaction.run(statement.text(), impact) {
                    break 'ops;
                }
            }
            recorded.apply(&mut catalog).expect(&name);
        }
        faults.extend(transaction.end());
    }
    assert!(count > 500, "{count} statements are fewer than there were");
    assert!(
        faults.is_empty(),
        "{} faults of {count} statements\n{}",
        faults.len(),
        faults.join("\n")
    );
}
