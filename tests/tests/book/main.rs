//! The documentation is true: its links lead somewhere, each page and each command has its place, and every code block is run, or says
//! why it is not.
//!
//! Blocks of Rust are doc tests (`tests/src/documents.rs`); `session` plays those that are a session at a terminal. With
//! `MIGRATE_UPDATE_DOCS=1` what a machine knows is written into the pages; read it before you keep it.
#![expect(clippy::print_stdout, reason = "how many blocks of each kind there are")]

mod commands;
mod page;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use tests::{Project, setting};

use page::{Block, Item, Note, Page, pages, root};
use session::play;

/// Whether the pages are written instead of compared.
fn is_update() -> bool {
    setting("MIGRATE_UPDATE_DOCS").is_some_and(|value| value == "1")
}

/// Writes a page anew, or says that it is not so.
fn write(page: &Page, text: &str) {
    if page.text != text {
        std::fs::write(root().join(&page.path), text)
            .unwrap_or_else(|error| panic!("{}: {error}", page.path));
    }
}

#[test]
fn each_page_is_in_the_table_of_contents() {
    let summary = Page::read("docs/SUMMARY.md");
    let named: BTreeSet<String> =
        summary.links.iter().map(|link| format!("docs/{}", link.to)).collect();
    let there: BTreeSet<String> = pages()
        .into_iter()
        .map(|page| page.path)
        .filter(|path| path.starts_with("docs/") && path != "docs/SUMMARY.md")
        .collect();
    let missing: Vec<&String> = there.difference(&named).collect();
    let gone: Vec<&String> = named.difference(&there).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "docs/SUMMARY.md lacks {missing:?}; it names what is not there: {gone:?}"
    );
}

/// Where a link leads, of those that lead to a file of the repository; else why it does not.
fn follow(page: &Page, to: &str, pages: &BTreeMap<String, Page>) -> Result<(), String> {
    if to.contains("://") || to.starts_with("mailto:") {
        return Ok(());
    }
    let (file, anchor) = to.split_once('#').map_or((to, None), |(file, name)| (file, Some(name)));
    let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or("it leads out of the repository")?;
            }
            name => parts.push(name),
        }
    }
    let path = if file.is_empty() { page.path.clone() } else { parts.join("/") };
    if !root().join(&path).exists() {
        return Err(format!("there is no {path}"));
    }
    // What is not in the book is not beside it where it is read.
    if page.path.starts_with("docs/") && !path.starts_with("docs/") {
        return Err(format!("{path} is not in the book: name it without a link"));
    }
    let Some(anchor) = anchor else { return Ok(()) };
    match pages.get(&path) {
        Some(page) if page.anchors.iter().any(|name| name == anchor) => Ok(()),
        Some(page) => Err(format!("{path} has no heading `{anchor}`, but {:?}", page.anchors)),
        None => Err(format!("{path} is no page of the documentation")),
    }
}

