//! `undo` for op sequences that nobody thought of: ops are drawn against the schema that the ones before left,
//! so that they fit it.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "what is drawn is a choice; op_examples() has them all"
)]

use std::cell::RefCell;
use std::collections::BTreeMap;

use migrate_core::catalog::{Catalog, Column, Constraint, SqlType, Table, TableName, Value};
use migrate_core::op::{AlterTable, TableChange, apply_all, invert_all};
use migrate_core::prelude::*;
use migrate_core::{Migrator, Op, Recorded};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tests::examples::{change_examples, kinds, op_examples, rich, rich_catalog};
use tests::schema::lost;
use tests::{Backend, backends, chain, revision, told};

use crate::values::undo;

/// Numbers by which one op is drawn.
type Draw = (u8, [u16; 6]);

const NAMES: [&str; 10] =
    ["a", "b", "notes", "price", "order", "it's \"odd\"", "A", "🦀", "lower", "date"];

/// An op that fits the schema, as far as can be seen.
fn draw(op: &mut Ops, catalog: &Catalog, (kind, n): Draw) -> Option<()> {
    let pick = |number: u16, length: usize| (length > 0).then(|| number as usize % length);
    let name = |number: u16| NAMES[number as usize % NAMES.len()];
    let tables: Vec<&Table> = catalog.tables.values().collect();
    let table = tables[pick(n[0], tables.len())?];
    let op_is_postgres = op.dialect() == Postgres;
    let columns: Vec<&Column> = table.columns.iter().collect();
    let column = columns[pick(n[1], columns.len())?];
    match kind % 41 {
        0 => {
            let new = tests_table(op.dialect(), name(n[1]), &n);
            op.create_table(match catalog.tables.get(&TableName::from("accounts")) {
                Some(_) if n[2] % 2 == 0 => new.column(
                    bigint("account_id").nullable().references("accounts", "id").on_delete(Cascade),
                ),
                _ => new,
            });
        }
        1 => {
            op.drop_table(&table.name);
        }
        2 => op.rename_table(&table.name, name(n[1])),
        3..=5 => add_column(op, table, name(n[1]), &n, kind),
        6 | 7 => {
            op.drop_column(&table.name, &column.name).restore_with(restore(&column.sql_type)?);
        }
        8 | 9 => {
            op.alter_column(&table.name, &column.name).rename_to(name(n[2]));
        }
        10 | 11 => {
            let to = wider(&column.sql_type).filter(|_| column.identity.is_none())?;
            op.alter_column(&table.name, &column.name).set_type(to);
        }
        12 | 13 if column.generated.is_some() => return None,
        12 => {
            op.alter_column(&table.name, &column.name)
                .set_not_null()
                .fill_with(restore(&column.sql_type)?);
        }
        13 => {
            op.alter_column(&table.name, &column.name)
                .drop_not_null()
                .restore_with(restore(&column.sql_type)?);
        }
        14 => {
            let alter = op.alter_column(&table.name, &column.name);
            match (&column.sql_type, n[2] % 3) {
                _ if column.identity.is_some() || column.generated.is_some() => return None,
                (_, 0) => {
                    alter.drop_default();
                }
                (SqlType::Text | SqlType::Varchar(_), _) => {
                    alter.set_default("it's \\");
                }
                (SqlType::BigInt | SqlType::Integer, _) => {
                    alter.set_default(-7);
                }
                _ => return None,
            }
        }
        15 => {
            op.alter_column(&table.name, &column.name).comment("it's \"so\"");
        }
        16 => op.alter_table(&table.name, |t| match n[1] % 2 {
            0 => t.comment("it's"),
            _ => t.drop_comment(),
        }),
        17 => {
            let other = &columns[pick(n[2], columns.len())?].name;
            if *other == column.name || no_key(column) {
                return None;
            }
            op.create_unique_constraint(
                &table.name,
                unique([&column.name, other]).named(&format!("u{}", n[3] % 9)),
            );
        }
        18 => {
            let quoted = column.name.replace('"', "\"\"");
            let expression = format!("\"{quoted}\" IS NOT NULL OR 'a' = 'a'");
            op.create_check_constraint(
                &table.name,
                check(&expression).named(&format!("c{}", n[3] % 9)),
            );
        }
        19 => {
            let target = tables[pick(n[2], tables.len())?];
            let key = target.primary_key().filter(|key| key.columns.len() == 1)?;
            let referred = target.column(&key.columns[0]).ok()?;
            if !column.nullable
                || column.sql_type != referred.sql_type
                || column.generated.is_some()
            {
                return None;
            }
            // Rows that are there refer to nothing.
            op.execute(&format!(
                "UPDATE \"{}\" SET \"{}\" = NULL",
                table.name.name.replace('"', "\"\""),
                column.name.replace('"', "\"\"")
            ))
            .undo_nothing();
            let key = foreign_key([&column.name])
                .references(&target.name, [&referred.name])
                .on_delete(Cascade);
            op.create_foreign_key(&table.name, key.named(&format!("f{}", n[3] % 9)));
        }
        20 | 21 => {
            let constraints: Vec<&Constraint> = table.constraints.values().collect();
            let constraint = constraints[pick(n[2], constraints.len())?];
            if matches!(constraint, Constraint::PrimaryKey(_))
                && table.columns.iter().any(|column| column.identity.is_some())
            {
                return None;
            }
            op.drop_constraint(&table.name, constraint.name());
        }
        22 => {
            if no_key(column) {
                return None;
            }
            let quoted = format!("\"{}\"", column.name.replace('"', "\"\""));
            let new = index(&format!("i{}", n[2] % 20)).on(&table.name, [column.name.as_str()]);
            let new = if n[3] % 3 == 0 {
                new.key(expr(&format!("COALESCE({quoted}, {quoted})")))
            } else {
                new
            };
            let new =
                if n[4] % 3 == 0 { new.filter(&format!("{quoted} IS NOT NULL")) } else { new };
            op.create_index(new);
        }
        23 => {
            let indexes: Vec<&String> = table.indexes.keys().collect();
            op.drop_index(indexes[pick(n[1], indexes.len())?]);
        }
        24 => match n[1] % 2 {
            0 => {
                op.create_enum(enum_type(name(n[2])).values(["a", "it's"]));
            }
            _ => op.drop_enum(catalog.enums.keys().nth(pick(n[2], catalog.enums.len())?)?.clone()),
        },
        39 => {
            let (of, values) = catalog.enums.iter().nth(pick(n[1], catalog.enums.len())?)?;
            let value = &values[pick(n[2], values.len())?];
            match n[3] % 4 {
                0 => {
                    op.add_enum_value(of, name(n[4])).before(value).if_not_exists();
                }
                1 => {
                    op.add_enum_value(of, name(n[4])).after(value).usable_at_once();
                }
                2 => op.rename_enum_value(of, value, name(n[4])),
                _ => op.drop_enum_value(of, value).replace_with(&values[pick(n[4], values.len())?]),
            }
        }
        40 => {
            let new = enum_type(name(n[2])).values(["a", "it's"]);
            op.add_column(&table.name, enumeration(name(n[3]), new).default("it's"));
        }
        25 => {
            let key = table.primary_key().filter(|key| key.columns.len() == 1)?;
            let required =
                |column: &&Column| !column.fills_itself() && column.name != key.columns[0];
            if table.columns.iter().any(|column| required(&column)) {
                return None;
            }
            let value = match table.column(&key.columns[0]).ok()?.sql_type {
                SqlType::BigInt | SqlType::Integer => Value::Int(1000 + i64::from(n[1])),
                _ => return None,
            };
            op.bulk_insert(rows(&table.name).row(row().set(&key.columns[0], value)));
        }
        26 => match n[1] % 3 {
            0 => {
                op.execute("SELECT 1").undo("SELECT 2");
            }
            1 => {
                op.run(&format!("run {}", n[2]), code!(|_conn| Ok(()))).undo_nothing();
            }
            _ => {
                let is_postgres = op.dialect() == Postgres;
                match (is_postgres, n[2] % 2) {
                    (true, 0) => {
                        op.create_extension(["hstore", "btree_gin"][n[3] as usize % 2]);
                    }
                    (true, _) => {
                        op.drop_extension(["hstore", "btree_gin"][n[3] as usize % 2]);
                    }
                    (false, _) => return None,
                }
            }
        },
        28 => {
            let indexes: Vec<&String> = table.indexes.keys().collect();
            let from = indexes[pick(n[1], indexes.len())?];
            op.rename_index(from, &format!("i{}", n[2] % 20));
        }
        29 => {
            let constraints: Vec<&String> = table.constraints.keys().collect();
            let from = constraints[pick(n[1], constraints.len())?];
            op.rename_constraint(&table.name, from, &format!("r{}", n[2] % 9));
        }
        30 => match column.identity {
            Some(_) if n[2] % 2 == 0 => {
                op.alter_column(&table.name, &column.name).drop_identity();
            }
            _ => {
                let key = table.primary_key().filter(|key| key.columns.len() == 1)?;
                let counted = table.columns.iter().any(|one| one.identity.is_some());
                let column = if counted { column } else { table.column(&key.columns[0]).ok()? };
                if counted != column.identity.is_some() {
                    return None;
                }
                let alter = op.alter_column(&table.name, &column.name).set_identity();
                if n[3] % 2 == 0 {
                    alter.postgres(|i| i.always().start(i64::from(n[4])));
                }
            }
        },
        31 if column.identity.is_some() || column.default.is_some() => return None,
        31 => match &column.generated {
            Some(_) if n[2] % 2 == 0 => {
                op.alter_column(&table.name, &column.name).drop_generated();
            }
            _ => {
                let made = restore(&column.sql_type)?;
                if table.columns.len() < 2 {
                    return None;
                }
                let alter = op.alter_column(&table.name, &column.name);
                match op_is_postgres {
                    false if n[3] % 2 == 0 => alter.set_generated_when_read(made),
                    true | false => alter.set_generated(made),
                };
            }
        },
        32 => {
            if !matches!(column.sql_type, SqlType::Text | SqlType::Varchar(_)) {
                return None;
            }
            let alter = op.alter_column(&table.name, &column.name);
            match n[2] % 3 {
                0 => alter.drop_collation(),
                _ => alter.set_collation(if op_is_postgres { "C" } else { "NOCASE" }),
            };
        }
        33 if n[2].is_multiple_of(2) => {
            // Those that can't be validated do not fit, and so are not drawn.
            let constraints: Vec<&String> = table.constraints.keys().collect();
            let one = constraints[pick(n[3], constraints.len())?];
            op.validate_constraint(&table.name, one);
        }
        33 => {
            let quoted = column.name.replace('"', "\"\"");
            let new = check(&format!("\"{quoted}\" IS NOT NULL OR 'a' = 'a'"));
            let new = new.named(&format!("c{}", n[3] % 9)).postgres(|c| c.not_valid());
            op.create_check_constraint(&table.name, new);
        }
        34 => {
            let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
            let (of, shown) = (quoted(&table.name.name), quoted(&column.name));
            let new = view(["v", "w", "it's a view"][n[2] as usize % 3]).query(&match n[3] % 3 {
                0 => format!("SELECT {shown} AS shown FROM {of}"),
                1 => format!("SELECT x.{shown} AS shown, 1 AS one FROM {of} x"),
                _ => "SELECT shown AS shown FROM v".to_owned(),
            });
            match catalog.views.contains_key(&new.view.name) {
                true => {
                    op.replace_view(new).recreate();
                }
                false => op.create_view(new),
            }
        }
        35 => {
            let names: Vec<&TableName> = catalog.views.keys().collect();
            op.drop_view(names[pick(n[1], names.len())?]);
        }
        36 => {
            let name = ["f", "it's a function"][n[2] as usize % 2];
            let new = function(name).returns("integer").language("sql");
            let new =
                if n[3] % 2 == 0 { new.argument(NAMES[n[4] as usize % 2], "integer") } else { new };
            let new = new.body(&format!("SELECT {} -- $$ $body$", n[5]));
            match catalog.functions.keys().filter(|(other, _)| other.name == name).count() {
                _ if op.dialect() != Postgres => return None,
                0 => op.create_function(new),
                1 => op.replace_function(new),
                _ => return None,
            }
        }
        37 => {
            let (function, types) =
                catalog.functions.keys().nth(pick(n[1], catalog.functions.len())?)?;
            op.drop_function(function).arguments(types.clone());
        }
        38 => {
            let name = ["t", "touch", "it's a trigger"][n[2] as usize % 3];
            let new = match n[3] % 2 {
                0 => trigger(name).after_update().of([&column.name]),
                _ => trigger(name).before_delete(),
            };
            let new = match op.dialect() {
                Postgres => new.on(&table.name).execute_function("count_version"),
                _ => {
                    new.on(&table.name).body("INSERT INTO audit (what) SELECT 'it''s' WHERE 1 = 0")
                }
            };
            match (table.triggers.contains_key(name), n[4] % 2) {
                (false, _) => op.create_trigger(new),
                (true, 0) => op.replace_trigger(new),
                (true, _) => {
                    op.drop_trigger(&table.name, name);
                }
            }
        }
        // Several changes to one table in one breath.
        _ => {
            let mut inner: Vec<Recorded> = Vec::new();
            let mut catalog = catalog.clone();
            for step in 0..2 + usize::from(n[5] % 4) {
                let kind = [3, 5, 6, 8, 8, 10, 12, 13, 14, 15, 16, 17, 18, 20, 29, 30, 31, 32, 33]
                    [(n[step % 6] as usize + step) % 19];
                let n = [
                    n[0],
                    (n[1] / 3).wrapping_add(step as u16 * 7),
                    n[2].wrapping_add(step as u16),
                    n[3].wrapping_add(step as u16),
                    n[4],
                    n[5],
                ];
                let mut one = Ops::new(op.dialect());
                let mut only = Catalog { tables: BTreeMap::new(), ..catalog.clone() };
                only.tables.insert(table.name.clone(), catalog.tables.get(&table.name)?.clone());
                if draw(&mut one, &only, (kind, n)).is_none() {
                    continue;
                }
                let mut after = catalog.clone();
                if one.recorded().iter().all(|op| op.apply(&mut after).is_ok()) {
                    catalog = after;
                    inner.extend(one.into_recorded());
                }
            }
            let mut group = AlterTable { table: table.name.clone(), changes: Vec::new() };
            for recorded in inner {
                if let Op::AlterTable(alter) = recorded.what {
                    group.changes.extend(alter.changes);
                }
            }
            op.record(Op::AlterTable(group));
        }
    }
    Some(())
}

