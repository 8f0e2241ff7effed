//! `migrate revision --autogenerate`: the migration that makes up for what the migrations lack of the program's schema.
//!
//! What is written without it is `cargo migrate`'s, which works while nothing compiles.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::diff::Renames;
use migrate_core::{Placed, Recorded};
use migrate_model::Op;
use migrate_model::catalog::{Catalog, Column, SqlType, TableName};
use migrate_model::op::{AlterTable, TableChange, apply_all, invert_all};
use serde_json::json;

use super::comparison::{Difference, Ground};
use super::{Session, scratch};
use crate::args::NewRevision;
use crate::ask;
use crate::failure::{Failure, code};
use crate::source::read::{Read, read};
use crate::source::revision::{Content, revision};
use crate::source::schema::is_alike;

/// Compares, asks, tries it out and writes.
pub(super) fn run(session: &mut Session<'_>, arguments: &NewRevision) -> Result<u8, Failure> {
    let auto = &arguments.autogenerate;
    if !auto.autogenerate {
        return Err(elsewhere(session));
    }
    let read = read(session.environment, session.globals)?;
    is_built_from(session, &read)?;
    let mut ground = Ground::new(session, auto.offline, auto.dialect)?;
    let desired = ground.desired(session)?;
    let mut renames = said(&auto.rename, &ground.chain)?;
    let mut difference = ground.of_program(&desired, &renames)?;
    if let Some(unsaid) = difference.reached.unsaid.first() {
        return Err(Failure::new(unsaid.clone())
            .hint("create the type in a migration of its own, or say its values in `schema!`"));
    }
    if ask::is_possible() {
        let mut refused = BTreeSet::new();
        while let Some(more) = asked(session, &difference, &ground, &renames, &mut refused) {
            renames = more;
            difference = ground.of_program(&desired, &renames)?;
        }
    }
    let mut remarks = dropped(&difference);
    let mut ops = difference.diff.ops.clone();
    fill(session, &mut ops, &auto.fill)?;
    restore(&mut ops, &difference.there);
    let untold = ground.chain.opaque.iter().map(|name| {
        format!(
            "`{name}` is left alone: SQL in a migration changed it, and does not say what it did"
        )
    });
    let beyond = difference.diff.beyond.iter().map(|one| format!("no op does this: {one}"));
    for note in untold.chain(beyond.clone()) {
        session.ui.note(&note);
    }
    remarks.extend(beyond);
    if ops.is_empty() {
        match session.ui.is_json {
            true => session.ui.json(json!({ "revision": null, "down_revision": [], "path": null })),
            false => {
                session.ui.say_result("Nothing to do: the migrations make the program's schema");
            }
        }
        return Ok(0);
    }
    for line in difference.lines() {
        session.ui.say(&format!("{} {}", line.sign, crate::ui::visible(&line.what)));
    }
    for remark in &remarks {
        session.ui.note(remark);
    }
    let recorded: Vec<Recorded> = ops.iter().cloned().map(Placed::nowhere).collect();
    let back = proven(&mut ground, &desired, &difference, &recorded)?;
    if !auto.no_verify {
        match scratch::tried(&mut ground, session, &ops, &back)? {
            Some(why) => session.ui.note(&format!("the migration was not tried out: {why}")),
            None => session.ui.say("Tried out on a database of its own, up and down"),
        }
    }
    let content = Content {
        upgrade: ops,
        downgrade: auto.explicit_downgrade.then_some(back),
        naming: ground.naming,
        remarks,
    };
    revision(&read, session.environment, arguments, &content, session.ui)
}

/// Where migrations are written that nothing has to be found out for.
fn elsewhere(session: &Session<'_>) -> Failure {
    let words = session.typed.iter().map(String::as_str);
    let words: Vec<&str> = ["cargo", "migrate"].into_iter().chain(words).collect();
    Failure {
        code: code::USAGE,
        ..Failure::new(
            "`revision` writes migrations, which must also work while they do not compile",
        )
        .hint(words.join(" "))
    }
}

