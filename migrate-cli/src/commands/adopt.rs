//! `migrate adopt --from TOOL`: a database that another tool has migrated so far.
//!
//! First everything is looked at: what the tool's table says, which of our revisions that is, and whether the schema is
//! the one that these make. Only then are our tables written. The other tool's table stays as it is.

use migrate_core::run::adopt::{Adoption, Ask, Tool};
use migrate_model::catalog::TableName;
use migrate_model::revision::{Graph, RevisionId};
use serde_json::{Value, json};

use super::Session;
use super::beside::{Beside, beside};
use super::comparison::Line;
use crate::args::{self, Adopt};
use crate::connect::Access;
use crate::failure::Failure;
use crate::ui::{count, visible};

/// Looks, and writes where all of it fits.
pub(super) fn run(session: &mut Session<'_>, arguments: &Adopt) -> Result<u8, Failure> {
    let ask = Ask {
        tool: arguments.from,
        table: arguments.table.as_ref(),
        at: &arguments.at,
        map: &arguments.map,
    };
    let target = session.target()?;
    for revision in &arguments.at {
        if revision.contains(':') {
            return Err(Failure::new(format!(
                "`{revision}` is a range, and --at takes one revision"
            ))
            .hint("`migrate history` lists the revisions; nothing was changed"));
        }
    }
    let mut connected = session.open(&target, Access::Read)?;
    let found = session.migrator(&target).adoptable(connected.database.as_mut(), &ask)?;
    let graph = session.graph()?;
    for version in &found.passed_over {
        session.ui.note(&format!(
            "{} makes {version} by itself: no revision stands for it",
            found.foreign.tool
        ));
    }
    if found.is_done {
        let by = match found.is_said {
            true => "--at".to_owned(),
            false => format!("`{}`", found.foreign.table),
        };
        session.ui.say(&format!(
            "The database is ours already, with all that {by} says is applied; nothing was written"
        ));
        tell(session, graph, &found, "already", arguments.dry_run, None);
        return Ok(0);
    }
    let mut own = target.options.own_tables().to_vec();
    own.push(found.foreign.table.clone());
    let beside = beside(session, &target, &mut connected, &found.applied(), &own)?;
    if found.revisions.is_empty() {
        return nothing_applied(session, graph, arguments, &found, &beside);
    }
    let lines = without_parts(beside.difference.lines());
    let differences = lines.len() + beside.absent.len();
    let remark = match (differences, arguments.accept_differences) {
        (0, _) => None,
        (number, true) => Some(format!("{} in the schema accepted", count(number, "difference"))),
        (_, false) => return Err(refused(session, &found, &beside, &lines)),
    };
    notes(session, &beside);
    if arguments.dry_run {
        session.ui.say("This would be written:");
        tell(session, graph, &found, "adopted", true, Some(&beside));
        return Ok(0);
    }
    drop(connected);
    let mut connected = session.open_named(&target, arguments.database.as_deref())?;
    let status = session.migrator(&target).adopt(
        connected.database.as_mut(),
        &ask,
        &found,
        remark.as_deref(),
    )?;
    let at: Vec<&str> = found.heads.iter().map(RevisionId::as_str).collect();
    let (tool, table) = (found.foreign.tool, &found.foreign.table);
    session.ui.say(&format!(
        "Adopted from {tool}: {}; the database is at {}, and nothing was run",
        count(found.revisions.len(), "revision"),
        at.join(", ")
    ));
    session.ui.say(&what_stays(tool, table, found.is_kept));
    if !status.pending.is_empty() {
        let pending = count(status.pending.len(), "revision");
        session.ui.say(&format!("Not applied yet: {pending}: migrate upgrade"));
    }
    tell(session, graph, &found, "adopted", false, Some(&beside));
    Ok(0)
}

/// What becomes of the other tool's table.
fn what_stays(tool: Tool, table: &TableName, is_kept: bool) -> String {
    match is_kept {
        true => format!(
            "`{table}` is both tools' table: {tool} goes on as long as it has every revision that is applied, and refuses to run behind one that it hasn't"
        ),
        false => format!(
            "`{table}` stays as it is, and nothing here reads it: let {tool} migrate this database no more, and drop the table when you like"
        ),
    }
}

/// The other tool has applied nothing. Where nothing is there either, all is well.
fn nothing_applied(
    session: &mut Session<'_>,
    graph: &Graph,
    arguments: &Adopt,
    found: &Adoption,
    beside: &Beside,
) -> Result<u8, Failure> {
    let table = &found.foreign.table;
    if beside.later.is_empty() {
        session.ui.say(&format!(
            "By `{table}` none of the revisions is applied, and nothing that they make is there: there is nothing to adopt; `migrate upgrade --allow-non-empty` begins at the base"
        ));
        tell(session, graph, found, "nothing", arguments.dry_run, Some(beside));
        return Ok(0);
    }
    let failure = Failure::new(format!(
        "`{table}` says that nothing is applied, and some of what the migrations make is there"
    ));
    let failure = beside
        .later
        .iter()
        .fold(failure, |failure, what| failure.because(format!("there already: {what}")));
    Err(failure.hint(format!(
        "if the schema is that of a revision: migrate {}; nothing was changed",
        args::with_option(&session.typed, "--at REV")
    )))
}