fn tests_table(dialect: Dialect, name: &str, n: &[u16; 6]) -> TableBuilder {
    let new = table(name).column(integer("id").primary_key()).column(text("notes").nullable());
    let new = if n[3].is_multiple_of(2) {
        new.column(bigint("price").default(3).check("price > 0"))
    } else {
        new
    };
    let new = if n[4].is_multiple_of(2) {
        new.column(text("date").generated("notes || 'x'"))
    } else {
        new
    };
    if n[5].is_multiple_of(2) && dialect == Postgres { new.comment("drawn") } else { new }
}

fn add_column(op: &mut Ops, table: &Table, name: &str, n: &[u16; 6], kind: u8) {
    let to = &table.name;
    match n[2] % 7 {
        0 => op.add_column(to, text(name).nullable()),
        1 => op.add_column(to, text(name).default("it's \\ \"x\"").comment("it's")),
        2 => op.add_column(to, bigint(name).fill_with("1 + 1")),
        3 => op.add_column(to, timestamp(name).default_now()),
        4 => op.add_column(to, bigint(name).nullable().unique()),
        5 => op.add_column(
            to,
            integer(name).default(5).check(&format!("\"{}\" <> 6", name.replace('"', "\"\""))),
        ),
        _ if kind == 5 => op.add_column(to, varchar(name, 30).default("v")),
        _ => op.add_column(to, bigint(name).generated("1 + 1")),
    };
}

