//! What is written from `sqlite.sql`.

migrate_core::migrations!("tests/baseline/made/sqlite");