#[test]
fn each_link_leads_somewhere() {
    let pages: BTreeMap<String, Page> =
        pages().into_iter().map(|page| (page.path.clone(), page)).collect();
    let mut broken = Vec::new();
    for page in pages.values() {
        for link in &page.links {
            if let Err(why) = follow(page, &link.to, &pages) {
                broken.push(format!("{}:{}: {}: {why}", page.path, link.line, link.to));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let links: usize = pages.values().map(|page| page.links.len()).sum();
    println!("{links} links in {} pages", pages.len());
    assert!(links > 20, "where have they gone?");
}

/// What is done with a block, or what is wrong with it.
fn kind(page: &Page, block: &Block, session: Option<&str>) -> Result<&'static str, String> {
    let is_ignored = block.options.iter().any(|option| option == "ignore");
    match (&block.note, block.language.as_str()) {
        (Note::NotRun(why), _) if why.is_empty() => Err("say why it is not run".into()),
        (Note::NotRun(_), _) => Ok("not run"),
        (Note::From(file), _) => match std::fs::read_to_string(root().join(file)) {
            Ok(text) if text.replace("\r\n", "\n").contains(&block.text) => Ok("part of a file"),
            Ok(_) => Err(format!("it does not stand in {file}")),
            Err(error) => Err(format!("{file}: {error}")),
        },
        (Note::Rendered, _) => Ok("written by a test"),
        (Note::File(_), _) if session.is_none() => Err("a file of no session".into()),
        (Note::File(_), "rust") if !is_ignored => Ok("file of a session, compiled too"),
        (Note::File(_), _) => Ok("file of a session"),
        (Note::Nothing, "console") if session.is_none() => Err(
            "a session in no world: write <!-- play: story --> above it, or <!-- not run: why -->"
                .into(),
        ),
        (Note::Nothing, "console") => Ok("session"),
        (Note::Nothing, "rust") if is_ignored => {
            Err("code that nobody compiles: <!-- file: … -->, or <!-- not run: why -->".into())
        }
        (Note::Nothing, "rust") => {
            let tests = include_str!("../../src/documents.rs");
            match tests.contains(&format!("../../{}\"", page.path)) {
                true => Ok("doc test"),
                false => {
                    Err("the page is not in tests/src/documents.rs, so it is not compiled".into())
                }
            }
        }
        (Note::Nothing, "toml") => toml(block).map(|()| "toml"),
        (Note::Nothing, "yaml") => yaml(block).map(|()| "yaml"),
        (Note::Nothing, "json") => match serde_json::from_str::<serde_json::Value>(&block.text) {
            Ok(_) => Ok("json"),
            Err(error) => Err(error.to_string()),
        },
        (Note::Nothing, "mermaid" | "text") => Ok("text"),
        (Note::Nothing, "") => Err("it has no language; what is not code is `text`".into()),
        (Note::Nothing, other) => {
            Err(format!("`{other}` can't be run here: <!-- file: … -->, or <!-- not run: why -->"))
        }
    }
}

/// A block that names `Cargo.toml` in its first line is TOML; every other one is a `migrate.toml`, and read as such.
fn toml(block: &Block) -> Result<(), String> {
    block.text.parse::<toml::Table>().map_err(|error| error.to_string())?;
    let first = block.text.lines().next().unwrap_or_default();
    if ["Cargo.toml", "deny.toml", "diesel.toml"].iter().any(|name| first.contains(name)) {
        return Ok(());
    }
    let project = Project::new("story").file("migrate.toml", &block.text);
    let output = project.output(["heads"]);
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn yaml(block: &Block) -> Result<(), String> {
    let read =
        yaml_rust2::YamlLoader::load_from_str(&block.text).map_err(|error| error.to_string())?;
    if read.is_empty() { Err("there is nothing in it".into()) } else { Ok(()) }
}

#[test]
fn each_block_is_run_or_says_why_not() {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for page in pages() {
        let mut session = None;
        for item in &page.items {
            match item {
                Item::Play(world) => session = Some(world.as_str()),
                Item::Run(..) if session.is_some() => {}
                Item::Run(command, line) => {
                    faults.push(format!("{}:{line}: {command}: in no session", page.path));
                }
                Item::Block(block) => match kind(&page, block, session) {
                    Ok(kind) => *kinds.entry(kind).or_default() += 1,
                    Err(why) => {
                        let Block { line, language, .. } = block;
                        faults.push(format!("{}:{line}: {language}: {why}", page.path));
                    }
                },
            }
        }
    }
    println!("{kinds:#?}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Pages whose Rust is compiled are all there is in the list.
#[test]
fn each_page_with_rust_is_compiled() {
    let listed: BTreeSet<&str> = include_str!("../../src/documents.rs")
        .lines()
        .filter_map(|line| line.split_once("include_str!(\"../../")?.1.split('"').next())
        .collect();
    let is_compiled = |block: &Block| {
        block.language == "rust" && !block.options.iter().any(|option| option == "ignore")
    };
    let with_rust = |page: &Page| page.blocks().any(is_compiled);
    let pages = pages();
    let wanted: BTreeSet<&str> =
        pages.iter().filter(|page| with_rust(page)).map(|page| page.path.as_str()).collect();
    assert_eq!(wanted, listed, "tests/src/documents.rs");
}

/// Plays what is in these worlds, of every page.
fn sessions_are_as_they_are_written(worlds: &[&str]) {
    let mut faults = Vec::new();
    let (mut commands, mut blocks) = (0, 0);
    for page in pages() {
        let only = setting("MIGRATE_PAGE").is_none_or(|name| page.path == name);
        let is_there =
            |item: &Item| matches!(item, Item::Play(world) if worlds.contains(&world.as_str()));
        if !only || !page.items.iter().any(is_there) {
            continue;
        }
        // Two tests may be writing one page.
        static WRITING: Mutex<()> = Mutex::new(());
        let _one = is_update().then(|| WRITING.lock().unwrap_or_else(PoisonError::into_inner));
        let page = if is_update() { Page::read(&page.path) } else { page };
        let played = play(&page, worlds);
        println!("{}: {} commands in {} blocks", page.path, played.commands, played.blocks);
        commands += played.commands;
        blocks += played.blocks;
        faults.extend(played.faults);
        if is_update() {
            write(&page, &played.text);
        }
    }
    println!("{commands} commands in {blocks} blocks");
    assert!(
        faults.is_empty(),
        "{}\n{} commands are not as they are written; MIGRATE_UPDATE_DOCS=1 writes what there is",
        faults.join("\n"),
        faults.len()
    );
}

#[test]
fn sessions_with_the_sample_are_as_they_are_written() {
    sessions_are_as_they_are_written(&["story"]);
}

#[test]
fn cargo_sessions_in_a_new_project_are_as_they_are_written() {
    sessions_are_as_they_are_written(&["app", "sample", "alembic"]);
}

/// What somebody may look for who comes from Alembic 1.20: its commands, their options, its operations and its settings.
const ALEMBIC: &str = "
    branches check current downgrade edit ensure_version heads history init list_templates merge revision show stamp upgrade
    --config --name -x --raiseerr --quiet --version -t --package -m --autogenerate --sql --head --splice --branch-label
    --version-path --rev-id --depends-on --tag --check-heads -r -i -v --resolve-dependencies --purge
    op.add_column op.alter_column op.drop_column op.create_table op.drop_table op.rename_table op.create_index op.drop_index
    op.create_primary_key op.create_unique_constraint op.create_foreign_key op.create_check_constraint op.create_exclude_constraint
    op.drop_constraint op.create_table_comment op.drop_table_comment op.bulk_insert op.execute op.batch_alter_table op.get_bind
    op.get_context op.inline_literal op.f op.invoke op.run_async register_operation implementation_for autocommit_block
    naming_convention existing_type existing_nullable existing_server_default existing_comment existing_autoincrement
    script_location version_locations path_separator prepend_sys_path file_template recursive_version_locations timezone
    truncate_slug_length revision_environment sourceless output_encoding sqlalchemy.url post_write_hooks script.py.mako databases
    connection url dialect_name dialect_opts transactional_ddl transaction_per_migration output_buffer starting_rev tag template_args
    version_table version_table_schema version_table_pk on_version_apply literal_binds mssql_batch_separator oracle_batch_separator
    target_metadata include_schemas include_name include_object compare_type compare_server_default render_as_batch render_item
    user_module_prefix sqlalchemy_module_prefix alembic_module_prefix upgrade_token downgrade_token process_revision_directives
    autogenerate_plugins get_x_argument get_tag_argument is_offline_mode run_migrations begin_transaction ALEMBIC_CONFIG";

#[test]
fn each_word_of_alembic_has_its_row() {
    let page = Page::read("docs/alembic.md");
    let rows: Vec<&str> = page
        .text
        .lines()
        .filter(|line| line.starts_with("| "))
        .filter_map(|line| line.split(" | ").next())
        .collect();
    // A word ends where no letter of a word follows it: `tag` is not in `get_tag_argument`.
    let is_in = |row: &str, word: &str| {
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
        row.match_indices(word).any(|(at, _)| {
            !row[..at].ends_with(is_part) && !row[at + word.len()..].starts_with(is_part)
        })
    };
    let missing: Vec<&str> = ALEMBIC
        .split_whitespace()
        .filter(|word| !rows.iter().any(|row| is_in(row, word)))
        .collect();
    assert_eq!(missing, [""; 0], "docs/alembic.md has no row for these");
}
