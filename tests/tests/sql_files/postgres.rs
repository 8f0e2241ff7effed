//! A chain for PostgreSQL.

migrate_core::migrations!("tests/sql_files/postgres");
