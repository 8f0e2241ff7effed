//! Primary keys, unique constraints, foreign keys, checks and exclusion constraints.
//!
//! A constraint's name may be left out; [`naming`](super::naming) then derives it when the op is
//! recorded, so that whatever drops it later can name it.

use super::{IndexKey, KeyPart, TableName};

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// A primary key.
    PrimaryKey(PrimaryKey),
    /// A unique constraint.
    Unique(Unique),
    /// A foreign key.
    ForeignKey(ForeignKey),
    /// A check.
    Check(Check),
    /// An exclusion constraint (PostgreSQL).
    Exclude(Exclude),
}

/// The kinds of constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConstraintKind {
    /// A primary key.
    PrimaryKey,
    /// A unique constraint.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// A check.
    Check,
    /// An exclusion constraint.
    Exclude,
}

impl ConstraintKind {
    /// What it is called in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            ConstraintKind::PrimaryKey => "primary key",
            ConstraintKind::Unique => "unique constraint",
            ConstraintKind::ForeignKey => "foreign key",
            ConstraintKind::Check => "check constraint",
            ConstraintKind::Exclude => "exclusion constraint",
        }
    }
}

impl Constraint {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Constraint::PrimaryKey(key) => &key.name,
            Constraint::Unique(unique) => &unique.name,
            Constraint::ForeignKey(key) => &key.name,
            Constraint::Check(check) => &check.name,
            Constraint::Exclude(exclude) => &exclude.name,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> ConstraintKind {
        match self {
            Constraint::PrimaryKey(_) => ConstraintKind::PrimaryKey,
            Constraint::Unique(_) => ConstraintKind::Unique,
            Constraint::ForeignKey(_) => ConstraintKind::ForeignKey,
            Constraint::Check(_) => ConstraintKind::Check,
            Constraint::Exclude(_) => ConstraintKind::Exclude,
        }
    }

    /// The columns of its own table that it is about; none for a check and an exclusion constraint, which
    /// have expressions.
    pub fn columns(&self) -> &[String] {
        match self {
            Constraint::PrimaryKey(key) => &key.columns,
            Constraint::Unique(unique) => &unique.columns,
            Constraint::ForeignKey(key) => &key.columns,
            Constraint::Check(_) | Constraint::Exclude(_) => &[],
        }
    }

    /// Whether it goes when the column goes.
    pub fn is_about(&self, column: &str) -> bool {
        match self {
            Constraint::Check(check) => crate::sql::names(&check.expression, column),
            Constraint::Exclude(exclude) => exclude.is_about(column),
            Constraint::Unique(unique) => {
                unique.columns.iter().chain(&unique.include).any(|name| name == column)
            }
            Constraint::PrimaryKey(_) | Constraint::ForeignKey(_) => {
                self.columns().iter().any(|name| name == column)
            }
        }
    }

    /// The same under another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Constraint {
        self.set_name(name.to_owned());
        self
    }

    pub(crate) fn set_name(&mut self, name: String) {
        match self {
            Constraint::PrimaryKey(key) => key.name = name,
            Constraint::Unique(unique) => unique.name = name,
            Constraint::ForeignKey(key) => key.name = name,
            Constraint::Check(check) => check.name = name,
            Constraint::Exclude(exclude) => exclude.name = name,
        }
    }

    pub(crate) fn rename_column(&mut self, from: &str, to: &str) {
        match self {
            Constraint::Check(check) => {
                check.expression = crate::sql::rename(&check.expression, from, to);
            }
            Constraint::Exclude(exclude) => exclude.rename_column(from, to),
            Constraint::Unique(unique) => {
                rename_in(&mut unique.columns, from, to);
                rename_in(&mut unique.include, from, to);
            }
            Constraint::PrimaryKey(key) => rename_in(&mut key.columns, from, to),
            Constraint::ForeignKey(key) => rename_in(&mut key.columns, from, to),
        }
    }
}

pub(crate) fn rename_in(columns: &mut [String], from: &str, to: &str) {
    for column in columns.iter_mut().filter(|column| *column == from) {
        to.clone_into(column);
    }
}

