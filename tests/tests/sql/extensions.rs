//! Extensions.

use migrate_core::prelude::*;

use crate::sql;

#[test]
pub(crate) fn extensions() {
    insta::assert_snapshot!(sql(|op| op.only(Postgres, |op| {
        op.create_extension("pg_trgm").if_not_exists();
        op.drop_extension("citext");
    })), @r#"
    postgres  CREATE EXTENSION IF NOT EXISTS "pg_trgm"
    postgres  DROP EXTENSION "citext"
    "#);
}
