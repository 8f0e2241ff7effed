//! What a migration is handed: it writes down ops, and runs none.

use super::{
    AddColumn, AddConstraint, AlterColumn, AlterTable, BulkInsert, ConstraintChoice, CreateEnum,
    CreateTable, DropColumn, DropConstraint, DropTable, Effect, Execute, Op, Place, Placed,
    Recorded, RenameTable, Run, TableChange, Undo,
};
use crate::{
    Dialect,
    catalog::{
        Check, Constraint, ConstraintKind, Exclude, ForeignKey, NewEnum, PrimaryKey, Table,
        TableName, Unique,
        build::{AddableColumn, NewColumn, NewTable},
        naming::Naming,
        strings,
    },
};

/// The ops of one migration, written down for one database.
///
/// Every op keeps the line that it was called at, for messages.
///
/// ```
/// use migrate_model::{Dialect, Ops, catalog::{build::*, index}};
///
/// let mut op = Ops::new(Dialect::Postgres);
/// op.add_column("orders", text("notes").nullable());
/// op.create_index(index("idx_orders_notes").on("orders", ["notes"]));
/// assert_eq!(op.recorded()[0].describe(), "add column orders.notes text");
/// assert_eq!(op.recorded().len(), 2);
/// ```
#[derive(Debug)]
pub struct Ops {
    context: Context,
    pub(super) recorded: Vec<Recorded>,
    is_automatic: bool,
}

/// What a migration is written down for.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The database.
    pub dialect: Dialect,
    /// How constraints and indexes are called that are given no name.
    pub naming: Naming,
}

/// Writes an op down and gives it back for its modifiers: `record!(self, Place::here(), DropEnum(drop))`.
///
/// Ops with a file of their own have their `impl Ops` there.
macro_rules! record {
    ($self:ident, $place:expr, $variant:ident($op:expr)) => {
        match $self.write($crate::op::Op::$variant($op), $place) {
            $crate::op::Op::$variant(op) => op,
            _ => unreachable!("it was just written down"),
        }
    };
}
pub(super) use record;

impl Ops {
    /// An empty list, for one database.
    pub fn new(dialect: Dialect) -> Ops {
        Ops::within(Context { dialect, naming: Naming::DEFAULT })
    }

    /// An empty list, for one database and with names for what is given none.
    pub fn within(context: Context) -> Ops {
        Ops { context, recorded: Vec::new(), is_automatic: false }
    }

    /// What the ops are written down for.
    pub fn context(&self) -> Context {
        self.context
    }

    /// Writes down an op that was made elsewhere.
    #[track_caller]
    pub fn record(&mut self, op: Op) {
        self.recorded.push(Placed::here(op));
    }

    /// What was written down, in order.
    pub fn recorded(&self) -> &[Recorded] {
        &self.recorded
    }

    /// What was written down, in order.
    pub fn into_recorded(self) -> Vec<Recorded> {
        self.recorded
    }

    /// Writes an op down, and gives it back.
    pub(super) fn write(&mut self, op: Op, place: Place) -> &mut Op {
        self.recorded.push(Placed { what: op, place });
        match self.recorded.last_mut() {
            Some(recorded) => &mut recorded.what,
            None => unreachable!("it was just written down"),
        }
    }

    /// Says that the inverse of the upgrade is to be taken; what a migration without a `downgrade` does.
    pub fn mark_automatic(&mut self) {
        self.is_automatic = true;
    }

    /// Whether the inverse of the upgrade is to be taken.
    pub fn is_automatic(&self) -> bool {
        self.is_automatic
    }

    /// Ops for one database alone: on others they are not written down at all.
    ///
    /// `Mysql` is MariaDB too, `Mariadb` is MariaDB alone.
    ///
    /// ```
    /// use migrate_model::{Dialect, Ops, catalog::build::*};
    ///
    /// let mut op = Ops::new(Dialect::Mariadb);
    /// op.only(Dialect::Mysql, |op| { op.drop_column("orders", "notes"); });
    /// op.only(Dialect::Mariadb, |op| { op.drop_column("orders", "status"); });
    /// assert_eq!(op.recorded().len(), 2);
    /// ```
    pub fn only(&mut self, dialect: Dialect, ops: impl FnOnce(&mut Ops)) {
        if self.context.dialect.is(dialect) {
            ops(self);
        }
    }

