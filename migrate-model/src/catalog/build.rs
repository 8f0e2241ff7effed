//! The words a migration builds tables and columns with.
//!
//! A column under construction carries its type, whether it may be NULL and whether rows that are
//! there already get a value, in *its* type: so the compiler refuses a default of the wrong type, an
//! option that a type doesn't have, and a NOT NULL column that a table with rows can't take.

use std::marker::PhantomData;

use super::{
    Action, Column, Constraint, DefaultValue, EnumOf, ForeignKey, Generated, Identity, IndexKey,
    MysqlTable, NewEnum, PartitionBy, PartitionStrategy, PostgresIdentity, PostgresTable,
    PrimaryKey, RangeType, SqlType, SqliteTable, Table, TableName, Value, check, foreign_key,
    naming::{self, Naming},
    primary_key, strings, unique,
};

/// The types of columns, for the compiler.
pub mod kind {
    use std::marker::PhantomData;

    macro_rules! kinds {
        ($($(#[$doc:meta])* $kind:ident),* $(,)?) => {
            $($(#[$doc])* #[derive(Clone, Copy, Debug)] pub enum $kind {})*
        };
    }

    kinds! {
        /// `boolean`.
        Boolean,
        /// `tinyint`.
        TinyInt,
        /// `smallint`.
        SmallInt,
        /// `integer`.
        Integer,
        /// `bigint`.
        BigInt,
        /// `real`.
        Real,
        /// `double precision`.
        Double,
        /// `numeric`.
        Numeric,
        /// Text of any kind.
        Text,
        /// Bytes.
        Binary,
        /// `date`.
        Date,
        /// `time`.
        Time,
        /// `timestamp`.
        Timestamp,
        /// `timestamp with time zone`.
        Timestamptz,
        /// JSON of any kind.
        Json,
        /// `uuid`.
        Uuid,
        /// A type whose literals are written as text: ranges, addresses, intervals.
        Literal,
        /// An enum.
        Enum,
        /// A type that only the database knows.
        Custom,
    }

    /// An array of another type.
    #[derive(Clone, Copy, Debug)]
    pub struct Array<T>(PhantomData<T>);

    /// A whole number without a sign.
    #[derive(Clone, Copy, Debug)]
    pub struct Unsigned<T>(PhantomData<T>);
}

/// Whether a column may be NULL, and what rows that are there already get: marks for the compiler.
pub mod state {
    macro_rules! states {
        ($($(#[$doc:meta])* $state:ident),* $(,)?) => {
            $($(#[$doc])* #[derive(Clone, Copy, Debug)] pub enum $state {})*
        };
    }

    states! {
        /// The column holds no NULL.
        NotNull,
        /// The column may hold NULL.
        Nullable,
        /// Nothing says what rows that are there already get.
        NoDefault,
        /// Rows that are there already get a value.
        WithDefault,
        /// There are no rows yet: somebody said so.
        OnEmptyTable,
        /// The database counts the column up, and rows that are there already with it.
        Counting,
        /// The column refers to nothing.
        NoReference,
        /// The column refers to another table.
        Referring,
    }
}

use state::{
    Counting, NoDefault, NoReference, NotNull, Nullable, OnEmptyTable, Referring, WithDefault,
};

/// A column under construction, made by [`bigint`], [`text`] and the like.
///
/// It is NOT NULL unless it says [`nullable`](TypedColumn::nullable), as in Diesel's `table!`.
#[derive(Clone, Debug)]
#[must_use = "hand it to table(…).column(…) or op.add_column(…)"]
pub struct TypedColumn<T, N = NotNull, D = NoDefault, R = NoReference> {
    new: NewColumn,
    marks: PhantomData<(T, N, D, R)>,
}

/// A column with what was said about it in the same breath.
#[derive(Clone, Debug)]
pub struct NewColumn {
    /// The column.
    pub column: Column,
    /// What rows that are there already get, if not the default.
    pub fill: Option<String>,
    /// Constraints on it alone.
    pub constraints: Vec<Constraint>,
    /// The enum that its type is, if it is to be created with it.
    pub enums: Vec<NewEnum>,
}

/// Any column under construction, for [`TableBuilder::column`].
pub trait AnyColumn {
    /// The column as a value.
    fn build(self) -> NewColumn;
}

impl From<Column> for NewColumn {
    fn from(column: Column) -> NewColumn {
        NewColumn { column, fill: None, constraints: Vec::new(), enums: Vec::new() }
    }
}

impl<T, N, D, R> AnyColumn for TypedColumn<T, N, D, R> {
    fn build(self) -> NewColumn {
        self.new
    }
}

impl AnyColumn for NewColumn {
    fn build(self) -> NewColumn {
        self
    }
}

/// A column that a table with rows can take, for `op.add_column(…)`.
#[diagnostic::on_unimplemented(
    message = "a NOT NULL column without a default cannot be added to a table that may have rows",
    label = "rows that are there already would have no value for it",
    note = "ways out: `.nullable()`, `.default(…)`, `.fill_with(\"expression\")`, or `.on_empty_table()` when there are no rows"
)]
pub trait AddableColumn: AnyColumn {}

#[diagnostic::do_not_recommend]
impl<T, D, R> AddableColumn for TypedColumn<T, Nullable, D, R> {}
#[diagnostic::do_not_recommend]
impl<T, R> AddableColumn for TypedColumn<T, NotNull, WithDefault, R> {}
#[diagnostic::do_not_recommend]
impl<T, R> AddableColumn for TypedColumn<T, NotNull, OnEmptyTable, R> {}
#[diagnostic::do_not_recommend]
impl<T, R> AddableColumn for TypedColumn<T, NotNull, Counting, R> {}

/// A Rust value that can be the default of a column of type `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the default of this column: its type is {T}",
    label = "not a value of the column's type",
    note = "give a literal of the column's type, or any SQL expression with `.default_sql(\"…\")`"
)]
pub trait DefaultFor<T> {
    /// The literal.
    fn into_value(self) -> Value;
}

macro_rules! default_for {
    ($($kind:ident: $($from:ty),* => $make:expr;)*) => {
        $($(#[diagnostic::do_not_recommend]
        impl DefaultFor<kind::$kind> for $from {
            fn into_value(self) -> Value {
                #[allow(clippy::redundant_closure_call)]
                ($make)(self)
            }
        })*)*
    };
}

// One integer type for each kind, so that a bare number in a migration becomes it, and is refused by
// the compiler when it is too large.
default_for! {
    Boolean: bool => Value::Bool;
    TinyInt: i8 => |value: i8| Value::Int(value.into());
    SmallInt: i16 => |value: i16| Value::Int(value.into());
    Integer: i32 => |value: i32| Value::Int(value.into());
    BigInt: i64 => Value::Int;
    Real: f32 => |value: f32| Value::Float(value.into());
    Double: f64 => Value::Float;
    Numeric: i64 => Value::Int;
    Numeric: Value => |value| value;
    Binary: &[u8] => |value: &[u8]| Value::Bytes(value.to_owned());
    Text: &str, String => Value::from;
    Date: &str => Value::from;
    Time: &str => Value::from;
    Timestamp: &str => Value::from;
    Timestamptz: &str => Value::from;
    Json: &str => Value::from;
    Uuid: &str => Value::from;
    Literal: &str => Value::from;
    Enum: &str => Value::from;
    Custom: &str => Value::from;
}

#[diagnostic::do_not_recommend]
impl<T> DefaultFor<kind::Array<T>> for &str {
    fn into_value(self) -> Value {
        Value::from(self)
    }
}

macro_rules! default_for_unsigned {
    ($($kind:ident: $from:ty;)*) => {
        $(#[diagnostic::do_not_recommend]
        impl DefaultFor<kind::Unsigned<kind::$kind>> for $from {
            fn into_value(self) -> Value {
                i64::try_from(self)
                    .map_or_else(|_| Value::Decimal(self.to_string()), Value::Int)
            }
        })*
    };
}
default_for_unsigned! {
    TinyInt: u8;
    SmallInt: u16;
    Integer: u32;
    BigInt: u64;
}

#[diagnostic::do_not_recommend]
impl<const N: usize> DefaultFor<kind::Binary> for &[u8; N] {
    fn into_value(self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

/// Defaults of other crates' types, each behind the feature of its name.
mod foreign {
    #[allow(unused_imports, reason = "without a feature there is nothing to do")]
    use super::{DefaultFor, Value, kind};

    #[cfg(feature = "bigdecimal")]
    #[diagnostic::do_not_recommend]
    impl DefaultFor<kind::Numeric> for bigdecimal::BigDecimal {
        fn into_value(self) -> Value {
            Value::Decimal(self.to_plain_string())
        }
    }

    #[cfg(feature = "chrono")]
    #[diagnostic::do_not_recommend]
    impl DefaultFor<kind::Date> for chrono::NaiveDate {
        fn into_value(self) -> Value {
            Value::Text(self.to_string())
        }
    }

    #[cfg(feature = "chrono")]
    #[diagnostic::do_not_recommend]
    impl DefaultFor<kind::Time> for chrono::NaiveTime {
        fn into_value(self) -> Value {
            Value::Text(self.to_string())
        }
    }

    #[cfg(feature = "chrono")]
    #[diagnostic::do_not_recommend]
    impl DefaultFor<kind::Timestamp> for chrono::NaiveDateTime {
        fn into_value(self) -> Value {
            Value::Text(self.format("%Y-%m-%d %H:%M:%S%.f").to_string())
        }
    }

    #[cfg(feature = "chrono")]
    #[diagnostic::do_not_recommend]
    impl DefaultFor<kind::Timestamptz> for chrono::DateTime<chrono::Utc> {
        fn into_value(self) -> Value {
            Value::Text(self.format("%Y-%m-%d %H:%M:%S%.f+00:00").to_string())
        }
    }

    #[cfg(feature = "serde_json")]
    #[diagnostic::do_not_recommend]
    impl DefaultFor<kind::Json> for serde_json::Value {
        fn into_value(self) -> Value {
            Value::Text(self.to_string())
        }
    }

    #[cfg(feature = "uuid")]
    #[diagnostic::do_not_recommend]
    impl DefaultFor<kind::Uuid> for uuid::Uuid {
        fn into_value(self) -> Value {
            Value::Text(self.to_string())
        }
    }
}

/// A type that counts, so that a column of it can count itself up.
#[diagnostic::on_unimplemented(
    message = "only an integer column can be an identity column, this one is {Self}",
    note = "use `smallint(…)`, `integer(…)` or `bigint(…)`"
)]
pub trait IntegerType {}
#[diagnostic::do_not_recommend]
impl IntegerType for kind::TinyInt {}
#[diagnostic::do_not_recommend]
impl<T: IntegerType> IntegerType for kind::Unsigned<T> {}
#[diagnostic::do_not_recommend]
impl IntegerType for kind::SmallInt {}
#[diagnostic::do_not_recommend]
impl IntegerType for kind::Integer {}
#[diagnostic::do_not_recommend]
impl IntegerType for kind::BigInt {}

/// A type that has a sign to be left away.
#[diagnostic::on_unimplemented(
    message = "only a whole number can be unsigned, this column is {Self}",
    note = "use `tinyint(…)`, `smallint(…)`, `integer(…)` or `bigint(…)`"
)]
pub trait SignedType {}
#[diagnostic::do_not_recommend]
impl SignedType for kind::TinyInt {}
#[diagnostic::do_not_recommend]
impl SignedType for kind::SmallInt {}
#[diagnostic::do_not_recommend]
impl SignedType for kind::Integer {}
#[diagnostic::do_not_recommend]
impl SignedType for kind::BigInt {}

/// A type that has a collation.
#[diagnostic::on_unimplemented(
    message = "only text has a collation, this column is {Self}",
    note = "use `text(…)`, `varchar(…)` or `char(…)`"
)]
pub trait CollatedType {}
#[diagnostic::do_not_recommend]
impl CollatedType for kind::Text {}
#[diagnostic::do_not_recommend]
impl CollatedType for kind::Custom {}

