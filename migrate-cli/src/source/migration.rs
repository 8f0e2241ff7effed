//! The text of a new migration, and the file it goes into.
//!
//! ```text
//! file  = YYYYMMDD_HHMM_{revision}[_{slug}].rs
//! ```
//!
//! The time is UTC, and later than that of the parents, so that the files stand in the
//! order of the chain. What is written is read again before anybody else sees it.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use migrate_model::revision::{Fault, Node, RevisionId, Rules, check, check_id};
use migrate_model::source::SourceFile;

use super::chain::{ANY, node};
use crate::failure::Failure;
use crate::ui;

/// A migration to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewMigration<'a> {
    /// Its id.
    pub(crate) revision: RevisionId,
    /// The revisions it follows.
    pub(crate) parents: Vec<&'a Node>,
    /// What it does.
    pub(crate) message: String,
    /// What `migrate_core` is called there.
    pub(crate) library: &'a str,
    /// The time it is made.
    pub(crate) now: DateTime<Utc>,
}

/// How times stand in the names of files.
const STAMP: &str = "%Y%m%d_%H%M";

impl NewMigration<'_> {
    /// The name of the file.
    pub(crate) fn file_name(&self) -> String {
        let now = self.now.naive_utc();
        let after = self.parents.iter().filter_map(|parent| stamp(&parent.file)).max();
        let after = after.and_then(|stamp| stamp.checked_add_signed(Duration::minutes(1)));
        let stamp = after.map_or(now, |after| after.max(now)).format(STAMP);
        match slug(&self.message).as_str() {
            "" => format!("{stamp}_{}.rs", self.revision),
            slug => format!("{stamp}_{}_{slug}.rs", self.revision),
        }
    }

    /// The content of the file.
    pub(crate) fn text(&self) -> String {
        let literal = |node: &&Node| format!("{:?}", node.id.as_str());
        let parents: Vec<String> = self.parents.iter().map(literal).collect();
        let down_revision = match parents.as_slice() {
            [] => "None".to_owned(),
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let revision = format!("{:?}", self.revision.as_str());
        let doc: Vec<String> = self
            .message
            .lines()
            .map(|line| if line.is_empty() { "///".to_owned() } else { format!("/// {line}") })
            .collect();
        let attribute =
            format!("#[migration(revision = {revision}, down_revision = {down_revision})]");
        // As rustfmt writes it.
        let attribute = match attribute.len() {
            ..=100 => attribute,
            _ => format!(
                "#[migration(\n    revision = {revision},\n    down_revision = {down_revision}\n)]"
            ),
        };
        format!(
            "use {}::prelude::*;\n\n{}\n{attribute}\npub fn upgrade(_op: &mut Ops) {{}}\n",
            self.library,
            doc.join("\n"),
        )
    }

    /// What the compiler would refuse of the chain `before` with this migration in it.
    ///
    /// Heads that are there already may stay, so that they can be merged two by two.
    pub(crate) fn check(&self, before: &[Node], rules: Rules) -> Result<(), Failure> {
        let file = self.file_name();
        let text = self.text();
        let read = SourceFile::read(&text).ok();
        let read = read.as_ref().and_then(|file| file.migration().ok()?.as_ref().ok());
        let unreadable = || Failure::new("a migration with this message can't be written");
        let new = node(read.ok_or_else(unreadable)?, file);
        // Whether an empty line of a doc comment is a line is for its reader to say.
        let lines = |text: &str| -> Vec<String> {
            text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        let is_as_meant = new.id == self.revision && lines(&new.message) == lines(&self.message);
        if !is_as_meant {
            return Err(unreadable());
        }
        let ends = |nodes: &[Node]| {
            let parents: BTreeSet<&RevisionId> =
                nodes.iter().flat_map(|node| &node.down_revision).collect();
            let is_head = |node: &&Node| !parents.contains(&node.id);
            let bases = nodes.iter().filter(|node| node.down_revision.is_empty()).count();
            (nodes.iter().filter(is_head).count(), bases)
        };
        let mut after = before.to_vec();
        after.push(new);
        let ((heads_before, bases_before), (heads, bases)) = (ends(before), ends(&after));
        let allowed = Rules {
            multiple_heads: rules.multiple_heads || heads <= heads_before,
            multiple_bases: rules.multiple_bases || bases <= bases_before,
        };
        let known = check(before, ANY);
        let faults: Vec<Fault> =
            check(&after, allowed).into_iter().filter(|fault| !known.contains(fault)).collect();
        match faults.as_slice() {
            [] => Ok(()),
            [Fault::MultipleBases { .. }, ..] | [_, Fault::MultipleBases { .. }] => {
                Err(Failure::new("the chain would begin twice").hint(
                    "name the revision it follows, or allow it with \
                     migrations!(\"…\", multiple_bases)",
                ))
            }
            [Fault::MultipleHeads { heads }] => {
                let others = heads.iter().filter(|(id, _)| *id != self.revision);
                let others: Vec<String> = others.map(|(id, _)| format!("`{id}`")).collect();
                let others = others.join(" and ");
                Err(Failure::new(format!("it would be a head beside {others}")).hint(
                    "leave out --head to follow the head, or allow several with \
                     migrations!(\"…\", multiple_heads)",
                ))
            }
            faults => {
                let failure = Failure::new("the migrations would not compile with this one");
                Err(faults.iter().fold(failure, |f, fault| f.because(fault.to_string())))
            }
        }
    }

    /// Writes the file into `folder`, whole or not at all, and never over another.
    pub(crate) fn write(&self, folder: &Path, here: &Path) -> Result<PathBuf, Failure> {
        let path = folder.join(self.file_name());
        let cannot = |error: std::io::Error| {
            Failure::new(format!("cannot write {}", ui::path(&path, here))).caused_by(error)
        };
        // Git keeps no empty folder: the first migration makes it.
        fs::create_dir_all(folder).map_err(cannot)?;
        let mut builder = tempfile::Builder::new();
        // A name that `migrations!` does not look at.
        builder.prefix(".").suffix(".tmp");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder).map_err(cannot)?;
        file.write_all(self.text().as_bytes()).map_err(cannot)?;
        file.as_file().sync_all().map_err(cannot)?;
        file.persist_noclobber(&path).map_err(|error| cannot(error.error))?;
        Ok(path)
    }
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

/// The time in the name of a file.
fn stamp(file: &str) -> Option<NaiveDateTime> {
    let name = file.rsplit(['/', '\\']).next()?;
    NaiveDateTime::parse_from_str(name.get(..13)?, STAMP).ok()
}

/// The first words of a message, as they can stand in a file name.
fn slug(message: &str) -> String {
    const LONGEST: usize = 40;
    let title = message.lines().next().unwrap_or("").to_lowercase();
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        if slug.is_empty() {
            slug = word.chars().take(LONGEST).collect();
        } else if slug.len() + 1 + word.len() <= LONGEST {
            slug = format!("{slug}_{word}");
        } else {
            break;
        }
    }
    slug
}

#[cfg(test)]
mod tests;
