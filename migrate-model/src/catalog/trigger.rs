//! Triggers: what a database does by itself when rows change.

use super::{CatalogError, RoutineName, TableName, query::Query, strings};
use crate::sql;

/// A trigger of a table or view. Equality is up to the [quotes](sql::same) in its SQL, which a rename leaves behind.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// When it fires.
    pub timing: Timing,
    /// What it fires for.
    pub events: Vec<TriggerEvent>,
    /// Whether it fires once for a whole statement, not for each row.
    pub for_each_statement: bool,
    /// Which rows it fires for; all, when there is none.
    pub when: Option<String>,
    /// What it does.
    pub action: TriggerAction,
}

impl PartialEq for Trigger {
    fn eq(&self, other: &Trigger) -> bool {
        let action = match (&self.action, &other.action) {
            (TriggerAction::Body(one), TriggerAction::Body(other)) => sql::same(one, other),
            (one, other) => one == other,
        };
        self.name == other.name
            && self.timing == other.timing
            && self.events == other.events
            && self.for_each_statement == other.for_each_statement
            && sql::same_option(self.when.as_deref(), other.when.as_deref())
            && action
    }
}

/// When a trigger fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Before the row changes.
    Before,
    /// When the row has changed.
    After,
    /// In the place of the change, on a view.
    InsteadOf,
}

/// What a trigger fires for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerEvent {
    /// New rows.
    Insert,
    /// Changed rows; with columns, only when one of them is set.
    Update(Vec<String>),
    /// Rows that go.
    Delete,
    /// All rows at once (PostgreSQL).
    Truncate,
}

/// What a trigger does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerAction {
    /// Nobody said.
    Unsaid,
    /// Calls a function (PostgreSQL) with these texts.
    Function(RoutineName, Vec<String>),
    /// Runs statements (SQLite, MySQL).
    Body(String),
}

/// A trigger to come: `trigger("touch").before_update().on("orders").execute_function("touch_updated_at")`.
pub fn trigger(name: &str) -> Unfired {
    Unfired { name: name.to_owned() }
}

/// A trigger that does not know when to fire.
#[derive(Clone, Debug)]
#[must_use = "say when it fires: .before_update(), .after_insert(), …"]
pub struct Unfired {
    name: String,
}