/// A type that has a time in it, so that it can default to the present one.
#[diagnostic::on_unimplemented(
    message = "only a date or time can default to now, this column is {Self}",
    note = "use `date(…)`, `time(…)`, `timestamp(…)` or `timestamptz(…)`"
)]
pub trait MomentType {
    /// The standard's expression for the present one.
    const NOW: &'static str;
}
#[diagnostic::do_not_recommend]
impl MomentType for kind::Date {
    const NOW: &'static str = "CURRENT_DATE";
}
#[diagnostic::do_not_recommend]
impl MomentType for kind::Time {
    const NOW: &'static str = "CURRENT_TIME";
}
#[diagnostic::do_not_recommend]
impl MomentType for kind::Timestamp {
    const NOW: &'static str = "CURRENT_TIMESTAMP";
}
#[diagnostic::do_not_recommend]
impl MomentType for kind::Timestamptz {
    const NOW: &'static str = "CURRENT_TIMESTAMP";
}

/// A type whose seconds have digits behind the point.
#[diagnostic::on_unimplemented(
    message = "only a time has digits behind the second, this column is {Self}",
    note = "the digits of a number are given with it: `numeric(\"price\", 20, 2)`"
)]
pub trait SecondsType {}
#[diagnostic::do_not_recommend]
impl SecondsType for kind::Time {}
#[diagnostic::do_not_recommend]
impl SecondsType for kind::Timestamp {}
#[diagnostic::do_not_recommend]
impl SecondsType for kind::Timestamptz {}

