//! Pairs of SQL files: what they say, and new ones.

use std::path::{Path, PathBuf};
use std::{fs, io};

use migrate_model::revision::{Node, RevisionId};
use migrate_model::source::{FileName, Half, SqlFault, SqlMigration, down_alone, twin};

use super::migration::beside;
use crate::failure::Failure;
use crate::graph_log::Details;
use crate::ui;

/// Whether `migrations!` sees a file of that name in `folder`. Of a pair it is the first.
pub(crate) fn is_migration(folder: &Path, name: &str) -> bool {
    match FileName::read(name) {
        FileName::Rust(_) | FileName::Sql(_, Half::Up) => true,
        FileName::Sql(stem, Half::Down) => !half(folder, stem, Half::Up).is_file(),
        FileName::Other => false,
    }
}

/// Where one file of a pair is.
pub(crate) fn half(folder: &Path, stem: &str, half: Half) -> PathBuf {
    folder.join(format!("{stem}{}", half.extension()))
}

/// What the header of a pair says, or what is wrong with it, by line; nothing of a file that is none of a pair.
///
/// Its statements are for the compiler to judge: there may yet be none.
pub(crate) fn read(
    path: &Path,
    called: &str,
    shown: &str,
) -> Option<Result<(Node, Details), Vec<String>>> {
    let FileName::Sql(stem, half) = FileName::read(path.file_name()?.to_str()?) else {
        return None;
    };
    Some(match half {
        Half::Down => Err(vec![down_alone(stem)]),
        Half::Up if path.with_file_name(format!("{stem}.rs")).is_file() => Err(vec![twin(stem)]),
        Half::Up => header(path, called, shown),
    })
}

fn header(path: &Path, called: &str, shown: &str) -> Result<(Node, Details), Vec<String>> {
    let text = fs::read_to_string(path).map_err(|error| vec![format!("{shown}: {error}")])?;
    let said = |SqlFault { line, column, message, .. }: &SqlFault| {
        format!("{shown}:{line}:{column}: {message}")
    };
    let migration = SqlMigration::outline(&text)
        .map_err(|faults| faults.iter().map(said).collect::<Vec<_>>())?;
    let header = &migration.header;
    let details = Details {
        file: shown.to_owned(),
        is_outside_transaction: !header.transaction,
        irreversible: header.irreversible.as_ref().map(|word| word.value.clone()),
        breaking: header.breaking.as_ref().map(|word| word.value.clone()),
    };
    Ok((migration.node(called.to_owned()), details))
}

/// A pair to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewPair<'a> {
    /// Its id.
    pub(crate) revision: RevisionId,
    /// The revisions it follows.
    pub(crate) parents: Vec<RevisionId>,
    /// What must be applied first: ids and labels.
    pub(crate) depends_on: Vec<String>,
    /// The names of the branch that begins with it.
    pub(crate) branch_labels: Vec<String>,
    /// What it does, in words.
    pub(crate) message: &'a str,
    /// Whether it runs inside one transaction.
    pub(crate) transaction: bool,
    /// The statements.
    pub(crate) up: &'a str,
    /// Those of the way back, or why there is none.
    pub(crate) down: Result<&'a str, String>,
}

impl<'a> NewPair<'a> {
    /// One that is yet to be filled.
    pub(crate) fn new(message: &'a str) -> NewPair<'a> {
        NewPair {
            revision: RevisionId::from(""),
            parents: Vec::new(),
            depends_on: Vec::new(),
            branch_labels: Vec::new(),
            message,
            transaction: true,
            up: "",
            down: Ok(""),
        }
    }

    /// The text of its first file.
    fn up_text(&self) -> String {
        let ids: Vec<&str> = self.parents.iter().map(RevisionId::as_str).collect();
        let mut text = format!(
            "-- revision: {}, down_revision: {}",
            word(self.revision.as_str()),
            parents(&ids)
        );
        for (key, values) in
            [("depends_on", &self.depends_on), ("branch_labels", &self.branch_labels)]
        {
            if !values.is_empty() {
                let values: Vec<String> = values.iter().map(|value| word(value)).collect();
                text.push_str(&format!(", {key}: [{}]", values.join(", ")));
            }
        }
        if !self.transaction {
            text.push_str(", transaction: false");
        }
        if let Err(why) = &self.down {
            text.push_str(&format!("\n-- irreversible: {why}"));
        }
        for line in self.message.lines() {
            text.push_str(format!("\n-- {line}").trim_end());
        }
        text.push('\n');
        match self.up {
            "" => {}
            up => text.push_str(&format!("\n{}\n", up.trim_end())),
        }
        text
    }

    /// The text of its second file.
    fn down_text(&self) -> Option<String> {
        let down = self.down.as_ref().ok()?;
        let title = self.message.lines().next().unwrap_or_default();
        let mut text = format!("-- Take back: {title}\n");
        match *down {
            "" => {}
            down => text.push_str(&format!("\n{}\n", down.trim_end())),
        }
        Some(text)
    }

    /// It as the graph sees it, read again from what would be written.
    pub(crate) fn node(&self, stem: &str) -> Result<Node, Failure> {
        let other =
            || Failure::new("what would be written is not the migration that was asked for");
        let read = SqlMigration::outline(&self.up_text()).map_err(|faults| {
            faults.iter().fold(other(), |failure, fault| failure.because(fault.message.clone()))
        })?;
        let node = read.node(format!("{stem}{}", Half::Up.extension()));
        let is_as_meant = node.id == self.revision
            && node.message == self.message
            && node.down_revision == self.parents
            && node.depends_on == self.depends_on
            && node.branch_labels == self.branch_labels;
        if is_as_meant { Ok(node) } else { Err(other()) }
    }

    /// The names of its files.
    pub(crate) fn paths(&self, folder: &Path, stem: &str) -> Vec<PathBuf> {
        let halves = if self.down.is_ok() { &[Half::Up, Half::Down][..] } else { &[Half::Up] };
        halves.iter().map(|one| half(folder, stem, *one)).collect()
    }

    /// Writes the files into `folder`, both or none, and never over others.
    pub(crate) fn write(
        &self,
        folder: &Path,
        stem: &str,
        here: &Path,
    ) -> Result<Vec<PathBuf>, Failure> {
        let paths = self.paths(folder, stem);
        let texts = [Some(self.up_text()), self.down_text()];
        let cannot = |path: &Path, error: io::Error| {
            Failure::new(format!("cannot write {}", ui::path(path, here))).caused_by(error)
        };
        fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
        let mut files = Vec::new();
        for (path, text) in paths.iter().zip(texts.iter().flatten()) {
            let file = beside(folder, text.as_bytes()).map_err(|error| cannot(path, error))?;
            files.push((path, file));
        }
        // The way back first: alone it is no migration of another name.
        let mut written: Vec<&PathBuf> = Vec::new();
        for (path, file) in files.into_iter().rev() {
            if let Err(error) = file.persist_noclobber(path) {
                for path in written {
                    let _ = fs::remove_file(path);
                }
                return Err(cannot(path, error.error));
            }
            written.push(path);
        }
        Ok(paths)
    }
}

/// How the parents stand in a header.
pub(crate) fn parents(ids: &[&str]) -> String {
    let words: Vec<String> = ids.iter().map(|id| word(id)).collect();
    match words.as_slice() {
        [] => "None".to_owned(),
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// A value of a header, in quotes where it needs them.
fn word(value: &str) -> String {
    match value.chars().all(|c| c.is_alphanumeric() || c == '_') && value != "None" {
        true => value.to_owned(),
        false => format!("\"{}\"", value.replace('"', "\"\"")),
    }
}
