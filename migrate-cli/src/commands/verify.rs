//! `migrate verify`: each migration up, down and up again, on a database that nobody needs.

use std::collections::BTreeSet;

use migrate_core::backend::DatabaseError;
use migrate_core::run::{Event, Observer};
use migrate_core::verify::{Finding, Live, Loss, Offline, Scratch, Server, Verdict, VerifyError};
use migrate_model::revision::{Node, RevisionId, RevisionRange, RevisionSpec, resolve};
use serde_json::{Value, json};

use super::history::within;
use super::{Session, Target};
use crate::args::Verify;
use crate::config::{self, Project};
use crate::connect::Again;
use crate::failure::{Failure, code};
use crate::interrupt;
use crate::secret::Secret;
use crate::source::migration::new_id;
use crate::ui::{count, style, styled, visible};
use crate::url::DatabaseUrl;

/// Verifies, and tells of each revision as soon as it is known.
pub(super) fn run(session: &mut Session<'_>, arguments: &Verify) -> Result<u8, Failure> {
    let wanted = wanted(session, arguments.revisions.as_deref())?;
    let mut ground = Ground::new(session, arguments.offline)?;
    match &mut ground {
        Ground::Nothing => {
            let verdicts = each(session, arguments, &wanted, None)?;
            ended(session, &verdicts, None)
        }
        Ground::On { target, scratch, name } => {
            let watch =
                interrupt::watch(&Again::new(&target.url, session.environment.folder.clone()));
            let mut observer = watch.beside(Silent);
            let live = Live::new(session.chain, scratch.as_mut()).map_err(failed)?;
            let live = live.stopped_by(watch.stop()).observed_by(&mut observer);
            let verdicts = each(session, arguments, &wanted, Some(live));
            let removed = scratch.remove();
            let verdicts = verdicts?;
            removed.map_err(|error| Failure::of(&error))?;
            ended(session, &verdicts, Some(name))
        }
    }
}

/// One that tells nobody.
struct Silent;