    /// Creates a table: `table("orders").column(…)`.
    #[track_caller]
    pub fn create_table(&mut self, table: impl Into<NewTable>) -> &mut CreateTable {
        let (place, new) = (Place::here(), table.into());
        self.create_enums(&new.enums, place);
        let op = CreateTable { table: new.build(&self.context.naming), if_not_exists: false };
        record!(self, Place::here(), CreateTable(op))
    }

    /// Drops a table; the inverse brings it back with everything on it, except its rows.
    #[track_caller]
    pub fn drop_table(&mut self, table: impl Into<TableName>) -> &mut DropTable {
        record!(self, Place::here(), DropTable(DropTable { name: table.into(), if_exists: false }))
    }

    /// Renames a table; what refers to it follows.
    #[track_caller]
    pub fn rename_table(&mut self, from: impl Into<TableName>, to: impl Into<TableName>) {
        let op = RenameTable { from: from.into(), to: to.into() };
        record!(self, Place::here(), RenameTable(op));
    }

    /// Several changes to one table at once: one ALTER, or on SQLite at most one rebuild.
    #[track_caller]
    pub fn alter_table(&mut self, table: impl Into<TableName>, changes: impl FnOnce(&mut Alter)) {
        changes(&mut self.alter(table));
    }

    #[track_caller]
    pub(super) fn alter(&mut self, table: impl Into<TableName>) -> Alter<'_> {
        let alter = AlterTable { table: table.into(), changes: Vec::new() };
        self.recorded.push(Placed::here(Op::AlterTable(alter)));
        Alter { ops: self }
    }

    /// Adds a column that rows already there can take.
    #[track_caller]
    pub fn add_column(
        &mut self,
        table: impl Into<TableName>,
        column: impl AddableColumn,
    ) -> AddedColumn<'_> {
        self.alter(table).added(column)
    }

    /// Drops a column; the inverse brings it back with the constraints and indexes that went with it.
    #[track_caller]
    pub fn drop_column(&mut self, table: impl Into<TableName>, column: &str) -> &mut DropColumn {
        self.alter(table).dropped(column)
    }

    /// Changes a column: `.rename_to`, `.set_type`, `.set_not_null`, `.drop_not_null`, `.set_default`, `.comment`, ….
    #[track_caller]
    pub fn alter_column(&mut self, table: impl Into<TableName>, column: &str) -> AlterColumn<'_> {
        AlterColumn::of(self.alter(table), column)
    }

    /// Creates the enums that columns bring along, where they are not there yet.
    pub(super) fn create_enums(&mut self, enums: &[NewEnum], place: Place) {
        for new in enums {
            let op = CreateEnum { if_not_exists: true, ..CreateEnum::from(new.clone()) };
            self.recorded.push(Placed { what: Op::CreateEnum(op), place });
        }
    }

    /// Gives a table its primary key: `primary_key(["id"])`.
    #[track_caller]
    pub fn create_primary_key(&mut self, table: impl Into<TableName>, key: PrimaryKey) {
        self.alter(table).add_constraint(key);
    }

    /// Forbids two rows with the same values: `unique(["email"])`.
    #[track_caller]
    pub fn create_unique_constraint(&mut self, table: impl Into<TableName>, constraint: Unique) {
        self.alter(table).add_constraint(constraint);
    }

    /// Makes columns refer to another table: `foreign_key(["user_id"]).references("users", ["id"])`.
    #[track_caller]
    pub fn create_foreign_key(&mut self, table: impl Into<TableName>, key: ForeignKey) {
        self.alter(table).add_constraint(key);
    }

    /// Forbids rows for which an expression is false: `check("quantity > 0")`.
    #[track_caller]
    pub fn create_check_constraint(&mut self, table: impl Into<TableName>, check: Check) {
        self.alter(table).add_constraint(check);
    }

    /// Forbids two rows for which all of its operators hold (PostgreSQL): `exclude("gist").with("during", "&&")`.
    #[track_caller]
    pub fn create_exclude_constraint(&mut self, table: impl Into<TableName>, exclude: Exclude) {
        self.alter(table).add_constraint(exclude);
    }

    /// Gives a constraint another name.
    #[track_caller]
    pub fn rename_constraint(&mut self, table: impl Into<TableName>, from: &str, to: &str) {
        self.alter(table).rename_constraint(from, to);
    }

    /// Looks at the rows that a constraint was added to without doing so (PostgreSQL's NOT VALID).
    #[track_caller]
    pub fn validate_constraint(&mut self, table: impl Into<TableName>, name: &str) {
        self.alter(table).validate_constraint(name);
    }

    /// Drops a constraint by its name.
    #[track_caller]
    pub fn drop_constraint(
        &mut self,
        table: impl Into<TableName>,
        name: &str,
    ) -> &mut DropConstraint {
        self.alter(table).drop_by(ConstraintChoice::Named(name.to_owned()))
    }

    /// Drops a table's primary key, whatever it is called.
    #[track_caller]
    pub fn drop_primary_key(&mut self, table: impl Into<TableName>) -> &mut DropConstraint {
        self.alter(table).drop_by(ConstraintChoice::On(ConstraintKind::PrimaryKey, Vec::new()))
    }

    /// Drops the unique constraint on just these columns, whatever it is called.
    #[track_caller]
    pub fn drop_unique_constraint<C: Into<String>>(
        &mut self,
        table: impl Into<TableName>,
        columns: impl IntoIterator<Item = C>,
    ) -> &mut DropConstraint {
        self.alter(table).drop_by(ConstraintChoice::On(ConstraintKind::Unique, strings(columns)))
    }

    /// Drops the foreign key from just these columns, whatever it is called.
    #[track_caller]
    pub fn drop_foreign_key<C: Into<String>>(
        &mut self,
        table: impl Into<TableName>,
        columns: impl IntoIterator<Item = C>,
    ) -> &mut DropConstraint {
        self.alter(table)
            .drop_by(ConstraintChoice::On(ConstraintKind::ForeignKey, strings(columns)))
    }

    /// Inserts rows with literal values: `rows("instruments").row(row().set("symbol", "AAPL"))`.
    ///
    /// The inverse deletes them by a key that all of them set.
    #[track_caller]
    pub fn bulk_insert(&mut self, rows: impl Into<BulkInsert>) -> RowsHandle<'_> {
        RowsHandle { op: record!(self, Place::here(), BulkInsert(rows.into())) }
    }

    /// Executes SQL as it is written.
    ///
    /// SELECT, INSERT, UPDATE and DELETE change no schema. Any other SQL says what it does:
    /// `.declares(|op| …)`, `.declares_nothing()` or `.opaque("table")`.
    #[track_caller]
    pub fn execute(&mut self, sql: &str) -> ExecuteHandle<'_> {
        // CRLF and LF are the same SQL, wherever the source was checked out.
        let sql = sql.replace("\r\n", "\n");
        let op = Execute { sql, effect: Effect::Unsaid, undo: Undo::Unsaid };
        let context = self.context;
        ExecuteHandle { context, op: record!(self, Place::here(), Execute(op)) }
    }

    /// Writes down code to run; what `op.run(…)` of the library does.
    #[track_caller]
    pub fn record_run(&mut self, run: Run) -> &mut Run {
        record!(self, Place::here(), Run(run))
    }

    /// The database that the ops are written down for.
    pub fn dialect(&self) -> Dialect {
        self.context.dialect
    }
}

