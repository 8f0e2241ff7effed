//! `text`: what is written as Rust compiles without a warning, and records the ops that it was written from.
//!
//! One package is generated, with a migration for each example, its inverse, and each handful of drawn ops; it is built
//! once and run, and prints what its migrations record.

use std::collections::{BTreeMap, BTreeSet};

use migrate_cli::rust::{spelled, write_function};
use migrate_core::op::{Context, apply_all, canonical, invert_all};
use migrate_core::prelude::*;
use migrate_core::{Op, Placed, Recorded};
use tests::examples::{HOSTILE_TEXT, examples, kinds, missing, rich, rich_catalog};
use tests::generated::{Generated, NAMING};

use crate::draw::{Drawn, all_kinds, draw};

const DIALECTS: [Dialect; 4] = [Postgres, Sqlite, Mysql, Mariadb];

/// Ops that are written into a file of their own.
struct Case {
    name: String,
    naming: Naming,
    /// As a migration can say them.
    ops: Vec<Op>,
    function: String,
}

/// All cases, and what was refused.
#[derive(Default)]
struct Cases {
    cases: Vec<Case>,
    /// The kinds of ops that can't be written, by why.
    refused: BTreeMap<String, BTreeSet<&'static str>>,
    known: BTreeSet<(bool, String)>,
}

fn recorded(ops: &[Op]) -> Vec<Recorded> {
    ops.iter().cloned().map(Placed::nowhere).collect()
}

impl Cases {
    fn add(&mut self, name: &str, naming: Naming, ops: &[Recorded]) {
        let written: Vec<Op> = ops.iter().map(|op| op.what.clone()).collect();
        match write_function("upgrade", &written, &naming) {
            Ok(function) => {
                let ops = spelled(&written);
                // Most examples are the same on several databases.
                if self.known.insert((naming == NAMING, canonical(&recorded(&ops)))) {
                    self.cases.push(Case { name: name.to_owned(), naming, ops, function });
                }
            }
            Err(error) => {
                let guilty = ops.iter().filter(|op| op.describe() == error.op);
                let guilty: Vec<Recorded> = guilty.cloned().collect();
                self.refused.entry(error.why).or_default().extend(kinds(&guilty));
            }
        }
    }

    fn examples(&mut self) {
        for dialect in DIALECTS {
            for naming in [Naming::DEFAULT, NAMING] {
                let record = |ops: fn(&mut Ops)| {
                    let mut op = Ops::within(Context { dialect, naming });
                    ops(&mut op);
                    op.into_recorded()
                };
                self.add(&format!("{dialect}, the rich schema"), naming, &record(rich));
                for example in examples() {
                    let name = format!("{dialect}, {}, {}", example.kind, example.name);
                    self.add(&name, naming, &record(example.ops));
                }
            }
            let catalog = rich_catalog(dialect);
            for example in examples() {
                let name = format!("{dialect}, {}, {}, back", example.kind, example.name);
                let back = invert_all(&example.record(dialect), &catalog);
                self.add(&name, Naming::DEFAULT, &back.expect("the law `undo`"));
            }
        }
    }

    /// Drawn ops, and what takes each back: some to a file.
    fn drawn(&mut self) {
        for dialect in DIALECTS {
            let catalog = rich_catalog(dialect);
            let mut all = Vec::new();
            for draw in
                (0..all_kinds().count()).flat_map(|kind| (0..12).map(move |seed| (kind, seed)))
            {
                let Drawn::Ops(ops) = self::draw(dialect, &catalog, draw) else { continue };
                let back = invert_all(&ops, &catalog).unwrap_or_default();
                all.extend(ops.into_iter().chain(back));
            }
            let mut known = BTreeSet::new();
            all.retain(|op| known.insert(canonical(std::slice::from_ref(op))));
            // One that can't be written is refused by itself.
            all.retain(|op| {
                let is_written =
                    write_function("upgrade", std::slice::from_ref(&op.what), &Naming::DEFAULT);
                if is_written.is_err() {
                    self.add("", Naming::DEFAULT, std::slice::from_ref(op));
                }
                is_written.is_ok()
            });
            for (at, ops) in all.chunks(25).enumerate() {
                self.add(&format!("{dialect}, drawn, {at}"), Naming::DEFAULT, ops);
            }
        }
    }

