//! `migrate baseline`: the first migration, from the schema that a database has.
//!
//! What the catalog has no words for is taken over as SQL of that database (`raw`), where there is any; the rest is
//! told in the file and on stderr. The migration is played on values first, then on a scratch database, whose schema
//! has to be the one that was read.

mod raw;

use std::borrow::Cow;
use std::collections::BTreeSet;

use migrate_core::backend::{
    DIALECTS, Database, ReflectError, Reflected, Scope, normalize, render,
};
use migrate_core::catalog::Catalog;
use migrate_core::diff::{Renames, diff};
use migrate_core::run::adopt::Tool;
use migrate_core::run::rehearse;
use migrate_core::{Op, Placed, Recorded};
use migrate_model::Dialect;
use migrate_model::catalog::TableName;
use migrate_model::catalog::naming::Naming;
use migrate_model::op::{apply_all, invert_all};

use super::comparison::{Live, between, reflect, unreadable};
use super::revision::is_built_from;
use super::schema::{own_tables, schemas};
use super::{Session, scratch};
use crate::args::{Autogenerate, Baseline, NewRevision};
use crate::config::{Compare, Project};
use crate::connect::Access;
use crate::failure::Failure;
use crate::source::compare::restrict;
use crate::source::migration::new_id;
use crate::source::read::read;
use crate::source::revision::{Content, revision};
use crate::ui::visible;

/// Reads, tries out and writes.
pub(super) fn run(session: &mut Session<'_>, arguments: &Baseline) -> Result<u8, Failure> {
    let read = read(session.environment, session.globals)?;
    is_built_from(session, &read)?;
    if let Some(first) = read.chain.nodes.first() {
        return Err(Failure::new("a baseline is the first migration, and the chain has begun")
            .because(format!("there is `{}` in {}", first.id, read.shown))
            .hint("what it lacks is written by: cargo migrate revision --autogenerate -m \"…\""));
    }
    let project = Project::find(session.environment, session.globals.config.as_deref())?;
    let compare = &project.config.compare;
    compare.check()?;
    let own = own_tables(session, &project)?;
    let (mut live, dialect) = look(session, &project, &own)?;
    let naming = session.chain.context(dialect).naming;
    let others = others(&live.read, compare);
    let seen: Vec<TableName> = own.iter().chain(&others).cloned().collect();
    live.read = seen_of(&live.read, compare, &seen);
    let catalog = &live.read.catalog;
    if *catalog == Catalog::default() && live.read.unread.is_empty() {
        return Err(Failure::new("the database is empty, so there is nothing to begin with")
            .hint("write the first migration: cargo migrate revision -m \"…\""));
    }
    let of_alembic = match &arguments.rev_id {
        Some(_) => None,
        None => of_alembic(session, live.connected.database.as_mut(), &others)?,
    };
    let is_alembics = of_alembic.is_some();
    let rev_id = arguments.rev_id.clone().or(of_alembic);
    let ops = written(dialect, &mut live)?;
    let mut untold: Vec<String> = live.read.unread.iter().map(ToString::to_string).collect();
    let back = proven(&ops, &live.read.catalog, dialect, &live.read.catalog.opaque)?;
    match arguments.no_verify {
        true => session.ui.note("the migration was not tried out: --no-verify"),
        false => {
            let there = live.read.clone();
            let scope = scope(&there.catalog, &seen);
            let tried = scratch::on_a_new_one(
                session,
                dialect,
                &live.target,
                &mut live.connected,
                ops.iter().flat_map(|op| op.tables()).collect(),
                |database| {
                    let trial = Trial {
                        ops: &ops,
                        back: &back,
                        there: &there,
                        scope,
                        compare,
                        seen: &seen,
                    };
                    trial.run(database, dialect, &naming)
                },
            )?;
            match tried {
                Ok(left) => {
                    untold = left;
                    session.ui.say("Tried out on a database of its own: it makes the same schema, and takes it back");
                }
                Err(why) => session.ui.note(&format!("the migration was not tried out: {why}")),
            }
        }
    }
    for table in &others {
        if let Some(tool) = tool_of(table) {
            session.ui.note(&format!("`{table}` is left out: it is {tool}'s own"));
        }
    }
    if others.iter().any(|table| table.name == "__diesel_schema_migrations") {
        session.ui.note("Diesel's own history can be kept in the place of this: cargo migrate import diesel DIR");
    }
    for note in on_others(&ops, dialect) {
        session.ui.note(&note);
    }
    let elsewhere = elsewhere(live.connected.database.as_mut(), dialect, &live.read.catalog);
    for note in elsewhere {
        session.ui.note(&note);
    }
    let mut remarks = Vec::new();
    if !untold.is_empty() {
        for one in &untold {
            session.ui.note(&format!("not in the migration, which has no words for it: {one}"));
        }
        let list: Vec<String> = untold.iter().map(|one| format!("- {}", visible(one))).collect();
        remarks.push(format!("Not made by this, and to be made by hand:\n{}", list.join("\n")));
    }
    drop(live);
    let new = NewRevision {
        message: arguments.message.clone(),
        head: None,
        splice: false,
        branch_label: None,
        depends_on: Vec::new(),
        rev_id,
        sql_file: false,
        version_path: arguments.version_path.clone(),
        autogenerate: Autogenerate::default(),
    };
    let content = Content { upgrade: ops, downgrade: None, naming, remarks };
    let code = revision(&read, session.environment, &new, &content, session.ui)?;
    let next = match is_alembics {
        true => "cargo migrate adopt --from alembic",
        false => "cargo migrate stamp head",
    };
    session.ui.say(&format!(
        "This database has all of it already; once you have read the file, say so: {next}"
    ));
    Ok(code)
}

