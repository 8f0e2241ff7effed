//! The text of a new migration, and the file it goes into. How it is named and what it is made from is `style`'s.
//!
//! The time in its name is later than that of the parents, so that the files stand in the
//! order of the chain. What is written is read again before anybody else sees it.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use migrate_core::Op;
use migrate_core::catalog::naming::Naming;
use migrate_model::revision::{Fault, Node, RevisionId, Rules, check, check_id};
use migrate_model::source::SourceFile;
use tempfile::NamedTempFile;

use super::chain::{ANY, node};
use super::ops::write_function;
use super::rustfmt::formatted;
use super::style::FileStyle;
use crate::config::CONFIG_FILE;
use crate::failure::Failure;
use crate::ui;

/// A migration to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewMigration<'a> {
    /// Its id.
    pub(crate) revision: RevisionId,
    /// The revisions it follows.
    pub(crate) parents: Vec<&'a Node>,
    /// What must be applied first: ids and labels.
    pub(crate) depends_on: Vec<String>,
    /// The names of the branch that begins with it.
    pub(crate) branch_labels: Vec<String>,
    /// What it does, in words.
    pub(crate) message: String,
    /// What it does.
    pub(crate) upgrade: &'a [Op],
    /// What takes it back, where that is to be said in full; else it is the inverse.
    pub(crate) downgrade: Option<&'a [Op]>,
    /// How the chain calls what is given no name.
    pub(crate) naming: Naming,
    /// What `migrate_core` is called there.
    pub(crate) library: &'a str,
    /// How the project wants its files.
    pub(crate) style: &'a FileStyle,
    /// The time it is made.
    pub(crate) now: DateTime<Utc>,
}

/// A migration that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// The file.
    pub(crate) path: PathBuf,
    /// What could be better about it.
    pub(crate) note: Option<String>,
}

impl NewMigration<'_> {
    /// The name of the file.
    pub(crate) fn file_name(&self) -> String {
        let parents = self.parents.iter().map(|parent| &*parent.file);
        self.style.file_name(self.now, self.revision.as_str(), &self.message, parents)
    }

    /// The content of the file.
    pub(crate) fn text(&self) -> Result<String, Failure> {
        let doc: Vec<String> = self
            .message
            .lines()
            .map(|line| if line.is_empty() { "///".to_owned() } else { format!("/// {line}") })
            .collect();
        let title = self.message.lines().next().unwrap_or_default();
        self.style.text(&[
            ("library", self.library.to_owned()),
            ("doc", doc.join("\n")),
            ("attribute", self.attribute()),
            ("upgrade", self.functions()?),
            ("message", title.to_owned()),
            ("revision", self.revision.as_str().to_owned()),
        ])
    }

    /// Whether it is to do something.
    fn has_ops(&self) -> bool {
        !self.upgrade.is_empty() || self.downgrade.is_some()
    }

    /// The functions that do it.
    fn functions(&self) -> Result<String, Failure> {
        let mut functions = write_function("upgrade", self.upgrade, &self.naming)?;
        if let Some(downgrade) = self.downgrade {
            functions.push('\n');
            functions.push_str(&write_function("downgrade", downgrade, &self.naming)?);
        }
        if self.has_ops() && !self.style.has_upgrade() {
            return Err(Failure::new(format!(
                "the template of {CONFIG_FILE} has no place for what the migration does"
            ))
            .hint("write ${upgrade} into it, instead of `pub fn upgrade`"));
        }
        Ok(functions.trim_end().to_owned())
    }

    /// The attribute, as rustfmt writes it.
    fn attribute(&self) -> String {
        let ids: Vec<&str> = self.parents.iter().map(|parent| parent.id.as_str()).collect();
        let mut keys = vec![
            format!("revision = {:?}", self.revision.as_str()),
            format!("down_revision = {}", parents(&ids)),
        ];
        let list = |texts: &[String]| {
            let literals: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
            format!("[{}]", literals.join(", "))
        };
        if !self.depends_on.is_empty() {
            keys.push(format!("depends_on = {}", list(&self.depends_on)));
        }
        if !self.branch_labels.is_empty() {
            keys.push(format!("branch_labels = {}", list(&self.branch_labels)));
        }
        let mut ops = self.upgrade.iter().chain(self.downgrade.into_iter().flatten());
        if ops.any(Op::forbids_transaction) {
            keys.push("transaction = false".to_owned());
        }
        let line = format!("#[migration({})]", keys.join(", "));
        match line.len() {
            ..=100 => line,
            _ => format!("#[migration(\n    {}\n)]", keys.join(",\n    ")),
        }
    }

    /// What the compiler would refuse of the chain `before` with this migration in it.
    pub(crate) fn check(&self, before: &[Node], rules: Rules) -> Result<(), Failure> {
        let file = self.file_name();
        let text = self.text()?;
        let read = SourceFile::read(&text).ok();
        let read = read.as_ref().and_then(|file| file.migration().ok()?.as_ref().ok());
        let unreadable =
            || Failure::new("what would be written is not the migration that was asked for");
        let new = node(read.ok_or_else(unreadable)?, file);
        // Whether an empty line of a doc comment is a line is for its reader to say.
        let lines = |text: &str| -> Vec<String> {
            text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        let is_as_meant = new.id == self.revision
            && lines(&new.message) == lines(&self.message)
            && new.down_revision.iter().eq(self.parents.iter().map(|parent| &parent.id))
            && new.depends_on == self.depends_on
            && new.branch_labels == self.branch_labels;
        if !is_as_meant {
            return Err(unreadable());
        }
        let mut after = before.to_vec();
        after.push(new);
        check_chain(before, &after, rules, &self.revision, WAY_OUT)
    }

    /// Writes the file into `folder`, whole or not at all, and never over another.
    pub(crate) fn write(&self, folder: &Path, here: &Path) -> Result<Written, Failure> {
        let path = folder.join(self.file_name());
        let mut text = self.text()?;
        let cannot = |error: std::io::Error| {
            Failure::new(format!("cannot write {}", ui::path(&path, here))).caused_by(error)
        };
        // Git keeps no empty folder: the first migration makes it.
        fs::create_dir_all(folder).map_err(cannot)?;
        let mut note = None;
        if self.has_ops() {
            match formatted(&text, folder) {
                Ok(formatted) => text = formatted,
                Err(why) => note = Some(format!("the file is not formatted; {why}")),
            }
        }
        let file = beside(folder, text.as_bytes()).map_err(cannot)?;
        file.persist_noclobber(&path).map_err(|error| cannot(error.error))?;
        Ok(Written { path, note })
    }
}

