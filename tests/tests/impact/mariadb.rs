//! What is said for MySQL and MariaDB, and that MariaDB takes the algorithm that was said.

use migrate_core::backend::render;
use migrate_core::impact::{self, Lock};
use migrate_core::prelude::*;
use tests::examples::{examples, rich_catalog};
use tests::{Backend, backends};

use crate::database;

/// What an ALTER is asked for when this was said of it.
fn asked(lock: Lock) -> Option<&'static str> {
    Some(match lock {
        Lock::Instant => "ALGORITHM=INSTANT",
        // What MariaDB calls so is in place and rewrites nothing.
        Lock::Inplace => "ALGORITHM=NOCOPY, LOCK=NONE",
        Lock::InplaceRebuild => "ALGORITHM=INPLACE, LOCK=NONE",
        Lock::InplaceShared => "ALGORITHM=INPLACE, LOCK=SHARED",
        Lock::Copy => "ALGORITHM=COPY, LOCK=SHARED",
        Lock::RowShare
        | Lock::RowExclusive
        | Lock::ShareUpdateExclusive
        | Lock::Share
        | Lock::ShareRowExclusive
        | Lock::Exclusive
        | Lock::AccessExclusive => return None,
    })
}

#[test]
fn mariadb_takes_the_algorithm_that_is_said() {
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let mut shared = database(Backend::Mariadb);
    let (mut faults, mut count) = (Vec::new(), 0);
    for example in examples().into_iter().filter(|one| {
        one.refusal(Mariadb).is_none() && !matches!(one.kind, "Run" | "Execute" | "RenameTable")
    }) {
        let name = format!("{}, {}", example.kind, example.name);
        let mut catalog = rich_catalog(Mariadb);
        let mut connection = shared.connect();
        connection.batch(&format!("SET SESSION sql_mode = '{SQL_MODE}'")).expect("a setting");
        let mut is_changed = false;
        'ops: for recorded in example.record(Mariadb) {
            let statements = render(Mariadb, &recorded, &catalog).expect(&name);
            let impacts = impact::of(Mariadb, &recorded, &statements, &catalog);
            for (statement, impact) in statements.iter().zip(&impacts) {
                let sql = statement.text();
                let strongest = impact.locks.first().and_then(|one| asked(one.lock));
                let asked = strongest.filter(|_| sql.starts_with("ALTER TABLE"));
                is_changed = true;
                let text = asked.map_or(sql.to_owned(), |asked| format!("{sql}, {asked}"));
                count += usize::from(asked.is_some());
                if let Err(error) = connection.batch(&text) {
                    faults.push(format!("{name}: {text}\n  {error}"));
                    break 'ops;
                }
                if !impact.is_known {
                    faults.push(format!("{name}: {sql}\n  not known"));
                }
            }
            recorded.apply(&mut catalog).expect(&name);
        }
        if is_changed {
            shared = database(Backend::Mariadb);
        }
    }
    assert!(faults.is_empty(), "{} faults of {count}\n{}", faults.len(), faults.join("\n"));
}

const SQL_MODE: &str = "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
                        ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO";
