//! Who holds what a step waits for, in words.

use std::collections::BTreeSet;

use migrate_model::{
    Dialect, Op,
    catalog::{Constraint, TableName},
    op::TableChange,
};

use super::{Prepared, session::Session, steps::Stop, version_table::literal};
use crate::backend::{Database, DatabaseError};

/// The most that are named.
const MOST: usize = 3;

/// Those that could be found, once the statement has given up: others that hold locks on the tables of the step.
///
/// It says what a connection is and since when, never what it executes: that can hold values.
pub(super) fn of(session: &mut Session<'_>, step: &Prepared) -> Vec<String> {
    let sql = match session.dialect() {
        Dialect::Postgres => postgres(step),
        Dialect::Mysql | Dialect::Mariadb => format!(
            "SELECT CAST(concat('connection ', p.id, ' (user ', p.user, ' from ', p.host, ', ', lower(p.command), \
             ', in a transaction since ', t.trx_started, ')') AS CHAR) FROM information_schema.innodb_trx t \
             JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id \
             WHERE p.id <> CONNECTION_ID() AND p.db = DATABASE() ORDER BY t.trx_started LIMIT {MOST}"
        ),
        Dialect::Sqlite => return Vec::new(),
    };
    // The one that gave up may still be inside of its transaction.
    let _ = session.rollback();
    let rows = session.query(&sql).unwrap_or_default();
    rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
}

fn postgres(step: &Prepared) -> String {
    let tables: BTreeSet<TableName> =
        step.ops.iter().flat_map(|op| op.op.tables().into_iter().chain(parents(&op.op))).collect();
    let tables = tables.iter().filter_map(|table| {
        let name = super::version_table::sql_name(Dialect::Postgres, table).ok()?;
        Some(format!("pg_catalog.to_regclass({})", literal(Dialect::Postgres, &name)))
    });
    let tables: Vec<String> = tables.collect();
    // SQL that can't be read can be about any.
    let on = match tables.is_empty() {
        true => "l.relation >= 16384".to_owned(),
        false => format!("l.relation IN ({})", tables.join(", ")),
    };
    format!(
        "SELECT coalesce('process ' || a.pid || ' (' || concat_ws(', ', nullif(a.application_name, ''), 'user ' || a.usename, \
         nullif(a.state, ''), 'in a transaction since ' || to_char(a.xact_start AT TIME ZONE 'UTC', 'HH24:MI:SS') || ' UTC', \
         string_agg(DISTINCT l.mode || ' on ' || l.relation::regclass::text, ', ')) || ')', \
         'the prepared transaction ' || quote_literal(min(p.gid)))::text \
         FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         LEFT JOIN pg_catalog.pg_prepared_xacts p ON l.virtualtransaction = '-1/' || p.transaction::text \
         WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND {on} \
         AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
         GROUP BY a.pid, a.application_name, a.usename, a.state, a.xact_start ORDER BY a.xact_start NULLS FIRST LIMIT {MOST}"
    )
}

/// The tables that new foreign keys of an op refer to, which it locks as well.
fn parents(op: &Op) -> Vec<TableName> {
    let mut constraints: Vec<&Constraint> = Vec::new();
    if let Op::CreateTable(create) = op {
        constraints.extend(create.table.constraints.values());
    }
    if let Op::AlterTable(alter) = op {
        for change in &alter.changes {
            if let TableChange::AddConstraint(add) = &change.what {
                constraints.push(&add.constraint);
            }
        }
    }
    let keys = constraints.into_iter().filter_map(|constraint| match constraint {
        Constraint::ForeignKey(key) => Some(key.table.clone()),
        Constraint::PrimaryKey(_)
        | Constraint::Unique(_)
        | Constraint::Check(_)
        | Constraint::Exclude(_) => None,
    });
    keys.collect()
}

/// The same stop, with what is known of its cause.
pub(super) fn explained(stop: Stop, tries: u32, blockers: &[String]) -> Stop {
    let held = match blockers {
        [] => "held by somebody who is not to be seen now".to_owned(),
        _ => format!("held by {}", blockers.join("; ")),
    };
    let times = if tries == 1 { "once".to_owned() } else { format!("{tries} times") };
    let advice = format!(
        "it was tried {times}, and what it waits for is {held}; run it again when that is over, or wait for longer: \
         --lock-timeout 10s, --lock-tries 30"
    );
    let with = |mut error: DatabaseError| {
        error.advice = Some(advice.clone());
        error
    };
    match stop {
        Stop::Statement(mut error) => {
            error.source = with(error.source);
            Stop::Statement(error)
        }
        Stop::Database(error) => Stop::Database(with(error)),
        Stop::Commit(error) => Stop::Commit(with(error)),
        Stop::Escaped(_)
        | Stop::Late(_)
        | Stop::Overtaken(_)
        | Stop::Interrupted
        | Stop::Told(_) => stop,
    }
}

/// What is said before the next try.
pub(super) fn retrying(stop: &Stop, number: u32, tries: u32, blockers: &[String]) -> String {
    let why = stop.message();
    let held = match blockers {
        [] => String::new(),
        _ => format!("; held by {}", blockers.join("; ")),
    };
    format!("try {number} of {tries} met a lock ({why}){held}; it is tried again")
}
