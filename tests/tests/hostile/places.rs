//! The places where a migration gives a string, and how to find out that it arrived.

use std::cell::RefCell;

use migrate_core::backend::Scope;
use migrate_core::prelude::*;
use tests::{Backend, Database};

macro_rules! places {
    ($($place:ident,)*) => {
        /// Where a string is given.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(crate) enum Place {
            $($place,)*
        }

        impl Place {
            const ALL: &[Place] = &[$(Place::$place,)*];
        }
    };
}

places! {
    Table,
    RenamedTable,
    Column,
    RenamedColumn,
    Index,
    PrimaryKey,
    Unique,
    Check,
    ForeignKey,
    Enum,
    Label,
    View,
    ViewColumn,
    Function,
    Trigger,
    Schema,
    Sequence,
    Default,
    NewDefault,
    RowValue,
    Key,
    ColumnComment,
    TableComment,
    TriggerArgument,
    TextInCheck,
    TextInPredicate,
    TextInGenerated,
    TextInDefault,
    TextInFill,
    TextInUsing,
    TextInView,
    TextInBody,
    Message,
}

impl Place {
    /// Those that a database has.
    pub(crate) fn of(backend: Backend) -> Vec<Place> {
        let is_there = |place: &Place| match place {
            Place::Function | Place::Sequence => backend != Backend::Sqlite,
            Place::TriggerArgument | Place::Schema => backend == Backend::Postgres,
            Place::TextInPredicate => backend != Backend::Mariadb,
            Place::Table
            | Place::RenamedTable
            | Place::Column
            | Place::RenamedColumn
            | Place::Index
            | Place::PrimaryKey
            | Place::Unique
            | Place::Check
            | Place::ForeignKey
            | Place::Enum
            | Place::Label
            | Place::View
            | Place::ViewColumn
            | Place::Trigger
            | Place::Default
            | Place::NewDefault
            | Place::RowValue
            | Place::Key
            | Place::ColumnComment
            | Place::TableComment
            | Place::TextInCheck
            | Place::TextInGenerated
            | Place::TextInDefault
            | Place::TextInFill
            | Place::TextInUsing
            | Place::TextInView
            | Place::TextInBody
            | Place::Message => true,
        };
        Place::ALL.iter().copied().filter(is_there).collect()
    }

    /// An empty comment is none.
    fn is_comment(self) -> bool {
        matches!(self, Place::ColumnComment | Place::TableComment)
    }
}

thread_local! {
    /// What the revision is about: functions that upgrade know nothing but their `op`.
    static GIVEN: RefCell<(Place, String)> = const { RefCell::new((Place::Table, String::new())) };
}

/// What [`upgrade`] will write.
pub(crate) fn give(place: Place, text: &str) {
    GIVEN.set((place, text.to_owned()));
}

fn plain(name: &str) -> TableBuilder {
    table(name).column(integer("id").primary_key()).column(varchar("c", 200).nullable())
}

/// A text as it stands in SQL that a person writes.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The SQL of a function on PostgreSQL.
fn body(text: &str) -> String {
    format!("SELECT {}::text", literal(text))
}

pub(crate) fn first(op: &mut Ops) {
    op.create_table(plain("base"));
}

fn one_row(op: &mut Ops) {
    op.bulk_insert(rows("base").row(row().set("id", 1)));
}

