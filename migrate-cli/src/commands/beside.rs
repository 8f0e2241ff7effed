//! A database that others made, beside what the migrations make up to some revisions.
//!
//! What no migration speaks of is nobody's business here: it is named, and is no difference. What is in a table of
//! the migrations and not in them, is.

use std::borrow::Cow;
use std::collections::BTreeSet;

use migrate_core::run::{self, Migrator, Options};
use migrate_model::Dialect;
use migrate_model::catalog::{Catalog, TableName};
use migrate_model::revision::RevisionId;

use super::comparison::{Difference, between, look, unreadable};
use super::scratch;
use super::{Session, Target};
use crate::connect::Connected;
use crate::failure::Failure;
use crate::source::compare::restrict;

/// The two side by side.
pub(super) struct Beside {
    /// What the database lacks of what the revisions make, or has otherwise.
    pub(super) difference: Difference,
    /// What SQL makes or drops, nobody can tell which, and is not there.
    pub(super) absent: Vec<String>,
    /// Whether it has none of their tables and views, and they make some.
    pub(super) is_nothing_there: bool,
    /// What is there, and is only made by revisions behind these.
    pub(super) later: Vec<String>,
    /// What is there, and no migration speaks of.
    pub(super) extra: Vec<String>,
    /// What could not be compared, and why.
    pub(super) unknown: Vec<(String, String)>,
}

/// Reads the database, and compares it. It changes nothing.
///
/// What SQL makes that can't be read, a database tells that the same migrations are run on, where one can be had.
pub(super) fn beside(
    session: &mut Session<'_>,
    target: &Target,
    connected: &mut Connected,
    applied: &BTreeSet<RevisionId>,
    own: &[TableName],
) -> Result<Beside, Failure> {
    target.project.config.compare.check()?;
    let graph = session.graph()?;
    let dialect = connected.database.detect().map_err(|error| Failure::of(&error))?;
    let naming = session.chain.context(dialect).naming;
    let all: BTreeSet<RevisionId> = graph.nodes().iter().map(|node| node.id.clone()).collect();
    let whole = run::schema(session.chain, dialect, &all)?;
    let mut catalog = run::schema(session.chain, dialect, applied)?;
    let mut unknown = Vec::new();
    let mut doubted = BTreeSet::new();
    let known = names(&catalog);
    if !catalog.opaque.is_empty() {
        match played(session, target, connected, dialect, &catalog, applied, own)? {
            Ok(played) => catalog = played,
            Err(why) => {
                doubted = std::mem::take(&mut catalog.opaque);
                unknown.extend(doubted.iter().map(|name| {
                    (name.to_string(), format!("SQL in a migration changed it, and {why}"))
                }));
            }
        }
    }
    let read =
        look(connected.database.as_mut(), &whole, own).map_err(|error| unreadable(&error))?;
    let compare = &target.project.config.compare;
    let mut catalog = restrict(&catalog, compare, own).into_owned();
    let mut there = restrict(&read.catalog, compare, own).into_owned();
    for name in &doubted {
        // Nobody knows what it should be: it is what it is.
        catalog.tables.remove(name);
        catalog.views.remove(name);
        catalog.tables.extend(there.tables.get(name).map(|one| (name.clone(), one.clone())));
        catalog.views.extend(there.views.get(name).map(|one| (name.clone(), one.clone())));
    }
    let is_there =
        |name: &TableName| there.tables.contains_key(name) || there.views.contains_key(name);
    let mut wanted = names(&catalog);
    let is_absent = |name: &&TableName| {
        let sees = compare.sees_table(name) && !own.contains(name);
        sees && !is_there(name) && !there.opaque.contains(*name)
    };
    let missed: Vec<TableName> = doubted.iter().filter(is_absent).cloned().collect();
    let absent = missed.iter().map(ToString::to_string).collect();
    wanted.extend(missed);
    let is_nothing_there = !wanted.is_empty() && !wanted.iter().any(is_there);
    let behind: BTreeSet<TableName> =
        names(&whole).difference(&known).filter(|name| !wanted.contains(*name)).cloned().collect();
    let later = (behind.iter().filter(|name| is_there(name)))
        .map(|name| {
            format!("{} {name}", if there.tables.contains_key(name) { "table" } else { "view" })
        })
        .collect();
    let extra = without_extra(&mut there, &catalog, &behind, dialect);
    unknown.extend(
        (read.unread.iter())
            .filter(|one| there.opaque.contains(&one.of) || wanted.contains(&one.of))
            .map(|one| (one.of.to_string(), one.reason.clone())),
    );
    let difference = between(
        connected.database.as_mut(),
        Cow::Owned(there),
        Cow::Owned(catalog),
        dialect,
        &naming,
        &doubted,
    )?;
    Ok(Beside { difference, absent, is_nothing_there, later, extra, unknown })
}

