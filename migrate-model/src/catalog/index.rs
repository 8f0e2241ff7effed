//! Indexes.

use super::{
    MysqlIndex, TableName,
    constraint::{rename_in, strings},
};
use crate::sql;

/// An index of a table. Equality is up to the [quotes](sql::same) in its expressions, which a rename leaves behind.
#[derive(Clone, Debug, Eq)]
pub struct Index {
    /// Its name; empty until the op is recorded, when it is left out.
    pub name: String,
    /// Whether no two rows may share its keys.
    pub unique: bool,
    /// Its keys, in order.
    pub keys: Vec<IndexKey>,
    /// Which rows are in it; all, when there is none.
    pub predicate: Option<String>,
    /// What only PostgreSQL has.
    pub postgres: PostgresIndex,
    /// What only MySQL and MariaDB have.
    pub mysql: MysqlIndex,
}

impl PartialEq for Index {
    fn eq(&self, other: &Index) -> bool {
        let Index { name, unique, keys, predicate, postgres, mysql } = self;
        *name == other.name
            && *unique == other.unique
            && *keys == other.keys
            && sql::same_option(predicate.as_deref(), other.predicate.as_deref())
            && *postgres == other.postgres
            && *mysql == other.mysql
    }
}

/// One key of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexKey {
    /// What is indexed.
    pub of: KeyPart,
    /// The order, when it isn't the database's own.
    pub order: Option<Order>,
    /// Where NULLs come (PostgreSQL, SQLite).
    pub nulls: Option<Nulls>,
}

/// What a key of an index is made of.
#[derive(Clone, Debug, Eq)]
pub enum KeyPart {
    /// A column.
    Column(String),
    /// An expression.
    Expression(String),
}

impl PartialEq for KeyPart {
    fn eq(&self, other: &KeyPart) -> bool {
        match (self, other) {
            (KeyPart::Column(one), KeyPart::Column(other)) => one == other,
            (KeyPart::Expression(one), KeyPart::Expression(other)) => sql::same(one, other),
            (KeyPart::Column(_), KeyPart::Expression(_))
            | (KeyPart::Expression(_), KeyPart::Column(_)) => false,
        }
    }
}

/// The order of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Where NULLs come among the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Before all others.
    First,
    /// Behind all others.
    Last,
}

/// What an index has on PostgreSQL alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostgresIndex {
    /// The access method: `gin`, `gist`, `hash`; a B-tree when there is none.
    pub method: Option<String>,
    /// Operator classes, by the column or expression they are for.
    pub ops: Vec<(String, String)>,
    /// Columns carried along without being keys.
    pub include: Vec<String>,
    /// Whether two NULLs are the same (PostgreSQL 15).
    pub nulls_not_distinct: bool,
    /// Storage parameters: `fillfactor`, `fastupdate`.
    pub with: Vec<(String, String)>,
    /// Where it lies, if not in the database's own place.
    pub tablespace: Option<String>,
}

impl Index {
    /// Whether it goes when the column goes.
    pub fn is_about(&self, column: &str) -> bool {
        self.keys.iter().any(|key| match &key.of {
            KeyPart::Column(name) => name == column,
            KeyPart::Expression(expression) => sql::names(expression, column),
        }) || self.predicate.as_deref().is_some_and(|predicate| sql::names(predicate, column))
            || self.postgres.include.iter().any(|name| name == column)
    }

    /// Whether anything in it is an expression: a key, or what tells which rows are in it.
    pub fn has_expression(&self) -> bool {
        let is_expression = |key: &IndexKey| matches!(key.of, KeyPart::Expression(_));
        self.predicate.is_some() || self.keys.iter().any(is_expression)
    }

    pub(crate) fn rename_column(&mut self, from: &str, to: &str) {
        for key in &mut self.keys {
            match &mut key.of {
                KeyPart::Column(name) if name == from => to.clone_into(name),
                KeyPart::Column(_) => {}
                KeyPart::Expression(expression) => *expression = sql::rename(expression, from, to),
            }
        }
        if let Some(predicate) = &mut self.predicate {
            *predicate = sql::rename(predicate, from, to);
        }
        rename_in(&mut self.postgres.include, from, to);
        for (name, _) in self.postgres.ops.iter_mut().filter(|(name, _)| name == from) {
            to.clone_into(name);
        }
        for (name, _) in self.mysql.lengths.iter_mut().filter(|(name, _)| name == from) {
            to.clone_into(name);
        }
    }

    /// The columns that it has as plain keys.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(|key| match &key.of {
            KeyPart::Column(name) => Some(name.as_str()),
            KeyPart::Expression(_) => None,
        })
    }
}

/// A key as an op gives it: a column's name, or [`asc`], [`desc`], [`expr`].
impl<S: Into<String>> From<S> for IndexKey {
    fn from(column: S) -> IndexKey {
        IndexKey { of: KeyPart::Column(column.into()), order: None, nulls: None }
    }
}

/// A column, smallest first.
pub fn asc(column: &str) -> IndexKey {
    IndexKey { order: Some(Order::Ascending), ..column.into() }
}

