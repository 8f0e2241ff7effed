//! What a migration is written with: `use migrate_core::prelude::*;`.

pub use migrate_macros::migration;
pub use migrate_model::{
    Dialect,
    Dialect::{Mariadb, Mysql, Postgres, Sqlite},
    Ops,
    catalog::{
        Action::{Cascade, NoAction, Restrict, SetDefault, SetNull},
        RangeType, SequenceType, asc,
        build::*,
        check, decimal, desc, exclude, expr, expression, foreign_key, function, index,
        naming::Naming,
        partition, primary_key, sequence, trigger, types, unique, view,
    },
    op::{enum_type, row, rows},
};

pub use crate::code;
pub use crate::code::{CodeResult, RunOps as _};
#[cfg(feature = "mysql")]
pub use diesel::MysqlConnection;
#[cfg(feature = "postgres")]
pub use diesel::PgConnection;
#[cfg(feature = "sqlite")]
pub use diesel::SqliteConnection;