/// The schema is not what the revisions make.
fn refused(session: &Session<'_>, found: &Adoption, beside: &Beside, lines: &[Line]) -> Failure {
    let (tool, table) = (found.foreign.tool, &found.foreign.table);
    let at: Vec<&str> = found.heads.iter().map(RevisionId::as_str).collect();
    let at = at.join(", ");
    let said_by = match found.is_said {
        true => "--at says that it is".to_owned(),
        false => format!("`{table}` says that it is"),
    };
    let command = |option: &str| format!("migrate {}", args::with_option(&session.typed, option));
    let each = |failure: Failure| {
        let missing = lines.iter().map(|line| words(line, beside));
        let absent = beside.absent.iter().map(|name| {
            let of = beside.unknown.iter().find(|(of, _)| of == name);
            let why = of.map_or("SQL in a migration changed it", |(_, why)| why.as_str());
            format!("not there: {name}; whether it is to be can't be told: {why}")
        });
        missing.chain(absent).fold(failure, Failure::because)
    };
    if beside.is_nothing_there {
        let failure = Failure::new(format!("nothing is there of what {at} makes, where {said_by}"));
        return each(failure).hint(
            "is this the right database? If it is, and is to be built from the base: `migrate upgrade --allow-non-empty`; nothing was changed",
        );
    }
    let failure = Failure::new(format!(
        "the schema is not that of {at}, where {}: {}",
        said_by,
        count(lines.len() + beside.absent.len(), "difference")
    ));
    let failure = each(failure);
    let another = match found.is_said {
        true => String::new(),
        false => format!("if it is that of another revision: {}; or, ", command("--at REV")),
    };
    failure.hint(format!(
        "put the schema right, with {tool} or by hand; or, {another}if it may be so: {}; nothing was changed",
        command("--accept-differences")
    ))
}

/// The lines but for the parts of a table that is missing as a whole.
fn without_parts(lines: Vec<Line>) -> Vec<Line> {
    let is_whole = |line: &Line| line.sign == '+' && line.what.starts_with("create table ");
    let whole: Vec<String> =
        lines.iter().filter(|line| is_whole(line)).map(|line| line.of.clone()).collect();
    let is_part = |line: &Line| line.sign == '+' && !is_whole(line) && whole.contains(&line.of);
    lines.into_iter().filter(|line| !is_part(line)).collect()
}

/// A difference, for people.
fn words(line: &Line, beside: &Beside) -> String {
    let what = visible(&line.what);
    let noun = |verbs: &[&str]| {
        let rest = verbs.iter().find_map(|verb| what.strip_prefix(verb));
        rest.unwrap_or(&what).to_owned()
    };
    match line.sign {
        '+' => format!("missing: {}", noun(&["create ", "add "])),
        '-' => {
            let what = noun(&["drop "]);
            match beside.later.contains(&what) {
                true => format!("there already: {what}, which a later revision makes"),
                false => format!("not in the migrations: {what}"),
            }
        }
        _ => format!("different: {what}"),
    }
}

/// What was not compared, and what is nobody's.
fn notes(session: &mut Session<'_>, beside: &Beside) {
    for (of, why) in &beside.unknown {
        session.ui.note(&format!("not compared: `{of}`: {why}"));
    }
    if !beside.extra.is_empty() {
        const MOST: usize = 8;
        let shown: Vec<&str> = beside.extra.iter().take(MOST).map(String::as_str).collect();
        let more = beside.extra.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        session.ui.note(&format!(
            "no migration speaks of these, and they are left alone: {}{more}",
            shown.join(", ")
        ));
    }
}

/// The result, revision by revision.
fn tell(
    session: &mut Session<'_>,
    graph: &Graph,
    found: &Adoption,
    result: &str,
    is_dry_run: bool,
    beside: Option<&Beside>,
) {
    let order =
        || graph.nodes().iter().filter_map(|node| Some((node, found.revisions.get(&node.id)?)));
    if session.ui.is_json {
        let revisions: Vec<Value> = order()
            .map(|(node, version)| json!({ "revision": node.id.as_str(), "message": node.message, "version": version }))
            .collect();
        let heads: Vec<&str> = found.heads.iter().map(RevisionId::as_str).collect();
        let differences = beside.map(|beside| {
            let lines = beside.difference.lines().into_iter().map(
                |line| json!({ "sign": line.sign.to_string(), "of": line.of, "what": line.what }),
            );
            lines.collect::<Vec<_>>()
        });
        let unknown = beside.map(|beside| {
            beside
                .unknown
                .iter()
                .map(|(of, why)| json!({ "of": of, "why": why }))
                .collect::<Vec<_>>()
        });
        session.ui.json(json!({
            "result": result,
            "is_dry_run": is_dry_run,
            "from": found.foreign.tool.word(),
            "table": found.foreign.table.to_string(),
            "is_kept": found.is_kept,
            "revisions": revisions,
            "current": heads,
            "differences": differences,
            "unknown": unknown,
            "extra": beside.map(|beside| beside.extra.clone()),
        }));
    } else if is_dry_run {
        for (node, version) in order() {
            let of = version.as_deref().filter(|version| *version != node.id.as_str());
            let of = of.map_or(String::new(), |version| format!("  ({version})"));
            session.ui.result(&format!("{}  {}{of}", node.id, visible(node.title())));
        }
    }
}
