//! Backups of SQLite, by `VACUUM INTO`, which also sees what is still in the write-ahead log.

use std::path::Path;

use migrate_core::backend::Database;
use tempfile::NamedTempFile;

use super::Wanted;
use crate::args::quoted;
use crate::connect::{self, Access};
use crate::failure::Failure;
use crate::ui;
use crate::url::{DatabaseUrl, SqlitePlace, SqliteUrl};

const TABLES: &str = "SELECT CAST(count(*) AS TEXT) FROM sqlite_master WHERE type = 'table'";

impl Wanted<'_> {
    pub(super) fn copy_sqlite(
        &self,
        database: &mut dyn Database,
        file: &NamedTempFile,
    ) -> Result<Option<String>, Failure> {
        let path = file.path();
        let Some(text) = path.to_str() else {
            return Err(Failure::new("the path of the backup is not UTF-8 text"));
        };
        // The file is there and empty, which SQLite takes for one to be made.
        let copied = database.batch(&format!("VACUUM INTO '{}'", text.replace('\'', "''")));
        copied.map_err(|error| {
            let failure = Failure::of(&error);
            let hint = failure
                .message
                .contains("full")
                .then(|| "make room, or name a folder on another disk: --backup=DIR".to_owned());
            failure.hint_opt(hint)
        })?;
        let mut copy = self.open_copy(path, Access::Read)?;
        let verdict = first(copy.as_mut(), "PRAGMA integrity_check")?;
        if verdict.as_deref() != Some("ok") {
            let verdict = verdict.unwrap_or_else(|| "it can't be read".to_owned());
            return Err(Failure::new("the backup is not sound").because(verdict));
        }
        let (tables, copies) = (first(database, TABLES)?, first(copy.as_mut(), TABLES)?);
        if tables != copies {
            return Err(Failure::new("the backup has not as many tables as the database"));
        }
        drop(copy);
        // The copy begins without a write-ahead log, whatever it is a copy of.
        if first(database, "PRAGMA journal_mode")?.as_deref() == Some("wal") {
            let mut copy = self.open_copy(path, Access::Write)?;
            first(copy.as_mut(), "PRAGMA journal_mode = wal")?;
        }
        Ok(None)
    }

    fn open_copy(&self, path: &Path, access: Access) -> Result<Box<dyn Database>, Failure> {
        let url = DatabaseUrl::file(path.to_path_buf());
        let opened = connect::open(&url, access, &self.environment.folder, "")?;
        Ok(opened.database)
    }

    pub(super) fn restore_sqlite(&self, url: &SqliteUrl, path: &Path) -> Vec<String> {
        let SqlitePlace::File(database) = &url.place else { return Vec::new() };
        let folder = &self.environment.folder;
        let database = ui::path(database, folder);
        let beside = ["-wal", "-shm", "-journal"].map(|end| quoted(&format!("{database}{end}")));
        vec![
            // What belongs to the file that is there would spoil the other one.
            format!("rm -f {}", beside.join(" ")),
            format!("cp {} {}", quoted(&ui::path(path, folder)), quoted(&database)),
        ]
    }
}

fn first(database: &mut dyn Database, query: &str) -> Result<Option<String>, Failure> {
    let rows = database.query(query).map_err(|error| Failure::of(&error))?;
    Ok(rows.into_iter().flatten().next().flatten())
}
