//! The chain of changes that every tool gets, as values: a table of six columns, a column more, an index, in turn.
//!
//! How a tool writes them down is its own matter (`tools`). The SQL is the same for SQLite and PostgreSQL.

/// Changes `1..=count`, each on the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    pub(crate) count: usize,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// From 1.
    pub(crate) number: usize,
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
        (1..=self.count).map(|number| Change { number })
    }

    /// One about the middle that adds a column: it can be edited without a change to those behind it.
    pub(crate) fn middle(self) -> Change {
        Change { number: self.count / 6 * 3 + 2 }
    }

    /// A script of all upgrades, or of all downgrades, latest first.
    pub(crate) fn script(self, direction: Direction, transactions: Transactions) -> String {
        let bodies: Vec<String> = match direction {
            Direction::Up => self.changes().map(Change::up).collect(),
            Direction::Down => self.changes().rev().map(Change::down).collect(),
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
    pub(crate) fn kind(self) -> Kind {
        match self.number % 3 {
            1 => Kind::Table,
            2 => Kind::Column,
            _ => Kind::Index,
        }
    }

    /// `r00000000001`.
    pub(crate) fn id(self) -> String {
        format!("r{:011}", self.number)
    }

    /// The one before.
    pub(crate) fn parent(self) -> Option<Change> {
        (self.number > 1).then(|| Change { number: self.number - 1 })
    }

    /// `orders_1`: the table that this is about.
    pub(crate) fn table(self) -> String {
        format!("orders_{}", self.number - (self.number - 1) % 3)
    }

    /// `idx_orders_1`.
    pub(crate) fn index(self) -> String {
        format!("idx_{}", self.table())
    }

    /// The statement that makes the change, and a line's end.
    pub(crate) fn up(self) -> String {
        let (table, index) = (self.table(), self.index());
        match self.kind() {
            Kind::Table => format!(
                "CREATE TABLE \"{table}\" (\n    \"id\" BIGINT NOT NULL PRIMARY KEY,\n    \"symbol\" TEXT NOT NULL,\n    \
                 \"quantity\" INTEGER NOT NULL,\n    \"open\" BOOLEAN NOT NULL,\n    \"notes\" TEXT,\n    \
                 \"created_at\" TIMESTAMP NOT NULL\n);\n"
            ),
            Kind::Column => format!("ALTER TABLE \"{table}\" ADD COLUMN \"comment\" TEXT;\n"),
            Kind::Index => format!("CREATE INDEX \"{index}\" ON \"{table}\" (\"symbol\");\n"),
        }
    }

    /// The statement that undoes it.
    pub(crate) fn down(self) -> String {
        let (table, index) = (self.table(), self.index());
        match self.kind() {
            Kind::Table => format!("DROP TABLE \"{table}\";\n"),
            Kind::Column => format!("ALTER TABLE \"{table}\" DROP COLUMN \"comment\";\n"),
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
        assert_eq!(Chain { count: 1000 }.middle().kind(), Kind::Column);
        assert_eq!(Chain { count: 10 }.middle().number, 5);
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
    }
}