/// Reads the database, and refuses one that is migrated already.
fn look(
    session: &mut Session<'_>,
    project: &Project,
    own: &[TableName],
) -> Result<(Live, Dialect), Failure> {
    let target = session.target()?;
    let mut connected = session.open(&target, Access::Read)?;
    if connected.is_missing {
        return Err(Failure::new("the file is not there, so there is nothing to begin with")
            .hint("write the first migration: cargo migrate revision -m \"…\""));
    }
    let status = session.migrator(&target).status(connected.database.as_mut())?;
    if let Some(row) = status.rows.first()
        && target.options.version_table.name != Tool::Alembic.table()
    {
        return Err(Failure::new(format!(
            "the database is at `{}`, by migrations that this chain does not have",
            row.escape_debug()
        ))
        .hint("find them, or begin anew: migrate stamp --purge base"));
    }
    let database = connected.database.as_mut();
    let dialect = database.detect().map_err(ReflectError::from)?;
    let mut scope = Scope::default();
    scope.without.extend(own.iter().cloned());
    // That of Alembic is looked at, be it ours by now.
    scope.without.retain(|table| table.name != Tool::Alembic.table());
    scope.schemas = schemas(session, project, dialect);
    let read = reflect(database, scope).map_err(|error| unreadable(&error))?;
    Ok((Live { target, connected, read }, dialect))
}

/// The tables of other tools that are there.
fn others(read: &Reflected, compare: &Compare) -> Vec<TableName> {
    let tables = read.catalog.tables.keys();
    let is_other = |name: &&TableName| tool_of(name).is_some();
    tables.filter(|name| compare.sees_table(name)).filter(is_other).cloned().collect()
}

/// The tool whose own table has this name.
fn tool_of(table: &TableName) -> Option<Tool> {
    Tool::ALL.into_iter().find(|tool| tool.table() == table.name)
}

/// What was read, as far as it is looked at.
fn seen_of(read: &Reflected, compare: &Compare, without: &[TableName]) -> Reflected {
    let mut catalog = restrict(&read.catalog, compare, without).into_owned();
    catalog.opaque.retain(|name| !without.contains(name));
    let sees = |name: &TableName| compare.sees_table(name) && !without.contains(name);
    let unread = read.unread.iter().filter(|unread| sees(&unread.of)).cloned().collect();
    Reflected { catalog, unread }
}

/// Where a schema like this lies.
fn scope(catalog: &Catalog, without: &[TableName]) -> Scope {
    let tables = catalog.tables.keys().chain(catalog.views.keys()).chain(&catalog.opaque);
    let schemas =
        catalog.schemas.iter().cloned().chain(tables.filter_map(|name| name.schema.clone()));
    let scope = schemas.fold(Scope::default(), |scope, schema| scope.schema(&schema));
    without.iter().fold(scope, |scope, table| scope.without(table.clone()))
}