pub(crate) fn upgrade(op: &mut Ops) {
    let (place, text) = GIVEN.with_borrow(Clone::clone);
    let text = text.as_str();
    match place {
        Place::Table => {
            op.create_table(plain(text));
        }
        Place::RenamedTable => {
            op.create_table(plain("t1"));
            op.rename_table("t1", text);
        }
        Place::Column => {
            op.add_column("base", integer(text).nullable());
        }
        Place::RenamedColumn => {
            op.alter_column("base", "c").rename_to(text);
        }
        Place::Index => {
            op.create_index(index(text).on("base", ["c"]));
        }
        Place::PrimaryKey => {
            op.create_table(table("t1").column(integer("id")));
            op.create_primary_key("t1", primary_key(["id"]).named(text));
        }
        Place::Unique => op.create_unique_constraint("base", unique(["c"]).named(text)),
        Place::Check => op.create_check_constraint("base", check("id > -9").named(text)),
        Place::ForeignKey => {
            op.create_table(table("t1").column(integer("id").primary_key()));
            op.create_foreign_key("base", foreign_key(["id"]).references("t1", ["id"]).named(text));
        }
        Place::Enum => {
            op.create_enum(enum_type(text).values(["one"]));
            op.add_column("base", enumeration("e", text).nullable());
        }
        Place::Label => {
            op.create_enum(enum_type("kind").values(["one", text]));
            op.add_column("base", enumeration("e", "kind").default(text));
            one_row(op);
        }
        Place::View => {
            op.create_view(view(text).query("SELECT id FROM base"));
        }
        Place::ViewColumn => {
            op.create_view(view("v1").columns([text]).query("SELECT id FROM base"));
        }
        Place::Function => {
            let new = function(text).returns("integer");
            let new = match op.dialect() {
                Postgres => new.language("sql").body("SELECT 1"),
                Sqlite | Mysql | Mariadb => new.options("DETERMINISTIC").body("RETURN 1"),
            };
            op.create_function(new);
        }
        Place::Trigger => {
            let new = trigger(text).before_insert().on("base");
            let new = match op.dialect() {
                Postgres => new.execute_function(returns_new(op, "BEGIN RETURN NEW; END")),
                Sqlite => new.body("SELECT 1"),
                Mysql | Mariadb => new.body("SET @x = 1"),
            };
            op.create_trigger(new);
        }
        Place::Schema => {
            op.create_schema(text);
            op.create_table(table((text, "inner")).column(integer("id").nullable()));
        }
        Place::Sequence => {
            op.create_sequence(sequence(text).increment(3));
            op.alter_sequence(text).cycle();
        }
        Place::TriggerArgument => {
            let name = returns_new(op, "BEGIN NEW.c := TG_ARGV[0]; RETURN NEW; END");
            let new = trigger("g1").before_insert().on("base").execute_function(name);
            op.create_trigger(new.arguments([text]));
            one_row(op);
        }
        Place::Default => {
            op.create_table(plain("t1").column(varchar("d", 200).default(text)));
            op.bulk_insert(rows("t1").row(row().set("id", 1)));
        }
        Place::NewDefault => {
            op.alter_column("base", "c").set_default(text);
            one_row(op);
        }
        Place::RowValue => {
            op.bulk_insert(rows("base").row(row().set("id", 1).set("c", text)));
        }
        Place::Key => {
            op.create_table(table("t1").column(varchar("c", 200).primary_key()));
            op.bulk_insert(rows("t1").row(row().set("c", text)));
        }
        Place::ColumnComment => {
            op.alter_column("base", "c").comment(text);
        }
        Place::TableComment => op.alter_table("base", |t| t.comment(text)),
        Place::TextInCheck => {
            let differs = format!("c <> {}", literal(text));
            op.create_check_constraint("base", check(&differs).named("checked"));
        }
        Place::TextInPredicate => {
            let same = format!("c = {}", literal(text));
            op.create_index(index("i1").on("base", ["c"]).unique().filter(&same));
        }
        Place::TextInGenerated => {
            let both = format!("coalesce(c, '') || {}", literal(text));
            op.add_column("base", self::text("g").generated(&both));
            one_row(op);
        }
        Place::TextInDefault => {
            op.alter_column("base", "c").set_default(expression(&literal(text)));
            one_row(op);
        }
        Place::TextInFill => {
            one_row(op);
            op.add_column("base", self::text("g").nullable().fill_with(&literal(text)));
        }
        Place::TextInUsing => {
            one_row(op);
            let set = op.alter_column("base", "c").set_type(types::text());
            set.using(&literal(text)).restore_with("c");
        }
        Place::TextInView => {
            one_row(op);
            let query = format!("SELECT id, {} AS x FROM base", literal(text));
            op.create_view(view("v1").query(&query));
        }
        Place::TextInBody => match op.dialect() {
            Postgres => {
                let new = function("f1").returns("text").language("sql");
                op.create_function(new.body(&body(text)));
            }
            Sqlite => {
                let sets = format!("UPDATE base SET c = {} WHERE id = NEW.id", literal(text));
                op.create_trigger(trigger("g1").after_insert().on("base").body(&sets));
                one_row(op);
            }
            Mysql | Mariadb => {
                let new = function("f1").returns("varchar(200) CHARACTER SET utf8mb4");
                let says = format!("RETURN {}", literal(text));
                op.create_function(new.options("DETERMINISTIC").body(&says));
            }
        },
        Place::Message => {
            op.create_table(plain("t1"));
        }
    }
}

