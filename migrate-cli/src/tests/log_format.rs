//! `--log-format json` and `--wait`, as far as they need no server.

use regex::Regex;
use serde_json::Value;

use super::*;

/// Stderr of a line, with what differs from run to run left out; each line of it is an object of the format.
fn log(folder: &Path, line: &str) -> String {
    let said = said(folder, line);
    for line in said.err.lines() {
        let value: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(value["format"], 1, "{line}");
        for key in ["time", "level", "event", "message"] {
            assert!(value[key].is_string(), "{key}: {line}");
        }
    }
    let stable = [
        (r#""time":"[^"]+""#, r#""time":"[time]""#),
        (r#""elapsed_ms":\d+"#, r#""elapsed_ms":"[duration]""#),
        (r"… \d+ ms", "… [duration]"),
        // Where the log is told is another story.
        (r#"(?m)^.*"event":"(statement|locked)".*\n"#, ""),
    ];
    let err = stable.iter().fold(said.err, |text, (pattern, name)| {
        Regex::new(pattern).expect("a pattern").replace_all(&text, *name).into_owned()
    });
    format!("{}{err}exit {}", said.out, said.code)
}

#[test]
fn each_line_of_stderr_is_an_object() {
    let folder = folder();
    let folder = folder.path();
    assert_snapshot!(log(folder, "upgrade 3f2a --log-format json"), @r#"
    {"database":"sqlite:///migrate.db","event":"database","format":1,"from":"the default: DATABASE_URL is not set","level":"info","message":"Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)","time":"[time]"}
    {"event":"planned","format":1,"level":"info","message":"2 steps to run","steps":2,"time":"[time]"}
    {"direction":"upgrade","event":"started","format":1,"level":"info","message":"Running upgrade <base> -> ae1027a6acf0, Create orders","number":1,"revision":"ae1027a6acf0","time":"[time]"}
    {"direction":"upgrade","elapsed_ms":"[duration]","event":"finished","format":1,"level":"info","message":"Running upgrade <base> -> ae1027a6acf0, Create orders … [duration]","number":1,"revision":"ae1027a6acf0","time":"[time]"}
    {"direction":"upgrade","event":"started","format":1,"level":"info","message":"Running upgrade ae1027a6acf0 -> 3f2a9c41b7d0, Add order notes","number":2,"revision":"3f2a9c41b7d0","time":"[time]"}
    {"direction":"upgrade","elapsed_ms":"[duration]","event":"finished","format":1,"level":"info","message":"Running upgrade ae1027a6acf0 -> 3f2a9c41b7d0, Add order notes … [duration]","number":2,"revision":"3f2a9c41b7d0","time":"[time]"}
    exit 0
    "#);
    assert_snapshot!(log(folder, "downgrade base --log-format=json"), @r#"
    {"database":"sqlite:///migrate.db","event":"database","format":1,"from":"the default: DATABASE_URL is not set","level":"info","message":"Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)","time":"[time]"}
    {"causes":["column `orders.notes` with 2 values"],"event":"failed","exit_code":1,"format":1,"hint":"nothing was changed; to go on all the same: migrate downgrade base --log-format=json --yes","level":"error","message":"`downgrade base --log-format=json` would lose rows","time":"[time]"}
    exit 1
    "#);
    assert_snapshot!(log(folder, "upgrade nowhere -q --log-format json"), @r#"
    {"causes":[],"event":"failed","exit_code":1,"format":1,"hint":null,"level":"error","message":"there is no revision or branch label `nowhere`","time":"[time]"}
    exit 1
    "#);
    assert_snapshot!(log(folder, "upgrade --no-such-option --log-format json"), @r#"
    {"event":"usage","exit_code":2,"format":1,"level":"error","message":"error: unexpected argument '--no-such-option' found\n\n  tip: to pass '--no-such-option' as a value, use '-- --no-such-option'\n\nUsage: migrate upgrade [OPTIONS] [TARGET]\n\nFor more information, try '--help'.","time":"[time]"}
    exit 2
    "#);
    assert_snapshot!(log(folder, "current --log-format json --color always"), @r#"
    3f2a9c41b7d0, Add order notes
    2 revisions pending
    {"database":"sqlite:///migrate.db","event":"database","format":1,"from":"the default: DATABASE_URL is not set","level":"info","message":"Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)","time":"[time]"}
    exit 0
    "#);
}

#[test]
fn statements_are_told_without_their_texts() {
    let folder = folder();
    let said = said(folder.path(), "upgrade ae10 --log-format json");
    let told = said.err.lines().filter(|line| line.contains(r#""event":"statement""#));
    let told: Vec<String> = told
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["statement"].to_string())
        .collect();
    assert_snapshot!(told.join("\n"), @r#"
    "CREATE TABLE \"orders\" (\"id\" BIGINT NOT NULL, CONSTRAINT \"orders_pkey\" PRIMARY KEY (\"id\"))"
    "INSERT INTO \"orders\" (\"id\") VALUES (1), (2)"
    "#);
}

#[test]
fn the_environment_says_it_too_and_the_line_comes_first() {
    let folder = folder();
    let check = |name: &str, value: &str, line: &str, expected: &str| {
        let mut environment = environment(folder.path());
        environment.variables.insert(name.to_owned(), value.to_owned());
        let line = words(&format!("migrate {line}"));
        let said = Said::by(|ui| run(&CHAIN, &line, &environment, ui));
        assert!(said.err.contains(expected), "{name}={value} {line:?}\n{said}");
    };
    check("MIGRATE_LOG_FORMAT", "json", "current", r#"{"database":"#);
    check("MIGRATE_LOG_FORMAT", "JSON", "current", r#"{"database":"#);
    check("MIGRATE_LOG_FORMAT", "json", "current --log-format text", "Database: ");
    check(
        "MIGRATE_LOG_FORMAT",
        "xml",
        "current",
        "error: MIGRATE_LOG_FORMAT is `xml`\nhint: it is text or json",
    );
    check(
        "MIGRATE_WAIT",
        "soon",
        "current",
        "error: MIGRATE_WAIT is `soon`\nhint: it is a time such as 500ms",
    );
    check("MIGRATE_WAIT", "10s", "current", "Database: ");
    check("MIGRATE_WAIT", "soon", "current --wait=5s", "Database: ");
    check("MIGRATE_WAIT", "", "current --wait", "Database: ");
    check("MIGRATE_WAIT", "", "upgrade --wait 30", "a time: --wait=30; a revision stands before");
    check("MIGRATE_WAIT", "", "upgrade --wait head", "Database: ");
    check("MIGRATE_WAIT", "", "current --wait=x", "a time such as 500ms");
}