/// The tables and views that a schema speaks of.
fn names(catalog: &Catalog) -> BTreeSet<TableName> {
    let Catalog { tables, views, opaque, .. } = catalog;
    tables.keys().chain(views.keys()).chain(opaque).cloned().collect()
}

/// Takes out of what is there what no migration speaks of, and names it.
fn without_extra(
    there: &mut Catalog,
    catalog: &Catalog,
    behind: &BTreeSet<TableName>,
    dialect: Dialect,
) -> Vec<String> {
    let mut extra = Vec::new();
    let mut is_extra = |is_spoken_of: bool, what: String| {
        if !is_spoken_of {
            extra.push(what);
        }
        is_spoken_of
    };
    let meant = names(catalog);
    let is_meant = |name: &TableName| meant.contains(name) || behind.contains(name);
    there.tables.retain(|name, _| is_extra(is_meant(name), format!("table {name}")));
    there.views.retain(|name, _| is_extra(is_meant(name), format!("view {name}")));
    there.opaque.retain(is_meant);
    let tables = &there.tables;
    there.sequences.retain(|name, sequence| match &sequence.owned_by {
        // It goes with its table.
        Some(owner) => tables.contains_key(&owner.table),
        None => is_extra(catalog.sequences.contains_key(name), format!("sequence {name}")),
    });
    there.functions.retain(|key, _| {
        is_extra(catalog.functions.contains_key(key), format!("function {}", key.0))
    });
    if dialect == Dialect::Postgres {
        // Elsewhere they belong to columns.
        let used: BTreeSet<_> = (tables.values().flat_map(|table| &table.columns))
            .filter_map(|column| column.sql_type.enum_name().cloned())
            .collect();
        there.enums.retain(|name, _| {
            let is_spoken_of = catalog.enums.contains_key(name) || used.contains(name);
            is_extra(is_spoken_of, format!("enum {name}"))
        });
    }
    there.schemas.retain(|name| is_extra(catalog.schemas.contains(name), format!("schema {name}")));
    there.extensions.retain(|name, _| {
        is_extra(catalog.extensions.contains_key(name), format!("extension {name}"))
    });
    extra
}

/// What the migrations make on a database that nobody needs; else why that can't be told.
fn played(
    session: &mut Session<'_>,
    target: &Target,
    connected: &mut Connected,
    dialect: Dialect,
    catalog: &Catalog,
    applied: &BTreeSet<RevisionId>,
    own: &[TableName],
) -> Result<Result<Catalog, String>, Failure> {
    let about = names(catalog).into_iter().collect();
    let heads = session.graph()?.maximal(applied);
    let chain = session.chain;
    session.ui.say("What SQL in the migrations makes is found out on a database of its own");
    let tried = scratch::on_a_new_one(session, dialect, target, connected, about, |database| {
        for head in &heads {
            let run = Migrator::new(chain).with(Options::default()).upgrade(database, head);
            if let Err(error) = run {
                let failure = Failure::from(error);
                let why = failure.causes.last().unwrap_or(&failure.message);
                return Ok(Err(format!(
                    "the migrations don't run on a database of their own: {why}"
                )));
            }
        }
        let read = look(database, catalog, own).map_err(|error| unreadable(&error))?;
        Ok(Ok(read.catalog))
    })?;
    Ok(tried.and_then(|played| played))
}