/// When a constraint is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deferrable {
    /// At the end of each statement.
    #[default]
    No,
    /// At the end of each statement, unless the transaction asks for later.
    InitiallyImmediate,
    /// At the end of the transaction.
    InitiallyDeferred,
}

/// What happens to a row whose referenced row is deleted or changes its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// The change is refused, at the latest when the constraint is checked.
    #[default]
    NoAction,
    /// The change is refused at once.
    Restrict,
    /// The row follows.
    Cascade,
    /// The columns become NULL.
    SetNull,
    /// The columns get their defaults.
    SetDefault,
}

impl Action {
    /// The words of SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Action::NoAction => "NO ACTION",
            Action::Restrict => "RESTRICT",
            Action::Cascade => "CASCADE",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
        }
    }
}

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrimaryKey {
    /// Its name; empty until the op is recorded, when it is left out.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
}

/// A unique constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unique {
    /// Its name; empty until the op is recorded, when it is left out.
    pub name: String,
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// When it is checked.
    pub deferrable: Deferrable,
    /// Whether two NULLs are the same (PostgreSQL 15).
    pub nulls_not_distinct: bool,
    /// Columns that its index carries along (PostgreSQL).
    pub include: Vec<String>,
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name; empty until the op is recorded, when it is left out.
    pub name: String,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table referred to.
    pub table: TableName,
    /// The columns referred to, one for each of `columns`.
    pub referred: Vec<String>,
    /// What a DELETE over there does here.
    pub on_delete: Action,
    /// What an UPDATE of the key over there does here.
    pub on_update: Action,
    /// When it is checked.
    pub deferrable: Deferrable,
    /// Whether rows that were there before it may break it (PostgreSQL).
    pub not_valid: bool,
    /// Whether a row that refers in part, its other columns NULL, is refused (PostgreSQL).
    pub match_full: bool,
}

/// A check. Equality is up to the [quotes](crate::sql::same) in its expression, which a rename leaves behind.
#[derive(Clone, Debug, Eq)]
pub struct Check {
    /// Its name; empty until the op is recorded, when it is left out.
    pub name: String,
    /// What must not be false.
    pub expression: String,
    /// Whether rows that were there before it may break it (PostgreSQL).
    pub not_valid: bool,
}

impl PartialEq for Check {
    fn eq(&self, other: &Check) -> bool {
        let Check { name, expression, not_valid } = self;
        *name == other.name
            && crate::sql::same(expression, &other.expression)
            && *not_valid == other.not_valid
    }
}

/// An exclusion constraint: no two rows for which all of its operators hold (PostgreSQL). Equality is up to the
/// [quotes](crate::sql::same) in its expressions, which a rename leaves behind.
#[derive(Clone, Debug, Eq)]
pub struct Exclude {
    /// Its name; empty until the op is recorded, when it is left out.
    pub name: String,
    /// The access method of its index: `gist`.
    pub using: String,
    /// What is compared, each with its operator.
    pub elements: Vec<(KeyPart, String)>,
    /// Operator classes, by the column or expression they are for.
    pub ops: Vec<(String, String)>,
    /// Which rows it is about; all, when there is none.
    pub filter: Option<String>,
    /// When it is checked.
    pub deferrable: Deferrable,
}

impl PartialEq for Exclude {
    fn eq(&self, other: &Exclude) -> bool {
        let Exclude { name, using, elements, ops, filter, deferrable } = self;
        *name == other.name
            && *using == other.using
            && *elements == other.elements
            && *ops == other.ops
            && crate::sql::same_option(filter.as_deref(), other.filter.as_deref())
            && *deferrable == other.deferrable
    }
}

impl Exclude {
    /// One more comparison, of a column or `expr("…")`: `.with("during", "&&")`.
    #[must_use]
    pub fn with(mut self, key: impl Into<IndexKey>, operator: &str) -> Self {
        self.elements.push((key.into().of, operator.to_owned()));
        self
    }

    /// Only rows for which this holds are compared.
    #[must_use]
    pub fn filter(mut self, predicate: &str) -> Self {
        self.filter = Some(predicate.to_owned());
        self
    }

    /// The operator class of a column or expression.
    #[must_use]
    pub fn ops(mut self, key: &str, class: &str) -> Self {
        self.ops.push((key.to_owned(), class.to_owned()));
        self
    }