fn column<T>(name: &str, sql_type: SqlType) -> TypedColumn<T> {
    TypedColumn { new: Column::new(name, sql_type).into(), marks: PhantomData }
}

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident: $kind:ident => $sql_type:expr),* $(,)?) => {
        $($(#[$doc])* pub fn $name(name: &str) -> TypedColumn<kind::$kind> { column(name, $sql_type) })*
    };
}

columns! {
    /// A `boolean` column.
    boolean: Boolean => SqlType::Boolean,
    /// A `tinyint` column: one byte; two on PostgreSQL and SQLite.
    tinyint: TinyInt => SqlType::TinyInt,
    /// A `smallint` column: two bytes.
    smallint: SmallInt => SqlType::SmallInt,
    /// An `integer` column: four bytes.
    integer: Integer => SqlType::Integer,
    /// A `bigint` column: eight bytes.
    bigint: BigInt => SqlType::BigInt,
    /// A `real` column: four bytes of floating point.
    real: Real => SqlType::Real,
    /// A `double precision` column: eight bytes of floating point.
    double: Double => SqlType::Double,
    /// A `text` column.
    text: Text => SqlType::Text,
    /// A `citext` column: text that compares without case (PostgreSQL's extension of that name).
    citext: Text => SqlType::Citext,
    /// A column of bytes.
    binary: Binary => SqlType::Binary,
    /// A `date` column.
    date: Date => SqlType::Date,
    /// A `time` column without a zone.
    time: Time => SqlType::Time { precision: None, zone: false },
    /// A `time with time zone` column (PostgreSQL).
    timetz: Time => SqlType::Time { precision: None, zone: true },
    /// A `timestamp` column without a zone.
    timestamp: Timestamp => SqlType::Timestamp { precision: None, zone: false },
    /// A `timestamp with time zone` column: a point in time.
    timestamptz: Timestamptz => SqlType::Timestamp { precision: None, zone: true },
    /// An `interval` column (PostgreSQL).
    interval: Literal => SqlType::Interval,
    /// A `json` column.
    json: Json => SqlType::Json,
    /// A `jsonb` column.
    jsonb: Json => SqlType::Jsonb,
    /// A `uuid` column.
    uuid: Uuid => SqlType::Uuid,
    /// An `inet` column: an IP address (PostgreSQL).
    inet: Literal => SqlType::Inet,
    /// A `cidr` column: an IP network (PostgreSQL).
    cidr: Literal => SqlType::Cidr,
    /// A `macaddr` column (PostgreSQL).
    macaddr: Literal => SqlType::MacAddr,
    /// A `macaddr8` column (PostgreSQL).
    macaddr8: Literal => SqlType::MacAddr8,
    /// A `money` column (PostgreSQL).
    money: Numeric => SqlType::Money,
    /// An `oid` column (PostgreSQL).
    oid: BigInt => SqlType::Oid,
    /// A `pg_lsn` column (PostgreSQL).
    pg_lsn: Literal => SqlType::PgLsn,
    /// A column of PostgreSQL's one-byte `"char"`.
    internal_char: Literal => SqlType::InternalChar,
}

/// A `varchar(length)` column, in characters.
pub fn varchar(name: &str, length: u32) -> TypedColumn<kind::Text> {
    column(name, SqlType::Varchar(Some(length)))
}

/// A `varchar` column without a limit to its length: PostgreSQL keeps it apart from `text`.
pub fn varchar_unlimited(name: &str) -> TypedColumn<kind::Text> {
    column(name, SqlType::Varchar(None))
}

/// A `char(length)` column, in characters.
pub fn char(name: &str, length: u32) -> TypedColumn<kind::Text> {
    column(name, SqlType::Char(Some(length)))
}

/// A `numeric(precision, scale)` column: digits in all, and behind the point.
pub fn numeric(name: &str, precision: u16, scale: i16) -> TypedColumn<kind::Numeric> {
    column(name, SqlType::Numeric(Some((precision, scale))))
}

/// A `numeric` column without a limit to its digits.
pub fn numeric_unlimited(name: &str) -> TypedColumn<kind::Numeric> {
    column(name, SqlType::Numeric(None))
}

/// A column of an enum: one that is there, by its name, or `enum_type("order_status").values(["open", "filled"])`,
/// which is created first where it is not there yet.
pub fn enumeration(name: &str, of: impl Into<EnumOf>) -> TypedColumn<kind::Enum> {
    let EnumOf { name: of, creates } = of.into();
    let mut column = column(name, SqlType::Enum(of));
    column.new.enums.extend(creates);
    column
}

/// A range column (PostgreSQL).
pub fn range(name: &str, of: RangeType) -> TypedColumn<kind::Literal> {
    column(name, SqlType::Range(of))
}

/// A multirange column (PostgreSQL 14).
pub fn multirange(name: &str, of: RangeType) -> TypedColumn<kind::Literal> {
    column(name, SqlType::Multirange(of))
}

/// A column of any other type, as the database spells it: `custom("path", "ltree")`.
pub fn custom(name: &str, spelling: &str) -> TypedColumn<kind::Custom> {
    column(name, SqlType::Custom(spelling.to_owned()))
}

impl<T, N, D, R> TypedColumn<T, N, D, R> {
    fn marked<N2, D2, R2>(self) -> TypedColumn<T, N2, D2, R2> {
        TypedColumn { new: self.new, marks: PhantomData }
    }

    /// An array of what the column was (PostgreSQL): `text("tags").array()`.
    pub fn array(mut self) -> TypedColumn<kind::Array<T>, N, D, R> {
        self.new.column.sql_type = SqlType::Array(Box::new(self.new.column.sql_type));
        TypedColumn { new: self.new, marks: PhantomData }
    }

    /// A whole number without a sign (MySQL, MariaDB): `bigint("id").unsigned()`. Its default comes behind it.
    pub fn unsigned(mut self) -> TypedColumn<kind::Unsigned<T>, N, D, R>
    where
        T: SignedType,
    {
        self.new.column.sql_type = SqlType::Unsigned(Box::new(self.new.column.sql_type));
        TypedColumn { new: self.new, marks: PhantomData }
    }

    /// The column may hold NULL.
    pub fn nullable(mut self) -> TypedColumn<T, Nullable, D, R> {
        self.new.column.nullable = true;
        self.marked()
    }

    /// What the column holds when an INSERT doesn't say.
    pub fn default<V: DefaultFor<T>>(mut self, value: V) -> TypedColumn<T, N, WithDefault, R> {
        self.new.column.default = Some(DefaultValue::Value(value.into_value()));
        self.marked()
    }

    /// The same as an SQL expression, which is passed on as it is.
    pub fn default_sql(mut self, expression: &str) -> TypedColumn<T, N, WithDefault, R> {
        self.new.column.default = Some(DefaultValue::Expression(expression.to_owned()));
        self.marked()
    }

    /// The present date or time as default.
    pub fn default_now(self) -> TypedColumn<T, N, WithDefault, R>
    where
        T: MomentType,
    {
        self.default_sql(T::NOW)
    }

    /// The database counts the column up by itself.
    ///
    /// PostgreSQL: `GENERATED BY DEFAULT AS IDENTITY`; SQLite: `INTEGER PRIMARY KEY AUTOINCREMENT`, so
    /// there it must be the primary key.
    pub fn identity(mut self) -> TypedColumn<T, N, Counting, R>
    where
        T: IntegerType,
    {
        self.new.column.identity = Some(Identity::default());
        self.marked()
    }

    /// The column is computed from others and stored.
    pub fn generated(mut self, expression: &str) -> TypedColumn<T, N, WithDefault, R> {
        self.new.column.generated = Some(Generated::stored(expression));
        self.marked()
    }

    /// The column is computed from others whenever it is read (SQLite, MySQL, MariaDB).
    pub fn generated_when_read(mut self, expression: &str) -> TypedColumn<T, N, WithDefault, R> {
        self.new.column.generated = Some(Generated::when_read(expression));
        self.marked()
    }

    /// Rows that are there already get this SQL expression, once; later ones must say themselves.
    pub fn fill_with(mut self, expression: &str) -> TypedColumn<T, N, WithDefault, R> {
        self.new.fill = Some(expression.to_owned());
        self.marked()
    }

    /// There are no rows yet, so nothing has to be filled. On a table with rows the migration fails.
    pub fn on_empty_table(self) -> TypedColumn<T, N, OnEmptyTable, R> {
        self.marked()
    }

    /// How the column's text compares and sorts.
    pub fn collate(mut self, collation: &str) -> Self
    where
        T: CollatedType,
    {
        self.new.column.collation = Some(collation.to_owned());
        self
    }

    /// Digits behind the second.
    pub fn precision(mut self, digits: u8) -> Self
    where
        T: SecondsType,
    {
        if let SqlType::Time { precision, .. } | SqlType::Timestamp { precision, .. } =
            &mut self.new.column.sql_type
        {
            *precision = Some(digits);
        }
        self
    }

    /// A comment for people, kept in the database where it keeps comments.
    pub fn comment(mut self, comment: &str) -> Self {
        self.new.column.comment = Some(comment.to_owned());
        self
    }

    /// The column alone is the primary key.
    pub fn primary_key(mut self) -> Self {
        self.new.constraints.push(primary_key([self.name()]).into());
        self
    }

    /// No two rows may share its value.
    pub fn unique(mut self) -> Self {
        self.new.constraints.push(unique([self.name()]).into());
        self
    }

    /// What must not be false about a row.
    pub fn check(mut self, expression: &str) -> Self {
        self.new.constraints.push(check(expression).into());
        self
    }

    /// A foreign key from this column alone.
    pub fn references(
        mut self,
        table: impl Into<TableName>,
        column: &str,
    ) -> TypedColumn<T, N, D, Referring> {
        self.new.constraints.push(foreign_key([self.name()]).references(table, [column]).into());
        self.marked()
    }

    fn name(&self) -> String {
        self.new.column.name.clone()
    }
}

impl<T, N, R> TypedColumn<T, N, Counting, R> {
    /// How PostgreSQL counts: `.identity().postgres(|i| i.always().start(1000))`.
    pub fn postgres(
        mut self,
        options: impl FnOnce(&mut PostgresIdentity) -> &mut PostgresIdentity,
    ) -> Self {
        let mut chosen =
            PostgresIdentity { identity: self.new.column.identity.unwrap_or_default() };
        options(&mut chosen);
        self.new.column.identity = Some(chosen.identity);
        self
    }
}

impl<T, N, D> TypedColumn<T, N, D, Referring> {
    /// What a DELETE of the referenced row does.
    pub fn on_delete(self, action: Action) -> Self {
        self.reference(|key| key.on_delete(action))
    }

    /// What a change of the referenced key does.
    pub fn on_update(self, action: Action) -> Self {
        self.reference(|key| key.on_update(action))
    }

    fn reference(mut self, change: impl FnOnce(ForeignKey) -> ForeignKey) -> Self {
        let last = self
            .new
            .constraints
            .iter_mut()
            .rev()
            .find(|one| matches!(one, Constraint::ForeignKey(_)));
        if let Some(Constraint::ForeignKey(key)) = last {
            *key = change(key.clone());
        }
        self
    }
}

/// A table to come, for `op.create_table(…)`.
///
/// ```
/// use migrate_model::catalog::{build::*, check, foreign_key, Action};
///
/// let orders = table("orders")
///     .column(bigint("id").primary_key().identity())
///     .column(bigint("user_id").references("users", "id").on_delete(Action::Cascade))
///     .column(numeric("quantity", 20, 2))
///     .constraint(check("quantity > 0"))
///     .build();
/// assert_eq!(orders.columns.len(), 3);
/// assert!(orders.constraints.contains_key("orders_quantity_check"));
/// ```
pub fn table(name: impl Into<TableName>) -> TableBuilder {
    TableBuilder { table: Table::new(name), constraints: Vec::new(), enums: Vec::new() }
}

/// A table under construction.
#[derive(Clone, Debug)]
#[must_use = "hand it to op.create_table(…)"]
pub struct TableBuilder {
    table: Table,
    constraints: Vec<Constraint>,
    enums: Vec<NewEnum>,
}

impl TableBuilder {
    /// One more column, behind the others.
    pub fn column(mut self, column: impl AnyColumn) -> Self {
        self.push(column.build());
        self
    }

    fn push(&mut self, new: NewColumn) {
        self.table.columns.push(new.column);
        self.constraints.extend(new.constraints);
        for new in new.enums {
            if !self.enums.contains(&new) {
                self.enums.push(new);
            }
        }
    }

    /// The columns that are the primary key together.
    pub fn primary_key<C: Into<String>>(self, columns: impl IntoIterator<Item = C>) -> Self {
        let key: PrimaryKey = primary_key(strings(columns));
        self.constraint(key)
    }

    /// One more constraint: `unique([…])`, `check("…")`, `foreign_key([…]).references(…)`, `primary_key([…])`.
    pub fn constraint(mut self, constraint: impl Into<Constraint>) -> Self {
        self.constraints.push(constraint.into());
        self
    }

    /// A comment for people, kept in the database where it keeps comments.
    pub fn comment(mut self, comment: &str) -> Self {
        self.table.comment = Some(comment.to_owned());
        self
    }

    /// Parts its rows by the range that these are in (PostgreSQL): columns, or `expr("…")`. `op.create_partition(…)` makes
    /// the parts; there is room for no row before the first one.
    ///
    /// ```
    /// use migrate_model::catalog::{PartitionStrategy, build::*};
    ///
    /// let events = table("events").column(date("day")).partition_by_range(["day"]).build();
    /// assert_eq!(events.partition_by.unwrap().strategy, PartitionStrategy::Range);
    /// ```
    pub fn partition_by_range<K: Into<IndexKey>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.partition_by(PartitionStrategy::Range, keys)
    }

    /// Parts its rows by the list of values that a column, or `expr("…")`, is in (PostgreSQL).
    pub fn partition_by_list<K: Into<IndexKey>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.partition_by(PartitionStrategy::List, keys)
    }

    /// Parts its rows evenly, by what remains of a hash of these (PostgreSQL): columns, or `expr("…")`.
    pub fn partition_by_hash<K: Into<IndexKey>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.partition_by(PartitionStrategy::Hash, keys)
    }

    fn partition_by<K: Into<IndexKey>>(
        mut self,
        strategy: PartitionStrategy,
        keys: impl IntoIterator<Item = K>,
    ) -> Self {
        let keys = keys.into_iter().map(|key| key.into().of).collect();
        self.table.partition_by = Some(PartitionBy { strategy, keys });
        self
    }

    /// What only PostgreSQL has: `.postgres(|t| t.unlogged())`.
    pub fn postgres(
        mut self,
        options: impl FnOnce(&mut PostgresTable) -> &mut PostgresTable,
    ) -> Self {
        options(&mut self.table.options.postgres);
        self
    }

    /// What only MySQL and MariaDB have: `.mysql(|t| t.charset("utf8mb4"))`.
    pub fn mysql(mut self, options: impl FnOnce(&mut MysqlTable) -> &mut MysqlTable) -> Self {
        options(&mut self.table.options.mysql);
        self
    }

    /// What only SQLite has: `.sqlite(|t| t.strict())`.
    pub fn sqlite(mut self, options: impl FnOnce(&mut SqliteTable) -> &mut SqliteTable) -> Self {
        options(&mut self.table.options.sqlite);
        self
    }

    /// The table as a value, with PostgreSQL's own names for all that was given none.
    pub fn build(self) -> Table {
        NewTable::from(self).build(&Naming::DEFAULT)
    }
}