/// Refuses to build on other migrations than those that this program was built from.
pub(super) fn is_built_from(session: &Session<'_>, read: &Read) -> Result<(), Failure> {
    let built: BTreeSet<&str> = session.graph()?.nodes().iter().map(|node| &*node.id).collect();
    let there: BTreeSet<&str> = read.chain.nodes.iter().map(|node| &*node.id).collect();
    if built == there {
        return Ok(());
    }
    let differ: Vec<String> =
        built.symmetric_difference(&there).map(|id| format!("`{id}`")).collect();
    Err(Failure::new(format!("this program was not built from the migrations in {}", read.shown))
        .because(format!("only one of them has {}", differ.join(", ")))
        .hint(format!("build it again: cargo migrate {}", session.typed.join(" "))))
}

/// What `--rename` says: `orders:purchases`, `orders.qty:quantity`.
fn said(words: &[String], chain: &Catalog) -> Result<Renames, Failure> {
    let mut renames = Renames::default();
    let mut columns = Vec::new();
    for word in words {
        let wrong = || {
            Failure::usage(format!("--rename {} names nothing", word.escape_debug())).hint(
                "write TABLE:TABLE or TABLE.COLUMN:COLUMN, as in --rename orders.qty:quantity",
            )
        };
        let (from, to) = word.split_once(':').ok_or_else(wrong)?;
        if from.is_empty() || to.is_empty() {
            return Err(wrong());
        }
        let table = chain.tables.keys().find(|name| name.to_string() == from);
        match (table, from.rsplit_once('.')) {
            (Some(table), _) => {
                // It stays where it is.
                let name = to.rsplit_once('.').map_or(to, |(_, name)| name).to_owned();
                let to = TableName { schema: table.schema.clone(), name };
                renames.tables.insert(table.clone(), to);
            }
            (None, Some((table, column))) => columns.push((table, column, to)),
            (None, None) => {
                return Err(Failure::new(format!(
                    "there is no table `{from}` that could be renamed"
                )));
            }
        }
    }
    for (table, column, to) in columns {
        let former = chain.tables.keys().find(|name| name.to_string() == table);
        let later = former.map(|name| renames.tables.get(name).unwrap_or(name));
        let named = renames.tables.values().find(|name| name.to_string() == table);
        let table = later.or(named).cloned().ok_or_else(|| {
            Failure::new(format!("there is no table `{table}`, whose column could be renamed"))
        })?;
        renames = renames.column(table, column, to);
    }
    Ok(renames)
}

/// A column or table that goes, and one that comes and could be it.
struct Pair {
    from: String,
    to: String,
    renames: Renames,
}

/// What may only have got another name.
fn pairs(difference: &Difference, ground: &Ground, renames: &Renames) -> Vec<Pair> {
    let (there, wanted) = (&difference.there, &difference.reached.wanted);
    let mut pairs = Vec::new();
    let gone = |op: &Op| {
        let Op::DropTable(drop) = op else { return None };
        there.tables.get(&drop.name)
    };
    let new = |op: &Op| {
        let Op::CreateTable(create) = op else { return None };
        wanted.tables.get(&create.table.name)
    };
    for former in difference.diff.ops.iter().filter_map(gone) {
        for later in difference.diff.ops.iter().filter_map(new) {
            let names = |columns: &[Column]| -> BTreeSet<String> {
                columns.iter().map(|column| column.name.clone()).collect()
            };
            if former.name.schema == later.name.schema
                && names(&former.columns) == names(&later.columns)
            {
                pairs.push(Pair {
                    from: former.name.to_string(),
                    to: later.name.to_string(),
                    renames: renames.clone().table(former.name.clone(), later.name.clone()),
                });
            }
        }
    }
    for (name, later) in &wanted.tables {
        let former =
            renames.tables.iter().find(|(_, to)| *to == name).map_or(name, |(from, _)| from);
        let Some(former) = there.tables.get(former) else { continue };
        let known = renames.columns.get(name);
        let is_gone = |column: &&Column| {
            later.column(&column.name).is_err()
                && !known.is_some_and(|known| known.contains_key(&column.name))
        };
        let is_new = |column: &&Column| {
            former.column(&column.name).is_err()
                && !known.is_some_and(|known| known.values().any(|to| *to == column.name))
        };
        for from in former.columns.iter().filter(is_gone) {
            for to in later.columns.iter().filter(is_new) {
                if is_alike(&from.sql_type, &to.sql_type, ground.dialect) {
                    pairs.push(Pair {
                        from: format!("{name}.{}", from.name),
                        to: format!("{name}.{}", to.name),
                        renames: renames.clone().column(name.clone(), &from.name, &to.name),
                    });
                }
            }
        }
    }
    pairs
}

