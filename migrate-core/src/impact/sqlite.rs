//! What SQLite's statements do. One writer has the whole file at a time, whatever it does, so no table is locked apart; what
//! differs is how long that takes.

use migrate_model::Dialect;

use super::{
    Answer::{Perhaps, Yes},
    Impact,
    words::{Words, tokens},
};

pub(super) fn of(sql: &str) -> Impact {
    let tokens = tokens(Dialect::Sqlite, sql);
    read(Words::new(Dialect::Sqlite, sql, &tokens)).unwrap_or_else(Impact::unknown)
}

fn read(mut words: Words<'_>) -> Option<Impact> {
    let none = Impact::none();
    let first = words.word()?.to_uppercase();
    words.eat(&first);
    Some(match first.as_str() {
        "ALTER" => {
            words.eat("TABLE");
            words.name()?;
            if words.eat("DROP") {
                none.rewrites(Yes).scans(Yes)
            } else if words.eat("ADD") && (words.has("CHECK") || words.has("NOT NULL")) {
                // What a new column would hold is tried on the rows.
                none.scans(Yes)
            } else {
                none
            }
        }
        "CREATE" => {
            let _ = words.eat("UNIQUE");
            match words.eat("INDEX") {
                true => none.scans(Yes).builds(),
                false if words.begins("TABLE") && words.has("AS") => none.scans(Perhaps),
                false => none,
            }
        }
        // The rows go first, one by one, where foreign keys are looked at.
        "DROP" => match words.begins("TABLE") {
            true => none.scans(Perhaps),
            false => none,
        },
        "UPDATE" | "DELETE" => none.scans(Perhaps),
        "REINDEX" => none.scans(Yes).builds(),
        "VACUUM" => none.rewrites(Yes).scans(Yes),
        "INSERT" | "REPLACE" | "PRAGMA" | "ANALYZE" => none,
        _ => return None,
    })
}