/// A table to be created, with the enums that come before it.
#[derive(Clone, Debug)]
pub struct NewTable {
    /// The enums that its columns bring along.
    pub enums: Vec<NewEnum>,
    table: Table,
    constraints: Vec<Constraint>,
}

impl From<TableBuilder> for NewTable {
    fn from(builder: TableBuilder) -> NewTable {
        let TableBuilder { table, constraints, enums } = builder;
        NewTable { enums, table, constraints }
    }
}

impl From<Table> for NewTable {
    fn from(table: Table) -> NewTable {
        NewTable { enums: Vec::new(), table, constraints: Vec::new() }
    }
}

impl NewTable {
    /// The table as a value, with names for all that was given none.
    pub fn build(self, naming: &Naming) -> Table {
        let mut table = self.table;
        for mut constraint in self.constraints {
            if constraint.name().is_empty() {
                constraint.set_name(naming.name_constraint(&table, &constraint));
            }
            if let Constraint::PrimaryKey(key) = &constraint {
                for column in
                    table.columns.iter_mut().filter(|column| key.columns.contains(&column.name))
                {
                    column.nullable = false;
                }
            }
            // A name given twice gets a key of its own here, so that the simulation finds and refuses it.
            let key = naming::free(&table, constraint.name().to_owned());
            table.constraints.insert(key, constraint);
        }
        table
    }
}

