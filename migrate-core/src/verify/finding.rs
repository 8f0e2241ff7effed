//! What verification finds, as values; tests and the command line print the same words.

use std::fmt;

use migrate_model::{Dialect, Place, catalog::TableName, revision::Direction};

use super::Difference;
use crate::Revision;

/// What was found out about one revision.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Which.
    pub revision: &'static Revision,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// Values and rows that go on the way, and are meant to.
    pub losses: Vec<Loss>,
    /// What could not be looked at, and why.
    pub notes: Vec<String>,
}

impl Verdict {
    /// Nothing yet.
    pub fn new(revision: &'static Revision) -> Verdict {
        Verdict { revision, findings: Vec::new(), losses: Vec::new(), notes: Vec::new() }
    }

    /// Whether nothing is wrong with it.
    pub fn is_fine(&self) -> bool {
        self.findings.is_empty()
    }

    /// Adds what is wrong on one database; what is wrong on several is said once.
    pub(super) fn find(&mut self, dialect: Dialect, kind: Kind) {
        match self.findings.iter_mut().find(|finding| finding.kind == kind) {
            Some(finding) if finding.dialects.contains(&dialect) => {}
            Some(finding) => finding.dialects.push(dialect),
            None => self.findings.push(Finding { dialects: vec![dialect], kind }),
        }
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// Something that is wrong with a revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// On which databases.
    pub dialects: Vec<Dialect>,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of things that can be wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// It can't be written down, or not with the revisions before it.
    Broken {
        /// Why.
        why: String,
    },
    /// It does not record the same ops each time.
    Unsteady {
        /// Which way.
        direction: Direction,
        /// What was recorded at first; none where there was no such op.
        first: Option<String>,
        /// What was recorded then.
        second: Option<String>,
        /// Where it is written.
        place: Place,
    },
    /// An op does not fit the schema, or the database has no words for it.
    DoesNotFit {
        /// Which way.
        direction: Direction,
        /// The op, in words.
        op: String,
        /// Where it is written.
        place: Place,
        /// What stands in the way.
        why: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// An op that no transaction can hold.
    NeedsNoTransaction {
        /// Which way.
        direction: Direction,
        /// The op, in words.
        op: String,
        /// Where it is written.
        place: Place,
        /// Why, where that is not plain.
        why: Option<String>,
    },
    /// Nothing says how to take an op back.
    NoWayDown {
        /// The op, in words.
        op: String,
        /// Where it is written.
        place: Place,
        /// Why not.
        why: String,
    },
    /// An op of the way down that would fail once there are rows.
    FailsOnRows {
        /// The op, in words.
        op: String,
        /// Where it is written.
        place: Place,
        /// Why.
        why: String,
    },
    /// The way down leaves another schema than the one before the way up.
    NotRestored {
        /// What is different.
        difference: Difference,
    },
    /// A name that this database can't hold.
    LongName {
        /// What has it.
        what: String,
        /// The name.
        name: String,
        /// The most that the database holds, with its unit.
        most: &'static str,
        /// Whose name it is when it is cut.
        same_as: Option<String>,
    },
    /// Two names that are one to this database.
    SameName {
        /// What has the one.
        what: String,
        /// The one.
        name: String,
        /// What has the other.
        other: String,
        /// Why they are one.
        why: &'static str,
    },
    /// `loses` names what is in neither schema.
    NothingToLose {
        /// What it names.
        name: String,
    },
    /// The database refused it.
    Refused {
        /// Which way.
        direction: Direction,
        /// Whether it is done where there are no rows.
        only_with_rows: bool,
        /// Whether it was done before, and fails the second time.
        again: bool,
        /// What the database said, and of which op.
        why: String,
    },
    /// The database has another schema than the ops say.
    NotAsSaid {
        /// Which way.
        direction: Direction,
        /// What is different: what the ops say, and what is there.
        difference: Difference,
    },
    /// Rows or values are gone, and nothing says so.
    Lost(Loss),
}

/// Rows or values that were there and are gone, or are others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// On which way they go.
    pub on: Way,
    /// The table, as it is called before that way.
    pub table: TableName,
    /// The column; none where whole rows are gone.
    pub column: Option<String>,
    /// How many of the rows.
    pub rows: usize,
    /// Of how many.
    pub of: usize,
    /// A value before, and what it is behind it.
    pub example: Option<(String, String)>,
}

/// A way on which rows are to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The upgrade alone.
    Up,
    /// Up and back down.
    UpAndDown,
    /// Down and up again.
    DownAndUp,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Up => "on the way up",
            Way::UpAndDown => "on the way up and down",
            Way::DownAndUp => "on the way down and up",
        })
    }
}

