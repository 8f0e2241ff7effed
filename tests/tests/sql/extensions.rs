//! Schemas and extensions.

use migrate_core::prelude::*;

use crate::sql;

#[test]
pub(crate) fn extensions() {
    insta::assert_snapshot!(sql(|op| op.only(Postgres, |op| {
        op.create_extension("pg_trgm").if_not_exists();
        op.create_extension("hstore").schema("it's").version("1.8");
        op.drop_extension("citext");
    })), @r#"
    postgres  CREATE EXTENSION IF NOT EXISTS "pg_trgm"
    postgres  CREATE EXTENSION "hstore" SCHEMA "it's" VERSION '1.8'
    postgres  DROP EXTENSION "citext"
    "#);
}

#[test]
pub(crate) fn schemas() {
    insta::assert_snapshot!(sql(|op| {
        op.create_schema("it's \"so\"").if_not_exists();
        op.drop_schema("it's \"so\"");
    }), @r#"
    postgres  CREATE SCHEMA IF NOT EXISTS "it's ""so"""
    postgres  DROP SCHEMA "it's ""so"""
    sqlite    error: SQLite has no schemas
              hint: put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no schemas
              hint: put the op into op.only(Postgres, |op| …)
    mysql     error: MySQL has no schemas within a database: each is a database by itself, and goes with all of its tables
              hint: say it in SQL: op.execute("CREATE DATABASE …").declares_nothing()
    mysql     error: MySQL has no schemas within a database: each is a database by itself, and goes with all of its tables
              hint: say it in SQL: op.execute("CREATE DATABASE …").declares_nothing()
    "#);
}
