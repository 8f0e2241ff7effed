//! The form of ops that checksums are made from.
//!
//! It is written by hand, never derived, so that a refactoring of the model changes no checksum; parts
//! that are at their default are left out, so that a new option changes none either. It opens with its
//! version. Names and texts are quoted with Rust's escapes: no two lists of ops share a form.

use std::fmt::Write;

use super::{
    AlterEnum, AlterTable, ConstraintChoice, Effect, EnumChange, EnumPosition, Op, Recorded, Run,
    RunUndo, SequenceChange, TableChange, Undo,
};
use crate::catalog::{
    Action, ArgumentMode, CheckOption, Column, Constraint, Deferrable, Function, Generated,
    Identity, Index, KeyPart, Nulls, Order, PartitionBy, PartitionStrategy, Sequence,
    SequenceOwner, SequenceType, Table, TableOptions, Timing, Trigger, TriggerAction, TriggerEvent,
    Value, View,
};

/// The canonical form of a migration's ops.
///
/// ```
/// use migrate_model::{Dialect, Ops, op::canonical};
///
/// let mut op = Ops::new(Dialect::Sqlite);
/// op.drop_column("orders", "notes");
/// assert_eq!(canonical(op.recorded()), "v1\n(alter \"orders\" (drop_column \"notes\"))\n");
/// ```
pub fn canonical(ops: &[Recorded]) -> String {
    let mut text = String::from("v1\n");
    for recorded in ops {
        text.push_str(&op(recorded));
        text.push('\n');
    }
    text
}

/// A form under construction: a head, and parts behind it.
struct Form(String);

impl Form {
    fn new(head: &str) -> Form {
        let mut text = String::with_capacity(head.len() + 63);
        text.push('(');
        text.push_str(head);
        Form(text)
    }

    fn word(mut self, word: impl std::fmt::Display) -> Form {
        let _ = write!(self.0, " {word}");
        self
    }

    fn part(mut self, part: &str) -> Form {
        self.0.push(' ');
        self.0.push_str(part);
        self
    }

    fn text(mut self, text: impl ToString) -> Form {
        let text = text.to_string();
        // As Rust escapes it; nearly all texts hold nothing to escape.
        if !text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
            return self.word(format_args!("{text:?}"));
        }
        self.0.push_str(" \"");
        self.0.push_str(&text);
        self.0.push('"');
        self
    }

    fn texts<'a>(self, name: &str, texts: impl IntoIterator<Item = &'a String>) -> Form {
        let form = texts.into_iter().fold(Form::new(name), Form::text);
        if form.0.len() == name.len() + 1 { self } else { self.word(form.end()) }
    }

    fn flag(self, name: &str, is_set: bool) -> Form {
        if is_set { self.part(name) } else { self }
    }

    fn option(self, name: &str, value: Option<impl ToString>) -> Form {
        match value {
            Some(value) => self.part(&Form::new(name).text(value).end()),
            None => self,
        }
    }

    fn all(self, parts: impl IntoIterator<Item = String>) -> Form {
        parts.into_iter().fold(self, |form, part| form.part(&part))
    }

    fn end(mut self) -> String {
        self.0.push(')');
        self.0
    }
}

