//! What is passed on to the project's own `migrate`, and what keeps it from being so.

use std::ffi::OsString;
use std::fs;

use insta::assert_snapshot;

use super::super::{CargoCommand, known, split_cargo};
use super::{FORK, Sources, VERSIONS};

#[test]
fn options_of_cargo_go_first() {
    let check = |line: &str, cargo: &str, rest: &str| {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let (found, left) = split_cargo(&words);
        let joined = |words: &[OsString]| {
            words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((joined(&found), joined(left)), (cargo.to_owned(), rest.to_owned()));
    };
    check("upgrade head", "", "upgrade head");
    check("--features postgres upgrade", "--features postgres", "upgrade");
    check("--release --features=a,b upgrade -1", "--release --features=a,b", "upgrade -1");
    check("-F postgres -q upgrade", "-F postgres", "-q upgrade");
    check("--features", "", "--features");
    check("--database-url x upgrade", "", "--database-url x upgrade");
}

#[test]
fn a_slip_of_the_hand_builds_nothing() {
    let project = Sources::new(FORK);
    let check = |word: &str, meant: &str| {
        let said = project.cargo(&[word, "head"]);
        let expected = format!("! error: there is no command `{word}`; did you mean `{meant}`?");
        assert_eq!(said, format!("{expected}\nexit 2"));
    };
    check("upgarde", "upgrade");
    check("Downgrade", "downgrade");
    check("curent", "current");
    check("revison", "revision");
    check("head", "heads");
    // What a newer `migrate` may have is for it to say.
    let later = "rebase edit init branches plan log check schema verify resume repair adopt \
                 baseline import lint";
    for word in later.split_whitespace() {
        assert_eq!(known(&CargoCommand::Other(vec![word.into()])), Ok(()), "{word}");
    }
}

#[test]
fn a_package_without_the_binary_is_told_so() {
    let project = Sources::new(FORK);
    assert_snapshot!(project.cargo(&["upgrade"]), @r#"
    ! error: no package here has a binary `migrate`
    ! hint: write a src/main.rs that calls `migrate_cli::main(&CHAIN)`, and name it in schema/Cargo.toml: [[bin]], name = "migrate", path = "src/main.rs"
    exit 1
    "#);
    project.write("schema/src/lib.rs", "");
    assert_snapshot!(project.cargo(&["upgrade"]), @r#"
    ! error: no package here has a binary `migrate`
    ! hint: write a src/main.rs that calls `migrate_cli::main(&CHAIN)`, and name it in schema/Cargo.toml: [[bin]], name = "migrate", path = "src/main.rs"
    exit 1
    "#);
}

/// What cargo writes of an error that rustc finds.
#[cfg(unix)]
const REFUSED: &str = r#"{"reason":"compiler-message","message":{"level":"error"}}"#;

#[cfg(unix)]
#[test]
fn other_commands_are_passed_on() {
    use std::os::unix::fs::PermissionsExt;

    let project = Sources::new(FORK);
    project.write_binary("schema");
    let check = |exit: u8, build: Result<(), &str>, line: &[&str]| {
        let log = project.0.path().join("log");
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = metadata ] && exec '{}' \"$@\"\necho \"$@\" >> '{}'\n\
             [ \"$1\" = build ] && echo '{}' && exit {}\nexit {exit}\n",
            env!("CARGO"),
            log.display(),
            build.err().unwrap_or_default(),
            if build.is_ok() { 0 } else { 101 }
        );
        project.write("cargo.sh", &script);
        let cargo = project.0.path().join("cargo.sh");
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("it is ours");
        let said = project.cargo_with(line, &cargo.display().to_string());
        let calls = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(&log);
        let folder = project.0.path();
        let calls = calls.replace(&folder.canonicalize().expect("it").display().to_string(), "…");
        format!("{}{said}", calls.replace(&folder.display().to_string(), "…"))
    };
    assert_snapshot!(check(0, Ok(()), &["upgrade"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- upgrade
    exit 0
    ");
    assert_snapshot!(check(3, Ok(()), &["migrate", "current", "--check-heads"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- current --check-heads
    exit 3
    ");
    assert_snapshot!(check(0, Ok(()), &["--features", "postgres", "-q", "downgrade", "-1"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate --features postgres -- -q downgrade -1
    exit 0
    ");
    assert_snapshot!(check(0, Ok(()), &["history", "-i"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- history -i
    exit 0
    ");
    assert_snapshot!(check(101, Err(REFUSED), &["upgrade"]), @r"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- upgrade
    build --quiet --manifest-path …/schema/Cargo.toml --bin migrate --message-format=json
    ! error: the project's `migrate` does not compile, so this command can't run
    ! hint: mend what rustc says above; cargo migrate heads, history, show, revision, merge, rebase and edit work until then
    exit 1
    ");
    assert_snapshot!(check(101, Ok(()), &["upgrade"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- upgrade
    build --quiet --manifest-path …/schema/Cargo.toml --bin migrate --message-format=json
    exit 101
    ");
    // A feature that there is not, a crate that can't be loaded.
    assert_snapshot!(check(101, Err(""), &["--features", "x", "upgrade"]), @r"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate --features x -- upgrade
    build --quiet --manifest-path …/schema/Cargo.toml --bin migrate --features x --message-format=json
    ! error: cargo can't build the project's `migrate`, so this command can't run
    ! hint: mend what cargo says above; cargo migrate heads, history, show, revision, merge, rebase and edit work until then
    exit 1
    ");
    // A word of a newer one.
    assert_snapshot!(check(2, Ok(()), &["check"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- check
    exit 2
    ");
    // What can't be read either is not praised.
    project.write(&format!("{VERSIONS}/x.rs"), "");
    assert_snapshot!(check(101, Err(REFUSED), &["upgrade"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- upgrade
    build --quiet --manifest-path …/schema/Cargo.toml --bin migrate --message-format=json
    ! error: the project's `migrate` does not compile, so this command can't run
    ! hint: mend what rustc says above
    exit 1
    ");
    fs::remove_file(project.0.path().join(VERSIONS).join("x.rs")).expect("it is ours");
    // The binary may be in another package than the migrations.
    project.write("Cargo.toml", "[workspace]\nmembers = ['schema', 'tool']\nresolver = '3'\n");
    project.write("schema/Cargo.toml", "[package]\nname = 'schema'\nedition = '2024'\n");
    fs::remove_file(project.0.path().join("schema/src/main.rs")).expect("it is ours");
    project.write_binary("tool");
    assert_snapshot!(check(0, Ok(()), &["upgrade"]), @"
    run --quiet --manifest-path …/tool/Cargo.toml --bin migrate -- upgrade
    exit 0
    ");
}
