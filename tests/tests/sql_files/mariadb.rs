//! A chain for MariaDB.

migrate_core::migrations!("tests/sql_files/mariadb");