fn op(op: &Op) -> String {
    match op {
        Op::CreateTable(create) => table(Form::new("create_table"), &create.table)
            .flag("if_not_exists", create.if_not_exists),
        Op::DropTable(drop) => {
            Form::new("drop_table").text(&drop.name).flag("if_exists", drop.if_exists)
        }
        Op::RenameTable(rename) => Form::new("rename_table").text(&rename.from).text(&rename.to),
        Op::CreatePartition(create) => Form::new("create_partition")
            .text(&create.name)
            .option("of", Some(&create.of))
            .text(&create.bounds),
        Op::DropPartition(drop) => {
            Form::new("drop_partition").text(&drop.name).flag("if_exists", drop.if_exists)
        }
        Op::AlterTable(AlterTable { table, changes }) => {
            Form::new("alter").text(table).all(changes.iter().map(|change| self::change(change)))
        }
        Op::CreateIndex(create) => Form::new("create_index")
            .text(&create.table)
            .word(index(&create.index))
            .flag("concurrently", create.concurrently)
            .flag("if_not_exists", create.if_not_exists),
        Op::DropIndex(drop) => Form::new("drop_index")
            .text(&drop.name)
            .option("on", drop.table.as_ref())
            .flag("concurrently", drop.concurrently)
            .flag("if_exists", drop.if_exists),
        Op::RenameIndex(rename) => Form::new("rename_index")
            .text(&rename.from)
            .text(&rename.to)
            .option("on", rename.table.as_ref()),
        Op::CreateEnum(create) => {
            let form = Form::new("create_enum").text(&create.name).texts("values", &create.values);
            form.flag("if_not_exists", create.if_not_exists)
        }
        Op::DropEnum(drop) => Form::new("drop_enum").text(&drop.name),
        Op::AlterEnum(alter) => alter_enum(alter),
        Op::CreateSchema(create) => Form::new("create_schema")
            .text(&create.name)
            .flag("if_not_exists", create.if_not_exists),
        Op::DropSchema(drop) => {
            Form::new("drop_schema").text(&drop.name).flag("if_exists", drop.if_exists)
        }
        Op::CreateSequence(create) => sequence(Form::new("create_sequence"), &create.sequence)
            .flag("if_not_exists", create.if_not_exists),
        Op::AlterSequence(alter) => Form::new("alter_sequence")
            .text(&alter.name)
            .all(alter.changes.iter().map(sequence_change)),
        Op::RenameSequence(rename) => {
            Form::new("rename_sequence").text(&rename.from).text(&rename.to)
        }
        Op::DropSequence(drop) => {
            Form::new("drop_sequence").text(&drop.name).flag("if_exists", drop.if_exists)
        }
        Op::CreateExtension(create) => Form::new("create_extension")
            .text(&create.name)
            .option("schema", create.extension.schema.as_ref())
            .option("version", create.extension.version.as_ref())
            .flag("if_not_exists", create.if_not_exists),
        Op::DropExtension(drop) => {
            Form::new("drop_extension").text(&drop.name).flag("if_exists", drop.if_exists)
        }
        Op::CreateView(create) => {
            view(Form::new("create_view"), &create.view).flag("no_data", create.no_data)
        }
        Op::ReplaceView(replace) => view(Form::new("replace_view"), &replace.view)
            .flag("recreate", replace.recreate)
            .flag("no_data", replace.no_data),
        Op::DropView(drop) => {
            Form::new("drop_view").text(&drop.name).flag("if_exists", drop.if_exists)
        }
        Op::CreateFunction(create) => function(Form::new("create_function"), &create.function),
        Op::ReplaceFunction(replace) => function(Form::new("replace_function"), &replace.function),
        Op::DropFunction(drop) => {
            let form = Form::new("drop_function").text(&drop.name);
            let form = match &drop.arguments {
                None => form,
                Some(types) => {
                    form.word(types.iter().fold(Form::new("arguments"), Form::text).end())
                }
            };
            form.flag("if_exists", drop.if_exists)
        }
        Op::CreateTrigger(create) => {
            Form::new("create_trigger").text(&create.table).word(trigger(&create.trigger))
        }
        Op::ReplaceTrigger(replace) => {
            Form::new("replace_trigger").text(&replace.table).word(trigger(&replace.trigger))
        }
        Op::DropTrigger(drop) => Form::new("drop_trigger")
            .text(&drop.table)
            .text(&drop.name)
            .flag("if_exists", drop.if_exists),
        Op::BulkInsert(insert) => {
            let form = Form::new("insert").text(&insert.table).texts("columns", &insert.columns);
            undo(form.all(insert.rows.iter().map(|row| values(row))), &insert.undo)
        }
        Op::DeleteRows(delete) => Form::new("delete")
            .text(&delete.table)
            .texts("key", &delete.key)
            .texts("columns", &delete.columns)
            .all(delete.rows.iter().map(|row| values(row))),
        Op::Execute(execute) => {
            undo(effect(Form::new("execute").text(&execute.sql), &execute.effect), &execute.undo)
        }
        Op::Run(run) => self::run(run),
    }
    .end()
}

