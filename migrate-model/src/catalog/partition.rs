//! Partitioned tables: what their rows are parted by, and the parts (PostgreSQL).
//!
//! A partition has no columns, constraints or indexes of its own here: PostgreSQL gives it those of its table, and keeps
//! them the same.

use std::fmt;

use super::{Catalog, CatalogError, Constraint, Index, KeyPart, Table, TableName, strings};
use crate::sql;

/// What the rows of a table are parted by.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionBy {
    /// How values are told apart.
    pub strategy: PartitionStrategy,
    /// The columns and expressions that count.
    pub keys: Vec<KeyPart>,
}

/// How values are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionStrategy {
    /// By the range that they are in.
    Range,
    /// By the list that they are in.
    List,
    /// By what remains of their hash.
    Hash,
}

impl PartitionStrategy {
    /// The word of SQL.
    pub fn sql(self) -> &'static str {
        match self {
            PartitionStrategy::Range => "RANGE",
            PartitionStrategy::List => "LIST",
            PartitionStrategy::Hash => "HASH",
        }
    }
}

/// Which rows a partition holds. Bounds are SQL, as it stands between the parentheses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// Those from the first bound on, up to but without the second.
    Range {
        /// The first bound.
        from: String,
        /// What is just behind the last one.
        to: String,
    },
    /// Those with one of the values.
    In(Vec<String>),
    /// Those whose hash leaves a remainder.
    Hash {
        /// What it is divided by.
        modulus: u32,
        /// What is left.
        remainder: u32,
    },
    /// Those that no other partition holds.
    Default,
}

impl fmt::Display for Bounds {
    /// As PostgreSQL says it, behind `PARTITION OF`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bounds::Range { from, to } => write!(f, "FOR VALUES FROM ({from}) TO ({to})"),
            Bounds::In(values) => write!(f, "FOR VALUES IN ({})", values.join(", ")),
            Bounds::Hash { modulus, remainder } => {
                write!(f, "FOR VALUES WITH (MODULUS {modulus}, REMAINDER {remainder})")
            }
            Bounds::Default => f.write_str("DEFAULT"),
        }
    }
}

impl Bounds {
    /// Reads what PostgreSQL says of a partition; `None` for what is nothing of the kind.
    ///
    /// ```
    /// use migrate_model::catalog::Bounds;
    ///
    /// let values = vec!["'a) TO ('".to_owned(), "NULL".to_owned()];
    /// assert_eq!(Bounds::read("FOR VALUES IN ('a) TO (', NULL)"), Some(Bounds::In(values)));
    /// let hash = Bounds::Hash { modulus: 4, remainder: 0 };
    /// assert_eq!(Bounds::read("FOR VALUES WITH (modulus 4, remainder 0)"), Some(hash));
    /// assert_eq!(Bounds::read("DEFAULT"), Some(Bounds::Default));
    /// assert_eq!(Bounds::read("FOR EVER"), None);
    /// ```
    pub fn read(text: &str) -> Option<Bounds> {
        if text.trim().eq_ignore_ascii_case("DEFAULT") {
            return Some(Bounds::Default);
        }
        let mut groups = sql::groups(text).into_iter();
        let words = text.split_whitespace().nth(2)?.to_ascii_uppercase();
        match (words.as_str(), groups.next()?, groups.next()) {
            ("FROM", from, Some(to)) => {
                Some(Bounds::Range { from: from.join(", "), to: to.join(", ") })
            }
            ("IN", values, None) => Some(Bounds::In(strings(values))),
            ("WITH", parts, None) => {
                let number = |part: &&str| part.split_whitespace().nth(1)?.parse().ok();
                let modulus = parts.first().and_then(number)?;
                let remainder = parts.get(1).and_then(number)?;
                Some(Bounds::Hash { modulus, remainder })
            }
            _ => None,
        }
    }

