//! `migrate schema [REVISION]`: the schema that the chain makes, or that the database has.
//!
//! The chain is replayed without a database. What comes of it is printed, compared with the project's `schema.rs`
//! (`source/schema_file`), or written there.

use std::collections::BTreeSet;

use migrate_core::backend::{ReflectError, Scope};
use migrate_core::run;
use migrate_model::Dialect;
use migrate_model::catalog::{Catalog, TableName};
use migrate_model::revision::{RevisionId, RevisionSpec, resolve};
use serde_json::json;

use super::Session;
use super::comparison::reflect;
use crate::args::{Schema, SchemaFormat, SchemaSource};
use crate::config::Project;
use crate::connect::Access;
use crate::failure::{Failure, code};
use crate::source::compare::restrict;
use crate::source::schema::diesel_toml::{self, Printing};
use crate::source::schema::{keyless, print_as};
use crate::source::schema_file::{self, SchemaFile};
use crate::{catalog_json, entities};

/// A schema and where it is from.
struct Found {
    dialect: Dialect,
    catalog: Catalog,
    /// The revisions that make it, where the chain does.
    revisions: Option<BTreeSet<RevisionId>>,
    /// What the database has and the catalog has no words for.
    unread: Vec<String>,
}

/// Prints the schema, or compares or writes the file.
pub(super) fn run(session: &mut Session<'_>, arguments: &Schema) -> Result<u8, Failure> {
    let project = Project::find(session.environment, session.globals.config.as_deref())?;
    project.config.compare.check()?;
    let here = &session.environment.folder;
    let printings = diesel_toml::read(&project.folder, here)?;
    let is_on_file = arguments.check || arguments.write;
    let file = match is_on_file {
        true => Some(schema_file::find(&project, &printings, arguments.file.as_deref(), here)?),
        false => None,
    };
    let found = match arguments.from {
        SchemaSource::Chain => of_chain(session, arguments, &project)?,
        SchemaSource::Database => of_database(session, arguments, &project)?,
    };
    if let Some(file) = &file {
        let text = diesel(session, &found, &file.printing);
        return match arguments.write {
            true => write(session, file, &text),
            false => check(session, arguments, file, &text),
        };
    }
    let format = if session.ui.is_json { SchemaFormat::Json } else { arguments.format };
    match format {
        SchemaFormat::Diesel => {
            let printing = match printings.as_slice() {
                [one] => one.clone(),
                _ => Printing::default(),
            };
            let text = diesel(session, &found, &printing);
            session.ui.verbatim(text.trim_end_matches('\n'));
        }
        SchemaFormat::Sql => sql(session, &found)?,
        SchemaFormat::Mermaid => {
            tell_unknown(session, &found);
            session.ui.result(&entities::diagram(&found.catalog));
        }
        SchemaFormat::Json => {
            let mut value = catalog_json::catalog(found.dialect, &found.catalog);
            value["revisions"] =
                json!(found.revisions.as_ref().map(|revisions| {
                    revisions.iter().map(RevisionId::as_str).collect::<Vec<_>>()
                }));
            value["unread"] = json!(found.unread);
            session.ui.json(value);
        }
    }
    Ok(0)
}

fn of_chain(
    session: &mut Session<'_>,
    arguments: &Schema,
    project: &Project,
) -> Result<Found, Failure> {
    let dialect = session.spoken(project, arguments.dialect, "which database the schema is for")?;
    let graph = session.graph()?;
    let spec: RevisionSpec = arguments.revision.as_deref().unwrap_or("heads").parse()?;
    let applied = match spec.is_from_here() {
        true => session.status(Access::Read)?.applied,
        false => BTreeSet::new(),
    };
    let revisions = graph.ancestors(&resolve(graph, &spec, &applied)?);
    let catalog = run::schema(session.chain, dialect, &revisions)?;
    let own = own_tables(session, project)?;
    let catalog = restrict(&catalog, &project.config.compare, &own).into_owned();
    Ok(Found { dialect, catalog, revisions: Some(revisions), unread: Vec::new() })
}

