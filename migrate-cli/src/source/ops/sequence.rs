//! Sequences.

use migrate_core::catalog::{Sequence, SequenceOwner, SequenceType};
use migrate_core::op::{AlterSequence, SequenceChange};

use super::Why;
use super::layout::{Code, call, plain};
use super::literal::{Name, text};

pub(super) fn sequence(sequence: &Sequence) -> Code {
    let Sequence { name, of, start, increment, min, max, cache, cycle, owned_by } = sequence;
    let code = call("sequence", [name.code()])
        .then_some("start", start.map(plain))
        .then_some("increment", increment.map(plain))
        .then_some("min_value", min.map(plain))
        .then_some("max_value", max.map(plain))
        .then_some("cache", cache.map(plain))
        .then_if(*cycle, "cycle");
    let code = match owned_by {
        Some(SequenceOwner { table, column }) => {
            code.then("owned_by", [table.code(), text(column)])
        }
        None => code,
    };
    code.then_options("postgres", "s", |s| match of {
        SequenceType::SmallInt => s.then("smallint", []),
        SequenceType::Integer => s.then("integer", []),
        SequenceType::BigInt => s,
    })
}

pub(super) fn alter(alter: &AlterSequence) -> Result<Code, Why> {
    let AlterSequence { name, changes } = alter;
    let code = plain("op").then("alter_sequence", [name.code()]);
    changes.iter().try_fold(code, |code, change| {
        let (word, number) = match change {
            SequenceChange::Type(of) => {
                let of = match of {
                    SequenceType::SmallInt => "SequenceType::SmallInt",
                    SequenceType::Integer => "SequenceType::Integer",
                    SequenceType::BigInt => "SequenceType::BigInt",
                };
                return Ok(code.then("postgres_type", [plain(of)]));
            }
            SequenceChange::Cycle(true) => return Ok(code.then("cycle", [])),
            SequenceChange::Cycle(false) => return Ok(code.then("no_cycle", [])),
            SequenceChange::OwnedBy(None) => return Ok(code.then("owned_by_none", [])),
            SequenceChange::OwnedBy(Some(SequenceOwner { table, column })) => {
                return Ok(code.then("owned_by", [table.code(), text(column)]));
            }
            SequenceChange::Min(None) => return Ok(code.then("no_min_value", [])),
            SequenceChange::Max(None) => return Ok(code.then("no_max_value", [])),
            SequenceChange::Start(None)
            | SequenceChange::Increment(None)
            | SequenceChange::Cache(None) => {
                return Err(
                    "no word gives a sequence the database's own start, step or cache again",
                );
            }
            SequenceChange::Start(Some(number)) => ("start", number),
            SequenceChange::Increment(Some(number)) => ("increment", number),
            SequenceChange::Min(Some(number)) => ("min_value", number),
            SequenceChange::Max(Some(number)) => ("max_value", number),
            SequenceChange::Cache(Some(number)) => ("cache", number),
        };
        Ok(code.then(word, [plain(number)]))
    })
}
