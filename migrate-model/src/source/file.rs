//! A migration file.

use std::str::FromStr;

use proc_macro2::TokenStream;

use super::migration;
use super::{Fault, Function, Migration, OuterAttribute, Outline};

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
        let tokens = TokenStream::from_str(text).map_err(|error| {
            Fault::new(
                "a quote, comment or bracket here is not closed or never opened",
                error.span(),
            )
        })?;
        let outline = Outline::read(tokens);
        let imported = outline.imports.iter().any(|name| name == "downgrade");
        let mut file = SourceFile {
            migrations: Vec::new(),
            downgrade: if imported { Downgrade::Imported } else { Downgrade::Automatic },
        };
        let is_migration = |attribute: &&OuterAttribute| migration::arguments(attribute).is_some();
        for stray in outline.others.iter().filter(is_migration) {
            file.migrations.push(Err(vec![migration::stray(stray.name.span())]));
        }
        for function in outline.functions {
            let attribute = function.attributes.iter().find_map(|attribute| {
                Some((migration::arguments(attribute)?, attribute.name.span()))
            });
            match attribute {
                Some((arguments, place)) => {
                    file.migrations.push(Migration::new(arguments, function, place));
                }
                None if function.name == "downgrade" => {
                    file.downgrade = Downgrade::Written(function);
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
            Downgrade::Written(function) => function
                .declaration_fault("downgrade")
                .or_else(|| migration.concurrently_fault(function)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIGRATION: &str = "/// Add notes\n/// to orders\n\
        #[migrate_core::migration(revision = \"b\", down_revision = \"a\")]\n\
        pub fn upgrade(op: &mut Ops) { op.run(\"x\", f); }\n";

    /// `id message | where the way back comes from | faults`, or why there is none.
    fn check(text: &str, expected: &str) {
        let found = match SourceFile::read(text) {
            Err(fault) => format!("line {}: {}", fault.span.start().line, fault.message),
            Ok(file) => describe(&file),
        };
        let is_expected = found == expected
            || expected.strip_suffix('…').is_some_and(|start| found.starts_with(start));
        assert!(is_expected, "{text}\n  expected {expected}\n  found    {found}");
    }

    fn describe(file: &SourceFile) -> String {
        let migration = match file.migration() {
            Err(fault) => return fault.to_string(),
            Ok(Err(faults)) => return faults[0].message.clone(),
            Ok(Ok(migration)) => migration,
        };
        let downgrade = match file.downgrade {
            Downgrade::Automatic => "automatic",
            Downgrade::Written(_) => "written",
            Downgrade::Imported => "imported",
        };
        let faults =
            [migration.fault(), file.contradiction(migration), file.downgrade_fault(migration)];
        let faults = faults.into_iter().flatten().map(|fault| {
            let text = fault.span.source_text().unwrap_or_default();
            format!(" | {}: {text}", fault.span.start().line)
        });
        let id = &migration.attribute.revision.value;
        format!("{id} {:?} | {downgrade}{}", migration.message, faults.collect::<String>())
    }

    #[test]
    fn a_file_is_read_by_its_outline() {
        let with = |rest: &str| format!("{MIGRATION}{rest}");
        let read = "b \"Add notes\\nto orders\" | ";
        check(MIGRATION, &format!("{read}automatic"));
        check(&MIGRATION.replace('\n', "\r\n"), &format!("{read}automatic"));
        check(&with("pub fn downgrade(op: &mut Ops) {}"), &format!("{read}written"));
        check(&with("use super::down::downgrade;"), &format!("{read}imported"));
        check(&with("use super::{down::{downgrade}};"), &format!("{read}imported"));
        check(&with("mod x { fn downgrade() {} }"), &format!("{read}automatic"));
        check(&with("impl X { fn downgrade() {} }"), &format!("{read}automatic"));
        check(&with("type F = fn(u8); const A: [u8; 1] = [0];"), &format!("{read}automatic"));
        check(&format!("#![allow(x)]\n//! A file.\n{MIGRATION}"), &format!("{read}automatic"));
    }

    #[test]
    fn a_file_without_one_migration_says_why() {
        check("", "has no `#[migration(…)]`: …");
        check("pub fn upgrade(op: &mut Ops) {}", "has no `#[migration(…)]`: …");
        check(
            &MIGRATION.repeat(2),
            "has 2 functions with `#[migration(…)]`: give each its own file",
        );
        check(
            "#[migration] struct A;",
            "`#[migration]` belongs above `pub fn upgrade(op: &mut Ops)`",
        );
        check("#[migration] fn upgrade() {}", "`revision` is missing…");
        check("fn a() {\n", "line 1: a quote, comment or bracket…");
        check("'", "line 1: a quote, comment or bracket…");
    }

    #[test]
    fn a_fault_is_shown_at_its_word() {
        let declared =
            |declaration: &str| MIGRATION.replace("pub fn upgrade(op: &mut Ops)", declaration);
        let with = |rest: &str| format!("{MIGRATION}{rest}");
        let read = "b \"Add notes\\nto orders\" | automatic";
        for right in ["fn upgrade(op: &mut Ops)", "pub fn upgrade(mut _o: &mut migrate_core::Ops,)"]
        {
            check(&declared(right), read);
        }
        check(&declared("async fn upgrade(op: &mut Ops)"), &format!("{read} | 4: async"));
        check(&declared("fn up(op: &mut Ops)"), &format!("{read} | 4: up"));
        check(&declared("fn upgrade()"), &format!("{read} | 4: ()"));
        check(&declared("fn upgrade(op: &Ops)"), &format!("{read} | 4: (op: &Ops)"));
        check(
            &declared("fn upgrade(op: &mut Ops, x: u8)"),
            &format!("{read} | 4: (op: &mut Ops, x: u8)"),
        );
        check(&declared("fn upgrade<T>(op: &mut Ops)"), &format!("{read} | 4: <"));
        check(&declared("fn upgrade(op: &mut Ops) -> u8"), &format!("{read} | 4: -"));
        check(&MIGRATION.replace("run", "concurrently"), &format!("{read} | 4: concurrently"));
        check(
            &MIGRATION
                .replace("run", "concurrently")
                .replace("\"a\"", "\"a\", transaction = false"),
            read,
        );
        let read = read.replace("automatic", "written");
        check(&with("fn downgrade() {}"), &format!("{read} | 5: ()"));
        check(
            &with("fn downgrade(op: &mut Ops) { x.concurrently(); }"),
            &format!("{read} | 5: concurrently"),
        );
        check(
            &with("fn downgrade(op: &mut Ops) {}").replace("\"a\"", "\"a\", irreversible = \"no\""),
            &format!("{read} | 3: \"no\""),
        );
    }
}