impl Loss {
    /// What it is, as `loses` names it: `orders`, or `orders.notes`.
    pub fn name(&self) -> String {
        match &self.column {
            None => self.table.to_string(),
            Some(column) => format!("{}.{column}", self.table),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Loss { on, table, column, rows, of, example } = self;
        match column {
            None => write!(f, "{rows} of {of} rows of `{table}` are gone {on}")?,
            Some(column) => {
                write!(f, "`{table}.{column}` is lost in {rows} of {of} rows {on}")?;
            }
        }
        match example {
            Some((before, after)) => write!(f, ": {before} became {after}"),
            None => Ok(()),
        }
    }
}

impl Kind {
    /// A word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Kind::Broken { .. } => "broken",
            Kind::Unsteady { .. } => "unsteady",
            Kind::DoesNotFit { .. } => "does-not-fit",
            Kind::NeedsNoTransaction { .. } => "needs-no-transaction",
            Kind::NoWayDown { .. } => "no-way-down",
            Kind::FailsOnRows { .. } => "fails-on-rows",
            Kind::NotRestored { .. } => "not-restored",
            Kind::LongName { .. } => "long-name",
            Kind::SameName { .. } => "same-name",
            Kind::NothingToLose { .. } => "nothing-to-lose",
            Kind::Refused { .. } => "refused",
            Kind::NotAsSaid { .. } => "not-as-said",
            Kind::Lost(_) => "lost",
        }
    }

    /// What to do about it, where that can be told.
    pub fn hint(&self) -> Option<String> {
        match self {
            Kind::DoesNotFit { hint, .. } => hint.clone(),
            Kind::Unsteady { .. } => {
                Some("write the value down, or let the database make it when it runs".to_owned())
            }
            Kind::NeedsNoTransaction { .. } => Some("say `transaction = false`".to_owned()),
            Kind::NoWayDown { .. } => {
                Some("say .undo(…), .undo_nothing() or .restore_with(…), write a `downgrade`, or say `irreversible = \"why\"`".to_owned())
            }
            Kind::FailsOnRows { .. } => Some(
                "give it a .default(…) or .restore_with(…), or say `irreversible = \"why\"`".to_owned(),
            ),
            Kind::NotRestored { .. } => Some(
                "correct the `downgrade`, or leave it out: the inverse of each op is exact".to_owned(),
            ),
            Kind::LongName { .. } | Kind::SameName { .. } => Some("give it another name".to_owned()),
            Kind::NothingToLose { .. } => {
                Some("name a table, or `table.column`, as it is called before or behind the migration".to_owned())
            }
            Kind::NotAsSaid { .. } => {
                Some("say what the SQL does, with .declares(…) and .undo(…), or that it can't be told: .opaque(…)".to_owned())
            }
            Kind::Lost(loss) => {
                Some(format!("where that is meant, say so: `loses = [\"{}\"]`", loss.name()))
            }
            Kind::Broken { .. } | Kind::Refused { .. } => None,
        }
    }
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "the way up",
        Direction::Down => "the way down",
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Broken { why } => f.write_str(why),
            Kind::Unsteady { direction, first, second, place } => {
                let nothing = || "nothing".to_owned();
                let first = first.clone().unwrap_or_else(nothing);
                let second = second.clone().unwrap_or_else(nothing);
                let way = way(*direction);
                if first == second {
                    write!(
                        f,
                        "{way} records another `{first}` ({place}) the second time: it asks a clock, or chance"
                    )
                } else {
                    write!(
                        f,
                        "{way} records `{first}` ({place}), and the second time `{second}`: it asks a clock, or chance"
                    )
                }
            }
            Kind::DoesNotFit { direction, op, place, why, .. } => {
                write!(f, "{}: {op} ({place}): {why}", way(*direction))
            }
            Kind::NeedsNoTransaction { direction, op, place, why: None } => {
                write!(f, "{}: {op} ({place}) can't be done inside a transaction", way(*direction))
            }
            Kind::NeedsNoTransaction { direction, op, place, why: Some(why) } => {
                write!(f, "{}: {op} ({place}): {why}", way(*direction))
            }
            Kind::NoWayDown { op, place, why } => {
                write!(f, "there is no way down: {op} ({place}): {why}")
            }
            Kind::FailsOnRows { op, place, why } => {
                write!(f, "the way down fails once there are rows: {op} ({place}): {why}")
            }
            Kind::NotRestored { difference } => {
                write!(f, "the way down does not restore the schema: {difference}")
            }
            Kind::LongName { what, name, most, same_as: None } => {
                write!(f, "the name of {what} `{name}` is too long: more than {most}")
            }
            Kind::LongName { what, name, most, same_as: Some(other) } => write!(
                f,
                "the name of {what} `{name}` is too long: cut to {most} it is the name of {other}"
            ),
            Kind::SameName { what, name, other, why } => {
                write!(f, "{what} `{name}` and {other} have one name: {why}")
            }
            Kind::NothingToLose { name } => {
                write!(f, "`loses` names `{name}`, which is neither there before nor behind it")
            }
            Kind::Refused { direction, only_with_rows, again, why } => {
                let way = way(*direction);
                let again = if *again { " for the second time" } else { "" };
                let rows = if *only_with_rows { " where there are rows" } else { "" };
                write!(f, "the database refuses {way}{again}{rows}: {why}")
            }
            Kind::NotAsSaid { direction, difference } => {
                let way = way(*direction);
                write!(f, "behind {way} the database has another schema than the ops say: ")?;
                let Difference { table, what, before, after } = difference;
                f.write_str(what)?;
                if let Some(table) = table {
                    write!(f, " of `{table}`")?;
                }
                match (before, after) {
                    (Some(said), Some(is)) => write!(f, " should be {said} and is {is}"),
                    (Some(said), None) => write!(f, " should be there, {said}, and is not"),
                    (None, Some(is)) => write!(f, " should not be there: {is}"),
                    (None, None) => f.write_str(" is another"),
                }
            }
            Kind::Lost(loss) => write!(f, "{loss}, and nothing says so"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dialects: Vec<String> = self.dialects.iter().map(ToString::to_string).collect();
        write!(f, "{} ({})", self.kind, dialects.join(", "))
    }
}