    /// Texts at every sort of place, in every sort of literal.
    fn hostile(&mut self) {
        let mut texts: Vec<String> =
            (0..=u8::MAX).map(|byte| char::from(byte).to_string()).collect();
        let whole = [
            HOSTILE_TEXT,
            "",
            "\"",
            "\"#",
            "\"##\" r#\"",
            "two\nlines",
            "two\nlines with \"quotes\" and \\",
            "ends in a backslash\\",
            "blank behind \nthe line",
            "\ttab\n\ttab",
            "CR\rand CRLF\r\nand LF\n",
            "\u{202e}right to left\u{2066}",
            "\u{200b}\u{feff}\u{2028}\u{e000}\u{10ffff}",
            "e\u{301} 👩\u{200d}👩 中",
            "{} {{ %s $1 \\u{41} \\x41 // /* */ '",
            "'a' b'a' r\"a\"",
        ];
        texts.extend(whole.map(str::to_owned));
        texts.push("long ".repeat(60) + "line");
        texts.push("long \"line\"\n".repeat(30));
        for (at, texts) in texts.chunks(32).enumerate() {
            let mut op = Ops::new(Sqlite);
            for text in texts {
                let bytes = text.as_bytes();
                op.rename_table(text.as_str(), (text.as_str(), text.as_str()));
                op.create_view(view("v").query(text));
                op.add_column("t", build_text(text));
                op.alter_column("t", text).set_default(bytes).comment(text);
                op.create_index(index(text).on("t", [expr(text)]).postgres(|i| i.with(text, text)));
                op.bulk_insert(
                    rows("t").row(row().set(text, bytes).set("the other", text.as_str())),
                );
                op.execute(text).undo(text);
            }
            self.add(&format!("hostile, {at}"), Naming::DEFAULT, op.recorded());
        }
        let mut op = Ops::new(Mysql);
        for number in [0.0, -0.0, 1.0, 0.1, 1e300, -1.5e-300, f64::MAX, f64::INFINITY, f64::NAN] {
            op.add_column("t", double("d").default(number));
            op.alter_column("t", "d").set_default(number);
            op.add_column("t", real("r").default(number as f32));
        }
        for number in [0, -1, i64::MAX, i64::MIN, i32::MAX.into(), i32::MIN.into()] {
            op.add_column("t", bigint("b").default(number));
            op.alter_column("t", "b").set_default(number);
        }
        op.add_column("t", tinyint("a").default(i8::MIN));
        op.add_column("t", smallint("a").default(i16::MIN));
        op.add_column("t", integer("a").default(i32::MIN));
        op.add_column("t", tinyint("a").unsigned().default(u8::MAX));
        op.add_column("t", bigint("a").unsigned().default(u64::MAX));
        op.add_column("t", binary("a").default(&(0..=u8::MAX).collect::<Vec<u8>>()[..]));
        self.add("numbers", Naming::DEFAULT, op.recorded());
    }
}

/// A column with the text wherever there is room for one.
fn build_text(word: &str) -> TypedColumn<kind::Text, state::NotNull, state::WithDefault> {
    text(word).collate(word).default(word).check(word).comment(word)
}

fn all() -> Cases {
    let mut cases = Cases::default();
    cases.examples();
    cases.drawn();
    cases.hostile();
    cases
}

#[test]
fn everything_that_a_migration_says_can_be_written() {
    let cases = all();
    let refused: Vec<String> = (cases.refused.iter())
        .map(|(why, kinds)| {
            format!("{}: {why}", kinds.iter().copied().collect::<Vec<_>>().join(", "))
        })
        .collect();
    insta::assert_snapshot!(refused.join("\n"), @r#"
    AddConstraint, AlterTable: a constraint by itself can't be there already
    CreateTable: indexes, triggers and partitions come behind their table
    Run: it is code, which nobody keeps as text
    DeleteRows: no word deletes rows; it is what takes a bulk_insert back
    AlterSequence: no word gives a sequence the database's own start, step or cache again
    "#);
    let written: Vec<Recorded> = cases.cases.iter().flat_map(|case| recorded(&case.ops)).collect();
    let kinds: BTreeSet<&str> = kinds(&written).into_iter().collect();
    let without: Vec<&str> = all_kinds().filter(|kind| !kinds.contains(kind)).collect();
    assert_eq!(without, ["DeleteRows", "Run"]);
    insta::assert_snapshot!(missing(&written).join("\n"), @"");
}

#[test]
fn what_is_spelled_otherwise_does_the_same() {
    for dialect in DIALECTS {
        let catalog = rich_catalog(dialect);
        for example in examples() {
            let ops = example.record(dialect);
            let mut after = catalog.clone();
            apply_all(&ops, &mut after).expect("the law `undo`");
            let back = invert_all(&ops, &catalog).expect("the law `undo`");
            for (ops, before) in [(ops, &catalog), (back, &after)] {
                let (mut one, mut other) = (before.clone(), before.clone());
                apply_all(&ops, &mut one).expect("the law `undo`");
                let ops = recorded(&spelled(ops.iter().map(|op| &op.what)));
                apply_all(&ops, &mut other).unwrap_or_else(|error| {
                    panic!("{dialect}, {}, {}: {}", example.kind, example.name, error.what)
                });
                assert!(one == other, "{dialect}, {}, {}", example.kind, example.name);
            }
        }
    }
}

#[test]
fn cargo_builds_what_is_written_and_it_records_the_same_ops() {
    let cases = all().cases;
    let package = Generated::new(env!("CARGO_TARGET_TMPDIR"), "text");
    let mut expected = BTreeMap::new();
    let mut parent = "None".to_owned();
    for (at, case) in cases.iter().enumerate() {
        let letter = if case.naming == NAMING { 'n' } else { 'r' };
        let id = format!("{letter}{at:04}");
        // CONCURRENTLY is refused in a transaction.
        let is_outside = case.ops.iter().any(Op::forbids_transaction);
        let outside = if is_outside { ", transaction = false" } else { "" };
        let text = format!(
            "use migrate_core::prelude::*;\n\n/// {}\n\
             #[migration(revision = {id:?}, down_revision = {parent}{outside})]\n{}",
            case.name, case.function
        );
        package.write(&format!("{at:04}.rs"), &text);
        parent = format!("{id:?}");
        expected.insert(id, case);
    }
    package.is_formatted();
    let mut faults = Vec::new();
    let mut seen = 0;
    for (id, form) in package.recorded() {
        let case = expected[&id];
        let meant = canonical(&recorded(&case.ops));
        if form != meant {
            let (name, function) = (&case.name, &case.function);
            faults.push(format!("{name}\n{function}meant\n{meant}recorded\n{form}"));
        }
        seen += 1;
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    assert_eq!(seen, cases.len());
    assert!(seen > 900, "{seen}");
}
