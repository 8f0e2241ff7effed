//! The history of a database: what the log keeps, what is found where it and the migrations part, and databases
//! whose tables an earlier version wrote.

use insta::assert_snapshot;
use migrate_core::{
    Chain, Error, Migrator, Ops, Revision,
    prelude::*,
    run::{Event, Observer, Options, Repair, ScriptOf},
};
use migrations::CHAIN;
use regex::Regex;
use tests::{Backend, Database, Project, backends, chain, revision, told};

fn one(op: &mut Ops) {
    op.create_table(table("one").column(bigint("id").primary_key()));
}

fn one_edited(op: &mut Ops) {
    op.create_table(table("one").column(bigint("id").primary_key()).column(text("name")));
}

fn two(op: &mut Ops) {
    op.create_table(table("two").column(bigint("id").primary_key()));
}

fn three(op: &mut Ops) {
    op.add_column("two", text("name").nullable());
}

fn four(op: &mut Ops) {
    op.create_table(table("four").column(bigint("id").primary_key()));
}

fn stable(text: &str) -> String {
    let time = Regex::new(r"\d{4}-\d\d-\d\dT[\d:.]+Z").expect("a pattern");
    time.replace_all(text, "TIME").into_owned()
}

/// A fresh database of each kind on which all of a chain was run.
fn upgraded(before: &Chain) -> Vec<(Database, Box<dyn migrate_core::backend::Database>)> {
    let databases = backends().into_iter().map(|backend| {
        let database = Database::fresh(backend);
        let mut connection = database.connect();
        let options = Options { applied_by: "ann@desk".to_owned(), ..Options::default() };
        Migrator::new(before).with(options).upgrade(&mut *connection, "head").expect("an upgrade");
        (database, connection)
    });
    databases.collect()
}

/// What is noticed.
#[derive(Default)]
struct Ear(Vec<String>);

impl Observer for Ear {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Notice { text } = event {
            self.0.push(text.clone());
        }
    }
}