    /// What such a partition is told from others by; one for the rest is told by nothing.
    fn strategy(&self) -> Option<PartitionStrategy> {
        match self {
            Bounds::Range { .. } => Some(PartitionStrategy::Range),
            Bounds::In(_) => Some(PartitionStrategy::List),
            Bounds::Hash { .. } => Some(PartitionStrategy::Hash),
            Bounds::Default => None,
        }
    }
}

/// A partition to come; `.of(…)` says of which table.
///
/// ```
/// use migrate_model::catalog::partition;
///
/// let year = partition("events_2026").of("events").from_to("'2026-01-01'", "'2027-01-01'");
/// assert_eq!(year.bounds.to_string(), "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')");
/// let rest = partition("events_rest").of("events").default_partition();
/// assert_eq!(rest.bounds.to_string(), "DEFAULT");
/// ```
pub fn partition(name: impl Into<TableName>) -> Unparted {
    Unparted { name: name.into() }
}

/// A partition without a table.
#[derive(Clone, Debug)]
#[must_use = "say of which table: .of(\"events\")"]
pub struct Unparted {
    name: TableName,
}

impl Unparted {
    /// The table that it is a part of.
    pub fn of(self, table: impl Into<TableName>) -> Unbound {
        Unbound { name: self.name, of: table.into() }
    }
}

/// A partition without bounds.
#[derive(Clone, Debug)]
#[must_use = "say which rows it holds: .from_to(…), .in_values([…]), .hash(…) or .default_partition()"]
pub struct Unbound {
    name: TableName,
    of: TableName,
}

impl Unbound {
    /// Rows from one bound on, up to but without another one. Bounds are SQL: `from_to("'2026-01-01'", "MAXVALUE")`,
    /// with commas between those of several columns.
    pub fn from_to(self, from: &str, to: &str) -> NewPartition {
        self.bound(Bounds::Range { from: from.to_owned(), to: to.to_owned() })
    }

    /// Rows with one of these values, which are SQL: `in_values(["'de'", "'at'", "NULL"])`.
    pub fn in_values<V: Into<String>>(self, values: impl IntoIterator<Item = V>) -> NewPartition {
        self.bound(Bounds::In(strings(values)))
    }

    /// Rows whose hash, divided by `modulus`, leaves `remainder`.
    pub fn hash(self, modulus: u32, remainder: u32) -> NewPartition {
        self.bound(Bounds::Hash { modulus, remainder })
    }

    /// Rows that no other partition holds.
    pub fn default_partition(self) -> NewPartition {
        self.bound(Bounds::Default)
    }

    fn bound(self, bounds: Bounds) -> NewPartition {
        NewPartition { name: self.name, of: self.of, bounds }
    }
}

/// A partition to be created.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "hand it to op.create_partition(…)"]
pub struct NewPartition {
    /// Its name, which no other table of the schema has.
    pub name: TableName,
    /// The table that it is a part of.
    pub of: TableName,
    /// Which rows it holds.
    pub bounds: Bounds,
}

impl PartitionBy {
    /// Whether the column decides where a row goes.
    pub fn is_about(&self, column: &str) -> bool {
        self.keys.iter().any(|key| match key {
            KeyPart::Column(name) => name == column,
            KeyPart::Expression(expression) => sql::names(expression, column),
        })
    }

    pub(crate) fn rename_column(&mut self, from: &str, to: &str) {
        for key in &mut self.keys {
            match key {
                KeyPart::Column(name) if name == from => to.clone_into(name),
                KeyPart::Column(_) => {}
                KeyPart::Expression(text) => *text = sql::rename(text, from, to),
            }
        }
    }

    /// Why a unique key of these columns could not be kept by partitions that know nothing of each other.
    fn fault_of(&self, columns: &[&str]) -> Option<String> {
        self.keys.iter().find_map(|key| match key {
            KeyPart::Column(name) if columns.contains(&name.as_str()) => None,
            KeyPart::Column(name) => Some(format!(
                "leaves out `{name}`: each partition looks at its own rows, so a unique key has every column that they are parted by"
            )),
            KeyPart::Expression(expression) => Some(format!(
                "can't be kept by partitions, since they are parted by an expression, `{expression}`"
            )),
        })
    }
}