fn sequence(form: Form, sequence: &Sequence) -> Form {
    let of = match sequence.of {
        SequenceType::BigInt => None,
        SequenceType::SmallInt | SequenceType::Integer => Some(sequence.of.sql()),
    };
    let form = form
        .text(&sequence.name)
        .option("of", of)
        .option("start", sequence.start)
        .option("increment", sequence.increment)
        .option("min", sequence.min)
        .option("max", sequence.max)
        .option("cache", sequence.cache)
        .flag("cycle", sequence.cycle);
    match &sequence.owned_by {
        None => form,
        Some(owner) => form.word(owned_by(owner)),
    }
}

fn owned_by(owner: &SequenceOwner) -> String {
    Form::new("owned_by").text(&owner.table).text(&owner.column).end()
}

fn sequence_change(change: &SequenceChange) -> String {
    let number = |name: &str, value: &Option<i64>| match value {
        Some(value) => Form::new(name).word(value).end(),
        None => Form::new(name).end(),
    };
    match change {
        SequenceChange::Type(of) => Form::new("of").text(of.sql()).end(),
        SequenceChange::Start(start) => number("start", start),
        SequenceChange::Increment(step) => number("increment", step),
        SequenceChange::Min(min) => number("min", min),
        SequenceChange::Max(max) => number("max", max),
        SequenceChange::Cache(cache) => number("cache", cache),
        SequenceChange::Cycle(cycle) => Form::new("cycle").word(cycle).end(),
        SequenceChange::OwnedBy(None) => Form::new("owned_by").end(),
        SequenceChange::OwnedBy(Some(owner)) => owned_by(owner),
    }
}

fn alter_enum(alter: &AlterEnum) -> Form {
    let form = |head| Form::new(head).text(&alter.name);
    match &alter.change {
        EnumChange::AddValue { value, position, if_not_exists, usable_at_once } => {
            let form = form("add_enum_value").text(value);
            match position {
                EnumPosition::First => form.word("first"),
                EnumPosition::Last => form,
                EnumPosition::Before(other) => form.option("before", Some(other)),
                EnumPosition::After(other) => form.option("after", Some(other)),
            }
            .flag("if_not_exists", *if_not_exists)
            .flag("usable_at_once", *usable_at_once)
        }
        EnumChange::RenameValue { from, to } => form("rename_enum_value").text(from).text(to),
        EnumChange::DropValue { value, replace_with } => {
            form("drop_enum_value").text(value).option("replace_with", replace_with.as_ref())
        }
    }
}

fn run(run: &Run) -> Form {
    let form =
        run.scripts.iter().fold(Form::new("run").text(&run.label), |form, (dialect, sql)| {
            form.word(Form::new("script").word(dialect.word()).text(sql).end())
        });
    let form = effect(form, &run.effect);
    match &run.undo {
        RunUndo::Unsaid => form,
        RunUndo::Nothing => form.word("undo_nothing"),
        RunUndo::Code { scripts, .. } => {
            scripts.iter().fold(form.word("undo_code"), |form, (dialect, sql)| {
                form.word(Form::new("undo_script").word(dialect.word()).text(sql).end())
            })
        }
    }
}

fn effect(form: Form, effect: &Effect) -> Form {
    match effect {
        Effect::Unsaid => form,
        Effect::Nothing => form.word("declares_nothing"),
        Effect::Declares(ops) => {
            form.word(Form::new("declares").all(ops.iter().map(|recorded| op(recorded))).end())
        }
        Effect::Opaque(tables) => {
            form.word(tables.iter().fold(Form::new("opaque"), Form::text).end())
        }
        // What is read out of the SQL is in the SQL; a later version may read more.
        Effect::Read(_) => form.word("read"),
    }
}

fn undo(form: Form, undo: &Undo) -> Form {
    match undo {
        Undo::Unsaid => form,
        Undo::Nothing => form.word("undo_nothing"),
        Undo::Sql(sql) => form.option("undo", Some(sql)),
    }
}