/// What can be said inside `alter_table(…, |t| …)`: changes to one table, written down as one op.
#[derive(Debug)]
pub struct Alter<'a> {
    /// The op is the last one in here.
    ops: &'a mut Ops,
}

impl<'a> Alter<'a> {
    fn into_op(self) -> &'a mut AlterTable {
        match self.ops.recorded.last_mut() {
            Some(Placed { what: Op::AlterTable(alter), .. }) => alter,
            _ => unreachable!("it was just written down"),
        }
    }

    fn op(&mut self) -> &mut AlterTable {
        self.again().into_op()
    }

    fn again(&mut self) -> Alter<'_> {
        Alter { ops: self.ops }
    }

    #[track_caller]
    pub(super) fn push(&mut self, change: TableChange) -> &mut TableChange {
        self.op().changes.push(Placed::here(change));
        self.again().into_last()
    }

    /// The enums that a change brings along are created before the table is touched.
    #[track_caller]
    pub(super) fn create_enums(&mut self, enums: &[NewEnum]) {
        if enums.is_empty() {
            return;
        }
        let own = self.ops.recorded.pop();
        self.ops.create_enums(enums, Place::here());
        self.ops.recorded.extend(own);
    }

    /// The change that was just written down.
    pub(super) fn last(&mut self) -> &mut TableChange {
        self.again().into_last()
    }

    fn into_last(self) -> &'a mut TableChange {
        match self.into_op().changes.last_mut() {
            Some(placed) => &mut placed.what,
            None => unreachable!("it was just written down"),
        }
    }

    /// Adds a column that rows already there can take.
    #[track_caller]
    pub fn add_column(&mut self, column: impl AddableColumn) -> AddedColumn<'_> {
        self.again().added(column)
    }

    #[track_caller]
    fn added(mut self, column: impl AddableColumn) -> AddedColumn<'a> {
        let first = self.op().changes.len();
        let NewColumn { column, fill, constraints, enums } = column.build();
        self.create_enums(&enums);
        // What is said of a column is named after it, as in `table(…)`.
        let mut named = Table::new(&self.op().table);
        named.columns.push(column.clone());
        self.push(TableChange::AddColumn(AddColumn { column, fill, if_not_exists: false }));
        for mut constraint in constraints {
            constraint.set_name(self.ops.context.naming.name_constraint(&named, &constraint));
            self.add_constraint(constraint);
        }
        AddedColumn { changes: &mut self.into_op().changes[first..] }
    }

    /// Drops a column; the inverse brings it back with the constraints and indexes that went with it.
    #[track_caller]
    pub fn drop_column(&mut self, column: &str) -> &mut DropColumn {
        self.again().dropped(column)
    }

    #[track_caller]
    fn dropped(mut self, column: &str) -> &'a mut DropColumn {
        let drop = DropColumn { column: column.to_owned(), restore_with: None, if_exists: false };
        self.push(TableChange::DropColumn(drop));
        let TableChange::DropColumn(drop) = self.into_last() else {
            unreachable!("it was just written down")
        };
        drop
    }

    /// Changes a column.
    #[track_caller]
    pub fn alter_column(&mut self, column: &str) -> AlterColumn<'_> {
        AlterColumn::of(self.again(), column)
    }

    /// Adds a constraint: `unique([…])`, `check("…")`, `foreign_key([…]).references(…)`, `primary_key([…])`.
    #[track_caller]
    pub fn add_constraint(&mut self, constraint: impl Into<Constraint>) {
        let mut constraint = constraint.into();
        if constraint.name().is_empty() {
            let table = Table::new(&self.op().table);
            constraint.set_name(self.ops.context.naming.name_constraint(&table, &constraint));
        }
        self.push(TableChange::AddConstraint(AddConstraint { constraint, if_not_exists: false }));
    }

    /// Gives a constraint another name.
    #[track_caller]
    pub fn rename_constraint(&mut self, from: &str, to: &str) {
        let (from, to) = (from.to_owned(), to.to_owned());
        self.push(TableChange::RenameConstraint { from, to });
    }

    /// Looks at the rows that a constraint was added to without doing so (PostgreSQL's NOT VALID).
    #[track_caller]
    pub fn validate_constraint(&mut self, name: &str) {
        self.push(TableChange::ValidateConstraint { name: name.to_owned() });
    }

    /// Drops a constraint by its name.
    #[track_caller]
    pub fn drop_constraint(&mut self, name: &str) -> &mut DropConstraint {
        self.again().drop_by(ConstraintChoice::Named(name.to_owned()))
    }

    #[track_caller]
    fn drop_by(mut self, choice: ConstraintChoice) -> &'a mut DropConstraint {
        self.push(TableChange::DropConstraint(DropConstraint { choice, if_exists: false }));
        let TableChange::DropConstraint(drop) = self.into_last() else {
            unreachable!("it was just written down")
        };
        drop
    }

    /// The table's comment.
    #[track_caller]
    pub fn comment(&mut self, comment: &str) {
        self.push(TableChange::SetTableComment { comment: Some(comment.to_owned()) });
    }

    /// Takes the table's comment away.
    #[track_caller]
    pub fn drop_comment(&mut self) {
        self.push(TableChange::SetTableComment { comment: None });
    }
}