/// The id that Alembic gives the state of the database, so that both version tables say the same.
fn of_alembic(
    session: &mut Session<'_>,
    database: &mut dyn Database,
    others: &[TableName],
) -> Result<Option<String>, Failure> {
    let Some(table) = others.iter().find(|table| table.name == Tool::Alembic.table()) else {
        return Ok(None);
    };
    let name = match &table.schema {
        // Only PostgreSQL has more than one.
        Some(schema) => format!("\"{}\".{}", schema.replace('"', "\"\""), Tool::Alembic.table()),
        None => Tool::Alembic.table().to_owned(),
    };
    let rows = database
        .query(&format!("SELECT CAST(version_num AS CHAR(64)) FROM {name}"))
        .map_err(|error| Failure::new(format!("cannot read `{table}`")).because(error.message))?;
    let ids: Vec<String> =
        rows.into_iter().flatten().flatten().map(|id| id.trim().to_owned()).collect();
    let shown = |id: &String| format!("`{}`", id.escape_debug());
    match ids.as_slice() {
        [] => {
            session.ui.note(&format!("`{table}` has no row: by Alembic's word nothing is applied"));
            Ok(None)
        }
        [id] => match new_id(Some(id), |_| true) {
            Ok(_) => {
                session.ui.say(&format!(
                    "Its id is {}, the revision that `{table}` says: both tools agree where the database is",
                    shown(id)
                ));
                Ok(Some(id.clone()))
            }
            Err(failure) => {
                let why = failure.causes.first().unwrap_or(&failure.message);
                session.ui.note(&format!(
                    "the revision of `{table}`, {}, can't be its id: {why}",
                    shown(id)
                ));
                Ok(None)
            }
        },
        several => {
            let ids: Vec<String> = several.iter().map(shown).collect();
            session.ui.note(&format!(
                "`{table}` has several heads, {}, and this is one revision: let Alembic merge them first, if both are to agree",
                ids.join(", ")
            ));
            Ok(None)
        }
    }
}

/// The ops that make the schema, with SQL for what they have no words for.
fn written(dialect: Dialect, live: &mut Live) -> Result<Vec<Op>, Failure> {
    let catalog = &live.read.catalog;
    let mut known = catalog.clone();
    // Of these the ops say what is known; `raw` says all of it where it can.
    known.opaque.clear();
    let found = diff(&Catalog::default(), &known, &Renames::default())
        .map_err(|error| Failure::new(error.to_string()))?;
    if let Some(beyond) = found.beyond.first() {
        return Err(Failure::new("the schema can't be said in ops").because(beyond.to_string()));
    }
    raw::with(live.connected.database.as_mut(), dialect, catalog, found.ops)
        .map_err(|error| unreadable(&ReflectError::from(error)))
}

/// Plays the migration on values: it makes the schema, and the way back, which is the answer, leaves nothing.
fn proven(
    ops: &[Op],
    catalog: &Catalog,
    dialect: Dialect,
    unknown: &BTreeSet<TableName>,
) -> Result<Vec<Op>, Failure> {
    let wrong = |why: String| {
        Failure::new("the migration that was found does not do what it should; nothing was written")
            .because(why)
    };
    let recorded: Vec<Recorded> = ops.iter().cloned().map(Placed::nowhere).collect();
    let back = invert_all(&recorded, &Catalog::default())
        .map_err(|error| wrong(error.what.to_string()))?;
    let mut made = Catalog::default();
    apply_all(&recorded, &mut made).map_err(|error| wrong(error.what.to_string()))?;
    let mut again = made.clone();
    apply_all(&back, &mut again)
        .map_err(|error| wrong(format!("on the way back: {}", error.what)))?;
    again.opaque.clear();
    if again != Catalog::default() {
        return Err(wrong("the way back leaves something".to_owned()));
    }
    // Who is opaque is for the database to say.
    let plain = |catalog: &Catalog| {
        let mut catalog = normalize(dialect, catalog);
        catalog.opaque.clear();
        catalog.tables.retain(|name, _| !unknown.contains(name));
        catalog
    };
    if plain(&made) != plain(catalog) {
        return Err(wrong("it makes another schema".to_owned()));
    }
    Ok(back.into_iter().map(|op| op.what).collect())
}

/// The migration on a database that nobody needs.
struct Trial<'a> {
    ops: &'a [Op],
    back: &'a [Op],
    there: &'a Reflected,
    scope: Scope,
    compare: &'a Compare,
    seen: &'a [TableName],
}

