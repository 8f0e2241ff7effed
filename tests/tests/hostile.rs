//! Every place where a migration gives a string: it arrives letter by letter, or is refused before any SQL is sent.
//!
//! What arrived is read back from the database's own catalog or by a query. The same seed draws the same strings:
//! `PROPTEST_RNG_SEED=7 tests/run -p tests --test hostile` takes another, `PROPTEST_CASES=2560` ten times as many.

use std::cell::RefCell;

use migrate_core::backend::Scope;
use migrate_core::catalog::{Column, DefaultValue, SqlType, Value};
use migrate_core::op::{AddColumn, AlterTable, TableChange};
use migrate_core::prelude::*;
use migrate_core::{Error, Migrator, Op, Placed, Revision};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use tests::{Backend, Database, backends, chain, revision, told};

/// Where a string is given.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Table,
    RenamedTable,
    Column,
    RenamedColumn,
    Index,
    PrimaryKey,
    Unique,
    Check,
    ForeignKey,
    Enum,
    Label,
    Default,
    NewDefault,
    RowValue,
    Key,
    ColumnComment,
    TableComment,
    CheckedText,
    Message,
}

const PLACES: [Place; 19] = [
    Place::Table,
    Place::RenamedTable,
    Place::Column,
    Place::RenamedColumn,
    Place::Index,
    Place::PrimaryKey,
    Place::Unique,
    Place::Check,
    Place::ForeignKey,
    Place::Enum,
    Place::Label,
    Place::Default,
    Place::NewDefault,
    Place::RowValue,
    Place::Key,
    Place::ColumnComment,
    Place::TableComment,
    Place::CheckedText,
    Place::Message,
];

const ATOMS: [&str; 52] = [
    "'",
    "\"",
    "`",
    "\\",
    ";",
    "--",
    "/*",
    "*/",
    "$1",
    "$$",
    "$a$",
    "%s",
    "%",
    "{}",
    "{",
    "?",
    ":name",
    "@x",
    "#",
    "\0",
    "\n",
    "\r\n",
    "\t",
    "\u{202e}",
    "\u{200b}",
    "e\u{301}",
    "é",
    "ß",
    "🦀",
    "👩\u{200d}👩",
    "中",
    " ",
    "  ",
    ".",
    ",",
    "(",
    ")",
    "[",
    "]",
    "=",
    "select",
    "TABLE",
    "a",
    "A",
    "0",
    "\\'",
    "''",
    "\\0",
    "\u{7f}",
    "\u{feff}",
    "E'",
    "''; DROP TABLE t; --",
];

/// Names with a history of their own.
const WHOLE: [&str; 16] = [
    "",
    " ",
    "select",
    "order",
    "t",
    "T",
    "id",
    "sqlite_x",
    "SQLITE_sequence",
    "pg_x",
    "__migrate_x",
    "oid",
    "rowid",
    "ctid",
    "NULL",
    "\u{fffd}",
];

fn texts() -> impl Strategy<Value = String> {
    let drawn = proptest::collection::vec(proptest::sample::select(&ATOMS[..]), 1..6);
    prop_oneof![
        10 => drawn.prop_map(|atoms| atoms.concat()),
        3 => proptest::sample::select(&WHOLE[..]).prop_map(str::to_owned),
        1 => (62..66_usize).prop_map(|length| "x".repeat(length)),
        1 => (31..33_usize).prop_map(|length| "é".repeat(length)),
        1 => (15..18_usize).prop_map(|length| "😀".repeat(length)),
    ]
}

thread_local! {
    /// What the revision is about: functions that upgrade know nothing but their `op`.
    static GIVEN: RefCell<(Place, String)> = const { RefCell::new((Place::Table, String::new())) };
}

fn plain(name: &str) -> TableBuilder {
    table(name).column(integer("id").primary_key()).column(varchar("c", 200).nullable())
}

fn first(op: &mut Ops) {
    op.create_table(plain("base"));
}