    /// The columns that it compares as they are.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.elements.iter().filter_map(|(key, _)| match key {
            KeyPart::Column(name) => Some(name.as_str()),
            KeyPart::Expression(_) => None,
        })
    }

    fn is_about(&self, column: &str) -> bool {
        self.elements.iter().any(|(key, _)| match key {
            KeyPart::Column(name) => name == column,
            KeyPart::Expression(expression) => crate::sql::names(expression, column),
        }) || self.filter.as_deref().is_some_and(|filter| crate::sql::names(filter, column))
    }

    fn rename_column(&mut self, from: &str, to: &str) {
        for (key, _) in &mut self.elements {
            match key {
                KeyPart::Column(name) if name == from => to.clone_into(name),
                KeyPart::Column(_) => {}
                KeyPart::Expression(text) => *text = crate::sql::rename(text, from, to),
            }
        }
        if let Some(filter) = &mut self.filter {
            *filter = crate::sql::rename(filter, from, to);
        }
        for (name, _) in self.ops.iter_mut().filter(|(name, _)| name == from) {
            to.clone_into(name);
        }
    }
}

/// An exclusion constraint, by the access method of its index: `exclude("gist").with("during", "&&")`.
pub fn exclude(using: &str) -> Exclude {
    Exclude {
        name: String::new(),
        using: using.to_owned(),
        elements: Vec::new(),
        ops: Vec::new(),
        filter: None,
        deferrable: Deferrable::No,
    }
}

/// A primary key over these columns.
pub fn primary_key<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> PrimaryKey {
    PrimaryKey { name: String::new(), columns: strings(columns) }
}

/// A unique constraint over these columns.
pub fn unique<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Unique {
    Unique {
        name: String::new(),
        columns: strings(columns),
        deferrable: Deferrable::No,
        nulls_not_distinct: false,
        include: Vec::new(),
    }
}

/// A foreign key from these columns; `.references(…)` says where to.
///
/// ```
/// use migrate_model::catalog::{Action, foreign_key};
///
/// let key = foreign_key(["user_id"]).references("users", ["id"]).on_delete(Action::Cascade).named("fk_orders_user");
/// assert_eq!(key.referred, ["id"]);
/// ```
pub fn foreign_key<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> ForeignKeyFrom {
    ForeignKeyFrom { columns: strings(columns) }
}

/// A check on the table's rows: `check("quantity > 0")`.
pub fn check(expression: &str) -> Check {
    Check { name: String::new(), expression: expression.to_owned(), not_valid: false }
}

/// The first half of a foreign key.
#[derive(Clone, Debug)]
#[must_use = "say what it refers to: .references(\"users\", [\"id\"])"]
pub struct ForeignKeyFrom {
    columns: Vec<String>,
}

impl ForeignKeyFrom {
    /// Where the key points to.
    pub fn references<C: Into<String>>(
        self,
        table: impl Into<TableName>,
        columns: impl IntoIterator<Item = C>,
    ) -> ForeignKey {
        ForeignKey {
            name: String::new(),
            columns: self.columns,
            table: table.into(),
            referred: strings(columns),
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            deferrable: Deferrable::No,
            not_valid: false,
            match_full: false,
        }
    }
}

macro_rules! named {
    ($($constraint:ident => $variant:ident),*) => {
        $(
            impl $constraint {
                /// Gives it a name of its own.
                #[must_use]
                pub fn named(mut self, name: &str) -> Self {
                    name.clone_into(&mut self.name);
                    self
                }
            }

            impl From<$constraint> for Constraint {
                fn from(constraint: $constraint) -> Constraint {
                    Constraint::$variant(constraint)
                }
            }
        )*
    };
}
named!(PrimaryKey => PrimaryKey, Unique => Unique, ForeignKey => ForeignKey, Check => Check, Exclude => Exclude);

macro_rules! deferrable {
    ($($constraint:ident),*) => {
        $(impl $constraint {
            /// Lets a transaction ask for the check to wait until its end.
            #[must_use]
            pub fn deferrable(mut self) -> Self {
                self.deferrable = Deferrable::InitiallyImmediate;
                self
            }

            /// Makes the check wait until the end of the transaction.
            #[must_use]
            pub fn initially_deferred(mut self) -> Self {
                self.deferrable = Deferrable::InitiallyDeferred;
                self
            }
        })*
    };
}
deferrable!(Unique, ForeignKey, Exclude);

