//! What can be wrong about an op, given the schema that it is made to.

use super::{RoutineName, TableName, TypeName};
use crate::nearest::nearest;

/// An op that does not fit the schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the words of the messages")]
pub enum CatalogError {
    #[error("there is no table `{table}` at this revision")]
    NoTable { table: TableName, others: Vec<String> },
    #[error("there is a table `{table}` already at this revision")]
    TableExists { table: TableName },
    #[error(
        "there is a table `{table}` already at this revision, and it differs from this one: {difference}"
    )]
    TableDiffers { table: TableName, difference: String },
    #[error("table `{table}` has no column `{column}` at this revision")]
    NoColumn { table: TableName, column: String, others: Vec<String> },
    #[error("table `{table}` has a column `{column}` already at this revision")]
    ColumnExists { table: TableName, column: String },
    #[error(
        "table `{table}` has a column `{column}` already at this revision, and it differs from this one"
    )]
    ColumnDiffers { table: TableName, column: String },
    #[error(
        "column `{column}` of `{table}` is referenced by `{constraint}` of `{other}`; drop that first"
    )]
    ReferencedColumn { table: TableName, column: String, other: TableName, constraint: String },
    #[error(
        "column `{column}` of `{table}` is needed by its generated column `{generated}`; drop that first"
    )]
    NeededByColumn { table: TableName, column: String, generated: String },
    #[error("the generated column `{column}` of `{table}` is made from itself")]
    SelfGenerated { table: TableName, column: String },
    #[error("column `{column}` of `{table}` has both {first} and {second}; take one away first")]
    TwoValues { table: TableName, column: String, first: &'static str, second: &'static str },
    #[error("{default} is no default for column `{column}` of `{table}`, which is {sql_type}")]
    WrongDefault { table: TableName, column: String, default: String, sql_type: String },
    #[error(
        "column `{column}` of `{table}` is {sql_type}: only an integer can be an identity column"
    )]
    NotCountable { table: TableName, column: String, sql_type: String },
    #[error("column `{column}` of `{table}` may be NULL, which an identity column may not")]
    NullableIdentity { table: TableName, column: String },
    #[error("column `{column}` of `{table}` is part of the primary key, which holds no NULL")]
    NullableKey { table: TableName, column: String },
    #[error("table `{table}` is referenced by `{constraint}` of `{other}`; drop that first")]
    ReferencedTable { table: TableName, other: TableName, constraint: String },
    #[error("table `{table}` has no {constraint} at this revision")]
    NoConstraint { table: TableName, constraint: String, others: Vec<String> },
    #[error("table `{table}` has a constraint `{constraint}` already at this revision")]
    ConstraintExists { table: TableName, constraint: String },
    #[error("table `{table}` has more than one such constraint: {}; drop it by name", names.join(", "))]
    AmbiguousConstraint { table: TableName, names: Vec<String> },
    #[error("table `{table}` has the primary key `{first}` already; drop that first")]
    SecondPrimaryKey { table: TableName, first: String },
    #[error("`{constraint}` refers to {}, which is neither primary key nor unique in `{table}`", columns.join(", "))]
    NotUnique { constraint: String, table: TableName, columns: Vec<String> },
    #[error("`{constraint}` of `{table}` is a {kind}; only checks and foreign keys are validated")]
    NeverValidated { table: TableName, constraint: String, kind: &'static str },
    #[error("`{constraint}` refers from {from} columns to {to}")]
    UnevenKey { constraint: String, from: usize, to: usize },
    #[error(
        "`{constraint}` of `{other}` needs the unique key that `{dropped}` provides; drop that first"
    )]
    KeyInUse { dropped: String, other: TableName, constraint: String },
    #[error("there is no index `{index}` at this revision")]
    NoIndex { index: String, others: Vec<String> },
    #[error(
        "`{index}` belongs to the unique constraint of that name on `{table}`; drop the constraint"
    )]
    ConstraintIndex { index: String, table: TableName },
    #[error("there is an index `{index}` already on `{table}` at this revision")]
    IndexExists { table: TableName, index: String },
    #[error(
        "there is an index `{index}` already on `{table}` at this revision, and it differs from this one"
    )]
    IndexDiffers { table: TableName, index: String },
    #[error("more than one table has an index `{index}`: {}; say which: .on(table)", tables.join(", "))]
    AmbiguousIndex { index: String, tables: Vec<String> },
    #[error("`{name}` is about no column at all")]
    NoKeys { name: String },
    #[error(
        "column `{column}` is the last one of `{table}`; drop the table, or add another column first"
    )]
    LastColumn { table: TableName, column: String },
    #[error("table `{table}` has no columns")]
    NoColumns { table: TableName },
    #[error("there is no type `{name}` at this revision; create it first: op.create_enum(…)")]
    NoType { name: TypeName, others: Vec<String> },
    #[error("there is a type `{name}` already at this revision")]
    TypeExists { name: TypeName },
    #[error(
        "there is an enum `{name}` already at this revision, with the values {}, not {}",
        list(there),
        list(wanted)
    )]
    TypeDiffers { name: TypeName, there: Vec<String>, wanted: Vec<String> },
    #[error("the enum `{name}` has no value `{value}` at this revision")]
    NoEnumValue { name: TypeName, value: String, others: Vec<String> },
    #[error("the enum `{name}` has a value `{value}` already at this revision")]
    EnumValueExists { name: TypeName, value: String },
    #[error("the value `{value}` of the enum `{name}` is used by {by}")]
    EnumValueInUse { name: TypeName, value: String, by: String },
    #[error("type `{name}` is used by column `{column}` of `{table}`; drop that first")]
    TypeInUse { name: TypeName, table: TableName, column: String },
    #[error("the enum `{name}` {fault}")]
    BadEnum { name: TypeName, fault: String },
    #[error("there is no view `{view}` at this revision")]
    NoView { view: TableName, others: Vec<String> },
    #[error("there is a view `{view}` already at this revision")]
    ViewExists { view: TableName },
    #[error("the view `{view}` {fault}")]
    BadView { view: TableName, fault: String },
    #[error("{what} is used by the view `{view}`; drop that first, and create it again behind")]
    UsedByView { what: String, view: TableName },
    #[error(
        "{what} is used by the trigger `{trigger}` of `{table}`; drop that first, and create it again behind"
    )]
    UsedByTrigger { what: String, trigger: String, table: TableName },
    #[error(
        "{what} is used by the view `{view}`, in which the new name stands for something else; drop that first, and create it again behind"
    )]
    NotFollowed { what: String, view: TableName },
    #[error(
        "{what} is shown by the view `{view}` under its own name, which some databases would change with it and some would not"
    )]
    Shown { what: String, view: TableName },
    #[error("there is no function `{function}` at this revision")]
    NoFunction { function: String, name: String, others: Vec<String>, overloads: Vec<String> },
    #[error("there is a function `{function}` already at this revision")]
    FunctionExists { function: String },
    #[error("the function `{function}` {fault}")]
    BadFunction { function: String, fault: String },
    #[error("there is more than one function `{function}`: {}; say which: .arguments([…])", candidates.join(", "))]
    AmbiguousFunction { function: RoutineName, candidates: Vec<String> },
    #[error("`{table}` has no trigger `{trigger}` at this revision")]
    NoTrigger { table: TableName, trigger: String, others: Vec<String> },
    #[error("`{table}` has a trigger `{trigger}` already at this revision")]
    TriggerExists { table: TableName, trigger: String },
    #[error("the trigger `{trigger}` of `{table}` {fault}")]
    BadTrigger { table: TableName, trigger: String, fault: String },
    #[error("`{table}` is a partition of `{of}`, and changes with it")]
    IsPartition { table: TableName, of: TableName },
    #[error("there is no partition `{partition}` at this revision")]
    NoPartition { partition: TableName, others: Vec<String> },
    #[error("the table `{table}` {fault}")]
    BadPartitioning { table: TableName, fault: String },
    #[error("`{partition}` is to be a partition of `{of}`, {fault}")]
    BadPartition { partition: TableName, of: TableName, fault: String },
    #[error("the rows of `{table}` are parted by its column `{column}`, which must stay as it is")]
    PartedBy { table: TableName, column: String },
    #[error("`{key}` of the partitioned table `{table}` {fault}")]
    UniqueAcrossPartitions { table: TableName, key: String, fault: String },
    #[error("there is no schema `{schema}` at this revision")]
    NoSchema { schema: String, others: Vec<String> },
    #[error("there is a schema `{schema}` already at this revision")]
    SchemaExists { schema: String },
    #[error("in the schema `{schema}` is still the {by}; drop that first")]
    SchemaInUse { schema: String, by: String },
    #[error("there is no sequence `{sequence}` at this revision")]
    NoSequence { sequence: TableName, others: Vec<String> },
    #[error("there is a sequence `{sequence}` already at this revision")]
    SequenceExists { sequence: TableName },
    #[error(
        "there is a sequence `{sequence}` already at this revision, and it differs from this one"
    )]
    SequenceDiffers { sequence: TableName },
    #[error("the default of `{table}.{column}` takes its numbers from the sequence `{sequence}`")]
    SequenceInUse { sequence: TableName, table: TableName, column: String },
    #[error("the sequence `{sequence}` {fault}")]
    BadSequence { sequence: TableName, fault: String },
    #[error("there is no extension `{name}` at this revision")]
    NoExtension { name: String, others: Vec<String> },
    #[error("there is an extension `{name}` already at this revision")]
    ExtensionExists { name: String },
    #[error(
        "there is an extension `{name}` already at this revision, in another schema or version"
    )]
    ExtensionDiffers { name: String },
    #[error("a row for `{table}` sets {}, another one {}", first.join(", "), second.join(", "))]
    UnevenRows { table: TableName, first: Vec<String>, second: Vec<String> },
    #[error("{value} is no value for column `{column}` of `{table}`, which is {sql_type}")]
    WrongValue { table: TableName, column: String, value: String, sql_type: String },
    #[error("this SQL may change the schema, and does not say how: `{sql}`")]
    Undeclared { sql: String },
    #[error("`{sql}` begins or ends a transaction, which is the runner's to do")]
    TransactionControl { sql: String },
    #[error("this SQL changes the {kind} `{name}`, which a migration in Rust made")]
    HeldElsewhere { kind: &'static str, name: String },
    #[error("there is no SQL to execute")]
    EmptySql,
    #[error("two steps of this migration are called `{label}`; a label names one")]
    DuplicateLabel { label: String },
}