impl Observer for Silent {
    fn event(&mut self, _: &Event<'_>) {}
}

/// The revisions that are meant, in their order.
fn wanted(session: &Session<'_>, words: Option<&str>) -> Result<Vec<&'static Node>, Failure> {
    let graph = session.graph()?;
    let none = BTreeSet::new();
    let ids: BTreeSet<RevisionId> = match words {
        None => graph.nodes().iter().map(|node| node.id.clone()).collect(),
        Some(words) if words.contains(':') => {
            let range: RevisionRange = words
                .parse()
                .map_err(|error| Failure { code: code::USAGE, ..Failure::of(&error) })?;
            within(graph, &range, &none)?
        }
        Some(words) => {
            let spec: RevisionSpec = words
                .parse()
                .map_err(|error| Failure { code: code::USAGE, ..Failure::of(&error) })?;
            resolve(graph, &spec, &none)?
        }
    };
    Ok(graph.nodes().iter().filter(|node| ids.contains(&node.id)).collect())
}

/// What migrations are tried out on.
enum Ground {
    /// On nothing.
    Nothing,
    /// On a database that is called so.
    On { target: Box<Target>, scratch: Box<dyn Removed>, name: String },
}

/// A scratch database that is taken away at a known moment, so that it is said when that fails.
trait Removed: Scratch {
    fn remove(&mut self) -> Result<(), DatabaseError>;
}

impl Removed for Server<'_> {
    fn remove(&mut self) -> Result<(), DatabaseError> {
        Server::remove(self)
    }
}

#[cfg(feature = "sqlite")]
impl Removed for migrate_core::verify::Memory {
    fn remove(&mut self) -> Result<(), DatabaseError> {
        Ok(())
    }
}

impl Ground {
    fn new(session: &mut Session<'_>, is_offline: bool) -> Result<Ground, Failure> {
        let project = Project::find(session.environment, session.globals.config.as_deref())?;
        let option = session.globals.database_url.as_ref().map(Secret::expose);
        if is_offline {
            return Ok(Ground::Nothing);
        }
        if !config::has_database(session.environment, &project, option)? {
            session.ui.note(
                "no database is named: what the migrations say is looked at, and nothing is tried out; see --database-url",
            );
            return Ok(Ground::Nothing);
        }
        let target = Box::new(session.target()?);
        if let DatabaseUrl::Sqlite(_) = target.url {
            #[cfg(feature = "sqlite")]
            {
                session.ui.say("Trying out in memory; the database is left alone");
                let scratch = Box::new(migrate_core::verify::Memory);
                return Ok(Ground::On { target, scratch, name: ":memory:".to_owned() });
            }
        }
        let again = Again::new(&target.url, session.environment.folder.clone());
        // Whatever of it can't be opened is said in the words of all commands.
        let beside = session.open(&target, crate::connect::Access::Write)?.database;
        let name = format!("__migrate_verify_{}", new_id(None, |_| true)?.as_str());
        session
            .ui
            .say(&format!("Trying out on `{name}`, beside the database; it is dropped in the end"));
        let server = Server::new(beside, name.clone(), move |name| again.beside(name));
        Ok(Ground::On { target, scratch: Box::new(server), name })
    }
}

fn failed(error: VerifyError) -> Failure {
    match error {
        VerifyError::Run(error) => Failure::from(*error),
        error @ VerifyError::Database(_) => Failure::of(&error).hint(
            "look at what the migrations say alone: --offline; else the user must be allowed to create databases",
        ),
        error @ (VerifyError::Reflect(_) | VerifyError::Interrupted) => Failure::of(&error),
    }
}

fn each(
    session: &mut Session<'_>,
    arguments: &Verify,
    wanted: &[&'static Node],
    mut live: Option<Live<'_>>,
) -> Result<Vec<Verdict>, Failure> {
    let mut offline = Offline::new(session.chain);
    let mut verdicts = Vec::new();
    for node in wanted {
        let Some(mut verdict) = offline.check(node.id.as_ref())? else { continue };
        if let Some(live) = &mut live {
            live.check(&mut verdict).map_err(failed)?;
        }
        if !session.ui.is_json {
            tell(session, &verdict);
            // The next one takes its time.
            session.ui.flush();
        }
        let is_fine = verdict.is_fine();
        verdicts.push(verdict);
        if !is_fine && !arguments.keep_going && verdicts.len() < wanted.len() {
            let left = count(wanted.len() - verdicts.len(), "revision");
            session.ui.note(&format!("{left} not looked at; with --keep-going they are"));
            break;
        }
    }
    Ok(verdicts)
}

fn tell(session: &mut Session<'_>, verdict: &Verdict) {
    let Verdict { revision, findings, losses, notes } = verdict;
    let title = visible(revision.message.lines().next().unwrap_or_default());
    let word = match verdict.is_fine() {
        true => styled(style::APPLIED, "fine "),
        false => styled(style::REMOVED, "found"),
    };
    let id = styled(style::REVISION, revision.id);
    session.ui.result(&format!("{word}  {id}  {title}"));
    for finding in findings {
        session.ui.result(&format!("    - {}", visible(&finding.to_string())));
        if let Some(hint) = finding.kind.hint() {
            session.ui.result(&format!("      hint: {}", visible(&hint)));
        }
    }
    for loss in losses {
        session
            .ui
            .result(&styled(style::FAINT, &format!("    meant: {}", visible(&loss.to_string()))));
    }
    for note in notes {
        session.ui.result(&styled(style::FAINT, &format!("    not checked: {}", visible(note))));
    }
}

fn ended(
    session: &mut Session<'_>,
    verdicts: &[Verdict],
    scratch: Option<&str>,
) -> Result<u8, Failure> {
    let faulty = verdicts.iter().filter(|verdict| !verdict.is_fine()).count();
    if session.ui.is_json {
        let revisions: Vec<Value> = verdicts.iter().map(json_of).collect();
        let result = if faulty == 0 { "fine" } else { "found" };
        session.ui.json(json!({ "result": result, "scratch": scratch, "revisions": revisions }));
    } else {
        let looked = count(verdicts.len(), "revision");
        session.ui.say(&match (faulty, scratch) {
            (0, Some(_)) => format!("{looked} tried out: nothing is wrong"),
            (0, None) => format!("{looked} looked at without a database: nothing is wrong"),
            (_, Some(_)) => format!("{looked} tried out, {faulty} with a fault"),
            (_, None) => format!("{looked} looked at without a database, {faulty} with a fault"),
        });
    }
    Ok(if faulty == 0 { 0 } else { code::BEHIND })
}

fn json_of(verdict: &Verdict) -> Value {
    let finding = |finding: &Finding| {
        let databases: Vec<String> = finding.dialects.iter().map(ToString::to_string).collect();
        json!({
            "kind": finding.kind.word(),
            "what": finding.kind.to_string(),
            "databases": databases,
            "hint": finding.kind.hint(),
        })
    };
    let loss = |loss: &Loss| json!({ "of": loss.name(), "on": loss.on.to_string(), "rows": loss.rows, "of_rows": loss.of });
    json!({
        "revision": verdict.revision.id,
        "message": verdict.revision.message,
        "result": if verdict.is_fine() { "fine" } else { "found" },
        "findings": verdict.findings.iter().map(finding).collect::<Vec<_>>(),
        "losses": verdict.losses.iter().map(loss).collect::<Vec<_>>(),
        "notes": verdict.notes,
    })
}