fn of_database(
    session: &mut Session<'_>,
    arguments: &Schema,
    project: &Project,
) -> Result<Found, Failure> {
    if let Some(revision) = &arguments.revision {
        return Err(Failure::usage(format!(
            "the database has one schema, and `{revision}` names one of the chain"
        ))
        .hint(format!("leave it out, or print that of the chain: migrate schema {revision}")));
    }
    if arguments.dialect.is_some() {
        return Err(
            Failure::usage("the database itself says what it speaks").hint("leave --dialect out")
        );
    }
    let own = own_tables(session, project)?;
    let target = session.target()?;
    let mut connected = session.open(&target, Access::Read)?;
    if connected.is_missing {
        session.ui.say("The file is not there yet: it has no schema");
    }
    let database = connected.database.as_mut();
    let dialect = database.detect().map_err(ReflectError::from)?;
    let mut scope = Scope::default();
    scope.without.extend(own.iter().cloned());
    scope.schemas = schemas(session, project, dialect);
    let read = reflect(database, scope)?;
    let compare = &project.config.compare;
    let unread = read.unread.iter().filter(|unread| compare.sees_table(&unread.of));
    Ok(Found {
        dialect,
        unread: unread.map(ToString::to_string).collect(),
        catalog: restrict(&read.catalog, compare, &own).into_owned(),
        revisions: None,
    })
}

/// The tables that migrations are kept in.
pub(super) fn own_tables(
    session: &Session<'_>,
    project: &Project,
) -> Result<[TableName; 3], Failure> {
    Ok(project.options(session.environment)?.own_tables())
}

/// The schemas that are looked into beside the current one: those that the chain, `migrate.toml` and `diesel.toml` name.
pub(super) fn schemas(
    session: &Session<'_>,
    project: &Project,
    dialect: Dialect,
) -> BTreeSet<String> {
    if dialect != Dialect::Postgres {
        return BTreeSet::new();
    }
    let all =
        session.chain.revisions().iter().map(|revision| RevisionId::from(revision.id)).collect();
    // A chain that can't be replayed is told of by other commands.
    let catalog = run::schema(session.chain, dialect, &all).unwrap_or_default();
    let tables = catalog.tables.keys().chain(catalog.views.keys()).chain(&catalog.opaque);
    let named = tables.filter_map(|name| name.schema.clone());
    let types = catalog.enums.keys().filter_map(|name| name.schema.clone());
    let is_name = |pattern: &&String| !pattern.contains(['*', '?']) && *pattern != "public";
    let included = project.config.compare.include.schemas.iter().filter(is_name).cloned();
    let looks = diesel_toml::read(&project.folder, &session.environment.folder).unwrap_or_default();
    let looks = looks.into_iter().filter_map(|printing| printing.look.schema);
    catalog.schemas.iter().cloned().chain(named).chain(types).chain(included).chain(looks).collect()
}

/// The text of `schema.rs`; what is not in it is told.
fn diesel(session: &mut Session<'_>, found: &Found, printing: &Printing) -> String {
    let catalog = printing.of(&found.catalog, found.dialect);
    tell_unknown(
        session,
        &Found {
            catalog: catalog.clone(),
            dialect: found.dialect,
            revisions: None,
            unread: found.unread.clone(),
        },
    );
    let keyless = keyless(&catalog);
    if !keyless.is_empty() {
        let names: Vec<String> = keyless.iter().map(|table| format!("`{}`", table.name)).collect();
        session
            .ui
            .note(&format!("left out, since `table!` needs a primary key: {}", names.join(", ")));
    }
    if !printing.passed_over.is_empty() {
        let keys: Vec<String> = printing.passed_over.iter().map(|key| format!("`{key}`")).collect();
        session.ui.note(&format!(
            "[print_schema] of diesel.toml says more than is kept to: {}",
            keys.join(", ")
        ));
    }
    print_as(&catalog, found.dialect, &printing.look)
}