/// A column that was just added.
#[derive(Debug)]
pub struct AddedColumn<'a> {
    changes: &'a mut [Placed<TableChange>],
}

impl AddedColumn<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a column is added with nothing else")]
    /// Does nothing when the column is there already (PostgreSQL). One that differs is an error all the same.
    pub fn if_not_exists(self) {
        for change in self.changes {
            match &mut change.what {
                TableChange::AddColumn(add) => add.if_not_exists = true,
                TableChange::AddConstraint(add) => add.if_not_exists = true,
                _ => {}
            }
        }
    }
}

/// SQL that was just written down, and has not said how to take it back.
#[derive(Debug)]
#[must_use = "say how to take this back: `.undo(\"SQL\")` or `.undo_nothing()`, or `.declares(|op| …)` for SQL that \
              changes the schema; or write a `downgrade`; or say `irreversible = \"why\"`"]
pub struct ExecuteHandle<'a> {
    context: Context,
    op: &'a mut Execute,
}

/// SQL or code that was just written down, and has said how to take it back.
#[derive(Debug)]
pub struct Settled<'a>(ExecuteHandle<'a>);

impl<'a> ExecuteHandle<'a> {
    /// What it does to the schema, in ops; their inverse takes it back unless [`undo`](Self::undo) says how.
    pub fn declares(self, ops: impl FnOnce(&mut Ops)) -> Settled<'a> {
        self.op.effect = Effect::Declares(declared(self.context, ops));
        Settled(self)
    }

    /// It changes no schema.
    pub fn declares_nothing(self) -> Self {
        self.op.effect = Effect::Nothing;
        self
    }

    /// It changes these tables in ways that the catalog can't know; reports will say so.
    pub fn opaque(self, table: impl Into<TableName>) -> Self {
        add_opaque(&mut self.op.effect, table.into());
        self
    }

    /// The SQL that takes it back.
    pub fn undo(self, sql: &str) -> Settled<'a> {
        self.op.undo = Undo::Sql(sql.replace("\r\n", "\n"));
        Settled(self)
    }

    /// There is nothing to take back.
    pub fn undo_nothing(self) -> Settled<'a> {
        self.op.undo = Undo::Nothing;
        Settled(self)
    }
}