/// A function for a trigger on PostgreSQL.
fn returns_new(op: &mut Ops, body: &str) -> &'static str {
    op.create_function(function("f1").returns("trigger").language("plpgsql").body(body));
    "f1"
}

/// Whether the string is in the database as it was given; else what is there.
pub(crate) fn arrived(database: &Database, place: Place, text: &str) -> Result<(), String> {
    if let Place::TextInCheck | Place::TextInPredicate = place {
        return tried(database, place, text);
    }
    let Some(found) = found(database, place) else { return Ok(()) };
    // They may come from a file, whose line ends depend on who checked it out.
    let is_of_file = matches!(place, Place::TextInBody | Place::TextInView);
    let mut expected = if is_of_file { text.replace("\r\n", "\n") } else { text.to_owned() };
    if place == Place::TextInBody && database.backend() == Backend::Postgres {
        expected = body(&expected);
    }
    // Comments alone lose a letter there: what lies beyond U+FFFF.
    let is_kept = |found: &String| match database.backend() {
        Backend::Mariadb if place.is_comment() => short(found) == short(&expected),
        Backend::Sqlite | Backend::Postgres | Backend::Mariadb => *found == expected,
    };
    if found.iter().any(is_kept) || text.is_empty() && place.is_comment() {
        return Ok(());
    }
    Err(format!("{expected:?} is not among {found:?}"))
}

/// A comment as MariaDB shows it.
fn short(comment: &str) -> String {
    let mut short: String =
        comment.chars().map(|letter| if letter > '\u{FFFF}' { '?' } else { letter }).collect();
    while short.contains("??") {
        short = short.replace("??", "?");
    }
    short
}

/// By rows: what the condition names is found, and what is like it is not.
fn tried(database: &Database, place: Place, text: &str) -> Result<(), String> {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let word = |text: &str| match database.backend() {
        Backend::Sqlite => format!("CAST(X'{}' AS TEXT)", hex(text)),
        Backend::Postgres => format!("convert_from(decode('{}', 'hex'), 'UTF8')", hex(text)),
        Backend::Mariadb => format!("CONVERT(X'{}' USING utf8mb4)", hex(text)),
    };
    let mut connection = database.connect();
    let mut is_taken = |text: &str| {
        let rows = |ids: &[i32]| {
            let rows: Vec<String> =
                ids.iter().map(|id| format!("({id}, {})", word(text))).collect();
            format!("INSERT INTO base (id, c) VALUES {}", rows.join(", "))
        };
        let ids: &[i32] = if place == Place::TextInPredicate { &[5, 6] } else { &[5] };
        let is_taken = connection.batch(&rows(ids)).is_ok();
        if is_taken {
            database.execute("DELETE FROM base WHERE id IN (5, 6)");
        }
        is_taken
    };
    match (is_taken(text), is_taken(&format!("{text}y"))) {
        (false, true) => Ok(()),
        (itself, other) => Err(format!("{text:?} is taken: {itself}; with a y: {other}")),
    }
}