fn upgrade(op: &mut Ops) {
    let (place, text) = GIVEN.with_borrow(Clone::clone);
    let text = text.as_str();
    match place {
        Place::Table => {
            op.create_table(plain(text));
        }
        Place::RenamedTable => {
            op.create_table(plain("t1"));
            op.rename_table("t1", text);
        }
        Place::Column => {
            op.add_column("base", integer(text).nullable());
        }
        Place::RenamedColumn => {
            op.alter_column("base", "c").rename_to(text);
        }
        Place::Index => {
            op.create_index(index(text).on("base", ["c"]));
        }
        Place::PrimaryKey => {
            op.create_table(table("t1").column(integer("id")));
            op.create_primary_key("t1", primary_key(["id"]).named(text));
        }
        Place::Unique => op.create_unique_constraint("base", unique(["c"]).named(text)),
        Place::Check => op.create_check_constraint("base", check("id > -9").named(text)),
        Place::ForeignKey => {
            op.create_table(table("t1").column(integer("id").primary_key()));
            op.create_foreign_key("base", foreign_key(["id"]).references("t1", ["id"]).named(text));
        }
        Place::Enum => {
            op.create_enum(enum_type(text).values(["one"]));
            op.add_column("base", enumeration("e", text).nullable());
        }
        Place::Label => {
            op.create_enum(enum_type("kind").values(["one", text]));
            op.add_column("base", enumeration("e", "kind").default(text));
            op.bulk_insert(rows("base").row(row().set("id", 1)));
        }
        Place::Default => {
            op.create_table(plain("t1").column(varchar("d", 200).default(text)));
            op.bulk_insert(rows("t1").row(row().set("id", 1)));
        }
        Place::NewDefault => {
            op.alter_column("base", "c").set_default(text);
            op.bulk_insert(rows("base").row(row().set("id", 1)));
        }
        Place::RowValue => {
            op.bulk_insert(rows("base").row(row().set("id", 1).set("c", text)));
        }
        Place::Key => {
            op.create_table(table("t1").column(varchar("c", 200).primary_key()));
            op.bulk_insert(rows("t1").row(row().set("c", text)));
        }
        Place::ColumnComment => {
            op.alter_column("base", "c").comment(text);
        }
        Place::TableComment => op.alter_table("base", |t| t.comment(text)),
        Place::CheckedText => {
            let literal = text.replace('\'', "''");
            op.create_check_constraint(
                "base",
                check(&format!("c <> '{literal}'")).named("checked"),
            );
        }
        Place::Message => {
            op.create_table(plain("t1"));
        }
    }
}

/// The strings among which the given one must be, read without our own code where the database has a query for it.
fn found(database: &Database, place: Place) -> Option<Vec<String>> {
    let is_postgres = database.backend() == Backend::Postgres;
    let values = |sqlite: &str, postgres: &str| {
        Some(database.values(if is_postgres { postgres } else { sqlite }))
    };
    let relations = |kind: &str| {
        values(
            &format!(
                "SELECT name AS value FROM sqlite_master WHERE type = '{}'",
                if kind == "r" { "table" } else { "index" }
            ),
            &format!("SELECT relname::text AS value FROM pg_class WHERE relkind = '{kind}'"),
        )
    };
    match place {
        Place::Table | Place::RenamedTable => relations("r"),
        Place::Index => relations("i"),
        Place::Column | Place::RenamedColumn => values(
            "SELECT name AS value FROM pragma_table_xinfo('base')",
            "SELECT attname::text AS value FROM pg_attribute WHERE attrelid = 'base'::regclass",
        ),
        Place::PrimaryKey | Place::Unique | Place::Check | Place::ForeignKey if is_postgres => {
            values("", "SELECT conname::text AS value FROM pg_constraint")
        }
        Place::PrimaryKey | Place::Unique | Place::Check | Place::ForeignKey => {
            let reflected = database.connect().reflect(&Scope::default());
            let catalog = reflected.unwrap_or_else(|error| panic!("{error}")).catalog;
            Some(
                catalog
                    .tables
                    .into_values()
                    .flat_map(|table| table.constraints.into_keys())
                    .collect(),
            )
        }
        Place::Enum if is_postgres => {
            values("", "SELECT typname::text AS value FROM pg_type WHERE typtype = 'e'")
        }
        Place::Label => values("SELECT e AS value FROM base", "SELECT e::text AS value FROM base"),
        Place::Default => values("SELECT d AS value FROM t1", "SELECT d AS value FROM t1"),
        Place::NewDefault | Place::RowValue => {
            values("SELECT c AS value FROM base", "SELECT c AS value FROM base")
        }
        Place::Key => values("SELECT c AS value FROM t1", "SELECT c AS value FROM t1"),
        Place::ColumnComment if is_postgres => {
            values("", "SELECT col_description('base'::regclass, 2) AS value")
        }
        Place::TableComment if is_postgres => {
            values("", "SELECT obj_description('base'::regclass, 'pg_class') AS value")
        }
        Place::Message => {
            let rows = "SELECT message AS value FROM __migrate_log WHERE revision = 'b' ORDER BY id DESC LIMIT 1";
            values(rows, rows)
        }
        // SQLite keeps no comments and no enum's name. A text in a check is tried by a row.
        Place::Enum | Place::ColumnComment | Place::TableComment | Place::CheckedText => None,
    }
}

