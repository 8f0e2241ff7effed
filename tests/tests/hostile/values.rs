//! Values of other types than text, and text that is long.

use std::cell::RefCell;

use migrate_core::catalog::{Column, DefaultValue, SqlType, Value};
use migrate_core::op::{AddColumn, AlterTable, TableChange};
use migrate_core::prelude::*;
use migrate_core::{Error, Migrator, Op, Placed};
use tests::{Backend, Database, backends, chain, revision, told};

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