/// What to do where a new migration is a head beside others.
pub(crate) const WAY_OUT: &str = "leave out --head to follow the head; or say --splice, and merge the two later: cargo migrate merge";

/// What the compiler would refuse of `after` that it does not refuse of `before`; `revision` is what was changed, and
/// `way_out` what to do where it is a head beside others.
///
/// Heads that are there already may stay, so that they can be merged two by two.
pub(crate) fn check_chain(
    before: &[Node],
    after: &[Node],
    rules: Rules,
    revision: &RevisionId,
    way_out: &str,
) -> Result<(), Failure> {
    let ends = |nodes: &[Node]| {
        let parents: BTreeSet<&RevisionId> =
            nodes.iter().flat_map(|node| &node.down_revision).collect();
        let is_head = |node: &&Node| !parents.contains(&node.id);
        let bases = nodes.iter().filter(|node| node.down_revision.is_empty()).count();
        (nodes.iter().filter(is_head).count(), bases)
    };
    let ((heads_before, bases_before), (heads, bases)) = (ends(before), ends(after));
    let allowed = Rules {
        multiple_heads: rules.multiple_heads || heads <= heads_before,
        multiple_bases: rules.multiple_bases || bases <= bases_before,
    };
    let known = check(before, ANY);
    let faults: Vec<Fault> =
        check(after, allowed).into_iter().filter(|fault| !known.contains(fault)).collect();
    match faults.as_slice() {
        [] => Ok(()),
        [Fault::MultipleBases { .. }, ..] | [_, Fault::MultipleBases { .. }] => {
            Err(Failure::new("the chain would begin twice").hint(
                "name the revision it follows, or allow it with \
                 migrations!(\"…\", multiple_bases)",
            ))
        }
        [Fault::MultipleHeads { heads }] => {
            let others = heads.iter().filter(|(id, _)| *id != *revision);
            let others: Vec<String> = others.map(|(id, _)| format!("`{id}`")).collect();
            let others = others.join(" and ");
            Err(Failure::new(format!("it would be a head beside {others}")).hint(way_out))
        }
        faults => {
            let failure = Failure::new("the migrations would not compile with this one");
            Err(faults.iter().fold(failure, |f, fault| f.because(fault.to_string())))
        }
    }
}

/// A file with this content, whole and on disk, under a name that `migrations!` does not look at.
pub(crate) fn beside(folder: &Path, content: &[u8]) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A message as it can stand in a doc comment, or why it can't.
pub(crate) fn message(text: &str) -> Result<String, Failure> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    // rustc refuses characters that turn the direction of the text, and nobody sees the others.
    let is_kept = |c: &char| {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        *c == '\n' || !(c.is_control() || turns)
    };
    let text: String = text.replace('\t', " ").chars().filter(is_kept).collect();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    match lines.join("\n").trim() {
        "" => {
            Err(Failure::usage("the message is empty").hint("say what it does: -m \"add notes\""))
        }
        message => Ok(message.to_owned()),
    }
}

/// The id of a new revision: the one that was asked for, or a random one that `is_free`.
pub(crate) fn new_id(
    asked: Option<&str>,
    is_free: impl Fn(&str) -> bool,
) -> Result<RevisionId, Failure> {
    if let Some(id) = asked {
        check_id(id).map_err(|error| {
            Failure::usage(format!("`{}` can't be an id", id.escape_debug())).caused_by(error)
        })?;
        // It stands in the name of a file.
        if !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(Failure::usage(format!("`{}` can't be an id", id.escape_debug()))
                .because("it is part of a file name; use letters, digits and `_`"));
        }
        return match is_free(id) {
            true => Ok(RevisionId::from(id)),
            false => Err(Failure::new(format!("there is a revision `{id}` already"))),
        };
    }
    loop {
        // Its keys come from the system's randomness, anew for each.
        let random = RandomState::new().hash_one(std::process::id());
        let id = format!("{:012x}", random & 0xffff_ffff_ffff);
        if is_free(&id) {
            return Ok(RevisionId::from(id));
        }
    }
}

/// How the parents stand in an attribute.
pub(crate) fn parents(ids: &[&str]) -> String {
    let literals: Vec<String> = ids.iter().map(|id| format!("{id:?}")).collect();
    match literals.as_slice() {
        [] => "None".to_owned(),
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

#[cfg(test)]
mod tests;
