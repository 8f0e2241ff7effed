//! What is read of a command line, and what is refused.

use super::*;

fn parse(line: &str) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(["migrate"].into_iter().chain(line.split_whitespace()))
}

fn words(line: &str) -> Vec<OsString> {
    line.split_whitespace().map(OsString::from).collect()
}

#[test]
fn the_definition_holds_together() {
    use clap::CommandFactory;
    Arguments::command().debug_assert();
    #[cfg(feature = "cargo-migrate")]
    crate::cargo::args::CargoArguments::command().debug_assert();
}

#[test]
fn a_target_may_begin_with_a_minus() {
    let target = |line: &str| match parse(line).map(|arguments| arguments.command) {
        Ok(Command::Downgrade(downgrade)) => downgrade.target,
        Ok(Command::Upgrade(upgrade)) => upgrade.target,
        Ok(Command::Show(show)) => show.revision,
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(target("downgrade -1"), "-1");
    assert_eq!(target("downgrade -12 -q"), "-12");
    assert_eq!(target("downgrade -q -1"), "-1");
    assert_eq!(target("-q downgrade --yes -1"), "-1");
    assert_eq!(target("downgrade -- -1"), "-1");
    assert_eq!(target("downgrade ae1-1"), "ae1-1");
    assert_eq!(target("downgrade base"), "base");
    assert_eq!(target("upgrade"), "head");
    assert_eq!(target("upgrade +1"), "+1");
    assert_eq!(target("upgrade -1"), "-1");
    assert_eq!(target("show -1"), "-1");
}

#[test]
fn global_options_stand_anywhere() {
    for line in ["--json -q current", "current --json -q", "-q current --json"] {
        let globals = parse(line).expect(line).globals;
        assert!(globals.json && globals.quiet, "{line}");
    }
}

#[test]
fn what_is_missing_or_unknown_is_a_usage_error() {
    for line in ["", "downgrade", "show", "stamp", "upgrade a b", "upgrade -x", "ugprade"] {
        let code = parse(line).expect_err(line).exit_code();
        assert_eq!(code, 2, "{line}");
    }
    assert_eq!(parse("--help").expect_err("help").exit_code(), 0);
}

#[test]
fn commands_on_sources_take_whatever_follows() {
    for line in ["revision -m x", "revision --autogenerate -m x", "merge a b -m x", "merge -h"] {
        assert!(
            matches!(parse(line).expect(line).command, Command::Revision(_) | Command::Merge(_)),
            "{line}"
        );
    }
}

#[test]
fn what_was_typed_can_be_typed_again() {
    let check = |line: &str, expected: &str| {
        assert_eq!(with_option(&typed(&words(line)), "--yes"), expected);
    };
    check("migrate downgrade -1", "downgrade -1 --yes");
    check("migrate downgrade -- -1", "downgrade --yes -- -1");
    check("migrate --database-url postgres://u:pw@h/d upgrade", "--database-url … upgrade --yes");
    check("migrate upgrade --database-url=postgres://u:pw@h/d", "upgrade --database-url=… --yes");
    assert_eq!(quoted("it's"), r"'it'\''s'");
}

#[test]
fn colour_is_known_before_anything_else() {
    assert_eq!(color(&words("migrate --color always")), Color::Always);
    assert_eq!(color(&words("migrate current --color=never")), Color::Never);
    assert_eq!(color(&words("migrate --color sometimes")), Color::Auto);
    assert_eq!(color(&words("migrate")), Color::Auto);
}
