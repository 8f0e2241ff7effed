//! The chain of revisions that was compiled into a program.
//!
//! [`migrations!`](crate::migrations) makes it, the macros have checked it, and
//! nothing in it is built before somebody asks: a static costs a program that
//! migrates nothing no time.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use migrate_model::Dialect;
use migrate_model::catalog::naming::Naming;
use migrate_model::op::{Context, Ops};
use migrate_model::revision::{Fault, Graph, Node, RevisionId, Rules};
use once_cell::sync::OnceCell;

/// A migration as `#[migration(…)]` made it.
#[derive(Clone, Copy, Debug)]
pub struct Revision {
    /// The id, such as `3f2a9c41b7d0`.
    pub id: &'static str,
    /// The revisions before this one: none at a root, several at a merge.
    pub down_revision: &'static [&'static str],
    /// Ids or labels that must be applied before this one.
    pub depends_on: &'static [&'static str],
    /// Names of the branch that begins here.
    pub branch_labels: &'static [&'static str],
    /// The doc comment above the migration, its lines joined.
    pub message: &'static str,
    /// Whether it runs inside one transaction.
    pub transaction: bool,
    /// Why there is no way back, where there is none.
    pub irreversible: Option<&'static str>,
    /// What breaks in programs that still run on the schema before.
    pub breaking: Option<&'static str>,
    /// Tables, and columns as `table.column`, whose rows or values do not survive the way there and back.
    pub loses: &'static [&'static str],
    /// How long its statements wait for a lock at first, where it says so.
    pub lock_timeout: Option<Duration>,
    /// How long its statements may take, where it says so.
    pub statement_timeout: Option<Duration>,
    /// The file it is written in, as rustc was told it.
    pub file: &'static str,
    /// The name of that file without folder and `.rs` or `.up.sql`.
    pub stem: &'static str,
    /// The code of its `run` ops, as tokens that only a change of the code changes.
    pub code: &'static str,
    /// Records the way up.
    pub upgrade: fn(&mut Ops),
    /// Records the way down.
    pub downgrade: fn(&mut Ops),
}

impl Revision {
    /// What stands for a migration whose attribute has a fault.
    #[doc(hidden)]
    pub const FAULTY: Revision =
        Revision::new("", &[], "", "", automatic::downgrade, automatic::downgrade);