/// A column, largest first.
pub fn desc(column: &str) -> IndexKey {
    IndexKey { order: Some(Order::Descending), ..column.into() }
}

/// An expression as a key of an index: `expr("lower(email)")`.
pub fn expr(expression: &str) -> IndexKey {
    IndexKey { of: KeyPart::Expression(expression.to_owned()), order: None, nulls: None }
}

impl IndexKey {
    /// Largest first.
    #[must_use]
    pub fn desc(mut self) -> Self {
        self.order = Some(Order::Descending);
        self
    }

    /// NULLs before all others.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.nulls = Some(Nulls::First);
        self
    }

    /// NULLs behind all others.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.nulls = Some(Nulls::Last);
        self
    }
}

/// An index to come; `.on(…)` says where.
///
/// ```
/// use migrate_model::catalog::{desc, index};
///
/// let latest = index("idx_orders_latest").on("orders", ["symbol"]).key(desc("placed_at")).filter("NOT cancelled");
/// assert_eq!(latest.index.keys.len(), 2);
/// ```
pub fn index(name: &str) -> Unplaced {
    Unplaced { name: name.to_owned() }
}

/// An index without a table.
#[derive(Clone, Debug)]
#[must_use = "say where: .on(\"orders\", [\"symbol\"])"]
pub struct Unplaced {
    name: String,
}

impl Unplaced {
    /// The table and the keys, in order.
    pub fn on<K: Into<IndexKey>>(
        self,
        table: impl Into<TableName>,
        keys: impl IntoIterator<Item = K>,
    ) -> NewIndex {
        NewIndex {
            table: table.into(),
            index: Index {
                name: self.name,
                unique: false,
                keys: keys.into_iter().map(Into::into).collect(),
                predicate: None,
                postgres: PostgresIndex::default(),
                mysql: MysqlIndex::default(),
            },
            concurrently: false,
        }
    }
}

/// An index to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "hand it to op.create_index(…)"]
pub struct NewIndex {
    /// The table it is for.
    pub table: TableName,
    /// The index.
    pub index: Index,
    /// Whether PostgreSQL builds it without blocking writes.
    pub concurrently: bool,
}

impl NewIndex {
    /// No two rows may share its keys.
    pub fn unique(mut self) -> Self {
        self.index.unique = true;
        self
    }

    /// One more key: a column, [`asc`], [`desc`] or [`expr`].
    pub fn key(mut self, key: impl Into<IndexKey>) -> Self {
        self.index.keys.push(key.into());
        self
    }

    /// Only rows for which this holds are in it (PostgreSQL, SQLite): the WHERE of a partial index.
    pub fn filter(mut self, predicate: &str) -> Self {
        self.index.predicate = Some(predicate.to_owned());
        self
    }

    /// What only MySQL and MariaDB have.
    pub fn mysql(mut self, options: impl FnOnce(&mut MysqlIndex) -> &mut MysqlIndex) -> Self {
        options(&mut self.index.mysql);
        self
    }

    /// What only PostgreSQL has.
    pub fn postgres(
        mut self,
        options: impl FnOnce(&mut PostgresIndexOptions) -> &mut PostgresIndexOptions,
    ) -> Self {
        let mut chosen =
            PostgresIndexOptions { index: self.index.postgres, concurrently: self.concurrently };
        options(&mut chosen);
        PostgresIndexOptions { index: self.index.postgres, concurrently: self.concurrently } =
            chosen;
        self
    }
}

/// The choices inside `.postgres(|i| …)`.
#[derive(Debug)]
pub struct PostgresIndexOptions {
    index: PostgresIndex,
    concurrently: bool,
}

impl PostgresIndexOptions {
    /// The access method: `gin`, `gist`, `brin`, `hash`.
    pub fn using(&mut self, method: &str) -> &mut Self {
        self.index.method = Some(method.to_owned());
        self
    }

    /// The operator class of a column or expression: `ops("notes", "gin_trgm_ops")`.
    pub fn ops(&mut self, key: &str, class: &str) -> &mut Self {
        self.index.ops.push((key.to_owned(), class.to_owned()));
        self
    }

    /// Columns carried along without being keys.
    pub fn include<C: Into<String>>(&mut self, columns: impl IntoIterator<Item = C>) -> &mut Self {
        self.index.include = strings(columns);
        self
    }

    /// Two NULLs are the same (PostgreSQL 15).
    pub fn nulls_not_distinct(&mut self) -> &mut Self {
        self.index.nulls_not_distinct = true;
        self
    }

    /// A storage parameter: `with("fillfactor", 70)`.
    pub fn with(&mut self, parameter: &str, value: impl ToString) -> &mut Self {
        self.index.with.push((parameter.to_owned(), value.to_string()));
        self
    }

    /// Where it lies.
    pub fn tablespace(&mut self, name: &str) -> &mut Self {
        self.index.tablespace = Some(name.to_owned());
        self
    }

    /// Builds it without blocking writes. The migration must say `transaction = false`.
    pub fn concurrently(&mut self) -> &mut Self {
        self.concurrently = true;
        self
    }
}