fn values(row: &[Value]) -> String {
    Form::new("row").all(row.iter().map(value)).end()
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => Form::new("float").word(value).end(),
        Value::Decimal(digits) => Form::new("decimal").text(digits).end(),
        Value::Text(text) => format!("{text:?}"),
        Value::Bytes(bytes) => bytes.iter().fold(Form::new("bytes"), Form::word).end(),
    }
}

fn table(form: Form, table: &Table) -> Form {
    form.text(&table.name)
        .all(table.columns.iter().map(column))
        .all(table.constraints.values().map(constraint))
        .all(table.indexes.values().map(index))
        .option("comment", table.comment.as_ref())
        .all(options(&table.options))
        .all(table.triggers.values().map(trigger))
        .all(table.partition_by.iter().map(partition_by))
        .all(
            table
                .partitions
                .iter()
                .map(|(name, bounds)| Form::new("partition").text(name).text(bounds).end()),
        )
}

fn partition_by(by: &PartitionBy) -> String {
    let form = Form::new(match by.strategy {
        PartitionStrategy::Range => "partition_by_range",
        PartitionStrategy::List => "partition_by_list",
        PartitionStrategy::Hash => "partition_by_hash",
    });
    form.all(by.keys.iter().map(|key| match key {
        KeyPart::Column(name) => Form::new("key").text(name).end(),
        KeyPart::Expression(sql) => Form::new("expression").text(sql).end(),
    }))
    .end()
}

/// Each option by itself, so that one that is left away leaves no trace.
fn options(options: &TableOptions) -> Vec<String> {
    let TableOptions { postgres, mysql, sqlite } = options;
    let named = |name: &str, value: &Option<String>| {
        value.as_ref().map(|value| Form::new(name).text(value).end())
    };
    let flag = |name: &str, is_set: bool| is_set.then(|| name.to_owned());
    let mut all = with(&postgres.with);
    all.extend(
        [
            flag("unlogged", postgres.unlogged),
            named("tablespace", &postgres.tablespace),
            named("engine", &mysql.engine),
            named("charset", &mysql.charset),
            named("table_collate", &mysql.collate),
            named("row_format", &mysql.row_format),
            flag("strict", sqlite.strict),
            flag("without_rowid", sqlite.without_rowid),
        ]
        .into_iter()
        .flatten(),
    );
    all
}

fn with(parameters: &[(String, String)]) -> Vec<String> {
    let form = |(name, value): &(String, String)| Form::new("with").text(name).text(value).end();
    parameters.iter().map(form).collect()
}

fn view(form: Form, view: &View) -> Form {
    let form = form
        .text(&view.name)
        .texts("columns", &view.columns)
        .text(&view.query)
        .flag("materialized", view.materialized);
    let form = match view.check_option {
        None => form,
        Some(CheckOption::Local) => form.word("local_check_option"),
        Some(CheckOption::Cascaded) => form.word("check_option"),
    };
    form.flag("security_barrier", view.postgres.security_barrier)
        .flag("security_invoker", view.postgres.security_invoker)
        .all(view.indexes.values().map(index))
        .all(view.triggers.values().map(trigger))
}

fn function(form: Form, function: &Function) -> Form {
    let arguments = function.arguments.iter().map(|argument| {
        let mode = match argument.mode {
            ArgumentMode::In => "in",
            ArgumentMode::Out => "out",
            ArgumentMode::InOut => "in_out",
            ArgumentMode::Variadic => "variadic",
        };
        let form = Form::new(mode).text(&argument.name).text(&argument.sql_type);
        form.option("default", argument.default.as_ref()).end()
    });
    form.flag("procedure", function.procedure)
        .text(&function.name)
        .all(arguments)
        .option("returns", function.returns.as_ref())
        .option("language", function.language.as_ref())
        .option("options", function.options.as_ref())
        .text(&function.body)
}