    /// What every migration says. The macros write calls to these.
    #[doc(hidden)]
    pub const fn new(
        id: &'static str,
        down_revision: &'static [&'static str],
        message: &'static str,
        file: &'static str,
        upgrade: fn(&mut Ops),
        downgrade: fn(&mut Ops),
    ) -> Revision {
        Revision {
            id,
            down_revision,
            depends_on: &[],
            branch_labels: &[],
            message,
            transaction: true,
            irreversible: None,
            breaking: None,
            loses: &[],
            lock_timeout: None,
            statement_timeout: None,
            file,
            stem: stem(file),
            code: "",
            upgrade,
            downgrade,
        }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn depends_on(self, depends_on: &'static [&'static str]) -> Revision {
        Revision { depends_on, ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn branch_labels(self, branch_labels: &'static [&'static str]) -> Revision {
        Revision { branch_labels, ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn outside_a_transaction(self) -> Revision {
        Revision { transaction: false, ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn irreversible(self, why: &'static str) -> Revision {
        Revision { irreversible: Some(why), ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn breaking(self, what: &'static str) -> Revision {
        Revision { breaking: Some(what), ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn loses(self, loses: &'static [&'static str]) -> Revision {
        Revision { loses, ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn lock_timeout(self, milliseconds: u64) -> Revision {
        Revision { lock_timeout: Some(Duration::from_millis(milliseconds)), ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn statement_timeout(self, milliseconds: u64) -> Revision {
        Revision { statement_timeout: Some(Duration::from_millis(milliseconds)), ..self }
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn code(self, code: &'static str) -> Revision {
        Revision { code, ..self }
    }

    /// This revision as the graph sees it.
    fn node(&self) -> Node {
        Node {
            id: RevisionId::from_static(self.id),
            down_revision: self
                .down_revision
                .iter()
                .map(|&id| RevisionId::from_static(id))
                .collect(),
            depends_on: self.depends_on.iter().map(|&name| name.to_owned()).collect(),
            branch_labels: self.branch_labels.iter().map(|&label| label.to_owned()).collect(),
            message: self.message.into(),
            file: self.stem.into(),
        }
    }
}

/// All revisions of a folder, and how they follow one another.
pub struct Chain {
    revisions: &'static [Revision],
    rules: Rules,
    naming: Naming,
    graph: OnceCell<Graph>,
    /// Where each id is among the revisions; where one is there twice, the first.
    places: OnceCell<BTreeMap<&'static str, usize>>,
}

/// These revisions are no chain.
///
/// The macros refuse to compile such a chain; only one that was put together by
/// hand gets as far as this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the migrations are no chain: {}", faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; "))]
pub struct BrokenChain {
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

impl Chain {
    /// The chain of these revisions.
    pub const fn new(revisions: &'static [Revision], rules: Rules) -> Self {
        Chain::named(revisions, rules, Naming::DEFAULT)
    }

    /// The chain of these revisions, with names of its own for constraints and indexes that are given none.
    pub const fn named(revisions: &'static [Revision], rules: Rules, naming: Naming) -> Self {
        Chain { revisions, rules, naming, graph: OnceCell::new(), places: OnceCell::new() }
    }

    /// What its migrations are written down for.
    pub fn context(&self, dialect: Dialect) -> Context {
        Context { dialect, naming: self.naming }
    }

    /// Every revision, in the order of the files.
    pub fn revisions(&self) -> &'static [Revision] {
        self.revisions
    }

    /// The revision with this id.
    pub fn revision(&self, id: &str) -> Option<&'static Revision> {
        let places = self.places.get_or_init(|| {
            let numbered = self.revisions.iter().enumerate().rev();
            numbered.map(|(place, revision)| (revision.id, place)).collect()
        });
        places.get(id).map(|&place| &self.revisions[place])
    }

    /// How the revisions follow one another.
    pub fn graph(&self) -> Result<&Graph, BrokenChain> {
        self.graph.get_or_try_init(|| {
            let nodes = self.revisions.iter().map(Revision::node).collect();
            Graph::new(nodes, self.rules).map_err(|faults| BrokenChain { faults })
        })
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.revisions.iter().map(|revision| revision.id)).finish()
    }
}

/// What a migration without a `downgrade` of its own goes by.
///
/// `#[migration]` imports it with a glob, which a function in the file goes before.
pub mod automatic {
    use migrate_model::op::Ops;

    /// Leaves the way back to the inverse of each op.
    pub fn downgrade(op: &mut Ops) {
        op.mark_automatic();
    }
}

/// The name of a file without folder and `.rs` or `.up.sql`.
const fn stem(file: &'static str) -> &'static str {
    let bytes = file.as_bytes();
    let mut start = bytes.len();
    while start > 0 && bytes[start - 1] != b'/' && bytes[start - 1] != b'\\' {
        start -= 1;
    }
    let (_, name) = file.split_at(start);
    match without(name, b".rs") {
        Some(stem) => stem,
        None => match without(name, b".up.sql") {
            Some(stem) => stem,
            None => name,
        },
    }
}

/// `name` without what it ends with, if it does.
const fn without(name: &'static str, extension: &[u8]) -> Option<&'static str> {
    let (name_bytes, length) = (name.as_bytes(), extension.len());
    if name_bytes.len() < length {
        return None;
    }
    let end = name_bytes.len() - length;
    let mut at = 0;
    while at < length {
        if name_bytes[end + at] != extension[at] {
            return None;
        }
        at += 1;
    }
    Some(name.split_at(end).0)
}

/// Makes a chain of every migration in a folder, or in several: `pub static CHAIN`.
///
/// ```ignore
/// migrate_core::migrations!("src/versions");
/// ```
///
/// The folder is looked for in the package, then beside the calling file. Each
/// file in it is one migration. A chain may lie in several folders, each of which the
/// build script names:
///
/// ```ignore
/// migrate_core::migrations!("src/versions", "src/billing");
/// ```
///
/// A chain that ends in several revisions, or begins
/// with several, is refused unless that is meant:
///
/// ```ignore
/// migrate_core::migrations!("src/versions", multiple_heads, multiple_bases);
/// ```
///
/// Constraints and indexes that are given no name get PostgreSQL's, unless the chain has a convention of its own:
///
/// ```ignore
/// const NAMING: Naming = Naming::DEFAULT.foreign_key("fk_{table}_{column_0}_{referred_table}");
/// migrate_core::migrations!("src/versions", naming = crate::NAMING);
/// ```
///
/// With it come tests, one for each revision, named after the files.
#[macro_export]
macro_rules! migrations {
    ($($argument:tt)*) => {
        // However this crate is called where the macro is used.
        #[doc(hidden)]
        #[allow(unused_imports)]
        use $crate as __migrate_core;

        $crate::__migrations! { $($argument)* }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// a ── b ── m
    ///  └── c ──┘
    static REVISIONS: [Revision; 4] = [
        Revision { id: "a", stem: "1", ..Revision::FAULTY },
        Revision { id: "b", stem: "2", down_revision: &["a"], ..Revision::FAULTY },
        Revision { id: "c", stem: "3", down_revision: &["a"], ..Revision::FAULTY },
        Revision { id: "m", stem: "4", down_revision: &["b", "c"], ..Revision::FAULTY },
    ];
    const RULES: Rules = Rules { multiple_heads: false, multiple_bases: false };

    #[test]
    fn a_chain_is_looked_up_by_id_and_walked_as_a_graph() {
        static CHAIN: Chain = Chain::new(&REVISIONS, RULES);
        assert_eq!(CHAIN.revision("c").map(|revision| revision.stem), Some("3"));
        assert!(CHAIN.revision("d").is_none());
        let graph = CHAIN.graph().unwrap();
        assert_eq!(graph.heads().map(|node| node.id.as_str()).collect::<Vec<_>>(), ["m"]);
        assert_eq!(format!("{CHAIN:?}"), r#"["a", "b", "c", "m"]"#);
    }

    #[test]
    fn a_broken_chain_says_why_and_can_still_be_looked_up() {
        let chain = Chain::new(&REVISIONS[..3], RULES);
        let broken = chain.graph().unwrap_err();
        assert!(broken.to_string().contains("2 heads"), "{broken}");
        assert!(chain.revision("c").is_some());
    }

    #[test]
    fn a_stem_is_what_people_call_a_file() {
        assert_eq!(stem("src/versions/20241015_add_notes.rs"), "20241015_add_notes");
        assert_eq!(stem(r"src\versions\a.b.rs"), "a.b");
        assert_eq!(stem("é.rs"), "é");
        assert_eq!(stem("src/versions/20241015_add_notes.up.sql"), "20241015_add_notes");
        assert_eq!(stem("a.down.sql"), "a.down.sql");
        assert_eq!(stem("no_extension"), "no_extension");
        assert_eq!(stem("€"), "€");
    }
}
