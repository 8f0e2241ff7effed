//! A chain for SQLite.

migrate_core::migrations!("tests/sql_files/sqlite");