impl Trial<'_> {
    /// Makes the schema there, and takes it back. The answer is what only the database that was read has.
    fn run(
        self,
        database: &mut dyn Database,
        dialect: Dialect,
        naming: &Naming,
    ) -> Result<Vec<String>, Failure> {
        let wrong = |why: String| {
            Failure::new("the migration does not make that schema on a database of its own; nothing was written")
                .because(why)
                .hint("leave what it is about out with [compare] in migrate.toml, or write it all the same: --no-verify")
        };
        let mut catalog = Catalog::default();
        if let Err(fault) = rehearse(database, self.ops, &mut catalog)? {
            return Err(wrong(fault.to_string()));
        }
        let made = self.look(database)?;
        let left: Vec<String> = self
            .there
            .unread
            .iter()
            .filter(|one| !made.unread.contains(one))
            .map(ToString::to_string)
            .collect();
        // What is untold makes a table one that nobody vouches for: it is told already.
        let told: BTreeSet<TableName> = self
            .there
            .unread
            .iter()
            .filter(|one| !made.unread.contains(one))
            .map(|one| one.of.clone())
            .collect();
        let plain = |catalog: &Catalog| {
            let mut catalog = normalize(dialect, catalog);
            catalog.opaque.clear();
            catalog
        };
        if plain(&made.catalog) != plain(&self.there.catalog) {
            let [mut is, mut was] = [made.catalog, self.there.catalog.clone()];
            for catalog in [&mut is, &mut was] {
                catalog.opaque.clear();
            }
            let difference =
                between(database, Cow::Owned(is), Cow::Owned(was), dialect, naming, &told)?;
            let lines: Vec<String> = difference.lines().into_iter().map(|line| line.what).collect();
            if !lines.is_empty() {
                return Err(wrong(format!("there it would still be left to {}", lines.join("; "))));
            }
        }
        if let Err(fault) = rehearse(database, self.back, &mut catalog)? {
            return Err(wrong(format!("on the way back: {fault}")));
        }
        let left_behind = self.look(database)?;
        let mut names: Vec<String> = left_behind
            .catalog
            .tables
            .keys()
            .chain(left_behind.catalog.views.keys())
            .map(ToString::to_string)
            .collect();
        names.extend(left_behind.unread.iter().map(ToString::to_string));
        if !names.is_empty() {
            return Err(wrong(format!("on the way back: it leaves {}", names.join(", "))));
        }
        Ok(left)
    }

    fn look(&self, database: &mut dyn Database) -> Result<Reflected, Failure> {
        let read = reflect(database, self.scope.clone()).map_err(|error| unreadable(&error))?;
        Ok(seen_of(&read, self.compare, self.seen))
    }
}

/// What another database would say to the migration, of those that the package is built for.
fn on_others(ops: &[Op], dialect: Dialect) -> Vec<String> {
    // MariaDB would say what MySQL says.
    let is_other = |other: &Dialect| *other == other.family() && *other != dialect.family();
    let others = DIALECTS.iter().copied().filter(is_other);
    let refused = others.filter_map(|other| {
        let mut catalog = Catalog::default();
        let why = ops.iter().find_map(|op| {
            let is_raw = matches!(op, Op::Execute(_));
            let said = render(other, op, &catalog).err().map(|why| why.to_string());
            let said = said.or(is_raw.then(|| format!("it has SQL of {dialect}")));
            said.or_else(|| op.apply(&mut catalog).err().map(|why| why.to_string()))
        })?;
        Some(format!(
            "the package is built for {other}, too, where this migration can't be run: {why}; what is for one database alone goes into op.only(…)"
        ))
    });
    refused.collect()
}

/// The schemas of the database that were not looked into, and have tables.
fn elsewhere(database: &mut dyn Database, dialect: Dialect, catalog: &Catalog) -> Vec<String> {
    if dialect != Dialect::Postgres {
        return Vec::new();
    }
    let query = "SELECT n.nspname::text, count(*)::text FROM pg_catalog.pg_class c \
                 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> pg_catalog.current_schema() \
                 AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') \
                 GROUP BY 1 ORDER BY 1";
    let rows = database.query(query).unwrap_or_default();
    let looked_into: BTreeSet<&str> = catalog
        .tables
        .keys()
        .chain(catalog.views.keys())
        .chain(&catalog.opaque)
        .filter_map(|name| name.schema.as_deref())
        .collect();
    let names = rows.into_iter().filter_map(|row| {
        let mut row = row.into_iter().flatten();
        let (name, count) = (row.next()?, row.next()?);
        (!looked_into.contains(name.as_str())).then(|| {
            format!(
                "the schema `{}` with {count} tables and views was not looked into; to take it in, name it in migrate.toml: \
                 [compare.include] schemas = [\"public\", {name:?}]",
                visible(&name)
            )
        })
    });
    names.collect()
}