/// An expression that every row can get.
fn restore(sql_type: &SqlType) -> Option<&'static str> {
    match sql_type {
        SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_) | SqlType::Citext => Some("'x'"),
        SqlType::SmallInt | SqlType::Integer | SqlType::BigInt | SqlType::Numeric(_) => Some("1"),
        SqlType::Real | SqlType::Double => Some("0.5"),
        SqlType::Boolean => Some("TRUE"),
        SqlType::Timestamp { .. } | SqlType::Date => Some("'2024-01-01'"),
        // The rest has literals of its own.
        _ => None,
    }
}

fn wider(sql_type: &SqlType) -> Option<SqlType> {
    match sql_type {
        SqlType::SmallInt => Some(types::integer()),
        SqlType::Integer => Some(types::bigint()),
        SqlType::BigInt => Some(types::numeric(30, 2)),
        SqlType::Varchar(_) => Some(types::text()),
        SqlType::Text => Some(types::varchar(500)),
        SqlType::Real => Some(types::double()),
        // Enough kinds of widening.
        _ => None,
    }
}

fn no_key(column: &Column) -> bool {
    matches!(column.sql_type, SqlType::Json | SqlType::Custom(_))
}

fn draws(most: usize) -> impl Strategy<Value = Vec<Draw>> {
    proptest::collection::vec((any::<u8>(), any::<[u16; 6]>()), 1..=most)
}