macro_rules! firing {
    ($($(#[$doc:meta])* $method:ident: $timing:ident $event:expr;)*) => {
        impl Unfired {
            $($(#[$doc])* pub fn $method(self) -> UnplacedTrigger {
                self.fires(Timing::$timing, $event)
            })*
        }
    };
}

firing! {
    /// Before a row is inserted.
    before_insert: Before TriggerEvent::Insert;
    /// Before a row is updated.
    before_update: Before TriggerEvent::Update(Vec::new());
    /// Before a row is deleted.
    before_delete: Before TriggerEvent::Delete;
    /// Before all rows go at once (PostgreSQL).
    before_truncate: Before TriggerEvent::Truncate;
    /// When a row was inserted.
    after_insert: After TriggerEvent::Insert;
    /// When a row was updated.
    after_update: After TriggerEvent::Update(Vec::new());
    /// When a row was deleted.
    after_delete: After TriggerEvent::Delete;
    /// When all rows went at once (PostgreSQL).
    after_truncate: After TriggerEvent::Truncate;
    /// In the place of inserting a row into a view.
    instead_of_insert: InsteadOf TriggerEvent::Insert;
    /// In the place of updating a row of a view.
    instead_of_update: InsteadOf TriggerEvent::Update(Vec::new());
    /// In the place of deleting a row of a view.
    instead_of_delete: InsteadOf TriggerEvent::Delete;
}

impl Unfired {
    fn fires(self, timing: Timing, event: TriggerEvent) -> UnplacedTrigger {
        let for_each_statement = event == TriggerEvent::Truncate;
        UnplacedTrigger {
            trigger: Trigger {
                name: self.name,
                timing,
                events: vec![event],
                for_each_statement,
                when: None,
                action: TriggerAction::Unsaid,
            },
        }
    }
}

/// A trigger without a table.
#[derive(Clone, Debug)]
#[must_use = "say where: .on(\"orders\")"]
pub struct UnplacedTrigger {
    trigger: Trigger,
}

impl UnplacedTrigger {
    fn or(mut self, event: TriggerEvent) -> Self {
        self.trigger.for_each_statement |= event == TriggerEvent::Truncate;
        self.trigger.events.push(event);
        self
    }

    /// Also for new rows (PostgreSQL).
    pub fn or_insert(self) -> Self {
        self.or(TriggerEvent::Insert)
    }

    /// Also for changed rows (PostgreSQL).
    pub fn or_update(self) -> Self {
        self.or(TriggerEvent::Update(Vec::new()))
    }

    /// Also for rows that go (PostgreSQL).
    pub fn or_delete(self) -> Self {
        self.or(TriggerEvent::Delete)
    }

    /// Also when all rows go at once (PostgreSQL).
    pub fn or_truncate(self) -> Self {
        self.or(TriggerEvent::Truncate)
    }

    /// An update counts only when it sets one of these columns (PostgreSQL, SQLite).
    pub fn of<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        let columns = strings(columns);
        for event in &mut self.trigger.events {
            if let TriggerEvent::Update(of) = event {
                of.clone_from(&columns);
            }
        }
        self
    }

    /// The table, or view, that it belongs to.
    pub fn on(self, table: impl Into<TableName>) -> NewTrigger {
        NewTrigger { table: table.into(), trigger: self.trigger }
    }
}

/// A trigger to be created.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "hand it to op.create_trigger(…) or op.replace_trigger(…)"]
pub struct NewTrigger {
    /// The table, or view, that it belongs to.
    pub table: TableName,
    /// The trigger.
    pub trigger: Trigger,
}

impl NewTrigger {
    /// Fires once for each row, as it does when nothing is said.
    pub fn for_each_row(mut self) -> Self {
        self.trigger.for_each_statement = false;
        self
    }

    /// Fires once for a whole statement (PostgreSQL).
    pub fn for_each_statement(mut self) -> Self {
        self.trigger.for_each_statement = true;
        self
    }

    /// Fires only for rows for which this holds: `when("NEW.status <> OLD.status")` (PostgreSQL, SQLite).
    pub fn when(mut self, condition: &str) -> Self {
        self.trigger.when = Some(condition.replace("\r\n", "\n"));
        self
    }

    /// The function that it calls (PostgreSQL).
    pub fn execute_function(mut self, function: impl Into<RoutineName>) -> Self {
        self.trigger.action = TriggerAction::Function(function.into(), Vec::new());
        self
    }

    /// The texts that the function finds in `TG_ARGV`.
    pub fn arguments<A: Into<String>>(mut self, texts: impl IntoIterator<Item = A>) -> Self {
        if let TriggerAction::Function(_, arguments) = &mut self.trigger.action {
            *arguments = strings(texts);
        }
        self
    }

    /// The statements that it runs (SQLite, MySQL), without BEGIN and END around them.
    pub fn body(mut self, statements: &str) -> Self {
        self.trigger.action = TriggerAction::Body(statements.replace("\r\n", "\n"));
        self
    }
}

impl Trigger {
    /// Its condition and body: the SQL in it.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let body = match &self.action {
            TriggerAction::Body(body) => Some(body.as_str()),
            TriggerAction::Function(..) | TriggerAction::Unsaid => None,
        };
        self.when.as_deref().into_iter().chain(body)
    }

    /// The columns that its UPDATE is about.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &String> {
        self.events.iter().flat_map(|event| match event {
            TriggerEvent::Update(columns) => &columns[..],
            TriggerEvent::Insert | TriggerEvent::Delete | TriggerEvent::Truncate => &[],
        })
    }

    /// Whether it is about the column of its own table.
    pub fn is_about(&self, table: &TableName, column: &str) -> bool {
        self.columns().any(|name| name == column)
            || self.texts().any(|text| row_columns(text, column).next().is_some())
            || self.reads_column(table, column)
    }

    /// Whether its body reads or writes the table.
    pub(crate) fn reads(&self, table: &TableName) -> bool {
        self.texts().any(|text| Query::read(text).names_table(table))
    }

    /// Whether its body reads or writes a column that can be the table's, beside NEW and OLD.
    pub(crate) fn reads_column(&self, table: &TableName, column: &str) -> bool {
        self.texts().any(|text| Query::read(text).names_column(table, column))
    }

    /// Lets NEW and OLD follow a column of its own table.
    pub(crate) fn rename_column(&mut self, from: &str, to: &str) {
        for event in &mut self.events {
            if let TriggerEvent::Update(columns) = event {
                super::constraint::rename_in(columns, from, to);
            }
        }
        if let Some(when) = &mut self.when {
            *when = rename_row_column(when, from, to);
        }
        if let TriggerAction::Body(body) = &mut self.action {
            *body = rename_row_column(body, from, to);
        }
    }

    /// Lets its body follow another table's name; false where that can't be done.
    pub(crate) fn rename_table(&mut self, from: &TableName, to: &TableName) -> bool {
        let TriggerAction::Body(body) = &mut self.action else { return true };
        match Query::read(body).rename_table(from, to) {
            Some(renamed) => *body = renamed,
            None => return false,
        }
        true
    }

    /// What can be said about it without a database at hand.
    pub(crate) fn check(&self, table: &TableName, is_view: bool) -> Result<(), CatalogError> {
        let fault = match &self.action {
            TriggerAction::Unsaid => {
                "does not say what it does: .execute_function(\"name\") on PostgreSQL, .body(\"statements\") elsewhere"
            }
            TriggerAction::Body(body) if sql::statements(body).is_empty() => "has an empty body",
            TriggerAction::Body(_) | TriggerAction::Function(..) => match self.timing {
                Timing::InsteadOf if !is_view => {
                    "fires in the place of a change, which only those of views can"
                }
                Timing::Before | Timing::After if is_view && !self.for_each_statement => {
                    "is one of a view, which fires in the place of a change: .instead_of_insert() and so on"
                }
                Timing::Before | Timing::After | Timing::InsteadOf => return Ok(()),
            },
        };
        Err(CatalogError::BadTrigger {
            table: table.clone(),
            trigger: self.name.clone(),
            fault: fault.to_owned(),
        })
    }
}