impl Settled<'_> {
    /// What it does to the schema, in ops.
    pub fn declares(self, ops: impl FnOnce(&mut Ops)) -> Self {
        self.0.declares(ops)
    }

    /// It changes no schema.
    pub fn declares_nothing(self) -> Self {
        Settled(self.0.declares_nothing())
    }

    /// It changes these tables in ways that the catalog can't know.
    pub fn opaque(self, table: impl Into<TableName>) -> Self {
        Settled(self.0.opaque(table))
    }

    /// The SQL that takes it back.
    pub fn undo(self, sql: &str) -> Self {
        self.0.undo(sql)
    }
}

/// Ops that say what SQL or code does, without being run.
pub(crate) fn declared(context: Context, ops: impl FnOnce(&mut Ops)) -> Vec<Recorded> {
    let mut inner = Ops::within(context);
    ops(&mut inner);
    inner.into_recorded()
}

/// One more table that the effect leaves opaque.
pub(crate) fn add_opaque(effect: &mut Effect, table: TableName) {
    match effect {
        Effect::Opaque(tables) => tables.push(table),
        Effect::Unsaid | Effect::Nothing | Effect::Declares(_) | Effect::Read(_) => {
            *effect = Effect::Opaque(vec![table]);
        }
    }
}

/// Rows that were just written down; a key of theirs takes them back, unless something else is said.
#[derive(Debug)]
pub struct RowsHandle<'a> {
    op: &'a mut BulkInsert,
}

impl RowsHandle<'_> {
    /// The SQL that takes the rows back.
    pub fn undo(self, sql: &str) {
        self.op.undo = Undo::Sql(sql.to_owned());
    }

    /// The rows stay when the migration is taken back.
    pub fn undo_nothing(self) {
        self.op.undo = Undo::Nothing;
    }
}
