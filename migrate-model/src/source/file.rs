//! A migration file.

use std::str::FromStr;

use proc_macro2::TokenStream;

use super::migration;
use super::{Fault, Function, Migration, Outline};

/// What stands in one file of the folder.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Each `#[migration]`; a file should have one.
    pub migrations: Vec<Result<Migration, Vec<Fault>>>,
    /// The way back, where it is written by hand.
    pub downgrade: Downgrade,
}

/// Where the way back comes from.
#[derive(Clone, Debug)]
pub enum Downgrade {
    /// From the inverse of each op.
    Automatic,
    /// From a function in this file.
    Written(Function),
    /// From a function that this file imports.
    Imported,
}

/// Why a file is not a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMigration {
    /// Nothing in it has the attribute.
    #[error(
        "has no `#[migration(…)]`: every file of this folder is one migration; \
         move what migrations share to a folder beside it"
    )]
    None,
    /// More than one function has it.
    #[error("has {0} functions with `#[migration(…)]`: give each its own file")]
    Several(usize),
}

impl SourceFile {
    /// Reads the text of a file. The fault is the lexer's: it is not Rust at all.
    pub fn read(text: &str) -> Result<SourceFile, Fault> {
        let tokens = TokenStream::from_str(text)
            .map_err(|error| Fault::new(error.to_string(), error.span()))?;
        let outline = Outline::read(tokens);
        let imported = outline.imports.iter().any(|name| name == "downgrade");
        let mut file = SourceFile {
            migrations: Vec::new(),
            downgrade: if imported { Downgrade::Imported } else { Downgrade::Automatic },
        };
        for function in outline.functions {
            let attribute = function.attributes.iter().find_map(|attribute| {
                Some((migration::arguments(attribute)?, attribute.name.span()))
            });
            match attribute {
                Some((arguments, place)) => {
                    file.migrations.push(Migration::new(arguments, function, place));
                }
                None if function.name == "downgrade" => {
                    file.downgrade = Downgrade::Written(function)
                }
                None => {}
            }
        }
        Ok(file)
    }

    /// The one migration of this file.
    pub fn migration(&self) -> Result<&Result<Migration, Vec<Fault>>, NoMigration> {
        match self.migrations.as_slice() {
            [one] => Ok(one),
            [] => Err(NoMigration::None),
            several => Err(NoMigration::Several(several.len())),
        }
    }

    /// `irreversible` above a file that knows the way back.
    pub fn contradiction(&self, migration: &Migration) -> Option<Fault> {
        match (&self.downgrade, &migration.attribute.irreversible) {
            (Downgrade::Written(_) | Downgrade::Imported, Some(irreversible)) => Some(Fault::new(
                "`irreversible` says that there is no way back, but this file has a `downgrade`; \
                 take one of the two away",
                irreversible.span,
            )),
            (Downgrade::Automatic, _) | (_, None) => None,
        }
    }

    /// What is wrong with the `downgrade` in this file, seen without compiling it.
    pub fn downgrade_fault(&self, migration: &Migration) -> Option<Fault> {
        match &self.downgrade {
            Downgrade::Automatic | Downgrade::Imported => None,
            Downgrade::Written(function) => migration.fault_of(function, "downgrade"),
        }
    }
}
