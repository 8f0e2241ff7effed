//! The chain of changes that every tool gets, as values: a table of six columns, a column more, an index, in turn.
//!
//! How a tool writes them down is its own matter (`tools`). The SQL is the same for SQLite and PostgreSQL.

/// Changes `1..=count`, each on the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) count: usize,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// From 1.
    pub(crate) number: usize,
    /// The columns that it adds, where it adds columns: one, unless it was edited.
    pub(crate) columns: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Creates a table.
    Table,
    /// Adds a column to the table before.
    Column,
    /// Creates an index on the table before.
    Index,
}

impl Chain {
    /// In the order in which they are applied.
    pub(crate) fn changes(self) -> impl DoubleEndedIterator<Item = Change> {
        (1..=self.count).map(Change::new)
    }

    /// One about the middle, that adds columns with these names.
    pub(crate) fn edited(self, columns: &[String]) -> Change {
        Change { columns: columns.to_vec(), ..Change::new(self.count / 6 * 3 + 2) }
    }

    /// How many tables, columns and indexes there are behind it.
    pub(crate) fn counts(self) -> [usize; 3] {
        let of = |kind| self.changes().filter(|change| change.kind() == kind).count();
        [of(Kind::Table), of(Kind::Table) * 6 + of(Kind::Column), of(Kind::Index)]
    }

    /// A script of all upgrades, or of all downgrades, latest first.
    pub(crate) fn script(self, direction: Direction, transactions: Transactions) -> String {
        let bodies: Vec<String> = match direction {
            Direction::Up => self.changes().map(|change| change.up()).collect(),
            Direction::Down => self.changes().rev().map(|change| change.down()).collect(),
        };
        match transactions {
            Transactions::Each => {
                bodies.iter().map(|body| format!("BEGIN;\n{body}COMMIT;\n")).collect()
            }
            Transactions::One => format!("BEGIN;\n{}COMMIT;\n", bodies.concat()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
}

/// Where a script has its `BEGIN` and `COMMIT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transactions {
    /// Around each change.
    Each,
    /// Around all of them.
    One,
}

impl Change {
    pub(crate) fn new(number: usize) -> Change {
        Change { number, columns: vec!["comment".to_owned()] }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.number % 3 {
            1 => Kind::Table,
            2 => Kind::Column,
            _ => Kind::Index,
        }
    }

    /// `r00000000001`.
    pub(crate) fn id(&self) -> String {
        format!("r{:011}", self.number)
    }

    /// The one before.
    pub(crate) fn parent(&self) -> Option<Change> {
        (self.number > 1).then(|| Change::new(self.number - 1))
    }

    /// `orders_1`: the table that this is about.
    pub(crate) fn table(&self) -> String {
        format!("orders_{}", self.number - (self.number - 1) % 3)
    }

    /// `idx_orders_1`.
    pub(crate) fn index(&self) -> String {
        format!("idx_{}", self.table())
    }

    /// A text for each column that is added, one behind the other.
    pub(crate) fn each_column(&self, text: impl Fn(&str) -> String) -> String {
        self.columns.iter().map(|column| text(column)).collect()
    }

    /// The statement that makes the change, and a line's end.
    pub(crate) fn up(&self) -> String {
        let (table, index) = (self.table(), self.index());
        match self.kind() {
            Kind::Table => format!(
                "CREATE TABLE \"{table}\" (\n    \"id\" BIGINT NOT NULL PRIMARY KEY,\n    \"symbol\" TEXT NOT NULL,\n    \
                 \"quantity\" INTEGER NOT NULL,\n    \"open\" BOOLEAN NOT NULL,\n    \"notes\" TEXT,\n    \
                 \"created_at\" TIMESTAMP NOT NULL\n);\n"
            ),
            Kind::Column => self.each_column(|column| {
                format!("ALTER TABLE \"{table}\" ADD COLUMN \"{column}\" TEXT;\n")
            }),
            Kind::Index => format!("CREATE INDEX \"{index}\" ON \"{table}\" (\"symbol\");\n"),
        }
    }

    /// The statement that undoes it.
    pub(crate) fn down(&self) -> String {
        let (table, index) = (self.table(), self.index());
        match self.kind() {
            Kind::Table => format!("DROP TABLE \"{table}\";\n"),
            Kind::Column => self.each_column(|column| {
                format!("ALTER TABLE \"{table}\" DROP COLUMN \"{column}\";\n")
            }),
            Kind::Index => format!("DROP INDEX \"{index}\";\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_a_column_and_an_index_in_turn() {
        let chain = Chain { count: 4 };
        let changes: Vec<_> =
            chain.changes().map(|change| (change.id(), change.kind(), change.table())).collect();
        let change = |id: &str, kind, table: &str| (id.to_owned(), kind, table.to_owned());
        assert_eq!(
            changes,
            [
                change("r00000000001", Kind::Table, "orders_1"),
                change("r00000000002", Kind::Column, "orders_1"),
                change("r00000000003", Kind::Index, "orders_1"),
                change("r00000000004", Kind::Table, "orders_4"),
            ]
        );
    }

    #[test]
    fn what_is_edited_adds_columns_and_is_about_the_middle() {
        for (count, number) in [(10, 5), (100, 50), (1000, 500)] {
            let edited = Chain { count }.edited(&["remark".to_owned(), "more".to_owned()]);
            assert_eq!((edited.number, edited.kind()), (number, Kind::Column));
            assert_eq!(edited.up().lines().count(), 2);
        }
    }

    #[test]
    fn a_script_goes_down_as_it_came_up() {
        let chain = Chain { count: 3 };
        assert_eq!(
            chain.script(Direction::Down, Transactions::One),
            "BEGIN;\nDROP INDEX \"idx_orders_1\";\nALTER TABLE \"orders_1\" DROP COLUMN \"comment\";\n\
             DROP TABLE \"orders_1\";\nCOMMIT;\n"
        );
        assert_eq!(chain.script(Direction::Up, Transactions::Each).matches("BEGIN;\n").count(), 3);
        assert_eq!(chain.counts(), [1, 7, 1]);
    }
}
