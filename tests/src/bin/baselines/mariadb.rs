//! What is written from `mariadb.sql`.

migrate_core::migrations!("tests/baseline/made/mariadb");