/// Asks about the next pair; the renames with it, when it is one.
fn asked(
    session: &mut Session<'_>,
    difference: &Difference,
    ground: &Ground,
    renames: &Renames,
    refused: &mut BTreeSet<(String, String)>,
) -> Option<Renames> {
    for pair in pairs(difference, ground, renames) {
        let Pair { from, to, renames } = pair;
        if !refused.insert((from.clone(), to.clone())) {
            continue;
        }
        let question = format!(
            "Was `{}` renamed to `{}`?",
            crate::ui::visible(&from),
            crate::ui::visible(&to)
        );
        if ask::confirm(session.ui, &question) {
            return Some(renames);
        }
    }
    None
}

fn changes(alter: &AlterTable) -> impl Iterator<Item = &TableChange> {
    alter.changes.iter().map(|change| &change.what)
}

/// What the reader of the file should know of what goes.
fn dropped(difference: &Difference) -> Vec<String> {
    let mut remarks = Vec::new();
    for op in &difference.diff.ops {
        if let Op::DropTable(drop) = op {
            let mut remark = format!("Drops the table `{}` with its rows.", drop.name);
            if difference.diff.ops.iter().any(|op| matches!(op, Op::CreateTable(_))) {
                remark.push_str(" If it was only renamed, write that instead: `rename_table`.");
            }
            remarks.push(remark);
        }
        let Op::AlterTable(alter) = op else { continue };
        let gone: Vec<String> = changes(alter)
            .filter_map(|change| {
                let TableChange::DropColumn(drop) = change else { return None };
                Some(format!("`{}`", drop.column))
            })
            .collect();
        if gone.is_empty() {
            continue;
        }
        let mut remark =
            format!("Drops {} of `{}` with what is in there.", gone.join(", "), alter.table);
        if changes(alter).any(|change| matches!(change, TableChange::AddColumn(_))) {
            remark.push_str(" If it was only renamed, write that instead: `rename_column`.");
        }
        remarks.push(remark);
    }
    remarks
}

/// Says what the rows that are there get, where they must get something.
fn fill(session: &mut Session<'_>, ops: &mut [Op], said: &[String]) -> Result<(), Failure> {
    let mut given = BTreeMap::new();
    for word in said {
        let (column, sql) =
            word.split_once('=').filter(|(_, sql)| !sql.trim().is_empty()).ok_or_else(|| {
                Failure::usage(format!("--fill {} fills nothing", word.escape_debug()))
                    .hint("write TABLE.COLUMN=SQL, as in --fill \"orders.quantity=0\"")
            })?;
        given.insert(column.to_owned(), sql.trim().to_owned());
    }
    for op in ops {
        let Op::AlterTable(alter) = op else { continue };
        for change in &mut alter.changes {
            let (column, fill) = if let TableChange::AddColumn(add) = &mut change.what {
                if add.column.fills_itself() {
                    continue;
                }
                (add.column.name.clone(), &mut add.fill)
            } else if let TableChange::SetNotNull(set) = &mut change.what {
                (set.column.clone(), &mut set.fill)
            } else {
                continue;
            };
            let column = format!("{}.{column}", alter.table);
            *fill = given.remove(&column);
            if fill.is_none() && ask::is_possible() {
                let question = format!(
                    "What do the rows that are there get in `{}`? An SQL expression, or nothing if there are none:",
                    crate::ui::visible(&column)
                );
                *fill = ask::answer(session.ui, &question);
            }
            if fill.is_none() {
                session.ui.note(&format!(
                    "`{column}` is NOT NULL: on rows that have nothing there the migration fails; \
                     say what they get with --fill \"{column}=…\""
                ));
            }
        }
    }
    match given.keys().next() {
        Some(column) => Err(Failure::new(format!("`{column}` is not filled by this migration"))
            .hint("--fill is for a column that becomes NOT NULL, as TABLE.COLUMN=SQL")),
        None => Ok(()),
    }
}

