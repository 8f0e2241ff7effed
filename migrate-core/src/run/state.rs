//! Where a database is: what its version table and its log say, put together.

use std::collections::BTreeSet;

use migrate_model::{
    Dialect,
    catalog::TableName,
    revision::{Graph, RevisionId},
};

use super::{
    Applied, Error, Options, Unfinished, journal,
    log::{self, Log},
    shape::{Damage, Shape},
    tamper, version_table,
};
use crate::backend::{Database, DatabaseError, ErrorKind};

/// What is read from the database, without a judgement.
#[derive(Debug)]
pub(super) struct State {
    pub(super) has_version_table: bool,
    pub(super) has_log_table: bool,
    /// Whether the log is as this version writes it.
    pub(super) has_note: bool,
    pub(super) rows: BTreeSet<String>,
    /// What no version table should hold.
    odd_row: Option<String>,
    damage: Option<Damage>,
    /// The tables of others, where there is no version table.
    pub(super) tables: Vec<String>,
    pub(super) log: Log,
    pub(super) journal: Vec<journal::Entry>,
    format: i64,
}

/// Where a database is.
#[derive(Debug)]
pub struct Status {
    /// Whether there is a version table at all.
    pub has_version_table: bool,
    /// The rows of the version table, as they are.
    pub rows: BTreeSet<String>,
    /// Those of them that the chain knows.
    pub heads: BTreeSet<RevisionId>,
    /// Those of them that it doesn't.
    pub unknown: Vec<String>,
    /// What the version table and the log disagree about, if they do; a run would refuse to build on it.
    pub disagreement: Option<Error>,
    /// Every revision that is applied.
    pub applied: BTreeSet<RevisionId>,
    /// Every revision that is not, in the order in which they would be.
    pub pending: Vec<RevisionId>,
    /// The word that the database was last marked with, such as `production`.
    pub mark: Option<String>,
    /// The step that was begun and not finished, if there is one.
    pub unfinished: Option<Unfinished>,
}

/// Reads the version table and the log, both as they are at one moment; creates nothing.
pub(super) fn read(database: &mut dyn Database, options: &Options) -> Result<State, Error> {
    read_so(database, options, log::Read::Whole)
}

/// The same with what the log says of what is applied, and of what it was then.
pub(super) fn read_checked(database: &mut dyn Database, options: &Options) -> Result<State, Error> {
    read_so(database, options, log::Read::Checked)
}

/// The same with no more of the log than what is applied.
pub(super) fn read_briefly(database: &mut dyn Database, options: &Options) -> Result<State, Error> {
    read_so(database, options, log::Read::Brief)
}

/// Where the database is, and what was read for it: no more of the log than that needs.
pub(super) fn look(
    database: &mut dyn Database,
    graph: &Graph,
    options: &Options,
) -> Result<(Status, State), Error> {
    let state = read_briefly(database, options)?;
    match state.status(graph, options) {
        // Its words have all of the log.
        Status { disagreement: Some(_), .. } => {
            let state = read(database, options)?;
            Ok((state.status(graph, options), state))
        }
        status => Ok((status, state)),
    }
}