fn drawn(dialect: Dialect, catalog: &Catalog, one: Draw) -> Option<Vec<Recorded>> {
    let mut op = Ops::new(dialect);
    draw(&mut op, catalog, one)?;
    let ops = op.into_recorded();
    // What does not fit after all was not drawn.
    apply_all(&ops, &mut catalog.clone()).ok()?;
    Some(ops)
}

#[test]
fn what_nobody_thought_of_leads_back_too() {
    let counts = RefCell::new(BTreeMap::<&'static str, usize>::new());
    for dialect in [Postgres, Sqlite] {
        let start = rich_catalog(dialect);
        let mut runner =
            TestRunner::new(Config { cases: 512, failure_persistence: None, ..Config::default() });
        let result = runner.run(&draws(16), |draws| {
            let mut catalog = start.clone();
            let mut all = Vec::new();
            for one in draws {
                let Some(ops) = drawn(dialect, &catalog, one) else { continue };
                // An op may have no inverse; what it then says is another test's.
                let Ok(back) = invert_all(&ops, &catalog) else { continue };
                for kind in kinds(&ops).into_iter().chain(kinds(&back)) {
                    *counts.borrow_mut().entry(kind).or_default() += 1;
                }
                let words = |ops: &[Recorded]| {
                    ops.iter().map(|op| op.describe()).collect::<Vec<_>>().join("; ")
                };
                undo(&ops, &catalog)
                    .map_err(|fault| TestCaseError::fail(format!("{}: {fault}", words(&ops))))?;
                apply_all(&ops, &mut catalog)
                    .map_err(|error| TestCaseError::fail(error.what.to_string()))?;
                all.extend(ops);
            }
            // All of them at once, as a migration takes itself back.
            undo(&all, &start).map_err(TestCaseError::fail)
        });
        result.unwrap_or_else(|error| panic!("{dialect}: {error}"));
    }
    let counts = counts.into_inner();
    #[allow(clippy::print_stdout, reason = "how much was tried, for --nocapture")]
    for (kind, count) in &counts {
        println!("{count:6} {kind}");
    }
    for example in op_examples().iter().chain(&change_examples()) {
        let count = counts.get(example.kind).copied().unwrap_or(0);
        assert!(count >= 10, "{} was drawn {count} times", example.kind);
    }
}

thread_local! {
    /// The ops of the revisions behind the first, as they were drawn.
    static DRAWN: RefCell<Vec<Draw>> = const { RefCell::new(Vec::new()) };
}

const MOST: usize = 6;

/// What revision `N` draws, on top of those before it.
fn up<const N: usize>(op: &mut Ops) {
    let dialect = op.dialect();
    let mut catalog = rich_catalog(dialect);
    let draws = DRAWN.with_borrow(Clone::clone);
    for one in &draws[..N] {
        if let Some(ops) = drawn(dialect, &catalog, *one) {
            apply_all(&ops, &mut catalog).unwrap_or_else(|error| panic!("{}", error.what));
        }
    }
    let _ = draw(op, &catalog, draws[N]);
}

type Up = (&'static str, &'static [&'static str], fn(&mut Ops));

const UPS: [Up; MOST] = [
    ("b0", &["a"], up::<0>),
    ("b1", &["b0"], up::<1>),
    ("b2", &["b1"], up::<2>),
    ("b3", &["b2"], up::<3>),
    ("b4", &["b3"], up::<4>),
    ("b5", &["b4"], up::<5>),
];

/// Tables whose rows ops drop, and columns whose values they change.
fn touched(ops: &[Recorded]) -> Vec<String> {
    let mut touched = Vec::new();
    for op in ops {
        match &op.what {
            Op::DropTable(drop) => touched.push(drop.name.name.clone()),
            Op::RenameTable(rename) => {
                touched.extend([rename.from.name.clone(), rename.to.name.clone()]);
            }
            Op::AlterTable(alter) => {
                for change in &alter.changes {
                    let columns: Vec<&String> = match &change.what {
                        TableChange::DropColumn(drop) => vec![&drop.column],
                        TableChange::RenameColumn { from, to } => vec![from, to],
                        TableChange::SetType(set) => vec![&set.column],
                        TableChange::SetNotNull(set) => vec![&set.column],
                        TableChange::SetGenerated { column, .. } => vec![column],
                        // The generated ones follow the others.
                        _ => Vec::new(),
                    };
                    touched.extend(
                        columns.into_iter().map(|column| format!("{}.{column}", alter.table)),
                    );
                }
            }
            Op::Execute(_) => {
                touched.extend(kinds(ops).contains(&"AddConstraint").then(|| "*".to_owned()));
            }
            _ => {}
        }
    }
    touched
}

/// What databases say about rows and types, which a schema can't foresee.
const REFUSALS: [&str; 24] = [
    "is used by the",
    "UNIQUE constraint failed",
    "CHECK constraint failed",
    "NOT NULL constraint failed",
    "FOREIGN KEY constraint failed",
    "could not create unique index",
    "is violated by some row",
    "contains null values",
    "violates",
    "cannot be implemented",
    "used by a generated column",
    "out of range",
    "does not exist: ",
    "cannot be cast",
    "value too long",
    "already exists",
    "there is already another table or index",
    "no unique constraint matching",
    "non-deterministic",
    "must be type",
    "duplicate key",
    "is taken by",
    "duplicate column name",
    "keeps to itself",
];

fn on_a_server(backend: Backend, cases: u32) {
    if !backends().contains(&backend) {
        return;
    }
    let dialect = backend.dialect();
    let counts = RefCell::new(BTreeMap::<String, usize>::new());
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 40,
        ..Config::default()
    });
    let result = runner.run(&draws(MOST), |draws| {
        let database = crate::servers::database(backend);
        let mut accepted: Vec<Draw> = Vec::new();
        let mut catalog = rich_catalog(dialect);
        for one in draws {
            let Some(ops) = drawn(dialect, &catalog, one) else { continue };
            if invert_all(&ops, &catalog).is_err() {
                continue;
            }
            let words = ops.iter().map(|op| op.describe()).collect::<Vec<_>>().join("; ");
            let fail = |what: String| Err(TestCaseError::fail(format!("{words}: {what}")));
            accepted.push(one);
            DRAWN.set(accepted.clone());
            let mut revisions = vec![revision("a", &[], rich)];
            revisions
                .extend(UPS[..accepted.len()].iter().map(|(id, down, up)| revision(id, down, *up)));
            let below = revisions[revisions.len() - 2].id;
            let chain = chain(revisions);
            let mut migrator = Migrator::new(&chain);
            let mut connection = database.connect();
            let (schema, rows) = (database.schema(), database.rows());
            let touched = touched(&ops);
            let touched: Vec<&str> = touched.iter().map(String::as_str).collect();

            if let Err(error) = migrator.upgrade(&mut *connection, "head") {
                let told = told(&error);
                let Some(reason) = REFUSALS.iter().find(|reason| told.contains(*reason)) else {
                    return fail(told);
                };
                *counts.borrow_mut().entry(format!("refused: {reason}")).or_default() += 1;
                prop_assert_eq!(database.schema(), schema);
                prop_assert_eq!(database.rows(), rows);
                accepted.pop();
                continue;
            }
            let (up, up_rows) = (database.schema(), database.rows());
            if !touched.contains(&"*") {
                let gone = lost(&rows, &up_rows, &touched);
                if !gone.is_empty() {
                    return fail(format!("the upgrade lost {}", gone.join(", ")));
                }
            }
            if let Err(error) = migrator.downgrade(&mut *connection, below) {
                let told = told(&error);
                let Some(reason) = REFUSALS.iter().find(|reason| told.contains(*reason)) else {
                    return fail(format!("down: {told}"));
                };
                *counts
                    .borrow_mut()
                    .entry(format!("refused on the way down: {reason}"))
                    .or_default() += 1;
                prop_assert_eq!(database.schema(), up);
                prop_assert_eq!(database.rows(), up_rows);
            } else {
                if let Err(what) = crate::servers::same(
                    &schema,
                    &database.schema(),
                    "the downgrade leads elsewhere",
                ) {
                    return fail(what);
                }
                let now = database.rows();
                let gone = lost(&rows, &now, &touched);
                let new = lost(&now, &rows, &touched);
                let is_same = gone.is_empty() && new.is_empty();
                if !(is_same || touched.contains(&"*")) {
                    return fail(format!("the downgrade lost {gone:?} or left {new:?}"));
                }
                if let Err(error) = migrator.upgrade(&mut *connection, "head") {
                    return fail(format!("up again: {}", told(&error)));
                }
            }
            for kind in kinds(&ops) {
                *counts.borrow_mut().entry(kind.to_owned()).or_default() += 1;
            }
            let fits = apply_all(&ops, &mut catalog);
            fits.map_err(|error| TestCaseError::fail(error.what.to_string()))?;
            if let Err(lines) = crate::mirror::mirror(&database, &catalog) {
                return fail(format!("the server has something else\n  {lines}"));
            }
        }
        Ok(())
    });
    #[allow(clippy::print_stdout, reason = "how much was tried, for --nocapture")]
    for (kind, count) in counts.into_inner() {
        println!("{count:6} {kind}");
    }
    result.unwrap_or_else(|error| panic!("{backend}: {error}"));
}

#[test]
fn what_nobody_thought_of_leads_back_on_sqlite() {
    on_a_server(Backend::Sqlite, 24);
}

#[test]
fn what_nobody_thought_of_leads_back_on_postgres() {
    on_a_server(Backend::Postgres, 6);
}
