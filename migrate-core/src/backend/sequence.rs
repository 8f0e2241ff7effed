//! Sequences, as PostgreSQL and MariaDB say them; the others have none.

use migrate_model::{
    Dialect,
    catalog::{Catalog, Sequence, SequenceOwner, SequenceType},
    op::{AlterSequence, CreateSequence, DropSequence, RenameSequence},
};

use super::{RenderError, ansi::Sql};

/// A sequence with all its numbers, as it comes out where some are not said.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Numbers {
    of: SequenceType,
    start: i64,
    step: i64,
    min: i64,
    max: i64,
    cache: i64,
    cycle: bool,
    owned_by: Option<SequenceOwner>,
}

/// The least and greatest number, and how many are taken at a time, where that is not said: the manuals' CREATE SEQUENCE.
fn bounds(dialect: Dialect, of: SequenceType) -> (i64, i64, i64) {
    match dialect {
        // MariaDB keeps the two at the ends for itself.
        Dialect::Mariadb => (i64::MIN + 1, i64::MAX - 1, 1000),
        Dialect::Postgres | Dialect::Sqlite | Dialect::Mysql => {
            let (least, greatest) = of.range();
            (least, greatest, 1)
        }
    }
}

fn numbers(dialect: Dialect, sequence: &Sequence) -> Numbers {
    let (least, greatest, cache) = bounds(dialect, sequence.of);
    let step = sequence.step();
    let min = sequence.min.unwrap_or(if step > 0 { 1 } else { least });
    let max = sequence.max.unwrap_or(if step > 0 { greatest } else { -1 });
    Numbers {
        of: if dialect == Dialect::Postgres { sequence.of } else { SequenceType::BigInt },
        start: sequence.start.unwrap_or(if step > 0 { min } else { max }),
        step,
        min,
        max,
        cache: sequence.cache.unwrap_or(cache),
        cycle: sequence.cycle,
        owned_by: sequence.owned_by.clone(),
    }
}

/// A sequence of which nothing is said that would be so anyway.
pub(crate) fn fold(dialect: Dialect, sequence: &mut Sequence) {
    let said = numbers(dialect, sequence);
    sequence.of = said.of;
    let bare = Sequence {
        start: None,
        min: None,
        max: None,
        cache: None,
        increment: Some(said.step),
        ..sequence.clone()
    };
    let usual = numbers(dialect, &bare);
    let unusual = |number: i64, usual: i64| (number != usual).then_some(number);
    sequence.increment = unusual(said.step, 1);
    sequence.min = unusual(said.min, usual.min);
    sequence.max = unusual(said.max, usual.max);
    sequence.cache = unusual(said.cache, usual.cache);
    let first = if said.step > 0 { said.min } else { said.max };
    sequence.start = unusual(said.start, first);
}

fn refuse(dialect: Dialect, what: &str, instead: &str) -> Result<(), RenderError> {
    let (what, instead) = (what.to_owned(), instead.to_owned());
    Err(RenderError::Unsupported { dialect, what, instead })
}

fn check_has_sequences(dialect: Dialect) -> Result<(), RenderError> {
    match dialect {
        Dialect::Postgres | Dialect::Mariadb => Ok(()),
        Dialect::Sqlite | Dialect::Mysql => refuse(
            dialect,
            "sequences",
            "count in an identity column of a table, or put the op into op.only(Postgres, |op| …)",
        ),
    }
}

/// What a database can't keep of a sequence.
fn check(dialect: Dialect, sequence: &Sequence) -> Result<(), RenderError> {
    check_has_sequences(dialect)?;
    if dialect == Dialect::Postgres {
        return Ok(());
    }
    if let Some(owner) = &sequence.owned_by {
        return refuse(
            dialect,
            &format!(
                "sequence that goes with a column, such as `{}` with `{}.{}`",
                sequence.name, owner.table, owner.column
            ),
            "leave .owned_by(…) away, and drop the sequence behind the table",
        );
    }
    let (least, greatest, _) = bounds(dialect, sequence.of);
    let said = [sequence.min, sequence.max, sequence.start];
    match said.into_iter().flatten().find(|number| *number < least || *number > greatest) {
        Some(number) => refuse(
            dialect,
            &format!("number {number} in a sequence, such as `{}`", sequence.name),
            &format!("stay between {least} and {greatest}"),
        ),
        None => Ok(()),
    }
}