fn sql(session: &mut Session<'_>, found: &Found) -> Result<(), Failure> {
    let made = run::whole(found.dialect, &found.catalog)?;
    tell_doubts(session, found);
    for beyond in &made.beyond {
        session.ui.note(&beyond.to_string());
    }
    if !made.statements.is_empty() {
        session.ui.verbatim(&made.statements.join("\n"));
    }
    Ok(())
}

/// Says of which tables nothing, or not all, is known.
fn tell_unknown(session: &mut Session<'_>, found: &Found) {
    let catalog = &found.catalog;
    let unknown = catalog.opaque.iter().filter(|name| catalog.is_unknown(name));
    let unknown: Vec<&TableName> = unknown.collect();
    // Of a database the reasons are told.
    if !unknown.is_empty() && found.unread.is_empty() {
        session.ui.note(&format!(
            "left out, since only SQL that can't be read made it: {}",
            list(&unknown)
        ));
    }
    tell_doubts(session, found);
}

/// Says what may be more than is said of it.
fn tell_doubts(session: &mut Session<'_>, found: &Found) {
    tell_unread(session, &found.unread);
    let catalog = &found.catalog;
    let known: Vec<&TableName> =
        catalog.opaque.iter().filter(|name| !catalog.is_unknown(name)).collect();
    if !known.is_empty() && found.unread.is_empty() {
        session.ui.note(&format!(
            "may be more, or other, since SQL that can't be read changed it: {}",
            list(&known)
        ));
    }
}

fn list(names: &[&TableName]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn tell_unread(session: &mut Session<'_>, unread: &[String]) {
    for unread in unread {
        session.ui.note(unread);
    }
}

/// Compares the file with what was printed.
fn check(
    session: &mut Session<'_>,
    arguments: &Schema,
    file: &SchemaFile,
    text: &str,
) -> Result<u8, Failure> {
    let whole = match arguments.from {
        SchemaSource::Chain => "what the migrations make",
        SchemaSource::Database => "what the database has",
    };
    let shown = &file.shown;
    let write: Vec<&str> = session
        .typed
        .iter()
        .map(|word| match word.as_str() {
            "--check" => "--write",
            word => word,
        })
        .collect();
    let write = format!("to write it: migrate {}", write.join(" "));
    let Some(before) = file.read()? else {
        return Err(Failure::new(format!("there is no {shown}")).hint(write));
    };
    let is_current = schema_file::is_same(&before, text);
    let difference = (!is_current).then(|| file.difference(&before, text));
    if session.ui.is_json {
        session
            .ui
            .json(json!({ "file": shown, "is_current": is_current, "difference": difference }));
    } else if let Some(difference) = &difference {
        session.ui.result(difference.trim_end_matches('\n'));
    }
    if is_current {
        if !session.ui.is_json {
            session.ui.say_result(&format!("{shown} is {whole}"));
        }
        return Ok(0);
    }
    let failure = Failure { code: code::BEHIND, ..Failure::new(format!("{shown} is not {whole}")) };
    // What would be refused is no way out.
    Err(match file.check_replaceable(&before) {
        Ok(()) => failure.hint(write),
        Err(refusal) => failure.because(refusal.message).hint_opt(refusal.hint),
    })
}

/// Writes the file, where it is different.
fn write(session: &mut Session<'_>, file: &SchemaFile, text: &str) -> Result<u8, Failure> {
    let is_changed = file.write(text)?;
    let shown = &file.shown;
    if session.ui.is_json {
        session.ui.json(json!({ "file": shown, "is_changed": is_changed }));
    } else {
        session.ui.say_result(&match is_changed {
            true => format!("{shown} is written"),
            false => format!("{shown} is as it should be: nothing was written"),
        });
    }
    Ok(0)
}