fn trigger(trigger: &Trigger) -> String {
    let form = Form::new("trigger").text(&trigger.name).word(match trigger.timing {
        Timing::Before => "before",
        Timing::After => "after",
        Timing::InsteadOf => "instead_of",
    });
    let form = trigger.events.iter().fold(form, |form, event| match event {
        TriggerEvent::Insert => form.word("insert"),
        TriggerEvent::Update(columns) => form.word("update").texts("of", columns),
        TriggerEvent::Delete => form.word("delete"),
        TriggerEvent::Truncate => form.word("truncate"),
    });
    let form =
        form.flag("statement", trigger.for_each_statement).option("when", trigger.when.as_ref());
    match &trigger.action {
        TriggerAction::Unsaid => form,
        TriggerAction::Function(name, arguments) => {
            form.option("function", Some(name)).texts("arguments", arguments)
        }
        TriggerAction::Body(body) => form.option("body", Some(body)),
    }
    .end()
}

fn column(column: &Column) -> String {
    let form =
        Form::new("column").text(&column.name).text(&column.sql_type).flag("null", column.nullable);
    let form = match &column.default {
        None => form,
        Some(default) => form.word(self::default(default)),
    };
    let form = match &column.identity {
        None => form,
        Some(identity) => form.word(self::identity(identity)),
    };
    form.all(column.generated.iter().map(generated))
        .option("collate", column.collation.as_ref())
        .option("comment", column.comment.as_ref())
        .end()
}

/// One without options is the word alone.
fn identity(identity: &Identity) -> String {
    let Identity { always, start, increment } = identity;
    let form = Form::new("identity").flag("always", *always);
    let form = form.option("start", start.as_ref()).option("increment", increment.as_ref()).end();
    if form == "(identity)" { "identity".to_owned() } else { form }
}

fn generated(generated: &Generated) -> String {
    let word = if generated.stored { "generated" } else { "generated_when_read" };
    Form::new(word).text(&generated.expression).end()
}

fn default(default: &crate::catalog::DefaultValue) -> String {
    match default {
        crate::catalog::DefaultValue::Value(value) => {
            Form::new("default").word(self::value(value)).end()
        }
        crate::catalog::DefaultValue::Expression(sql) => Form::new("default_sql").text(sql).end(),
    }
}

fn constraint(constraint: &Constraint) -> String {
    match constraint {
        Constraint::PrimaryKey(key) => {
            Form::new("primary_key").text(&key.name).texts("columns", &key.columns)
        }
        Constraint::Unique(unique) => deferrable(
            Form::new("unique").text(&unique.name).texts("columns", &unique.columns),
            unique.deferrable,
        )
        .flag("nulls_not_distinct", unique.nulls_not_distinct)
        .texts("include", &unique.include),
        Constraint::ForeignKey(key) => {
            let form = Form::new("foreign_key").text(&key.name).texts("columns", &key.columns);
            let form = form.text(&key.table).texts("referred", &key.referred);
            let form = action(action(form, "on_delete", key.on_delete), "on_update", key.on_update);
            deferrable(form, key.deferrable)
                .flag("not_valid", key.not_valid)
                .flag("match_full", key.match_full)
        }
        Constraint::Check(check) => Form::new("check")
            .text(&check.name)
            .text(&check.expression)
            .flag("not_valid", check.not_valid),
        Constraint::Exclude(exclude) => {
            let form = Form::new("exclude").text(&exclude.name).text(&exclude.using);
            let form = form.all(exclude.elements.iter().map(|(key, operator)| {
                let form = match key {
                    KeyPart::Column(name) => Form::new("key").text(name),
                    KeyPart::Expression(sql) => Form::new("expression").text(sql),
                };
                form.text(operator).end()
            }));
            let form = form.all(
                exclude.ops.iter().map(|(key, class)| Form::new("ops").text(key).text(class).end()),
            );
            deferrable(form.option("where", exclude.filter.as_ref()), exclude.deferrable)
        }
    }
    .end()
}

fn action(form: Form, name: &str, action: Action) -> Form {
    form.option(name, (action != Action::NoAction).then(|| action.sql()))
}

fn deferrable(form: Form, deferrable: Deferrable) -> Form {
    match deferrable {
        Deferrable::No => form,
        Deferrable::InitiallyImmediate => form.word("deferrable"),
        Deferrable::InitiallyDeferred => form.word("initially_deferred"),
    }
}

