//! `docs/commands.md` has a section for each command, with what its `--help` says; what is around that, a person writes.

use std::process::{Command, Stdio};

use tests::binary;

use crate::page::{Page, root};
use crate::{is_update, write};

/// The two programs, as people call them, and how they are run here.
const PROGRAMS: [(&str, &str, &[&str]); 2] =
    [("migrate", "story", &[]), ("cargo migrate", "cargo_migrate", &["migrate"])];

/// What `words --help` says; `words` begin with the name of a program.
fn help(program: &str, words: &[&str]) -> String {
    let (_, binary_name, first) =
        PROGRAMS.iter().find(|(name, ..)| *name == program).expect("one of the two");
    let mut command = Command::new(binary(binary_name));
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut command, "migrate");
    command.args(*first).args(words).arg("--help").current_dir(root().join("docs"));
    command.env_clear().env("COLUMNS", "100").stdin(Stdio::null());
    let output = command.output().expect("the program");
    assert!(output.status.success(), "{program} {words:?}");
    String::from_utf8(output.stdout).expect("text").replace("\r\n", "\n")
}

/// The commands that a help text lists.
fn listed(help: &str) -> Vec<&str> {
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let list = list.take_while(|line| !line.is_empty());
    let names = list.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect()
}

/// Every command there is, as it is typed: those with commands of their own stand before these.
fn commands() -> Vec<(&'static str, Vec<String>)> {
    let mut commands: Vec<(&str, Vec<String>)> = Vec::new();
    for (program, ..) in PROGRAMS {
        for name in listed(&help(program, &[])) {
            // Both list what works from files; it is one thing.
            if commands.iter().any(|(_, words)| words[..] == [name.to_owned()]) {
                continue;
            }
            commands.push((program, vec![name.to_owned()]));
            for inner in listed(&help(program, &[name])) {
                commands.push((program, vec![name.to_owned(), inner.to_owned()]));
            }
        }
    }
    commands
}

/// A help text without what is the same for every command.
fn own(help: &str) -> String {
    let mut kept = String::new();
    let mut is_kept = true;
    for line in help.lines() {
        match line {
            "Global options:" => is_kept = false,
            "" if !is_kept => is_kept = true,
            _ if line.trim_start().starts_with("-h, --help ") => {}
            _ if is_kept => kept.push_str(&format!("{line}\n")),
            _ => {}
        }
    }
    while kept.contains("\n\n\n") {
        kept = kept.replace("\n\n\n", "\n\n");
    }
    kept.replace("\nOptions:\n\n", "\n").trim_end().to_owned()
}

/// The page with each help text as it is. A command without a section is named.
fn written(page: &str, missing: &mut Vec<String>) -> String {
    let mut text = page.to_owned();
    let mut put = |name: &str, help: &str, missing: &mut Vec<String>| {
        let begin = format!("<!-- help: {name} -->\n");
        let Some(at) = text.find(&begin).map(|at| at + begin.len()) else {
            return missing.push(name.to_owned());
        };
        let end = text[at..].find("<!-- end -->").unwrap_or_else(|| panic!("{name}: <!-- end -->"));
        let block = format!("\n<!-- rendered by: commands -->\n\n```text\n{help}\n```\n\n");
        text.replace_range(at..at + end, &block);
    };
    for (program, ..) in PROGRAMS {
        put(program, help(program, &[]).trim_end(), missing);
    }
    for (program, words) in commands() {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let name = format!("{program} {}", words.join(" "));
        put(&name, &own(&help(program, &words)), missing);
    }
    text
}

#[test]
fn each_command_has_its_section_with_its_help_as_it_is() {
    let page = Page::read("docs/commands.md");
    let mut missing = Vec::new();
    let expected = written(&page.text, &mut missing);
    assert!(
        missing.is_empty(),
        "docs/commands.md has no section for these; write one, with <!-- help: NAME --> and <!-- end --> in it: {missing:#?}"
    );
    for (program, words) in commands() {
        let name = words.join(" ");
        assert!(page.section(&name).is_some(), "no heading `## {name}`, of {program} {name}");
    }
    if is_update() {
        return write(&page, &expected);
    }
    let differs: Vec<&str> =
        expected.lines().filter(|line| !page.text.lines().any(|other| other == *line)).collect();
    assert!(
        page.text == expected,
        "docs/commands.md is not what --help says; MIGRATE_UPDATE_DOCS=1 writes it\n{}",
        differs.join("\n")
    );
}

/// What `migrate-cli` says of its results for programs is in the book, too.
#[test]
fn results_for_programs_are_told_as_the_library_tells_them() {
    let library = std::fs::read_to_string(root().join("migrate-cli/src/lib.rs")).expect("lib.rs");
    let lines = library.lines().map_while(|line| line.strip_prefix("//!"));
    let mut lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines.find(|line| *line == "# Results for programs").expect("the heading");
    let told: String = lines.map(|line| format!("{line}\n")).collect();
    let (before, after) = told.split_once("```text\n").expect("the shapes");
    let told = format!("{before}<!-- rendered by: commands -->\n\n```text\n{after}");

    let page = Page::read("docs/programs.md");
    let (begin, rest) = page.text.split_once("<!-- shapes -->\n").expect("the place");
    let (_, end) = rest.split_once("<!-- end -->").expect("its end");
    let told = told.trim();
    let expected = format!("{begin}<!-- shapes -->\n\n{told}\n\n<!-- end -->{end}");
    if is_update() {
        return write(&page, &expected);
    }
    assert!(
        page.text == expected,
        "docs/programs.md is not what migrate-cli/src/lib.rs says; MIGRATE_UPDATE_DOCS=1 writes it"
    );
}