impl Table {
    /// What can be wrong about what the rows are parted by.
    pub(crate) fn check_partition_by(&self) -> Result<(), CatalogError> {
        let bad = |fault: &str| {
            let (table, fault) = (self.name.clone(), fault.to_owned());
            Err(CatalogError::BadPartitioning { table, fault })
        };
        let Some(by) = &self.partition_by else {
            return if self.partitions.is_empty() {
                Ok(())
            } else {
                bad("is not partitioned: say .partition_by_range([…]) where it is created")
            };
        };
        for key in &by.keys {
            let KeyPart::Column(name) = key else { continue };
            if self.column(name)?.generated.is_some() {
                return bad(&format!("is parted by `{name}`, which is computed"));
            }
        }
        match (by.strategy, by.keys.len()) {
            (_, 0) => bad("is parted by no column at all"),
            (PartitionStrategy::List, 2..) => {
                bad("is parted by lists of values, which are those of one column")
            }
            (PartitionStrategy::Range | PartitionStrategy::List | PartitionStrategy::Hash, _) => {
                Ok(())
            }
        }
    }

    /// Whether partitions can keep the constraint.
    pub(crate) fn check_parted_constraint(&self, one: &Constraint) -> Result<(), CatalogError> {
        match one {
            Constraint::PrimaryKey(_) | Constraint::Unique(_) => {
                let columns = one.columns();
                self.check_parted(
                    one.name(),
                    &columns.iter().map(String::as_str).collect::<Vec<_>>(),
                )
            }
            Constraint::ForeignKey(_) | Constraint::Check(_) | Constraint::Exclude(_) => Ok(()),
        }
    }

    /// Whether partitions can keep the index.
    pub(crate) fn check_parted_index(&self, index: &Index) -> Result<(), CatalogError> {
        if !index.unique {
            return Ok(());
        }
        self.check_parted(&index.name, &index.columns().collect::<Vec<_>>())
    }

    fn check_parted(&self, name: &str, columns: &[&str]) -> Result<(), CatalogError> {
        let fault = self.partition_by.as_ref().and_then(|by| by.fault_of(columns));
        fault.map_or(Ok(()), |fault| {
            let (table, key) = (self.name.clone(), name.to_owned());
            Err(CatalogError::UniqueAcrossPartitions { table, key, fault })
        })
    }