/// The strings among which the given one must be, read without our own code where the database has a query for it.
fn found(database: &Database, place: Place) -> Option<Vec<String>> {
    let backend = database.backend();
    let values = |sqlite: &str, postgres: &str, mariadb: &str| {
        let query = match backend {
            Backend::Sqlite => sqlite,
            Backend::Postgres => postgres,
            Backend::Mariadb => mariadb,
        };
        (!query.is_empty()).then(|| database.values(query))
    };
    let same = |query: &str| values(query, query, query);
    let ours = |name: &str, of: &str, schema: &str| {
        format!("SELECT {name} AS value FROM information_schema.{of} WHERE {schema} = DATABASE()")
    };
    let relations = |kind: &str, sqlite: &str, mariadb: &str| {
        values(
            &format!("SELECT name AS value FROM sqlite_master WHERE type = '{sqlite}'"),
            &format!("SELECT relname::text AS value FROM pg_class WHERE relkind = '{kind}'"),
            mariadb,
        )
    };
    let columns = |of: &str| {
        values(
            &format!("SELECT name AS value FROM pragma_table_xinfo('{of}')"),
            &format!(
                "SELECT attname::text AS value FROM pg_attribute WHERE attrelid = '{of}'::regclass"
            ),
            &format!("{} AND table_name = '{of}'", ours("column_name", "columns", "table_schema")),
        )
    };
    match place {
        Place::Table | Place::RenamedTable => {
            relations("r", "table", &ours("table_name", "tables", "table_schema"))
        }
        Place::Index => relations("i", "index", &ours("index_name", "statistics", "table_schema")),
        Place::Sequence => relations("S", "", &ours("table_name", "tables", "table_schema")),
        Place::Schema => values("", "SELECT nspname::text AS value FROM pg_namespace", ""),
        Place::View => relations("v", "view", &ours("table_name", "views", "table_schema")),
        Place::Column | Place::RenamedColumn => columns("base"),
        Place::ViewColumn => columns("v1"),
        Place::PrimaryKey | Place::Unique | Place::Check | Place::ForeignKey => match backend {
            Backend::Sqlite => {
                let reflected = database.connect().reflect(&Scope::default());
                let catalog = reflected.unwrap_or_else(|error| panic!("{error}")).catalog;
                let tables = catalog.tables.into_values();
                Some(tables.flat_map(|table| table.constraints.into_keys()).collect())
            }
            Backend::Postgres => values("", "SELECT conname::text AS value FROM pg_constraint", ""),
            // Any primary key is PRIMARY there.
            Backend::Mariadb if place == Place::PrimaryKey => None,
            Backend::Mariadb => Some(database.values(&ours(
                "constraint_name",
                "table_constraints",
                "constraint_schema",
            ))),
        },
        // SQLite and MariaDB keep no enum's name.
        Place::Enum => {
            values("", "SELECT typname::text AS value FROM pg_type WHERE typtype = 'e'", "")
        }
        Place::Function => values(
            "",
            "SELECT proname::text AS value FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
            &ours("routine_name", "routines", "routine_schema"),
        ),
        Place::Trigger => values(
            "SELECT name AS value FROM sqlite_master WHERE type = 'trigger'",
            "SELECT tgname::text AS value FROM pg_trigger",
            &ours("trigger_name", "triggers", "trigger_schema"),
        ),
        Place::Label => same("SELECT CAST(e AS TEXT) AS value FROM base"),
        Place::Default => same("SELECT d AS value FROM t1"),
        Place::NewDefault
        | Place::RowValue
        | Place::TriggerArgument
        | Place::TextInDefault
        | Place::TextInUsing => same("SELECT c AS value FROM base"),
        Place::Key => same("SELECT c AS value FROM t1"),
        Place::TextInGenerated | Place::TextInFill => same("SELECT g AS value FROM base"),
        Place::TextInView => same("SELECT x AS value FROM v1"),
        Place::TextInBody => values(
            "SELECT c AS value FROM base",
            "SELECT prosrc AS value FROM pg_proc WHERE proname = 'f1'",
            "SELECT f1() AS value",
        ),
        // SQLite keeps no comments.
        Place::ColumnComment => values(
            "",
            "SELECT col_description('base'::regclass, 2) AS value",
            &format!("{} AND column_name = 'c'", ours("column_comment", "columns", "table_schema")),
        ),
        Place::TableComment => values(
            "",
            "SELECT obj_description('base'::regclass, 'pg_class') AS value",
            &ours("table_comment", "tables", "table_schema"),
        ),
        Place::Message => same(
            "SELECT message AS value FROM __migrate_log WHERE revision = 'b' ORDER BY id DESC LIMIT 1",
        ),
        Place::TextInCheck | Place::TextInPredicate => None,
    }
}