fn index(index: &Index) -> String {
    let form = Form::new("index").text(&index.name).flag("unique", index.unique);
    let form = form.all(index.keys.iter().map(|key| {
        let form = match &key.of {
            KeyPart::Column(name) => Form::new("key").text(name),
            KeyPart::Expression(sql) => Form::new("expression").text(sql),
        };
        let form = match key.order {
            None => form,
            Some(Order::Ascending) => form.word("asc"),
            Some(Order::Descending) => form.word("desc"),
        };
        match key.nulls {
            None => form,
            Some(Nulls::First) => form.word("nulls_first"),
            Some(Nulls::Last) => form.word("nulls_last"),
        }
        .end()
    }));
    form.option("where", index.predicate.as_ref())
        .option("using", index.postgres.method.as_ref())
        .all(
            index
                .postgres
                .ops
                .iter()
                .map(|(key, class)| Form::new("ops").text(key).text(class).end()),
        )
        .texts("include", &index.postgres.include)
        .flag("nulls_not_distinct", index.postgres.nulls_not_distinct)
        .all(with(&index.postgres.with))
        .option("tablespace", index.postgres.tablespace.as_ref())
        .all(
            index
                .mysql
                .lengths
                .iter()
                .map(|(column, length)| Form::new("length").text(column).word(length).end()),
        )
        .all(index.mysql.kind.map(|kind| kind.sql().to_lowercase()))
        .option("mysql_using", index.mysql.using.as_ref())
        .end()
}

fn change(change: &TableChange) -> String {
    match change {
        TableChange::AddColumn(add) => Form::new("add_column")
            .word(column(&add.column))
            .option("fill", add.fill.as_ref())
            .flag("if_not_exists", add.if_not_exists),
        TableChange::DropColumn(drop) => Form::new("drop_column")
            .text(&drop.column)
            .option("restore_with", drop.restore_with.as_ref())
            .flag("if_exists", drop.if_exists),
        TableChange::RenameColumn { from, to } => Form::new("rename_column").text(from).text(to),
        TableChange::SetType(set) => Form::new("set_type")
            .text(&set.column)
            .text(&set.to)
            .option("using", set.using.as_ref())
            .option("restore_with", set.restore_with.as_ref()),
        TableChange::SetNotNull(set) => {
            Form::new("set_not_null").text(&set.column).option("fill", set.fill.as_ref())
        }
        TableChange::DropNotNull { column, restore_with } => {
            Form::new("drop_not_null").text(column).option("restore_with", restore_with.as_ref())
        }
        TableChange::SetDefault { column, default } => match default {
            Some(default) => Form::new("set_default").text(column).word(self::default(default)),
            None => Form::new("drop_default").text(column),
        },
        TableChange::SetColumnComment { column, comment } => {
            Form::new("comment_column").text(column).option("comment", comment.as_ref())
        }
        TableChange::SetIdentity { column, identity: Some(identity) } => {
            Form::new("set_identity").text(column).word(self::identity(identity))
        }
        TableChange::SetIdentity { column, identity: None } => {
            Form::new("drop_identity").text(column)
        }
        TableChange::SetGenerated { column, generated: Some(generated) } => {
            Form::new("set_generated").text(column).word(self::generated(generated))
        }
        TableChange::SetGenerated { column, generated: None } => {
            Form::new("drop_generated").text(column)
        }
        TableChange::SetCollation { column, collation } => {
            Form::new("set_collation").text(column).option("collate", collation.as_ref())
        }
        TableChange::RenameConstraint { from, to } => {
            Form::new("rename_constraint").text(from).text(to)
        }
        TableChange::ValidateConstraint { name } => Form::new("validate").text(name),
        TableChange::AddConstraint(add) => Form::new("add")
            .word(constraint(&add.constraint))
            .flag("if_not_exists", add.if_not_exists),
        TableChange::DropConstraint(drop) => match &drop.choice {
            ConstraintChoice::Named(name) => Form::new("drop_constraint").text(name),
            ConstraintChoice::On(kind, columns) => {
                Form::new("drop_constraint_on").text(kind.noun()).texts("columns", columns)
            }
        }
        .flag("if_exists", drop.if_exists),
        TableChange::SetTableComment { comment } => {
            Form::new("comment_table").option("comment", comment.as_ref())
        }
    }
    .end()
}
