//! The commands, a file each, and what they share: the session.

mod adopt;
mod baseline;
mod beside;
pub(crate) mod branches;
mod check;
mod comparison;
pub(crate) mod completions;
mod current;
mod downgrade;
pub(crate) mod heads;
pub(crate) mod history;
mod log;
mod mark;
pub(crate) mod matches;
mod plan;
mod production;
mod repair;
mod resume;
mod revision;
mod schema;
mod scratch;
mod script;
pub(crate) mod show;
mod stamp;
mod upgrade;
mod verify;
mod waiting;

use std::collections::BTreeMap;
use std::time::Duration;

use clap::CommandFactory;
use migrate_core::backend::Database;
use migrate_core::run::{self, LogEntry, Migrator, Options, Planned, Redactor, Report, Status};
use migrate_core::{Chain, Revision};
use migrate_model::revision::{Direction, Graph, RevisionId};
use serde_json::{Value, json};

use crate::args::{self, Arguments, Backups, Command, Globals, Sources, Waiting};
use crate::backup::{self, Backup, Moment};
use crate::config::{self, Environment, Origin, Project};
use crate::connect::{self, Access, Connected};
use crate::failure::{Failure, code};
use crate::graph_log::{Details, GraphLog, Marks};
use crate::interrupt;
use crate::report::{Level, Record};
use crate::secret::{Secret, mask_urls, scrub};
use crate::source::style::FileStyle;
use crate::ui::Ui;
use crate::url::DatabaseUrl;

/// What a command works with.
pub(crate) struct Session<'a> {
    /// The compiled chain.
    pub(crate) chain: &'static Chain,
    /// The surroundings.
    pub(crate) environment: &'a Environment,
    /// What was said to every command.
    pub(crate) globals: &'a Globals,
    /// What was typed after the program's name.
    pub(crate) typed: Vec<String>,
    /// Where to speak.
    pub(crate) ui: &'a mut Ui,
}

/// A database that a command works on.
pub(crate) struct Target {
    url: DatabaseUrl,
    options: Options,
    project: Project,
    /// Who named it.
    origin: Origin,
}

impl<'a> Session<'a> {
    /// Runs `command`; the number is the exit code.
    pub(crate) fn run(&mut self, command: &Command) -> Result<u8, Failure> {
        match command {
            Command::Upgrade(arguments) => upgrade::run(self, arguments),
            Command::Downgrade(arguments) => downgrade::run(self, arguments),
            Command::Plan(arguments) => plan::run(self, arguments),
            Command::Check(arguments) => check::run(self, arguments),
            Command::Verify(arguments) => verify::run(self, arguments),
            Command::Current(arguments) => current::run(self, arguments),
            Command::History(arguments) => history::run(self, arguments),
            Command::Heads(arguments) => heads::run(self, arguments),
            Command::Branches(arguments) => branches::run(self, arguments),
            Command::Show(arguments) => show::run(self, arguments),
            Command::Schema(arguments) => schema::run(self, arguments),
            Command::Stamp(arguments) => stamp::run(self, arguments),
            Command::Adopt(arguments) => adopt::run(self, arguments),
            Command::Log(arguments) => log::run(self, arguments),
            Command::Repair(arguments) => repair::run(self, arguments),
            Command::Mark(arguments) => mark::run(self, arguments),
            Command::Resume(arguments) => resume::run(self, arguments),
            Command::Completions(arguments) => {
                completions::print(self.ui, arguments.shell, Arguments::command(), "migrate");
                Ok(0)
            }
            Command::Init(sources) => Err(sources_command("init", sources)),
            Command::Revision(arguments) => revision::run(self, arguments),
            Command::Baseline(arguments) => baseline::run(self, arguments),
            Command::Merge(sources) => Err(sources_command("merge", sources)),
            Command::Rebase(sources) => Err(sources_command("rebase", sources)),
            Command::Edit(sources) => Err(sources_command("edit", sources)),
        }
    }