/// `Ok(false)` is a refusal before any SQL.
fn holds(database: &Database, place: Place, text: &str) -> Result<bool, String> {
    GIVEN.set((place, text.to_owned()));
    let message: &'static str = if place == Place::Message {
        // The log shows it, since no database keeps it in text.
        text.replace('\0', "␀").leak()
    } else {
        "b"
    };
    let chain = chain(vec![
        revision("a", &[], first),
        Revision { message, ..revision("b", &["a"], upgrade) },
    ]);
    let mut migrator = Migrator::new(&chain);
    let mut connection = database.connect();
    let connection = &mut *connection;
    match migrator.upgrade(connection, "head") {
        Ok(_) => {}
        Err(Error::NotHere { .. } | Error::DoesNotFit { .. } | Error::NoInverse { .. }) => {
            return Ok(false);
        }
        Err(error) => return Err(told(&error)),
    }
    let text = if place == Place::Message { message } else { text };
    if let Some(found) = found(database, place)
        && !(found.iter().any(|one| one == text) || text.is_empty() && is_comment(place))
    {
        return Err(format!("{text:?} is not among {found:?}"));
    }
    migrator.downgrade(connection, "a").map_err(|error| format!("down: {}", told(&error)))?;
    Ok(true)
}

/// An empty comment is none.
fn is_comment(place: Place) -> bool {
    matches!(place, Place::ColumnComment | Place::TableComment)
}

fn every_place(backend: Backend, setting: Option<&str>) {
    if !backends().contains(&backend) {
        return;
    }
    let fresh = || {
        let database = Database::fresh(backend);
        if let Some(setting) = setting {
            database.execute(&format!("ALTER DATABASE {} SET {setting}", database.name()));
        }
        let chain = chain(vec![revision("a", &[], first)]);
        let done = Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
        done.unwrap_or_else(|error| panic!("{}", told(&error)));
        database
    };
    let database = RefCell::new(fresh());
    let chosen = Config::default();
    let rng_seed = match chosen.rng_seed {
        RngSeed::Random => RngSeed::Fixed(0x0bad),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    let cases = 24 * (chosen.cases / 256).max(1);
    let config =
        Config { cases, rng_seed, failure_persistence: None, max_shrink_iters: 60, ..chosen };
    let mut faults = Vec::new();
    for place in PLACES {
        let (kept, refused) = (RefCell::new(0), RefCell::new(0));
        let result = TestRunner::new(config.clone()).run(&texts(), |text| {
            let outcome = holds(&database.borrow(), place, &text);
            match outcome {
                Ok(true) => *kept.borrow_mut() += 1,
                Ok(false) => *refused.borrow_mut() += 1,
                Err(fault) => {
                    database.replace(fresh());
                    return Err(TestCaseError::fail(fault));
                }
            }
            Ok(())
        });
        #[allow(clippy::print_stdout, reason = "how much was tried, for --nocapture")]
        {
            println!("{backend} {place:?}: {} kept, {} refused", kept.borrow(), refused.borrow());
        }
        if let Err(error) = result {
            faults.push(format!("{place:?}: {error}"));
        } else if kept.into_inner() < 10 {
            faults.push(format!("{place:?}: hardly anything was kept"));
        }
    }
    assert!(faults.is_empty(), "{} places on {backend}\n{}", faults.len(), faults.join("\n\n"));
}

#[test]
fn hostile_strings_arrive_on_sqlite() {
    every_place(Backend::Sqlite, None);
}

#[test]
fn hostile_strings_arrive_on_postgres() {
    every_place(Backend::Postgres, None);
}

#[test]
fn hostile_strings_arrive_on_postgres_whose_backslashes_escape() {
    every_place(Backend::Postgres, Some("standard_conforming_strings = off"));
}

thread_local! {
    static VALUE: RefCell<(SqlType, Value)> = const { RefCell::new((SqlType::Text, Value::Null)) };
}

/// The value in a row, and as the default of another column.
fn with_value(op: &mut Ops) {
    let (sql_type, value) = VALUE.with_borrow(Clone::clone);
    let mut column = Column::new("d", sql_type);
    column.nullable = true;
    op.create_table(table("t1").column(integer("id").primary_key()));
    let plain = AddColumn {
        column: Column { name: "v".into(), ..column.clone() },
        fill: None,
        if_not_exists: false,
    };
    column.default = Some(DefaultValue::Value(value.clone()));
    let default = AddColumn { column, fill: None, if_not_exists: false };
    let changes = [plain, default].map(|add| Placed::here(TableChange::AddColumn(add))).to_vec();
    op.record(Op::AlterTable(AlterTable { table: "t1".into(), changes }));
    op.bulk_insert(rows("t1").row(row().set("id", 1).set("v", value)));
}

/// Inserts and reads back; the answers are those of `v` and `d`, or the refusal.
fn read_back(
    backend: Backend,
    sql_type: SqlType,
    value: Value,
    (sqlite, postgres): (&str, &str),
) -> String {
    VALUE.set((sql_type, value));
    let database = Database::fresh(backend);
    let chain = chain(vec![revision("b", &[], with_value)]);
    match Migrator::new(&chain).upgrade(&mut *database.connect(), "head") {
        Ok(_) => {}
        Err(Error::NotHere { .. } | Error::DoesNotFit { .. }) => return "refused".to_owned(),
        Err(error) => return told(&error),
    }
    let ask = if backend == Backend::Postgres { postgres } else { sqlite };
    let answer = |column: &str| {
        database.values(&format!("SELECT {} AS value FROM t1", ask.replace('$', column))).concat()
    };
    let (row, default) = (answer("v"), answer("d"));
    if row == default { row } else { format!("{row} in a row, {default} as default") }
}

/// As a row alone: PostgreSQL keeps no such default for rows that are there.
fn with_large_text(op: &mut Ops) {
    op.create_table(table("t1").column(integer("id").primary_key()).column(text("v")));
    op.bulk_insert(rows("t1").row(row().set("id", 1).set("v", "it's \\ é".repeat(131_072))));
}

#[test]
fn a_megabyte_of_text_arrives() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let chain = chain(vec![revision("b", &[], with_large_text)]);
        let done = Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
        done.unwrap_or_else(|error| panic!("{}", told(&error)));
        assert!(database.values("SELECT v AS value FROM t1") == ["it's \\ é".repeat(131_072)]);
    }
}