pub(crate) fn create_sequence(
    dialect: Dialect,
    create: &CreateSequence,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let CreateSequence { sequence, if_not_exists } = create;
    check(dialect, sequence)?;
    let words = Sql::new(dialect, "CREATE SEQUENCE ").raw_if(*if_not_exists, "IF NOT EXISTS ");
    let is_typed = dialect == Dialect::Postgres && sequence.of != SequenceType::BigInt;
    let sql = words
        .table(&sequence.name)
        .raw_if(is_typed, &format!(" AS {}", sequence.of.sql()))
        .number(" START WITH ", sequence.start)
        .number(" INCREMENT BY ", sequence.increment)
        .number(" MINVALUE ", sequence.min)
        .number(" MAXVALUE ", sequence.max)
        .number(" CACHE ", sequence.cache)
        .raw_if(sequence.cycle, " CYCLE");
    let is_there = *if_not_exists && before.sequences.contains_key(&sequence.name);
    let sql = match &sequence.owned_by {
        Some(owner) if !is_there => sql.raw(" OWNED BY ").column_of(owner),
        Some(_) | None => sql,
    };
    Ok(vec![sql.end()?])
}

/// Only what changes: the rest of a sequence stays as it is, the number that comes next too.
pub(crate) fn alter_sequence(
    dialect: Dialect,
    alter: &AlterSequence,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let (former, changed) = (before.sequence(&alter.name)?, alter.changed(before)?);
    check(dialect, &changed)?;
    let (was, is) = (numbers(dialect, former), numbers(dialect, &changed));
    let differs = |was: i64, is: i64| (was != is).then_some(is);
    let cycle = match (was.cycle, is.cycle) {
        (false, true) => " CYCLE",
        (true, false) => {
            // MariaDB writes it as one word; PostgreSQL as two (their manuals' ALTER SEQUENCE).
            if dialect == Dialect::Mariadb { " NOCYCLE" } else { " NO CYCLE" }
        }
        (true, true) | (false, false) => "",
    };
    let options = Sql::new(dialect, "")
        .raw_if(was.of != is.of, &format!(" AS {}", is.of.sql()))
        .number(" START WITH ", differs(was.start, is.start))
        .number(" INCREMENT BY ", differs(was.step, is.step))
        .number(" MINVALUE ", differs(was.min, is.min))
        .number(" MAXVALUE ", differs(was.max, is.max))
        .number(" CACHE ", differs(was.cache, is.cache))
        .raw(cycle);
    let options = match (&was.owned_by, &is.owned_by) {
        (was, is) if was == is => options,
        (_, None) => options.raw(" OWNED BY NONE"),
        (_, Some(owner)) => options.raw(" OWNED BY ").column_of(owner),
    }
    .end()?;
    if options.is_empty() {
        return Ok(Vec::new());
    }
    let sql = Sql::new(dialect, "ALTER SEQUENCE ").table(&alter.name).raw(&options);
    Ok(vec![sql.end()?])
}

pub(crate) fn rename_sequence(
    dialect: Dialect,
    rename: &RenameSequence,
) -> Result<Vec<String>, RenderError> {
    check_has_sequences(dialect)?;
    let RenameSequence { from, to } = rename;
    // A sequence of MariaDB is a table of its own kind, and renamed as one.
    let sql = if dialect == Dialect::Mariadb {
        Sql::new(dialect, "RENAME TABLE ").table(from).raw(" TO ").table(to)
    } else {
        Sql::new(dialect, "ALTER SEQUENCE ").table(from).raw(" RENAME TO ").name(&to.name)
    };
    Ok(vec![sql.end()?])
}

pub(crate) fn drop_sequence(
    dialect: Dialect,
    drop: &DropSequence,
) -> Result<Vec<String>, RenderError> {
    check_has_sequences(dialect)?;
    let words = Sql::new(dialect, "DROP SEQUENCE ").raw_if(drop.if_exists, "IF EXISTS ");
    Ok(vec![words.table(&drop.name).end()?])
}

impl Sql {
    fn number(self, words: &str, number: Option<i64>) -> Sql {
        match number {
            None => self,
            Some(number) => self.raw(words).raw(&number.to_string()),
        }
    }

    fn column_of(self, owner: &SequenceOwner) -> Sql {
        self.table(&owner.table).raw(".").name(&owner.column)
    }
}
