//! What a table or an index has on one database alone. Each is said where it acts: `.mysql(|t| t.engine("InnoDB"))`.

/// What a table has on one database alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// On PostgreSQL.
    pub postgres: PostgresTable,
    /// On MySQL and MariaDB.
    pub mysql: MysqlTable,
    /// On SQLite.
    pub sqlite: SqliteTable,
}

/// What a table has on PostgreSQL alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostgresTable {
    /// Storage parameters: `fillfactor`, `autovacuum_enabled`.
    pub with: Vec<(String, String)>,
    /// Whether it is left out of the write-ahead log, and so empty after a crash.
    pub unlogged: bool,
    /// Where it lies, if not in the database's own place.
    pub tablespace: Option<String>,
}

impl PostgresTable {
    /// A storage parameter: `with("fillfactor", 70)`.
    pub fn with(&mut self, parameter: &str, value: impl ToString) -> &mut Self {
        self.with.push((parameter.to_owned(), value.to_string()));
        self
    }

    /// Leaves it out of the write-ahead log: faster, and empty after a crash.
    pub fn unlogged(&mut self) -> &mut Self {
        self.unlogged = true;
        self
    }

    /// Where it lies.
    pub fn tablespace(&mut self, name: &str) -> &mut Self {
        self.tablespace = Some(name.to_owned());
        self
    }
}

/// What a table has on MySQL and MariaDB alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MysqlTable {
    /// The storage engine, if not the server's own.
    pub engine: Option<String>,
    /// The character set, if not the database's own.
    pub charset: Option<String>,
    /// The collation, if not the character set's own.
    pub collate: Option<String>,
    /// How rows are laid out, if not as the engine does.
    pub row_format: Option<String>,
}

impl MysqlTable {
    /// The storage engine: `InnoDB`, `Aria`.
    pub fn engine(&mut self, name: &str) -> &mut Self {
        self.engine = Some(name.to_owned());
        self
    }

    /// The character set of its text: `utf8mb4`.
    pub fn charset(&mut self, name: &str) -> &mut Self {
        self.charset = Some(name.to_owned());
        self
    }

    /// How its text compares and sorts: `utf8mb4_bin`.
    pub fn collate(&mut self, name: &str) -> &mut Self {
        self.collate = Some(name.to_owned());
        self
    }

    /// How rows are laid out: `COMPRESSED`.
    pub fn row_format(&mut self, format: &str) -> &mut Self {
        self.row_format = Some(format.to_owned());
        self
    }
}

/// What a table has on SQLite alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SqliteTable {
    /// Whether values of another type are refused.
    pub strict: bool,
    /// Whether rows lie in the primary key itself.
    pub without_rowid: bool,
}

impl SqliteTable {
    /// Refuses values of another type.
    pub fn strict(&mut self) -> &mut Self {
        self.strict = true;
        self
    }

    /// Keeps rows in the primary key itself.
    pub fn without_rowid(&mut self) -> &mut Self {
        self.without_rowid = true;
        self
    }
}

/// What an index has on MySQL and MariaDB alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MysqlIndex {
    /// How much of a text is indexed, by the column.
    pub lengths: Vec<(String, u32)>,
    /// An index that is for neither order nor equality.
    pub kind: Option<MysqlIndexKind>,
    /// The structure: `btree`, `hash`.
    pub using: Option<String>,
}

/// An index that is for neither order nor equality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MysqlIndexKind {
    /// For words in text.
    Fulltext,
    /// For places.
    Spatial,
}

impl MysqlIndexKind {
    /// The word of SQL.
    pub fn sql(self) -> &'static str {
        match self {
            MysqlIndexKind::Fulltext => "FULLTEXT",
            MysqlIndexKind::Spatial => "SPATIAL",
        }
    }
}

impl MysqlIndex {
    /// Only so many characters of a column are indexed; text of any length needs that.
    pub fn length(&mut self, column: &str, characters: u32) -> &mut Self {
        self.lengths.push((column.to_owned(), characters));
        self
    }

    /// An index for words in text: `MATCH … AGAINST`.
    pub fn fulltext(&mut self) -> &mut Self {
        self.kind = Some(MysqlIndexKind::Fulltext);
        self
    }

    /// An index for places.
    pub fn spatial(&mut self) -> &mut Self {
        self.kind = Some(MysqlIndexKind::Spatial);
        self
    }

    /// The structure: `btree`, `hash`.
    pub fn using(&mut self, structure: &str) -> &mut Self {
        self.using = Some(structure.to_owned());
        self
    }

    /// How much of a column is indexed, if not all of it.
    pub fn length_of(&self, column: &str) -> Option<u32> {
        self.lengths.iter().find(|(name, _)| name == column).map(|(_, length)| *length)
    }
}