impl From<TableBuilder> for Table {
    fn from(builder: TableBuilder) -> Table {
        builder.build()
    }
}

#[cfg(all(
    test,
    feature = "chrono",
    feature = "uuid",
    feature = "serde_json",
    feature = "bigdecimal"
))]
mod tests {
    use super::*;

    #[test]
    fn values_of_other_crates_are_defaults() {
        let built = |column: NewColumn| column.column.default.map(|default| default.to_string());
        let day = chrono::NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
        let noon = day.and_hms_milli_opt(12, 0, 0, 5).unwrap();
        let check = |column: NewColumn, expected: &str| {
            assert_eq!(built(column).as_deref(), Some(expected));
        };
        check(date("d").default(day).build(), "'2024-02-29'");
        check(timestamp("t").default(noon).build(), "'2024-02-29 12:00:00.005'");
        check(timestamptz("t").default(noon.and_utc()).build(), "'2024-02-29 12:00:00.005+00:00'");
        check(time("t").default(noon.time()).build(), "'12:00:00.005'");
        check(
            uuid("u").default(::uuid::Uuid::nil()).build(),
            "'00000000-0000-0000-0000-000000000000'",
        );
        check(json("j").default(serde_json::json!({"it's": 1})).build(), "'{\"it''s\":1}'");
        check(
            numeric_unlimited("n")
                .default("1e3".parse::<bigdecimal::BigDecimal>().unwrap())
                .build(),
            "1000",
        );
    }
}
