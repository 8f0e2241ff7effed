//! MySQL and MariaDB through Diesel.

use migrate_model::Dialect;

crate::backend::database::database!(
    diesel::MysqlConnection,
    Dialect::Mysql,
    crate::backend::begin::begin_sql,
    "START TRANSACTION",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    super::detect
);