impl Unique {
    /// What only PostgreSQL has.
    #[must_use]
    pub fn postgres(mut self, options: impl FnOnce(&mut PostgresUnique)) -> Self {
        let mut chosen =
            PostgresUnique { nulls_not_distinct: self.nulls_not_distinct, include: self.include };
        options(&mut chosen);
        PostgresUnique { nulls_not_distinct: self.nulls_not_distinct, include: self.include } =
            chosen;
        self
    }
}

/// What a unique constraint has on PostgreSQL alone.
#[derive(Clone, Debug)]
pub struct PostgresUnique {
    nulls_not_distinct: bool,
    include: Vec<String>,
}

impl PostgresUnique {
    /// Two NULLs are the same (PostgreSQL 15).
    pub fn nulls_not_distinct(&mut self) -> &mut Self {
        self.nulls_not_distinct = true;
        self
    }

    /// Columns that the constraint's index carries along.
    pub fn include<C: Into<String>>(&mut self, columns: impl IntoIterator<Item = C>) -> &mut Self {
        self.include = strings(columns);
        self
    }
}

impl ForeignKey {
    /// What a DELETE of the referenced row does.
    #[must_use]
    pub fn on_delete(mut self, action: Action) -> Self {
        self.on_delete = action;
        self
    }

    /// What a change of the referenced key does.
    #[must_use]
    pub fn on_update(mut self, action: Action) -> Self {
        self.on_update = action;
        self
    }
}

impl ForeignKey {
    /// What only PostgreSQL has.
    #[must_use]
    pub fn postgres(
        mut self,
        options: impl FnOnce(&mut PostgresForeignKey) -> &mut PostgresForeignKey,
    ) -> Self {
        let mut chosen =
            PostgresForeignKey { not_valid: self.not_valid, match_full: self.match_full };
        options(&mut chosen);
        PostgresForeignKey { not_valid: self.not_valid, match_full: self.match_full } = chosen;
        self
    }
}

/// What a foreign key has on PostgreSQL alone.
#[derive(Debug)]
pub struct PostgresForeignKey {
    not_valid: bool,
    match_full: bool,
}

impl PostgresForeignKey {
    /// Rows that are there are not looked at, until `validate_constraint`: the table is not locked for long.
    /// Elsewhere a foreign key is valid from the start.
    pub fn not_valid(&mut self) -> &mut Self {
        self.not_valid = true;
        self
    }

    /// A row refers with all of its columns or with none: `MATCH FULL`.
    pub fn match_full(&mut self) -> &mut Self {
        self.match_full = true;
        self
    }
}

impl Check {
    /// What only PostgreSQL has.
    #[must_use]
    pub fn postgres(
        mut self,
        options: impl FnOnce(&mut PostgresCheck) -> &mut PostgresCheck,
    ) -> Self {
        let mut chosen = PostgresCheck { not_valid: self.not_valid };
        options(&mut chosen);
        PostgresCheck { not_valid: self.not_valid } = chosen;
        self
    }
}

/// What a check has on PostgreSQL alone.
#[derive(Debug)]
pub struct PostgresCheck {
    not_valid: bool,
}

impl PostgresCheck {
    /// Rows that are there are not looked at, until `validate_constraint`: the table is not locked for long.
    /// Elsewhere a check is valid from the start.
    pub fn not_valid(&mut self) -> &mut Self {
        self.not_valid = true;
        self
    }
}

impl Constraint {
    /// Whether rows that were there before it may break it (PostgreSQL).
    pub fn is_not_valid(&self) -> bool {
        match self {
            Constraint::ForeignKey(key) => key.not_valid,
            Constraint::Check(check) => check.not_valid,
            Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::Exclude(_) => false,
        }
    }

    pub(crate) fn set_valid(&mut self) {
        match self {
            Constraint::ForeignKey(key) => key.not_valid = false,
            Constraint::Check(check) => check.not_valid = false,
            Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::Exclude(_) => {}
        }
    }
}

pub(crate) fn strings<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Vec<String> {
    columns.into_iter().map(Into::into).collect()
}
