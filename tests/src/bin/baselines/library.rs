//! What is written from `library.sql`.

migrate_core::migrations!("tests/baseline/made/library");