    /// The graph of the compiled chain.
    pub(crate) fn graph(&self) -> Result<&'static Graph, Failure> {
        Ok(self.chain.graph()?)
    }

    /// Finds the database, and says which it is before anything is done to it.
    pub(crate) fn target(&mut self) -> Result<Target, Failure> {
        let project = Project::find(self.environment, self.globals.config.as_deref())?;
        let mut options = project.options(self.environment)?;
        let option = self.globals.database_url.as_ref().map(Secret::expose);
        let (url, origin) = config::database(self.environment, &project, option)?;
        self.ui.hide(url.secrets());
        let secrets = url.secrets().to_vec();
        options.redactor = Redactor::new(move |text| mask_urls(&scrub(text, &secrets)));
        let folder = &self.environment.folder;
        let (shown, said_by) = (url.shown(folder), origin.shown(folder));
        let message = format!("Database: {shown} ({said_by})");
        let record = Record::new(Level::Info, "database", message);
        self.ui.tell(record.with("database", shown).with("from", said_by));
        Ok(Target { url, options, project, origin })
    }

    /// Opens the database.
    pub(crate) fn open(&mut self, target: &Target, access: Access) -> Result<Connected, Failure> {
        let command = self.typed.join(" ");
        let folder = &self.environment.folder;
        let limit = self.wait()?;
        // What can go on without the database doesn't wait for it.
        if limit.is_zero() || access == Access::Glance {
            return connect::open(&target.url, access, folder, &command);
        }
        waiting::open(self.ui, &target.url, limit, folder, |url| {
            connect::open(url, access, folder, &command)
        })
    }

    /// How long a server may be away.
    fn wait(&self) -> Result<Duration, Failure> {
        Ok(match self.globals.wait {
            Some(wait) => wait,
            None => self.environment.wait()?.unwrap_or_default(),
        })
    }

    /// Where the database is, looking only.
    pub(crate) fn status(&mut self, access: Access) -> Result<Status, Failure> {
        let (target, mut connected) = self.looked_at(access)?;
        Ok(self.migrator(&target).status(connected.database.as_mut())?)
    }

    /// The same, and the log.
    pub(crate) fn status_and_log(
        &mut self,
        access: Access,
    ) -> Result<(Status, Vec<LogEntry>), Failure> {
        let (target, mut connected) = self.looked_at(access)?;
        Ok(self.migrator(&target).status_and_log(connected.database.as_mut())?)
    }

    fn looked_at(&mut self, access: Access) -> Result<(Target, Connected), Failure> {
        let target = self.target()?;
        let connected = self.open(&target, access)?;
        if connected.is_missing {
            self.ui.say("The file is not there yet: nothing is applied");
        }
        Ok((target, connected))
    }

    /// One that reports nothing.
    fn migrator(&self, target: &Target) -> Migrator<'a> {
        Migrator::new(self.chain).with(target.options.clone())
    }

    /// The chain, with what is applied marked when a database answers. It must answer where that `is_wanted`. Where nobody
    /// is shown all that is known of a revision, what takes long to find out is left out.
    pub(crate) fn graph_log(
        &mut self,
        is_wanted: bool,
        shows_all: bool,
    ) -> Result<GraphLog<'static>, Failure> {
        let graph = self.graph()?;
        let access = if is_wanted { Access::Read } else { Access::Glance };
        let status = match shows_all {
            true => self.status_and_log(access),
            false => self.status(access).map(|status| (status, Vec::new())),
        };
        let marks = match status {
            Ok((status, log)) if status.unknown.is_empty() => {
                if let Some(disagreement) = &status.disagreement {
                    self.ui.note(&disagreement.to_string());
                }
                Some(Marks::new(&status, &log))
            }
            Ok((status, _)) => {
                let ids: Vec<String> =
                    status.unknown.iter().map(|id| format!("`{}`", id.escape_debug())).collect();
                let ids = ids.join(", ");
                self.ui.note(&format!(
                    "what is applied is not known: the database is at {ids}, \
                     which this build does not have"
                ));
                None
            }
            Err(failure) if is_wanted => return Err(failure),
            Err(failure) => {
                let why = failure.causes.last().unwrap_or(&failure.message);
                self.ui.note(&format!("what is applied is not known: {why}"));
                None
            }
        };
        let (details, names) = (self.details_of(|_| shows_all), self.names());
        Ok(GraphLog { graph, details, names, marks, indicates_current: is_wanted })
    }

    /// How files are named. Where `migrate.toml` can't be read, the search for a database says so.
    fn names(&self) -> Option<FileStyle> {
        let project = Project::find(self.environment, self.globals.config.as_deref());
        project.and_then(|project| FileStyle::of_names(&project)).ok()
    }

    /// What is known of those revisions that are shown with all that is.
    fn details_of(&self, is_shown: impl Fn(&str) -> bool) -> BTreeMap<RevisionId, Details> {
        let shown = self.chain.revisions().iter().filter(|revision| is_shown(revision.id));
        let details = shown.map(|revision| {
            let details = Details {
                file: revision.file.replace('\\', "/"),
                is_outside_transaction: !revision.transaction,
                irreversible: revision.irreversible.map(str::to_owned),
                breaking: revision.breaking.map(str::to_owned),
            };
            (RevisionId::from_static(revision.id), details)
        });
        details.collect()
    }

    /// Plans, asks where rows would be lost, and runs: what `upgrade` and `downgrade` share.
    fn migrate(&mut self, job: &Job<'_>) -> Result<u8, Failure> {
        let mut target = self.target()?;
        script::refuse_range(&self.typed, job.target)?;
        job.waiting.set(&mut target.options);
        target.options.single_transaction = job.single_transaction;
        target.options.allow_non_empty = job.allow_non_empty;
        target.options.include_skipped = job.include_skipped;
        // A plan that fails must not leave an empty file behind, and a file is not made to go down.
        let is_missing = target.url.is_missing();
        let access = if is_missing || job.is_dry_run { Access::Read } else { Access::Write };
        let mut connected = self.open(&target, access)?;
        if !job.is_dry_run {
            production::check(self, &target, &mut connected, job.database)?;
        }
        let planned = self.plan(&target, &mut connected, job)?;
        if job.is_dry_run {
            plan::print(self, &connected, &planned, job.is_verbose);
            return Ok(0);
        }
        if !planned.is_empty() {
            production::check_marked(self, &target, &mut connected, job.database)?;
        }
        self.consent(&planned, job)?;
        let before = self.back_up(&target, &mut connected, job, &planned, Moment::Before)?;
        // The log notes it.
        target.options.backup = before.as_ref().map(|backup| backup.path.display().to_string());
        if is_missing && job.direction == Direction::Up {
            connected = self.open(&target, Access::Write)?;
        }
        if planned.is_empty() {
            self.report(&Report::default(), NOTHING_TO_RUN, job.backups, [None, None]);
            return Ok(0);
        }
        let report = self.watched(&target, &mut connected, |migrator, database| {
            migrator.run_planned(database, job.direction, &planned)
        })?;
        let after = self.back_up(&target, &mut connected, job, &planned, Moment::After);
        // What was run is told also where it could not be backed up.
        let backups = [before.as_ref(), after.as_ref().ok().and_then(Option::as_ref)];
        self.report(&report, NOTHING_TO_RUN, job.backups, backups);
        after.map(|_| 0)
    }

    /// Runs something that writes: with progress, with a way to connect again, and with an ear for Ctrl-C.
    fn watched(
        &mut self,
        target: &Target,
        connected: &mut Connected,
        run: impl FnOnce(&mut Migrator<'_>, &mut dyn Database) -> Result<Report, run::Error>,
    ) -> Result<Report, Failure> {
        let folder = self.environment.folder.clone();
        let again = connect::Again::new(&target.url, folder);
        let watch = interrupt::watch(&again);
        let mut progress = watch.beside(self.ui.progress());
        let mut migrator = Migrator::new(self.chain)
            .with(target.options.clone())
            .observed_by(&mut progress)
            .reconnected_by(|| again.connect())
            .stopped_by(watch.stop());
        let report = run(&mut migrator, connected.database.as_mut());
        drop(migrator);
        drop(progress);
        Ok(report?)
    }

    /// Backs the database up, where that is asked for and something is to be run; says where the backup is.
    fn back_up(
        &mut self,
        target: &Target,
        connected: &mut Connected,
        job: &Job<'_>,
        planned: &[Planned],
        moment: Moment,
    ) -> Result<Option<Backup>, Failure> {
        let asked = match moment {
            Moment::Before => &job.backups.backup,
            Moment::After => &job.backups.backup_after,
        };
        let (Some(folder), [first, .., last] | [first @ last]) = (asked, planned) else {
            return Ok(None);
        };
        if target.url.is_missing() {
            self.ui.say("The file is not there yet: there is nothing to back up");
            return Ok(None);
        }
        let wanted = backup::Wanted {
            environment: self.environment,
            project: &target.project,
            url: &target.url,
            name: production::name(target, connected)?,
            folder: folder.as_deref(),
            moment,
            direction: job.direction,
            revisions: (first.revision.id, last.revision.id),
        };
        let backup = wanted.take(connected.database.as_mut())?;
        backup.tell(self.ui, &self.environment.folder);
        Ok(Some(backup))
    }

    fn plan(
        &mut self,
        target: &Target,
        connected: &mut Connected,
        job: &Job<'_>,
    ) -> Result<Vec<Planned>, Failure> {
        let database = connected.database.as_mut();
        match self.migrator(target).plan(database, job.direction, job.target) {
            // Another runner may be at it just now.
            Err(run::Error::Unfinished { .. }) if !job.is_dry_run => {
                self.migrator(target).wait(database)?;
                Ok(self.migrator(target).plan(database, job.direction, job.target)?)
            }
            planned => Ok(planned?),
        }
    }

    /// Asks where rows would vanish, and nowhere else.
    fn consent(&mut self, planned: &[Planned], job: &Job<'_>) -> Result<(), Failure> {
        let losses: Vec<&String> = planned.iter().flat_map(|planned| &planned.losses).collect();
        if losses.is_empty() || job.is_answered {
            return Ok(());
        }
        let command = self.typed.join(" ");
        if crate::ask::is_possible() {
            self.ui.say_always("This would be lost:");
            for loss in &losses {
                self.ui.say_always(&format!("  {}", crate::ui::visible(loss)));
            }
            return match crate::ask::confirm(self.ui, "Go on?") {
                true => Ok(()),
                false => {
                    Err(Failure::new("stopped before the first statement")
                        .hint("nothing was changed"))
                }
            };
        }
        let mut failure = Failure::new(format!("`{command}` would lose rows"));
        for loss in losses {
            failure = failure.because(loss.as_str());
        }
        let again = args::with_option(&self.typed, "--yes");
        Err(failure.hint(format!("nothing was changed; to go on all the same: migrate {again}")))
    }

    /// The result of a run; `nothing` is said where there is none.
    fn report(
        &mut self,
        report: &Report,
        nothing: &str,
        asked: &Backups,
        backups: [Option<&Backup>; 2],
    ) {
        if self.ui.is_json {
            let steps = report.steps.iter().map(|ran| {
                let mut step = step(ran.revision, ran.direction);
                step["duration_ms"] = json!(u64::try_from(ran.elapsed.as_millis()).ok());
                step
            });
            let mut result = json!({ "steps": steps.collect::<Vec<_>>() });
            let keys = [
                ("backup", asked.backup.is_some()),
                ("backup_after", asked.backup_after.is_some()),
            ];
            for ((key, _), backup) in
                keys.iter().zip(backups).filter(|((_, is_asked), _)| *is_asked)
            {
                result[key] = json!(backup.map(|backup| backup.json(&self.environment.folder)));
            }
            self.ui.json(result);
        } else if report.steps.is_empty() {
            self.ui.say(nothing);
        }
    }
}