/// Where NEW or OLD stands before the column.
fn row_columns<'s>(
    text: &'s str,
    column: &'s str,
) -> impl Iterator<Item = std::ops::Range<usize>> + 's {
    let tokens: Vec<sql::Token> =
        sql::tokens(text).into_iter().filter(|token| token.kind != sql::TokenKind::Blank).collect();
    (2..tokens.len()).filter_map(move |at| {
        let word = |at: usize| &text[tokens[at].range.clone()];
        let is_row = ["new", "old"].iter().any(|row| word(at - 2).eq_ignore_ascii_case(row));
        let is_column = match tokens[at].kind {
            sql::TokenKind::Word => word(at).eq_ignore_ascii_case(column),
            sql::TokenKind::Quoted => sql::unquoted(word(at)) == column,
            sql::TokenKind::Text
            | sql::TokenKind::Number
            | sql::TokenKind::Blank
            | sql::TokenKind::Mark => false,
        };
        (is_row && word(at - 1) == "." && is_column).then(|| tokens[at].range.clone())
    })
}

fn rename_row_column(text: &str, from: &str, to: &str) -> String {
    let found: Vec<_> = row_columns(text, from).collect();
    let mut renamed = text.to_owned();
    for range in found.into_iter().rev() {
        let new = super::query::spelled(to, &text[range.clone()]);
        renamed.replace_range(range, &new);
    }
    renamed
}