/// A value of a type, how it is asked for, and what is answered: on SQLite, on PostgreSQL.
type Fact<'a> = (SqlType, Value, (&'a str, &'a str), &'a str, &'a str);

#[test]
fn numbers_and_bytes_arrive() {
    let plain = ("CAST($ AS TEXT)", "$::text");
    let float = ("printf('%!.17g', $)", "$::text");
    let all: Vec<u8> = (0..=255).collect();
    let hex: String = all.iter().map(|byte| format!("{byte:02X}")).collect();
    let digits = format!("1{}", "0".repeat(400));
    //            type                          value                            asked   on SQLite               on PostgreSQL
    let facts: Vec<Fact<'_>> = vec![
        (
            SqlType::BigInt,
            Value::Int(i64::MIN),
            plain,
            "-9223372036854775808",
            "-9223372036854775808",
        ),
        (
            SqlType::BigInt,
            Value::Int(i64::MAX),
            plain,
            "9223372036854775807",
            "9223372036854775807",
        ),
        (
            SqlType::Double,
            Value::Float(f64::MAX),
            float,
            "1.7976931348623157e+308",
            "1.7976931348623157e+308",
        ),
        (
            SqlType::Double,
            Value::Float(f64::MIN_POSITIVE),
            float,
            "2.2250738585072014e-308",
            "2.2250738585072014e-308",
        ),
        (SqlType::Double, Value::Float(0.1), float, "0.10000000000000001", "0.1"),
        (SqlType::Double, Value::Float(f64::NAN), float, "refused", "NaN"),
        (SqlType::Double, Value::Float(f64::INFINITY), float, "refused", "Infinity"),
        (SqlType::Double, Value::Float(f64::NEG_INFINITY), float, "refused", "-Infinity"),
        (SqlType::Numeric(None), decimal("1e400"), plain, "refused", &digits),
        (
            SqlType::Numeric(None),
            decimal("12345678.00010"),
            plain,
            "12345678.0001",
            "12345678.00010",
        ),
        (
            SqlType::Numeric(None),
            decimal("1234567890.1234567"),
            plain,
            "refused",
            "1234567890.1234567",
        ),
        (
            SqlType::Numeric(None),
            decimal("9007199254740993"),
            plain,
            "9007199254740993",
            "9007199254740993",
        ),
        (SqlType::Binary, Value::Bytes(all), ("hex($)", "upper(encode($, 'hex'))"), &hex, &hex),
        (SqlType::Text, Value::from("a\0b"), plain, "refused", "refused"),
    ];
    let mut faults = Vec::new();
    for (sql_type, value, ask, sqlite, postgres) in facts {
        for backend in backends().into_iter().filter(|one| *one != Backend::Mariadb) {
            let expected = if backend == Backend::Postgres { postgres } else { sqlite };
            let found = read_back(backend, sql_type.clone(), value.clone(), ask);
            if found != expected {
                let short = |text: &str| text.chars().take(80).collect::<String>();
                faults.push(format!(
                    "{backend}, {sql_type} {}: {} is {}",
                    short(&value.to_string()),
                    short(expected),
                    short(&found)
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
