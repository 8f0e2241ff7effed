//! `schema!`, the tables of a program and its database in one place. What it says is read by the macros and by `migrate`.

/// Declares tables for Diesel and for migrations at once.
///
/// A table is written as for [`diesel::table!`], which this makes of it, with what `table!` has no words for as attributes: defaults,
/// indexes, checks, foreign keys. It says all that there is to a table: an index that it doesn't name is not to be there.
///
/// ```
/// mod schema {
///     migrate_core::schema! {
///         enum order_status = ["open", "filled"];
///
///         /// Whoever logs in.
///         users (id) {
///             #[identity]
///             id -> BigInt,
///             #[unique]
///             #[max_length = 40]
///             email -> Varchar,
///             #[default(now)]
///             created_at -> Timestamp,
///         }
///
///         #[index(user_id, desc(number))]
///         orders (id) {
///             #[identity]
///             id -> BigInt,
///             #[references(users(id), on_delete = cascade)]
///             user_id -> BigInt,
///             #[check("number > 0")]
///             number -> Integer,
///             #[numeric(12, 2)]
///             #[default(0)]
///             price -> Numeric,
///             #[default("open")]
///             status -> OrderStatus,
///             note -> Nullable<Text>,
///         }
///     }
/// }
///
/// use diesel::prelude::*;
/// use schema::{orders, users};
///
/// let query = users::table
///     .inner_join(orders::table)
///     .filter(orders::number.gt(3))
///     .select((users::email, orders::price));
/// let sql = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&query).to_string();
/// assert!(sql.contains("`users` INNER JOIN `orders`"), "{sql}");
/// ```
///
/// Diesel's own `table!` asks for `diesel` among the dependencies of the package.
///
/// # Above a column
///
/// | Attribute | What it says |
/// |---|---|
/// | `#[default(0)]`, `#[default(now)]`, `#[default(sql = "…")]` | what it holds when an INSERT doesn't say: a literal of its type, the present time, an SQL expression |
/// | `#[unique]` | no two rows share its value; `name = "…"`, `deferrable`, `initially_deferred`, `nulls_not_distinct`, `include(…)` |
/// | `#[index]` | an index on it; what an index takes stands below |
/// | `#[check("…")]` | what must not be false; `name = "…"`, `not_valid` |
/// | `#[references(users(id))]` | a foreign key; `on_delete = cascade`, `on_update = set_null`, `name = "…"`, `deferrable`, `initially_deferred`, `match_full`, `not_valid` |
/// | `#[max_length = 40]`, `#[numeric(12, 2)]`, `#[precision = 3]` | length of a text, digits of a number, digits behind the second |
/// | `#[sql_type = "…"]` | the exact type, where Diesel's is too coarse: `"timestamp(3)"`, `"ltree"` |
/// | `#[identity]` | it counts itself up; `always`, `start = 1000`, `increment = 10` on PostgreSQL |
/// | `#[generated("…")]` | it is computed and stored; `when_read`: whenever it is read |
/// | `#[collate = "…"]` | how its text compares and sorts |
/// | `#[renamed_from = "…"]` | the name it had; may be there several times, and stay |
/// | `#[sql_name = "…"]` | the name in the database, as in `table!` |
/// | `/// …` | the comment |
///
/// # Above a table
///
/// | Attribute | What it says |
/// |---|---|
/// | `#[unique(a, b)]`, `#[check("…")]` | as above a column |
/// | `#[index(a, desc(b, nulls_last), expr("lower(c)"))]` | an index; `name = "…"`, `unique`, `where = "…"`, `using = "gin"`, `include(…)`, `ops(a = "…")`, `nulls_not_distinct`, `with(fillfactor = 70)`, `tablespace = "…"`, and on MySQL `length(a = 20)`, `structure = "hash"`, `fulltext`, `spatial` |
/// | `#[foreign_key((a, b) -> orders(a, b))]` | a foreign key of several columns, with the words of `references` |
/// | `#[exclude(room with "=", expr("tsrange(start, stop)") with "&&")]` | no two rows of which all this holds (PostgreSQL); `using = "gist"`, `where = "…"`, `name = "…"`, `ops(room = "…")`, `deferrable`, `initially_deferred` |
/// | `#[postgres(unlogged, tablespace = "…", with(…))]`, `#[mysql(engine = "…", charset = "…", collate = "…", row_format = "…")]`, `#[sqlite(strict, without_rowid)]` | what one database alone has, when the table is made |
/// | `#[renamed_from = "…"]`, `#[sql_name = "…"]`, `/// …` | as above a column |
///
/// # What else
///
/// `enum order_status = ["open", "filled"];` is an enum, whose struct for Diesel is `sql_types::OrderStatus`. Tables and enums may have a
/// schema in front: `audit.events (id) { … }`. A `use` in front of the tables is for each of them, as in `table!`.
///
/// A table is referred to by its name in Rust; one that is declared in another place as the database has it: `"auth"."users"("id")`.
/// Tables that refer to each other by one column can be joined, if there is one way to; all tables of one `schema!` may stand in
/// one query. With tables of another place both are said as ever: `joinable!`, `allow_tables_to_appear_in_same_query!`.
#[macro_export]
macro_rules! schema {
    ($($tokens:tt)*) => {
        $crate::__schema! { $crate; $($tokens)* }
    };
}