fn read_so(
    database: &mut dyn Database,
    options: &Options,
    read: log::Read,
) -> Result<State, Error> {
    let doing =
        |source| Error::Database { doing: "read the state of the database".to_owned(), source };
    for _ in 1..READS {
        database.begin_reading().map_err(doing)?;
        let state = read_all(database, options, read);
        // There is nothing to keep, so this is the shorter way to end it.
        database.rollback().map_err(doing)?;
        // MySQL refuses to read a table that another runner made, or changed, in this very moment.
        let is_in_between = matches!(
            &state,
            Err(Error::Database { source, .. }) if source.kind == ErrorKind::Conflict
        );
        if !is_in_between {
            return state;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    database.begin_reading().map_err(doing)?;
    let state = read_all(database, options, read);
    database.rollback().map_err(doing)?;
    state
}

/// How often the state is read where others change it at the same time.
const READS: usize = 20;

fn read_all(
    database: &mut dyn Database,
    options: &Options,
    read: log::Read,
) -> Result<State, Error> {
    let doing = |source| Error::Database {
        doing: format!("read the version table `{}`", options.version_table),
        source,
    };
    let dialect = database.dialect();
    let tables = options.own_tables();
    let [versions, shape, journal] = Shape::of_each(database, tables.each_ref()).map_err(doing)?;
    let has_version_table = versions.is_there();
    let (rows, tables) = if has_version_table {
        let rows = match versions.is_readable(dialect, false) {
            true => version_table::raw_rows(database, options).map_err(doing)?,
            false => Vec::new(),
        };
        (rows, Vec::new())
    } else {
        let tables = user_tables(database, options)?;
        // MySQL lists tables as they are now, whatever the transaction saw before: another runner may have made
        // the version table in between, and it makes that one before any other.
        if !tables.is_empty() && exists(database, &options.version_table).map_err(doing)? {
            return read_all(database, options, read);
        }
        (Vec::new(), tables)
    };
    let has_note = shape.has("note");
    let (format, log) = if shape.is_readable(dialect, true) {
        let doing = |source| Error::Database {
            doing: format!("read the log `{}`", options.log_table),
            source,
        };
        log::read(database, options, has_note, read).map_err(doing)?
    } else {
        (0, Log::empty())
    };
    let journal = match shape.is_there() && journal.is_table() {
        true => journal::read(database, options).map_err(|source| Error::Database {
            doing: format!("read the journal `{}`", options.journal_table()),
            source,
        })?,
        false => Vec::new(),
    };
    let damage = versions.damage_of_versions(dialect, options);
    Ok(State {
        has_version_table,
        has_log_table: shape.is_there(),
        has_note,
        odd_row: odd_row(&rows),
        rows: rows.into_iter().flatten().collect(),
        damage: damage.or_else(|| shape.damage_of_log(dialect, options)),
        tables,
        log,
        journal,
        format,
    })
}

/// A row that no version table of ours or Alembic's can hold by itself, since its key forbids it.
fn odd_row(rows: &[Option<String>]) -> Option<String> {
    if rows.contains(&None) {
        return Some("a row without a revision".to_owned());
    }
    let mut seen = BTreeSet::new();
    let twice = rows.iter().flatten().find(|row| !seen.insert(*row))?;
    Some(format!("`{twice}` more than once"))
}

pub(super) fn exists(
    database: &mut dyn Database,
    table: &TableName,
) -> Result<bool, DatabaseError> {
    Ok(!database.query(&exists_sql(database.dialect(), table))?.is_empty())
}

/// A query that has a row where there is such a table.
pub(super) fn exists_sql(dialect: Dialect, table: &TableName) -> String {
    let name = version_table::literal(dialect, &table.name);
    let schema = table.schema.as_ref().map(|schema| version_table::literal(dialect, schema));
    match dialect {
        Dialect::Postgres => format!(
            "SELECT '1' FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relname = {name} AND c.relkind IN ('r', 'p') AND {}",
            schema.map_or("pg_catalog.pg_table_is_visible(c.oid)".to_owned(), |schema| format!(
                "n.nspname = {schema}"
            ))
        ),
        Dialect::Sqlite => format!(
            "SELECT '1' FROM sqlite_master WHERE type = 'table' AND lower(name) = lower({name})"
        ),
        Dialect::Mysql | Dialect::Mariadb => format!(
            "SELECT '1' FROM information_schema.tables WHERE table_name = {name} AND table_schema = {}",
            schema.unwrap_or_else(|| "database()".to_owned())
        ),
    }
}

/// The same options with our tables in a schema, so that a migration that changes PostgreSQL's search
/// path can't send their rows elsewhere.
pub(super) fn pinned(database: &mut dyn Database, options: &Options) -> Result<Options, Error> {
    let mut options = options.clone();
    if database.dialect() == Dialect::Postgres {
        for table in [&mut options.version_table, &mut options.log_table] {
            table.schema = schema_of(database, table)?;
        }
    }
    Ok(options)
}

/// The schema that a table lies in, or would be created in; on MySQL the database, and none on SQLite.
pub(super) fn schema_of(
    database: &mut dyn Database,
    table: &TableName,
) -> Result<Option<String>, Error> {
    if table.schema.is_some() {
        return Ok(table.schema.clone());
    }
    let sql = match database.dialect() {
        Dialect::Sqlite => return Ok(None),
        Dialect::Mysql | Dialect::Mariadb => "SELECT database()".to_owned(),
        Dialect::Postgres => format!(
            "SELECT coalesce((SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relname = {} AND c.relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(c.oid)), current_schema())::text",
            version_table::literal(Dialect::Postgres, &table.name)
        ),
    };
    let rows = database.query(&sql).map_err(|source| Error::Database {
        doing: "look up the schema of the version table".to_owned(),
        source,
    })?;
    Ok(rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
}

/// The tables that are neither ours nor an extension's.
fn user_tables(database: &mut dyn Database, options: &Options) -> Result<Vec<String>, Error> {
    let doing = |source| Error::Database { doing: "list the tables".to_owned(), source };
    let rows = database.query(user_tables_sql(database.dialect())).map_err(doing)?;
    let names = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
    Ok(names.filter(|name| options.own_tables().iter().all(|own| own.name != *name)).collect())
}

/// A query for the names of the tables that are no extension's.
pub(super) fn user_tables_sql(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => {
            "SELECT c.relname::text AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p') AND n.nspname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d \
             WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1"
        }
        Dialect::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1"
        }
        Dialect::Mysql | Dialect::Mariadb => {
            "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database() \
             AND table_type = 'BASE TABLE' ORDER BY 1"
        }
    }
}

impl State {
    /// Whether there are tables that somebody has made for himself, and not Diesel's harness for its rows.
    pub(super) fn has_foreign_tables(&self) -> bool {
        self.tables.iter().any(|name| name != crate::harness::TABLE)
    }

    /// Whether nobody has changed it since.
    pub(super) fn is_as(&self, other: &State) -> bool {
        // However much was read of each.
        fn same(state: &State) -> impl Iterator<Item = (&str, &str, bool)> {
            state.log.done().map(|row| (row.revision, row.direction, row.has_checksum))
        }
        self.has_version_table == other.has_version_table
            && self.has_log_table == other.has_log_table
            && self.rows == other.rows
            && same(self).eq(same(other))
            && self.journal == other.journal
    }

    /// An error when this version can't write here: a newer one has written in ways that this one can't keep up, or
    /// one of our tables was changed by something else.
    pub(super) fn check_format(&self, options: &Options) -> Result<(), Error> {
        if self.format > log::FORMAT {
            let table = options.log_table.to_string();
            return Err(Error::NewerFormat { table, found: self.format, known: log::FORMAT });
        }
        self.check_shape()
    }

    fn check_shape(&self) -> Result<(), Error> {
        match self.damage.clone() {
            Some(Damage { table, what, cure }) => Err(Error::Damaged { table, what, cure }),
            None => Ok(()),
        }
    }

    /// Whether there are rows that no version table should hold.
    pub(super) fn has_odd_row(&self) -> bool {
        self.odd_row.is_some()
    }

    /// An error when the rows are none that this chain can be laid beside.
    fn check_rows(&self, graph: &Graph, options: &Options) -> Result<(), Error> {
        self.check_shape()?;
        let table = options.version_table.to_string();
        if let Some(what) = self.odd_row.clone() {
            return Err(Error::OddRow { table, what });
        }
        let rows = self.unknown_rows(graph);
        if rows.is_empty() {
            return Ok(());
        }
        let logged = self.log.logged_by_id();
        let applied =
            rows.iter().filter_map(|id| logged.get(id.as_str())).map(Applied::of).collect();
        Err(Error::UnknownRows { table, rows, applied })
    }

    fn known_rows(&self, graph: &Graph) -> BTreeSet<RevisionId> {
        graph.known(self.rows.iter().map(String::as_str))
    }

    pub(super) fn unknown_rows(&self, graph: &Graph) -> Vec<String> {
        self.rows.iter().filter(|row| graph.get(row).is_none()).cloned().collect()
    }

    pub(super) fn logged(&self, graph: &Graph) -> BTreeSet<RevisionId> {
        graph.known(self.log.logged().map(|logged| logged.row.revision))
    }

    /// What the rows alone imply.
    pub(super) fn by_rows(
        &self,
        graph: &Graph,
        options: &Options,
    ) -> Result<BTreeSet<RevisionId>, Error> {
        self.check_rows(graph, options)?;
        Ok(graph.ancestors(&self.known_rows(graph)))
    }

    /// Every applied revision: what the log says, when the version table agrees.
    ///
    /// A table that another tool wrote alone has no log; then the rows imply their ancestors. Where that
    /// tool still runs beside us, its table is the truth.
    pub(super) fn applied(
        &self,
        graph: &Graph,
        options: &Options,
    ) -> Result<BTreeSet<RevisionId>, Error> {
        self.check_rows(graph, options)?;
        let table = options.version_table.to_string();
        let rows = self.known_rows(graph);
        if let Some((ancestor, descendant)) = overlap(graph, &rows) {
            return Err(Error::OverlappingRows { table, ancestor, descendant });
        }
        let logged = self.logged(graph);
        let heads = graph.maximal(&logged);
        if heads == rows {
            return Ok(logged);
        }
        if self.log.done().next().is_none() || options.version_table.name == "alembic_version" {
            return Ok(graph.ancestors(&rows));
        }
        let words = |ids: &BTreeSet<RevisionId>| ids.iter().map(ToString::to_string).collect();
        if !self.has_version_table {
            let log = options.log_table.to_string();
            return Err(Error::NoVersionTable { table, log, logged: words(&heads) });
        }
        Err(Error::Moved { table, rows: words(&rows), logged: words(&heads) })
    }

    /// The same for people, who get an answer even where the two don't agree.
    pub(super) fn status(&self, graph: &Graph, options: &Options) -> Status {
        // Where no row can be read, the log is all that there is.
        let is_unreadable =
            self.rows.is_empty() && (self.damage.is_some() || !self.has_version_table);
        let heads = match is_unreadable {
            true => graph.maximal(&self.logged(graph)),
            false => self.known_rows(graph),
        };
        let (applied, disagreement) = match self.applied(graph, options) {
            Ok(applied) => (applied, tamper::missing(self, graph, options)),
            Err(Error::UnknownRows { .. }) => (graph.ancestors(&heads), None),
            Err(error) => (graph.ancestors(&heads), Some(error)),
        };
        let pending = graph
            .nodes()
            .iter()
            .map(|node| node.id.clone())
            .filter(|id| !applied.contains(id))
            .collect();
        Status {
            has_version_table: self.has_version_table,
            unknown: self.unknown_rows(graph),
            disagreement,
            rows: self.rows.clone(),
            heads,
            applied,
            pending,
            mark: log::mark(&self.log).map(str::to_owned),
            unfinished: journal::unfinished(&self.journal),
        }
    }
}

/// Two rows of which one comes before the other: no database gets there by itself.
fn overlap(graph: &Graph, rows: &BTreeSet<RevisionId>) -> Option<(RevisionId, RevisionId)> {
    let heads = graph.maximal(rows);
    let ancestor = rows.difference(&heads).next()?;
    let above = graph.descendants(&BTreeSet::from([ancestor.clone()]));
    Some((ancestor.clone(), heads.intersection(&above).next()?.clone()))
}