/// What is said where the target is reached.
const NOTHING_TO_RUN: &str = "Nothing to run: the database is there already";

/// A step for programs, whether it ran or would.
fn step(revision: &Revision, direction: Direction) -> Value {
    json!({
        "revision": revision.id,
        "message": revision.message,
        "direction": match direction {
            Direction::Up => "upgrade",
            Direction::Down => "downgrade",
        },
    })
}

/// What `upgrade` and `downgrade` ask for.
struct Job<'a> {
    direction: Direction,
    target: &'a str,
    single_transaction: bool,
    allow_non_empty: bool,
    include_skipped: bool,
    /// Whether `--yes` was given.
    is_answered: bool,
    /// Whether only the plan is wanted.
    is_dry_run: bool,
    waiting: Waiting,
    /// The name of the database that is meant.
    database: Option<&'a str>,
    /// The backups that are wanted.
    backups: &'a Backups,
    /// Whether its statements are wanted in full.
    is_verbose: bool,
}

/// A command that works on sources, which this binary is compiled from.
fn sources_command(name: &str, sources: &Sources) -> Failure {
    let words: Vec<String> =
        sources.rest.iter().map(|word| args::quoted(&word.to_string_lossy())).collect();
    let command = ["cargo migrate".to_owned(), name.to_owned()].into_iter().chain(words);
    let command: Vec<String> = command.collect();
    Failure {
        code: code::USAGE,
        ..Failure::new(format!(
            "`{name}` writes migrations, which must also work while they do not compile"
        ))
        .hint(command.join(" "))
    }
}