/// Says what rows get when a column comes back that can't be NULL, and has no default.
fn restore(ops: &mut [Op], there: &Catalog) {
    for op in ops {
        let Op::AlterTable(alter) = op else { continue };
        let Some(table) = there.tables.get(&alter.table) else { continue };
        for change in &mut alter.changes {
            if let TableChange::DropColumn(drop) = &mut change.what
                && let Ok(column) = table.column(&drop.column)
                && !column.fills_itself()
            {
                drop.restore_with = nothing(&column.sql_type, there);
            }
        }
    }
}

/// The value of a type that says nothing.
fn nothing(of: &SqlType, there: &Catalog) -> Option<String> {
    if let Some(name) = of.enum_name() {
        let first = there.enums.get(name)?.first()?;
        return Some(format!("'{}'", first.replace('\'', "''")));
    }
    let text = match of {
        SqlType::TinyInt
        | SqlType::SmallInt
        | SqlType::Integer
        | SqlType::BigInt
        | SqlType::Real
        | SqlType::Double
        | SqlType::Numeric(_) => "0".to_owned(),
        SqlType::Boolean => "false".to_owned(),
        SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_) => "''".to_owned(),
        SqlType::Date => "'1970-01-01'".to_owned(),
        SqlType::Time { .. } => "'00:00:00'".to_owned(),
        SqlType::Timestamp { .. } => "'1970-01-01 00:00:00'".to_owned(),
        SqlType::Json | SqlType::Jsonb => "'{}'".to_owned(),
        SqlType::Uuid => "'00000000-0000-0000-0000-000000000000'".to_owned(),
        SqlType::Unsigned(of) => return nothing(of, there),
        SqlType::Array(_) => "'{}'".to_owned(),
        SqlType::Citext
        | SqlType::Binary
        | SqlType::Interval
        | SqlType::Inet
        | SqlType::Cidr
        | SqlType::MacAddr
        | SqlType::MacAddr8
        | SqlType::Money
        | SqlType::Oid
        | SqlType::PgLsn
        | SqlType::InternalChar
        | SqlType::Range(_)
        | SqlType::Multirange(_)
        | SqlType::Enum(_)
        | SqlType::Custom(_) => return None,
    };
    Some(text)
}

/// Plays the migration on values: it leads where it should, nothing is left to do then, and the way back leads back.
/// That way is the answer.
fn proven(
    ground: &mut Ground,
    desired: &migrate_core::desired::Desired,
    difference: &Difference,
    ops: &[Recorded],
) -> Result<Vec<Op>, Failure> {
    let wrong = |why: String| {
        Failure::new("the migration that was found does not do what it should; nothing was written")
            .because(why)
    };
    let before = ground.chain.clone();
    let back = invert_all(ops, &before).map_err(|error| wrong(error.what.to_string()))?;
    let mut after = before.clone();
    apply_all(ops, &mut after).map_err(|error| wrong(error.what.to_string()))?;
    let mut again = after.clone();
    apply_all(&back, &mut again)
        .map_err(|error| wrong(format!("on the way back: {}", error.what)))?;
    if again != before {
        return Err(wrong("the way back leads elsewhere".to_owned()));
    }
    ground.chain = after;
    let left = ground.of_program(desired, &Renames::default());
    ground.chain = before;
    let left = left?;
    match left.diff.ops.first() {
        Some(op) => Err(wrong(format!("it would still be left to {}", op.describe()))),
        None if left.diff.beyond.len() > difference.diff.beyond.len() => Err(wrong(
            left.diff.beyond.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        )),
        None => Ok(back.into_iter().map(|op| op.what).collect()),
    }
}
