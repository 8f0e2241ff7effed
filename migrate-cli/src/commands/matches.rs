//! A program's schema held against a database, as a test of an application has it: `check` without the words.

use std::collections::BTreeSet;

use migrate_core::Chain;
use migrate_core::backend::Database;
use migrate_core::diff::Renames;
use migrate_core::run::adopt::Tool;
use migrate_model::catalog::{Catalog, TableName};

use super::comparison::{look, program, seen, unreadable};
use crate::config::{Environment, Project};
use crate::failure::Failure;
use crate::source::compare::restrict;
use crate::source::schema::read;

/// Asserts that a database has the schema that a program is written for: `schema` is the text of its `schema.rs`, with
/// `table!` or `schema!`.
///
/// It is the comparison of `migrate check`: of what `table!` can't say nothing is concluded, `[compare]` and the names of the tables of ours
/// are those of the `migrate.toml` that lies in the working folder or above it, and the tables of other migration tools are nobody's.
/// Names that the source does not give are the chain's.
///
/// ```
/// use migrate_cli::testing::assert_schema_matches;
/// use migrate_core::{Chain, diesel::SqliteConnection};
///
/// fn the_program_is_written_for_this_schema(connection: &mut SqliteConnection, chain: &Chain) {
///     // With a migrated database, such as that of `migrate_core::testing`, and `include_str!("../src/schema.rs")`.
///     assert_schema_matches(connection, chain, "diesel::table! { users { id -> BigInt, } }");
/// }
/// ```
///
/// # Panics
///
/// When the two differ, with every difference on a line of its own, and when either can't be read.
#[track_caller]
pub fn assert_schema_matches(database: &mut dyn Database, chain: &Chain, schema: &str) {
    match differences(database, chain, schema) {
        Ok(lines) => {
            assert!(
                lines.is_empty(),
                "the database is not what the program says: to be so, it would have to\n{}",
                lines.join("\n")
            );
        }
        Err(failure) => {
            let causes = failure.causes.iter().map(|cause| format!(": {cause}"));
            let hint = failure.hint.iter().map(|hint| format!(" ({hint})"));
            let why: String = causes.chain(hint).collect();
            panic!("the schemas can't be compared: {}{why}", failure.message);
        }
    }
}

fn differences(
    database: &mut dyn Database,
    chain: &Chain,
    schema: &str,
) -> Result<Vec<String>, Failure> {
    let unknown_place = |error| Failure::new("the working folder is not known").caused_by(error);
    let environment = Environment::of_process().map_err(unknown_place)?;
    let project = Project::find(&environment, None)?;
    let compare = &project.config.compare;
    compare.check()?;
    let dialect = database.detect().map_err(|error| Failure::of(&error))?;
    let naming = chain.context(dialect).naming;
    let desired = read(schema, "the schema of the program", &naming)?;
    let others = Tool::ALL.into_iter().map(|tool| TableName::from(tool.table()));
    let own: Vec<TableName> =
        project.options(&environment)?.own_tables().into_iter().chain(others).collect();
    // Schemas that the program speaks of are looked into.
    let spoken = Catalog { tables: desired.catalog.tables.clone(), ..Catalog::default() };
    let read = look(database, &spoken, &own).map_err(|error| unreadable(&error))?;
    let there = restrict(&read.catalog, compare, &own).into_owned();
    let desired = seen(&desired, compare, &own);
    let (none, unknown) = (Renames::default(), BTreeSet::new());
    let found = program(Some(database), there, &desired, &none, dialect, &naming, &unknown)?;
    let lines =
        found.lines().into_iter().map(|line| format!("{} {}: {}", line.sign, line.of, line.what));
    Ok(lines.chain(found.reached.unsaid.iter().map(|what| format!("? {what}"))).collect())
}
