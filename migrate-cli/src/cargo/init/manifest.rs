//! The root manifest with one more member, and everything else in it as it was.
//!
//! Plain `cargo run` has to start what it started before: a workspace whose default
//! members are not said, or are a pattern that the new folder matches, says them from now on.

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value, value};

use crate::failure::Failure;

/// What cargo knows of the workspace before.
#[derive(Clone, Debug, Default)]
pub(super) struct Before {
    /// The folders of the packages that plain cargo works on, seen from the root.
    pub(super) defaults: Vec<String>,
    /// The binaries of the root package.
    pub(super) binaries: Vec<String>,
}

/// The manifest `text` with the package in `folder` as a member, and without what is in `exclude`.
pub(super) fn with_member(
    text: &str,
    shown: &str,
    folder: &str,
    exclude: Option<&str>,
    before: &Before,
) -> Result<String, Failure> {
    let (mark, plain) = match text.strip_prefix('\u{feff}') {
        Some(plain) => ("\u{feff}", plain),
        None => ("", text),
    };
    let mut document: DocumentMut = parsed(plain, shown)?;
    set_default_run(&mut document, before);
    let is_package = document.contains_key("package");
    let is_new = !document.contains_key("workspace");
    let workspace = document.entry("workspace").or_insert_with(|| Item::Table(Table::new()));
    let workspace = workspace
        .as_table_like_mut()
        .ok_or_else(|| Failure::new(format!("`workspace` in {shown} is no table")))?;

    let old: Vec<String> = strings(list(workspace, "members", shown)?);
    let member = list(workspace, "members", shown)?;
    if !strings(member).iter().any(|known| known == folder) {
        push(member, folder);
    }
    if let Some(exclude) = exclude {
        let excluded = list(workspace, "exclude", shown)?;
        if !strings(excluded).iter().any(|known| known == exclude) {
            push(excluded, exclude);
        }
    }
    let defaults = match workspace.contains_key("default-members") {
        true => {
            let said = strings(list(workspace, "default-members", shown)?);
            said.iter().any(|known| may_match(known, folder)).then(|| before.defaults.clone())
        }
        false if is_new => Some(vec![".".to_owned()]),
        // Cargo takes the root package alone.
        false if is_package => None,
        false if old.iter().any(|known| may_match(known, folder)) => Some(before.defaults.clone()),
        false => Some(old),
    };
    if let Some(defaults) = defaults.filter(|defaults| !defaults.is_empty()) {
        workspace.insert("default-members", value(defaults.into_iter().collect::<Array>()));
    }
    let new = document.to_string();
    // New lines end as the old ones do.
    let new = match text.contains("\r\n") {
        true => new.replace("\r\n", "\n").replace('\n', "\r\n"),
        false => new,
    };
    Ok(format!("{mark}{new}"))
}

/// A manifest, read.
pub(super) fn parsed(text: &str, shown: &str) -> Result<DocumentMut, Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.parse().map_err(|error: toml_edit::TomlError| {
        let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
        let place = line.map_or(String::new(), |line| format!(", line {line}"));
        Failure::new(format!("cannot read {shown}{place}")).because(error.message())
    })
}

/// A root package with several binaries says which one is the application: the one of its own name.
fn set_default_run(document: &mut DocumentMut, before: &Before) {
    let Some(package) = document.get_mut("package").and_then(Item::as_table_like_mut) else {
        return;
    };
    let name = package.get("name").and_then(Item::as_str).unwrap_or_default().to_owned();
    let is_said = package.contains_key("default-run");
    if !is_said && before.binaries.len() > 1 && before.binaries.contains(&name) {
        package.insert("default-run", value(name));
    }
}

/// The list under `key`, made where it is not there.
fn list<'t>(
    table: &'t mut dyn TableLike,
    key: &str,
    shown: &str,
) -> Result<&'t mut Array, Failure> {
    table
        .entry(key)
        .or_insert_with(|| value(Array::new()))
        .as_array_mut()
        .ok_or_else(|| Failure::new(format!("`workspace.{key}` in {shown} is no list")))
}

fn strings(list: &Array) -> Vec<String> {
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// One more at the end, on a line of its own where the others have one.
fn push(list: &mut Array, text: &str) {
    let trailing = list.trailing().as_str().unwrap_or_default().to_owned();
    let Some(last) = list.len().checked_sub(1).and_then(|at| list.get_mut(at)) else {
        list.push(text);
        return;
    };
    let part = |raw: Option<&toml_edit::RawString>| {
        raw.and_then(toml_edit::RawString::as_str).unwrap_or_default().to_owned()
    };
    let (prefix, suffix) = (part(last.decor().prefix()), part(last.decor().suffix()));
    let mut lead = match list_indent(&prefix) {
        Some(indent) => format!("\n{indent}"),
        None => " ".to_owned(),
    };
    // A comment behind the last one stays with it.
    if trailing.contains('#') {
        let (comment, end) = trailing.rsplit_once('\n').unwrap_or((&trailing, ""));
        lead = format!("{comment}{lead}");
        let end = format!("\n{end}");
        list.set_trailing(end);
    }
    if let Some(last) = list.len().checked_sub(1).and_then(|at| list.get_mut(at)) {
        last.decor_mut().set_suffix("");
    }
    let mut new = Value::from(text);
    new.decor_mut().set_prefix(lead);
    new.decor_mut().set_suffix(suffix);
    list.push_formatted(new);
}

/// What a line of a list begins with, where its items have lines of their own.
fn list_indent(prefix: &str) -> Option<&str> {
    prefix.rsplit_once('\n').map(|(_, indent)| indent)
}

/// Whether a pattern of folders could mean `folder`, too; a plain path only means itself.
fn may_match(pattern: &str, folder: &str) -> bool {
    let Some(at) = pattern.find(['*', '?', '[']) else {
        return pattern.trim_end_matches('/') == folder;
    };
    // More careful than exact: the members it means are only written out.
    folder.starts_with(&pattern[..at])
}
