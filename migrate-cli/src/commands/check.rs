//! `migrate check`: whether the program, the migrations and the database agree.

use migrate_core::diff::Renames;
use migrate_core::run;
use migrate_model::catalog::TableName;
use serde_json::{Value, json};

use super::Session;
use super::comparison::{Difference, Ground};
use crate::args::Check;
use crate::failure::{Failure, code};
use crate::ui::{count, style, styled, visible};

/// One pair of schemas.
struct Section {
    /// What it is called in JSON.
    word: &'static str,
    /// What it is about, for people.
    title: &'static str,
    difference: Difference,
    /// What could not be compared.
    unknown: Vec<Unknown>,
}

struct Unknown {
    of: String,
    why: String,
}

/// Compares, and tells.
pub(super) fn run(session: &mut Session<'_>, arguments: &Check) -> Result<u8, Failure> {
    let mut ground = Ground::new(session, arguments.offline, arguments.dialect)?;
    let mut sections = Vec::new();
    if !arguments.no_schema {
        let desired = ground.desired(session).map_err(|failure| {
            let hint = failure.hint.clone();
            let way_out = "compare the database alone: migrate check --no-schema";
            failure.hint(hint.map_or(way_out.to_owned(), |hint| format!("{hint}; or {way_out}")))
        })?;
        let difference = ground.of_program(&desired, &Renames::default())?;
        let unsaid = difference.reached.unsaid.iter();
        let mut unknown: Vec<Unknown> = ground.chain.opaque.iter().map(by_sql).collect();
        if arguments.offline && !unknown.is_empty() {
            return Err(nobody_knows(session, &ground)?);
        }
        unknown.extend(unsaid.map(|why| Unknown { of: "the schema".to_owned(), why: why.clone() }));
        let title = "migrations against the program";
        sections.push(Section { word: "schema", title, difference, unknown });
    }
    if let Some(difference) = ground.of_database()? {
        let mut unknown: Vec<Unknown> = ground.unknown.iter().map(by_sql).collect();
        let unread = ground.live.iter().flat_map(|live| &live.read.unread);
        unknown
            .extend(unread.map(|one| Unknown { of: one.of.to_string(), why: one.reason.clone() }));
        let title = "database against the migrations";
        sections.push(Section { word: "database", title, difference, unknown });
    }
    tell(session, &ground, &sections, arguments.sql)?;
    let is_different = sections.iter().any(Section::is_different);
    Ok(if is_different { code::BEHIND } else { 0 })
}

fn by_sql(name: &TableName) -> Unknown {
    let why = "SQL in a migration changed it, and does not say what it did (.declares)";
    Unknown { of: name.to_string(), why: why.to_owned() }
}

/// Without a database, nobody can say what such SQL made.
fn nobody_knows(session: &Session<'_>, ground: &Ground) -> Result<Failure, Failure> {
    let failure = Failure::new("what the migrations make is not known without a database");
    let doubts = run::doubts(session.chain, ground.dialect)?;
    let told = ground.chain.opaque.iter().filter_map(|name| Some((name, doubts.get(name)?)));
    let failure = told.fold(failure, |failure, (name, revision)| {
        failure.because(format!(
            "SQL that can't be read changes `{name}`: revision {}, {}",
            revision.id, revision.file
        ))
    });
    Ok(failure.hint(
        "say there what the SQL does, with .declares(…), or compare with a database: migrate check",
    ))
}

impl Section {
    fn is_different(&self) -> bool {
        !self.difference.diff.is_empty()
    }

    /// `same`, `different`, or `unknown` where nothing differs of what could be compared.
    fn result(&self) -> &'static str {
        match (self.is_different(), self.unknown.is_empty()) {
            (true, _) => "different",
            (false, false) => "unknown",
            (false, true) => "same",
        }
    }

    fn json(&self) -> Value {
        let lines = self.difference.lines();
        let differences = lines
            .iter()
            .map(|line| json!({ "sign": line.sign.to_string(), "of": line.of, "what": line.what }));
        let unknown = self.unknown.iter().map(|one| json!({ "of": one.of, "why": one.why }));
        let half_said = self.difference.reached.half_said.iter().map(ToString::to_string);
        json!({
            "result": self.result(),
            "differences": differences.collect::<Vec<_>>(),
            "unknown": unknown.collect::<Vec<_>>(),
            "half_said": half_said.collect::<Vec<_>>(),
        })
    }
}

fn tell(
    session: &mut Session<'_>,
    ground: &Ground,
    sections: &[Section],
    is_sql: bool,
) -> Result<(), Failure> {
    if session.ui.is_json {
        let results: Vec<&str> = sections.iter().map(Section::result).collect();
        let of = |word: &str| results.contains(&word);
        let result = if of("different") {
            "different"
        } else if of("unknown") {
            "unknown"
        } else {
            "same"
        };
        let mut value = json!({ "result": result, "schema": null, "database": null });
        for section in sections {
            value[section.word] = section.json();
        }
        session.ui.json(value);
        return Ok(());
    }
    for section in sections {
        if is_sql {
            sql(session, ground, section)?;
        } else {
            words(session, section);
        }
    }
    Ok(())
}

fn words(session: &mut Session<'_>, section: &Section) {
    let lines = section.difference.lines();
    let verdict = match (lines.len(), section.unknown.is_empty()) {
        (0, true) => "no difference".to_owned(),
        (0, false) => "no difference in what is known".to_owned(),
        (number, _) => count(number, "difference"),
    };
    session.ui.result(&format!("{}: {verdict}", section.title));
    let mut of = None;
    // Stable, so what is said of one thing stays in the order in which it would be done.
    let mut sorted: Vec<_> = lines.iter().collect();
    sorted.sort_by(|one, other| one.of.cmp(&other.of));
    for line in sorted {
        if of != Some(&line.of) {
            session.ui.result(&format!("  {}", visible(&line.of)));
            of = Some(&line.of);
        }
        let colour = match line.sign {
            '+' => style::APPLIED,
            '-' => style::REMOVED,
            _ => style::REVISION,
        };
        let text = format!("    {} {}", line.sign, visible(&line.what));
        session.ui.result(&styled(colour, &text));
    }
    for one in &section.unknown {
        session.ui.note(&format!("not compared: `{}`: {}", one.of, one.why));
    }
    let half_said = section.difference.reached.half_said.len();
    if half_said > 0 {
        session.ui.say(&format!(
            "`table!` tells no indexes, checks and defaults: those of {} are left alone",
            count(half_said, "table")
        ));
    }
}

fn sql(session: &mut Session<'_>, ground: &Ground, section: &Section) -> Result<(), Failure> {
    let difference = &section.difference;
    session.ui.result(&format!("-- {}", section.title));
    let mut catalog = difference.there.clone();
    let statements =
        run::statements(ground.dialect, &difference.diff.ops, &mut catalog).map_err(|fault| {
            Failure::new("the differences can't be said in SQL").because(fault.to_string())
        })?;
    for statement in statements {
        session.ui.result(&format!("{};", statement.trim_end().trim_end_matches(';')));
    }
    for one in &difference.diff.beyond {
        session
            .ui
            .result(&format!("-- not by SQL: {}", visible(&one.to_string()).replace('\n', " ")));
    }
    Ok(())
}