#[test]
fn an_edited_migration_stops_a_run_until_somebody_vouches_for_it() {
    let before = chain(vec![revision("aaaa", &[], one), revision("bbbb", &["aaaa"], two)]);
    let after = chain(vec![
        revision("aaaa", &[], one_edited),
        revision("bbbb", &["aaaa"], two),
        revision("cccc", &["bbbb"], three),
    ]);
    for (database, mut connection) in upgraded(&before) {
        let mut migrator = Migrator::new(&after);
        let error = migrator.upgrade(&mut *connection, "head").expect_err("an edited one");
        insta::allow_duplicates!(assert_snapshot!(stable(&told(&error)), @r#"
        error: a migration that is applied was edited since: aaaa (aaaa), applied TIME by ann@desk
        hint: take the change back (`git log --all --oneline -- '*aaaa*'` shows when), and write a new migration for it; or, if the database is as it says now: `migrate repair aaaa --accept --reason "…"`; nothing was changed
        "#));
        let error = migrator.downgrade(&mut *connection, "-1").expect_err("an edited one");
        assert!(matches!(error, Error::Edited { .. }), "{}", told(&error));
        let error = migrator.plan_to(&mut *connection, "head").expect_err("an edited one");
        assert!(matches!(error, Error::Edited { .. }), "{}", told(&error));

        // Where there is nothing to run, it is said and nothing more.
        let mut ear = Ear::default();
        let report = Migrator::new(&after)
            .observed_by(&mut ear)
            .upgrade(&mut *connection, "bbbb")
            .expect("nothing to do");
        assert_eq!((report.steps.len(), ear.0.len()), (0, 1), "{:?}", ear.0);
        assert!(ear.0[0].contains("was edited since: aaaa"), "{:?}", ear.0);
        assert_eq!(
            Migrator::new(&after).status(&mut *connection).expect("an answer").pending.len(),
            1
        );

        let mut migrator = Migrator::new(&after);
        for (ids, reason, said) in [
            ("aaaa", " ", "a repair needs a reason, which the log keeps"),
            (
                "aaaa bbbb",
                "x",
                "there is nothing to repair: bbbb is as it was when it was applied, TIME",
            ),
            ("cccc", "x", "there is nothing to repair: cccc is not applied"),
            ("base", "x", "there is nothing to repair: `base` names no revision"),
        ] {
            let ids: Vec<String> = ids.split(' ').map(str::to_owned).collect();
            let error =
                migrator.repair(&mut *connection, Repair::Accept(&ids), reason).expect_err(said);
            assert_eq!(stable(&error.to_string()), said);
        }
        let ids = ["aaaa".to_owned()];
        migrator
            .repair(&mut *connection, Repair::Accept(&ids), "name was added by hand")
            .expect("a repair");
        migrator.upgrade(&mut *connection, "head").expect("an upgrade");
        let notes = "SELECT note AS value FROM __migrate_log WHERE direction = 'repair'";
        assert_eq!(database.values(notes), ["name was added by hand"]);
        // It is the accepted text now that must not change.
        let error = Migrator::new(&before).downgrade(&mut *connection, "base");
        assert!(error.is_err(), "the older chain lacks cccc");
    }
}

#[test]
fn that_a_migration_does_not_fit_any_more_comes_second_to_its_being_edited() {
    let before = chain(vec![revision("aaaa", &[], two), revision("bbbb", &["aaaa"], three)]);
    let after = chain(vec![
        revision("aaaa", &[], four),
        revision("bbbb", &["aaaa"], three),
        revision("cccc", &["bbbb"], one),
    ]);
    for (_database, mut connection) in upgraded(&before) {
        let error =
            Migrator::new(&after).upgrade(&mut *connection, "head").expect_err("an edited one");
        assert!(matches!(error, Error::Edited { .. }), "{}", told(&error));
    }
}

#[test]
fn a_revision_that_is_gone_stops_a_run_until_somebody_vouches_for_it() {
    let before = chain(vec![
        revision("aaaa", &[], one),
        revision("bbbb", &["aaaa"], four),
        revision("cccc", &["bbbb"], two),
    ]);
    let after = chain(vec![
        revision("aaaa", &[], one),
        revision("cccc", &["aaaa"], two),
        revision("dddd", &["cccc"], three),
    ]);
    let later = chain(vec![
        revision("aaaa", &[], one),
        revision("bbbb", &["aaaa"], four),
        revision("cccc", &["bbbb"], two),
        revision("dddd", &["cccc"], three),
    ]);
    for (_database, mut connection) in upgraded(&before) {
        let mut migrator = Migrator::new(&after);
        let error = migrator.upgrade(&mut *connection, "head").expect_err("a missing one");
        insta::allow_duplicates!(assert_snapshot!(stable(&told(&error)), @r#"
        error: a revision that is applied is not among the migrations any more: bbbb (bbbb), applied TIME by ann@desk
        hint: `git log --all --oneline -- '*bbbb*'` finds the file; bring it back, or, if it is gone for good: `migrate repair bbbb --accept --reason "…"`; nothing was changed
        "#));
        let status = migrator.status(&mut *connection).expect("an answer");
        assert!(matches!(status.disagreement, Some(Error::Missing { .. })));
        assert_eq!(status.pending.len(), 1);
        let ids = ["bbbb".to_owned()];
        migrator.repair(&mut *connection, Repair::Accept(&ids), "squashed").expect("a repair");
        migrator.upgrade(&mut *connection, "head").expect("an upgrade");
        assert!(migrator.faults(&mut *connection).expect("an answer").is_empty());
        // Where its file comes back it is still applied.
        let report =
            Migrator::new(&later).upgrade(&mut *connection, "head").expect("nothing to do");
        assert_eq!(report.steps.len(), 0);
    }
}

#[test]
fn an_older_release_says_who_was_ahead_and_still_answers() {
    let newer = chain(vec![revision("aaaa", &[], one), revision("bbbb", &["aaaa"], two)]);
    let older = chain(vec![revision("aaaa", &[], one)]);
    for (_database, mut connection) in upgraded(&newer) {
        let mut migrator = Migrator::new(&older);
        let error = migrator.upgrade(&mut *connection, "head").expect_err("an unknown one");
        insta::allow_duplicates!(assert_snapshot!(stable(&told(&error)), @r"
        error: the version table `__migrate_version` holds `bbbb`, which is no revision here: bbbb (bbbb), applied TIME by ann@desk
        hint: an older release was deployed, or a branch was switched: `git log --all --oneline -- '*bbbb*'` finds the file; run the release that has it, or, if you know what the schema is, `migrate stamp --purge REV`; nothing was changed
        "));
        let status = migrator.status(&mut *connection).expect("an answer");
        assert_eq!(status.unknown, ["bbbb"]);
        let error =
            migrator.repair(&mut *connection, Repair::VersionTable, "x").expect_err("a newer one");
        assert!(matches!(error, Error::UnknownRows { .. }), "{}", told(&error));
        Migrator::new(&newer).downgrade(&mut *connection, "-1").expect("a downgrade");
        assert_eq!(
            migrator.upgrade(&mut *connection, "head").expect("nothing to do").steps.len(),
            0
        );
    }
}

#[test]
fn what_was_inserted_below_runs_when_it_is_asked_for() {
    let before = chain(vec![revision("aaaa", &[], one), revision("cccc", &["aaaa"], two)]);
    let after = chain(vec![
        revision("aaaa", &[], one),
        revision("bbbb", &["aaaa"], four),
        revision("cccc", &["bbbb"], two),
        revision("dddd", &["cccc"], three),
    ]);
    for (database, mut connection) in upgraded(&before) {
        let error =
            Migrator::new(&after).upgrade(&mut *connection, "head").expect_err("a skipped one");
        assert!(told(&error).contains("--include-skipped"), "{}", told(&error));
        let options = Options { include_skipped: true, ..Options::default() };
        let mut migrator = Migrator::new(&after).with(options);
        let report = migrator.upgrade(&mut *connection, "head").expect("an upgrade");
        let ran: Vec<&str> = report.steps.iter().map(|ran| ran.revision.id).collect();
        assert_eq!(ran, ["bbbb", "dddd"]);
        assert_eq!(database.values("SELECT version_num AS value FROM __migrate_version"), ["dddd"]);
        Migrator::new(&after).downgrade(&mut *connection, "base").expect("all the way back");
    }
}

#[test]
fn a_mark_is_the_last_word_and_makes_no_version_table() {
    let history = chain(vec![revision("aaaa", &[], one)]);
    for backend in backends() {
        let database = Database::fresh(backend);
        database.execute("CREATE TABLE theirs (id INTEGER)");
        let mut connection = database.connect();
        let mut migrator = Migrator::new(&history);
        for word in ["", "two words", "it's"] {
            let error = migrator.mark(&mut *connection, Some(word)).expect_err(word);
            assert!(matches!(error, Error::NoWord { .. }), "{}", told(&error));
        }
        for word in
            [Some("staging"), Some("production"), Some("production"), None, Some("production")]
        {
            migrator.mark(&mut *connection, word).expect("a mark");
            let status = migrator.status(&mut *connection).expect("an answer");
            assert_eq!(status.mark.as_deref(), word);
        }
        let rows = "SELECT CAST(count(*) AS VARCHAR(9)) AS value FROM __migrate_log";
        assert_eq!(database.values(rows), ["4"], "the same word twice is one");
        let error = migrator.upgrade(&mut *connection, "head").expect_err("tables of others");
        assert!(matches!(error, Error::NonEmpty { .. }), "{}", told(&error));
        let options = Options { allow_non_empty: true, ..Options::default() };
        let mut migrator = Migrator::new(&history).with(options);
        migrator.upgrade(&mut *connection, "head").expect("an upgrade");
        assert_eq!(
            migrator.status(&mut *connection).expect("an answer").mark.as_deref(),
            Some("production")
        );
    }
}

/// A database as the first release left it, at the third migration of the story: behind steps up and down and a
/// declaration or two. (On MariaDB the first version that ran there.)
fn of_format_1(backend: Backend) -> Database {
    let database = Database::fresh(backend);
    let name = format!("data/databases/format1.{}.sql", backend.to_string().to_lowercase());
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&name);
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"));
    database.feed(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    database
}

fn has_note(database: &Database) -> bool {
    database.connect().query("SELECT note FROM __migrate_log").is_ok()
}

/// Clocks are wrong, and set back: the order of the log is that of its rows.
#[test]
fn no_clock_says_what_is_applied() {
    let history = chain(vec![
        revision("aaaa", &[], one),
        revision("bbbb", &["aaaa"], two),
        revision("cccc", &["bbbb"], three),
    ]);
    for backend in backends() {
        let database = Database::fresh(backend);
        let mut connection = database.connect();
        let mut migrator = Migrator::new(&history);
        let mut ran = |line: &str| {
            let (direction, target) = line.split_once(' ').expect("two words");
            let report = match direction {
                "upgrade" => migrator.upgrade(&mut *connection, target),
                _ => migrator.downgrade(&mut *connection, target),
            };
            let report = report.unwrap_or_else(|error| panic!("{line}: {}", told(&error)));
            report.steps.iter().map(|ran| ran.revision.id).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ran("upgrade bbbb"), "aaaa bbbb");
        assert_eq!(ran("downgrade -1"), "bbbb");
        // The step down was long before those up, and the first one is yet to come.
        database.execute("UPDATE __migrate_log SET started_at = '1970-01-01T00:00:00.000Z' WHERE direction = 'downgrade'");
        database.execute("UPDATE __migrate_log SET started_at = '2999-01-01T00:00:00.000Z' WHERE revision = 'aaaa'");
        assert_eq!(ran("upgrade aaaa"), "");
        assert_eq!(ran("upgrade bbbb"), "bbbb");
        database.execute("UPDATE __migrate_log SET started_at = '1980-01-01T00:00:00.000Z' WHERE direction = 'upgrade' AND revision = 'bbbb'");
        assert_eq!(ran("upgrade head"), "cccc");
        assert_eq!(ran("downgrade base"), "cccc bbbb aaaa");
        assert_eq!(ran("upgrade head"), "aaaa bbbb cccc");
    }
}

/// What the first release wrote to its log.
fn log_of_format_1(database: &Database) -> Vec<String> {
    let columns = "run, revision, message, direction, status, applied_by, coalesce(checksum, '-'), tool_version";
    let line = match database.backend() {
        Backend::Mariadb => format!("concat_ws(' ', {columns})"),
        Backend::Sqlite | Backend::Postgres => {
            columns.replace(", ", " || ' ' || ").replace("checksum || ' ' || ", "checksum, ")
        }
    };
    let rows = database
        .values(&format!("SELECT {line} AS value FROM __migrate_log WHERE format = 1 ORDER BY id"));
    assert!(rows.len() >= 11, "{rows:?}");
    rows
}

#[test]
fn an_edit_of_what_the_first_release_ran_is_found() {
    let before = &CHAIN.revisions()[..3];
    let edited = Revision { upgrade: one, ..before[0] };
    let chain = chain(vec![edited, before[1], before[2]]);
    for backend in backends() {
        let database = of_format_1(backend);
        let error = Migrator::new(&chain).downgrade(&mut *database.connect(), "-1");
        let error = error.expect_err("the first was edited");
        assert!(told(&error).contains("was edited since: 1b584119405d"), "{}", told(&error));
    }
}

#[test]
fn a_database_of_the_first_format_is_read_as_it_is_and_upgraded_twice() {
    for backend in backends() {
        let database = of_format_1(backend);
        let before = database.dump();
        let project = Project::new("story").database(&database);
        for line in ["current -v", "log", "plan", "history -i", "repair", "mark", "upgrade 53fb"] {
            let said = project.migrate(line.split(' '));
            assert!(said.ends_with("exit 0"), "{backend}: {line}\n{said}");
        }
        assert_eq!(database.dump(), before, "{backend}: who reads changes nothing");
        assert!(!has_note(&database));

        let mut connection = database.connect();
        let faults = Migrator::new(&CHAIN).faults(&mut *connection).expect("an answer");
        assert!(faults.is_empty(), "{backend}: what was recorded is what the migrations say");
        let log = log_of_format_1(&database);
        let said = project.migrate(["log", "--json"]);
        for step in ["upgrade", "downgrade", "stamp", "unstamp"] {
            assert!(said.contains(&format!("\"{step}\"")), "{backend}: {step}\n{said}");
        }
        let report = Migrator::new(&CHAIN).upgrade(&mut *connection, "head").expect("an upgrade");
        assert_eq!(report.steps.len(), CHAIN.revisions().len() - 3, "{backend}");
        assert_eq!(log_of_format_1(&database), log, "{backend}");
        let faults = Migrator::new(&CHAIN).faults(&mut *connection).expect("an answer");
        assert!(faults.is_empty(), "{backend}");
        let fresh = Database::fresh(backend);
        Migrator::new(&CHAIN).upgrade(&mut *fresh.connect(), "head").expect("an upgrade");
        let quoted = |dump: String| dump.replace('"', "");
        assert_eq!(quoted(database.dump()), quoted(fresh.dump()), "{backend}");
        let again = Migrator::new(&CHAIN).upgrade(&mut *connection, "head").expect("nothing to do");
        assert_eq!(again.steps.len(), 0, "{backend}");
        let formats = "SELECT CAST(format AS VARCHAR(9)) AS value FROM __migrate_log ORDER BY id";
        let formats = database.values(formats);
        assert_eq!(
            (&*formats[2], formats.last().map(String::as_str)),
            ("1", Some("2")),
            "{backend}"
        );
        let rows = "SELECT symbol AS value FROM instruments WHERE name LIKE 'L_Or%'";
        assert_eq!(database.values(rows), ["OR"], "{backend}");
        let rows = "SELECT name AS value FROM accounts WHERE id = 1";
        assert_eq!(database.values(rows), ["it's"], "{backend}");
    }
}

#[test]
fn stamp_repair_and_mark_widen_the_first_format() {
    type Write = fn(&mut Migrator<'_>, &mut dyn migrate_core::backend::Database) -> bool;
    let writes: [Write; 3] = [
        |migrator, database| migrator.stamp(database, &["9eea".to_owned()], false).is_ok(),
        |migrator, database| migrator.repair(database, Repair::VersionTable, "x").is_ok(),
        |migrator, database| migrator.mark(database, Some("production")).is_ok(),
    ];
    for backend in backends() {
        for write in writes {
            let database = of_format_1(backend);
            database.execute("UPDATE __migrate_version SET version_num = '9eeacb7f2ae8'");
            assert!(write(&mut Migrator::new(&CHAIN), &mut *database.connect()), "{backend}");
            assert!(has_note(&database), "{backend}");
        }
    }
}

#[test]
fn a_script_writes_to_both_formats() {
    for backend in backends() {
        let database = of_format_1(backend);
        let script = |range: &str| {
            let script = Migrator::new(&CHAIN).script(backend.dialect(), ScriptOf::Upgrade(range));
            script.expect("a script").text
        };
        database.feed(&script("53fb:ba76")).unwrap_or_else(|error| panic!("{backend}: {error}"));
        assert!(!has_note(&database), "{backend}: a script can't look");
        Migrator::new(&CHAIN).upgrade(&mut *database.connect(), "2146").expect("an upgrade");
        assert!(has_note(&database), "{backend}");
        database.feed(&script("2146:1ee6")).unwrap_or_else(|error| panic!("{backend}: {error}"));
        Migrator::new(&CHAIN).upgrade(&mut *database.connect(), "head").expect("an upgrade");
    }
}

#[test]
fn the_log_is_shown_and_what_is_gone_from_the_chain_with_it() {
    let who = "ann@laptop";
    for backend in backends() {
        let database = of_format_1(backend);
        database.execute("UPDATE __migrate_log SET revision = 'ffff00000000', message = 'Gone' WHERE revision = '9eeacb7f2ae8'");
        let project = Project::new("story").database(&database);
        let said = |line: &str| {
            let said = project.migrate(line.split(' '));
            let out = said.split("── stderr").next().unwrap_or_default();
            out.lines()
                .filter(|line| line.contains(who) && !line.ends_with(": started"))
                .map(|line| format!("{line}\n"))
                .collect::<String>()
        };
        insta::allow_duplicates! {
            assert_snapshot!(said("log"), @r"
            [time]  ann@laptop  upgrade 53fbf35846c6, List the first instruments ([duration])
            [time]  ann@laptop  downgrade 53fbf35846c6, List the first instruments ([duration])
            [time]  ann@laptop  stamp 53fbf35846c6, List the first instruments
            [time]  ann@laptop  unstamp 53fbf35846c6, List the first instruments
            [time]  ann@laptop  downgrade ba76601bb269, Create orders ([duration])
            [time]  ann@laptop  upgrade ba76601bb269, Create orders ([duration])
            [time]  ann@laptop  upgrade 53fbf35846c6, List the first instruments ([duration])
            [time]  ann@laptop  upgrade ffff00000000, Gone ([duration])
            [time]  ann@laptop  downgrade ffff00000000, Gone ([duration])
            [time]  ann@laptop  upgrade ffff00000000, Gone ([duration])
            [time]  ann@laptop  upgrade 1b584119405d, Create accounts and users ([duration])
            ");
            assert_snapshot!(said("log -n 1 --reverse"), @"[time]  ann@laptop  upgrade 53fbf35846c6, List the first instruments ([duration])");
            assert_snapshot!(said("log ffff 1b58"), @r"
            [time]  ann@laptop  upgrade ffff00000000, Gone ([duration])
            [time]  ann@laptop  downgrade ffff00000000, Gone ([duration])
            [time]  ann@laptop  upgrade ffff00000000, Gone ([duration])
            [time]  ann@laptop  upgrade 1b584119405d, Create accounts and users ([duration])
            ");
            assert_snapshot!(said("log --since 2026-01-16"), @"");
            assert_snapshot!(said("log --since 2026-01-15T10:30:00+01:00 --until 2026-01-15 -n 1"), @"[time]  ann@laptop  upgrade 53fbf35846c6, List the first instruments ([duration])");
        }
        assert!(project.migrate(["log", "eeee"]).contains("exit 1"));
    }
}