    /// An error when the column decides where rows go, so that it must stay as it is.
    pub(crate) fn check_not_parted_by(&self, column: &str) -> Result<(), CatalogError> {
        match &self.partition_by {
            Some(by) if by.is_about(column) => {
                Err(CatalogError::PartedBy { table: self.name.clone(), column: column.to_owned() })
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(crate) fn add_partition(
        &mut self,
        name: &TableName,
        bounds: &Bounds,
    ) -> Result<(), CatalogError> {
        let bad = |fault: String| {
            Err(CatalogError::BadPartition {
                partition: name.clone(),
                of: self.name.clone(),
                fault,
            })
        };
        let Some(by) = &self.partition_by else {
            return bad(
                "which is not partitioned: say .partition_by_range([…]) where it is created"
                    .to_owned(),
            );
        };
        match (bounds, bounds.strategy()) {
            (_, Some(strategy)) if strategy != by.strategy => {
                let (is, wants) = (strategy.sql(), by.strategy.sql());
                return bad(format!("which is partitioned by {wants}, not by {is}"));
            }
            (Bounds::Hash { modulus, remainder }, _) if remainder >= modulus => {
                return bad(format!("but nothing divided by {modulus} leaves {remainder}"));
            }
            (Bounds::In(values), _) if values.is_empty() => {
                return bad("but holds no value at all".to_owned());
            }
            (Bounds::Default, _) if by.strategy == PartitionStrategy::Hash => {
                return bad("where hashes leave no rest: say .hash(modulus, remainder)".to_owned());
            }
            (Bounds::Range { .. } | Bounds::In(_) | Bounds::Hash { .. } | Bounds::Default, _) => {}
        }
        if let Some((other, _)) = self.partitions.iter().find(|(_, there)| *there == bounds) {
            return bad(format!("where `{other}` has the same bounds"));
        }
        self.partitions.insert(name.clone(), bounds.clone());
        Ok(())
    }
}

impl Catalog {
    /// The table that has a partition of that name.
    pub fn parted(&self, partition: &TableName) -> Option<(&Table, &Bounds)> {
        self.tables
            .values()
            .find_map(|table| table.partitions.get(partition).map(|bounds| (table, bounds)))
    }

    /// The partition of that name, with its table.
    pub fn partition(&self, name: &TableName) -> Result<(&Table, &Bounds), CatalogError> {
        self.parted(name).ok_or_else(|| CatalogError::NoPartition {
            partition: name.clone(),
            others: (self.tables.values())
                .flat_map(|table| table.partitions.keys().map(|name| name.name.clone()))
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::partition;
    use crate::{
        Dialect, Ops,
        catalog::{Catalog, build::*, index, types, unique},
        op::{apply_all, invert_all},
    };

    fn events(op: &mut Ops) {
        op.create_table(
            table("events")
                .column(bigint("id"))
                .column(date("day"))
                .primary_key(["id", "day"])
                .partition_by_range(["day"]),
        );
        op.create_partition(partition("events_1").of("events").from_to("'2026-01-01'", "MAXVALUE"));
    }

    #[track_caller]
    fn check(ops: fn(&mut Ops), expected: &str) {
        let mut op = Ops::new(Dialect::Postgres);
        events(&mut op);
        ops(&mut op);
        let told = match apply_all(op.recorded(), &mut Catalog::default()) {
            Ok(()) => "fine".to_owned(),
            Err(error) => error.what.to_string(),
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn what_does_not_fit_is_found_before_anything_runs() {
        check(
            |op| _ = op.drop_column("events", "day"),
            "the rows of `events` are parted by its column `day`, which must stay as it is",
        );
        check(
            |op| _ = op.alter_column("events", "day").set_type(types::text()),
            "the rows of `events` are parted by its column `day`, which must stay as it is",
        );
        check(
            |op| op.create_unique_constraint("events", unique(["id"])),
            "`events_id_key` of the partitioned table `events` leaves out `day`: each partition looks at its own rows, so a unique key has every column that they are parted by",
        );
        check(
            |op| _ = op.create_index(index("one").on("events", ["id"]).unique()),
            "`one` of the partitioned table `events` leaves out `day`: each partition looks at its own rows, so a unique key has every column that they are parted by",
        );
        check(
            |op| _ = op.create_table(table("events_1").column(bigint("id"))),
            "`events_1` is a partition of `events`, and changes with it",
        );
        check(
            |op| op.create_partition(partition("events_2").of("events").in_values(["1"])),
            "`events_2` is to be a partition of `events`, which is partitioned by RANGE, not by LIST",
        );
        check(
            |op| {
                op.create_partition(partition("events_2").of("events").default_partition());
                op.create_partition(partition("events_3").of("events").default_partition());
            },
            "`events_3` is to be a partition of `events`, where `events_2` has the same bounds",
        );
        check(
            |op| _ = op.drop_partition("events_2"),
            "there is no partition `events_2` at this revision",
        );
        check(
            |op| {
                op.alter_column("events", "day").rename_to("since");
                op.rename_table("events", "happenings");
                op.drop_partition("events_1");
            },
            "fine",
        );
    }

    #[test]
    fn a_table_comes_back_with_its_partitions() {
        let mut op = Ops::new(Dialect::Postgres);
        events(&mut op);
        let mut before = Catalog::default();
        apply_all(op.recorded(), &mut before).unwrap();
        let mut op = Ops::new(Dialect::Postgres);
        op.drop_table("events");
        let back = invert_all(op.recorded(), &before).unwrap();
        let mut after = before.clone();
        apply_all(op.recorded(), &mut after).unwrap();
        apply_all(&back, &mut after).unwrap();
        assert_eq!(after, before);
    }
}