/// An op that has no inverse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the words of the messages")]
pub enum InvertError {
    #[error("{0}")]
    Catalog(#[from] CatalogError),
    #[error(
        "bringing back `{table}.{column}`, which is NOT NULL without a default, would fail on rows"
    )]
    NeedsRestore { table: TableName, column: String },
    #[error("nothing says how to take back {what}")]
    NoUndo { what: String },
    #[error(
        "the view `{view}` shows all columns of `{table}`, which has got `{column}` since: created again it would show that one, too"
    )]
    Outgrown { view: TableName, table: TableName, column: String },
    #[error(
        "nothing tells the inserted rows of `{table}` from others: they set no whole primary or unique key"
    )]
    NoKey { table: TableName },
    #[error("what `{table}` looked like is not known, since SQL that can't be read changed it")]
    Unvouched { table: TableName },
}

impl CatalogError {
    /// What to try instead, where that can be told.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most say all there is to say")]
    pub fn hint(&self) -> Option<String> {
        let (noun, name, others) = match self {
            CatalogError::NoTable { table, others } => ("a table", table.name.as_str(), others),
            CatalogError::NoColumn { column, others, .. } => ("a column", column.as_str(), others),
            CatalogError::NoIndex { index, others } => ("an index", index.as_str(), others),
            CatalogError::NoType { name, others } => ("a type", name.name.as_str(), others),
            CatalogError::NoEnumValue { value, others, .. } => ("a value", value.as_str(), others),
            CatalogError::EnumValueInUse { .. } => {
                return Some(
                    "change that first: set another default, or drop the constraint or index"
                        .into(),
                );
            }
            CatalogError::NoExtension { name, others } => ("an extension", name.as_str(), others),
            CatalogError::NoSchema { schema, others } => ("a schema", schema.as_str(), others),
            CatalogError::NoSequence { sequence, others } => {
                ("a sequence", sequence.name.as_str(), others)
            }
            CatalogError::SequenceInUse { column, .. } => {
                return Some(format!(
                    "drop that default first: .alter_column(…, \"{column}\").drop_default()"
                ));
            }
            CatalogError::NoView { view, others } => ("a view", view.name.as_str(), others),
            CatalogError::NoPartition { partition, others } => {
                ("a partition", partition.name.as_str(), others)
            }
            CatalogError::IsPartition { of, .. } => {
                return Some(format!(
                    "change `{of}`; to be rid of the partition alone: op.drop_partition(…)"
                ));
            }
            CatalogError::PartedBy { .. } => {
                return Some("create another table, move the rows over, and take its name".into());
            }
            CatalogError::NoTrigger { trigger, others, .. } => {
                ("a trigger", trigger.as_str(), others)
            }
            CatalogError::NoFunction { overloads, .. } if !overloads.is_empty() => {
                return Some(format!("there is {}", list(overloads)));
            }
            CatalogError::NoFunction { name, others, .. } => ("a function", name.as_str(), others),
            CatalogError::Shown { .. } => {
                return Some(
                    "name what the view shows: .columns([…]) or `AS`; or drop the view first, and create it again behind"
                        .into(),
                );
            }
            CatalogError::Undeclared { .. } => {
                return Some("say what it does: .declares(|op| …), .declares_nothing() or .opaque(\"table\")".into());
            }
            CatalogError::HeldElsewhere { .. } => {
                return Some("change it in Rust, too; or say `declares_nothing` in the file's header, if it stays what it was".into());
            }
            CatalogError::NoConstraint { others, .. } if !others.is_empty() => {
                return Some(format!("it has {}", list(others)));
            }
            _ => return None,
        };
        nearest(name, others.iter().map(String::as_str))
            .map(|other| format!("there is {noun} `{other}`"))
    }
}

impl InvertError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            InvertError::Catalog(error) => error.hint(),
            InvertError::NeedsRestore { .. } => {
                Some("say what rows get: .restore_with(\"expression\"); or write a `downgrade`; or say `irreversible = \"why\"`".into())
            }
            InvertError::NoUndo { .. } => {
                Some("say .undo(…) or .undo_nothing(); or write a `downgrade`; or say `irreversible = \"why\"`".into())
            }
            InvertError::Outgrown { .. } => {
                Some("write a `downgrade` that names the columns it showed; or say `irreversible = \"why\"`".into())
            }
            InvertError::Unvouched { .. } => {
                Some("write a `downgrade`; or say `irreversible = \"why\"`".into())
            }
            InvertError::NoKey { .. } => {
                Some("set the columns of a key, or say .undo(\"DELETE …\") or .undo_nothing()".into())
            }
        }
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
