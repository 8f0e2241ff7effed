//! `[print_schema]` of a `diesel.toml`: how Diesel's own command would write the file, as far as that can be done here.
//!
//! ```text
//! file, filter, column_sorting, schema, custom_type_derives,
//! sqlite_integer_primary_key_is_bigint                         as Diesel has them
//! [print_schema.KEY]                                           several files, each with its own
//! the rest                                                     told, and passed over
//! ```

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use migrate_core::backend::normalize;
use migrate_model::Dialect;
use migrate_model::catalog::{Catalog, SqlType, Table, TableName};
use serde_core::Deserialize;
use serde_core::de::Error;

use super::print::{Look, Order};
use crate::failure::Failure;
use crate::source::compare::is_like;
use crate::table::table;
use crate::ui;

/// Diesel's own configuration.
const FILE: &str = "diesel.toml";

/// How one file is printed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Printing {
    /// The file, if it is named.
    pub(crate) file: Option<PathBuf>,
    /// How it looks.
    pub(crate) look: Look,
    /// The tables that are in it.
    filter: Filter,
    /// Whether SQLite's numbers of rows are `BigInt`.
    is_bigint_key: bool,
    /// Settings that can't be kept to.
    pub(crate) passed_over: Vec<String>,
}

#[derive(Clone, Debug, Default)]
enum Filter {
    #[default]
    All,
    Only(Vec<Pattern>),
    Except(Vec<Pattern>),
}

/// What one of Diesel's regular expressions comes to: patterns with `*` and `?`, one of which must be met.
type Pattern = Vec<String>;

impl Printing {
    /// What is printed of a catalog, as Diesel's command finds it in a database.
    pub(crate) fn of(&self, catalog: &Catalog, dialect: Dialect) -> Catalog {
        let mut catalog = normalize(dialect, catalog);
        let meets = |patterns: &[Pattern], name: &TableName| {
            patterns.iter().flatten().any(|pattern| is_like(pattern, &name.name))
        };
        let is_in = |name: &TableName| match &self.filter {
            Filter::All => true,
            Filter::Only(patterns) => meets(patterns, name),
            Filter::Except(patterns) => !meets(patterns, name),
        };
        catalog.tables.retain(|name, _| is_in(name));
        catalog.opaque.retain(is_in);
        if self.is_bigint_key && dialect == Dialect::Sqlite {
            catalog.tables.values_mut().for_each(number_rows);
        }
        catalog
    }
}

/// The one column of a key that SQLite has for the number of the row holds 64 bits, whatever it is declared as.
fn number_rows(table: &mut Table) {
    let key = table.primary_key().map(|key| key.columns.clone()).unwrap_or_default();
    let [name] = key.as_slice() else { return };
    if table.options.sqlite.without_rowid {
        return;
    }
    if let Ok(column) = table.column_mut(name)
        && column.sql_type == SqlType::Integer
    {
        column.sql_type = SqlType::BigInt;
    }
}

/// The settings of one file.
struct Settings {
    file: Option<PathBuf>,
    filter: Tables,
    order: Order,
    schema: Option<String>,
    custom_type_derives: Option<Vec<String>>,
    is_bigint_key: bool,
    rest: toml::Table,
}

#[derive(Default)]
struct Tables {
    only_tables: Option<Vec<String>>,
    except_tables: Option<Vec<String>>,
}

table!(Tables { only_tables, except_tables });

impl Settings {
    fn read(mut table: toml::Table) -> Result<Self, toml::de::Error> {
        let order = match take::<String>(&mut table, "column_sorting")?.as_deref() {
            None | Some("ordinal_position") => Order::Position,
            Some("name") => Order::Name,
            Some(word) => return Err(Error::unknown_variant(word, &["ordinal_position", "name"])),
        };
        Ok(Settings {
            file: take(&mut table, "file")?,
            filter: take(&mut table, "filter")?.unwrap_or_default(),
            order,
            schema: take(&mut table, "schema")?,
            custom_type_derives: take(&mut table, "custom_type_derives")?,
            is_bigint_key: take(&mut table, "sqlite_integer_primary_key_is_bigint")?
                .unwrap_or_default(),
            rest: table,
        })
    }
}

/// Takes the value of a key out of a table, if it is there.
fn take<T: for<'de> Deserialize<'de>>(
    table: &mut toml::Table,
    key: &str,
) -> Result<Option<T>, toml::de::Error> {
    table.remove(key).map(toml::Value::try_into).transpose()
}

/// What the `diesel.toml` in a folder says of each file that is printed; nothing where there is none.
pub(crate) fn read(folder: &Path, here: &Path) -> Result<Vec<Printing>, Failure> {
    let path = folder.join(FILE);
    let shown = ui::path(&path, here);
    let cannot = || Failure::new(format!("cannot read {shown}"));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot().caused_by(error)),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let because = |error: toml::de::Error| {
        cannot().because(error.message().lines().collect::<Vec<_>>().join(" "))
    };
    let mut whole: toml::Table = toml::from_str(text).map_err(because)?;
    let print_schema: toml::Table =
        take(&mut whole, "print_schema").map_err(because)?.unwrap_or_default();
    // Beside the settings of the one file stand those of others, each in a table of its own.
    let is_other = |(key, value): &(String, toml::Value)| key != "filter" && value.is_table();
    let (others, own): (Vec<_>, Vec<_>) = print_schema.into_iter().partition(is_other);
    let mut tables: Vec<toml::Table> = Vec::new();
    if !own.is_empty() {
        tables.push(own.into_iter().collect());
    }
    tables.extend(others.into_iter().filter_map(|(_, value)| value.as_table().cloned()));
    let each = tables
        .into_iter()
        .map(|table| printing(Settings::read(table).map_err(because)?, folder, &shown));
    each.collect()
}

fn printing(settings: Settings, folder: &Path, shown: &str) -> Result<Printing, Failure> {
    let patterns = |list: Vec<String>| -> Result<Vec<Pattern>, Failure> {
        list.iter().map(|regex| pattern(regex).ok_or_else(|| unknown(regex, shown))).collect()
    };
    let filter = match (settings.filter.only_tables, settings.filter.except_tables) {
        (None, None) => Filter::All,
        (Some(only), None) => Filter::Only(patterns(only)?),
        (None, Some(except)) => Filter::Except(patterns(except)?),
        (Some(_), Some(_)) => {
            return Err(Failure::new(format!(
                "`filter` in {shown} has both `only_tables` and `except_tables`"
            ))
            .hint("Diesel takes one of them"));
        }
    };
    // What says what is done anyway changes nothing.
    let is_default = |key: &str, value: &toml::Value| match value {
        toml::Value::Boolean(value) => *value == (key == "generate_missing_sql_type_definitions"),
        toml::Value::Array(values) => values.is_empty(),
        toml::Value::String(word) => {
            key == "with_docs" && word == "no-doc-comments"
                || key == "allow_tables_to_appear_in_same_query_config" && word == "all_tables"
        }
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Datetime(_)
        | toml::Value::Table(_) => false,
    };
    let rest = settings.rest.into_iter().filter(|(key, value)| !is_default(key, value));
    Ok(Printing {
        file: settings.file.map(|file| folder.join(file)),
        look: Look {
            order: settings.order,
            derives: settings.custom_type_derives,
            schema: settings.schema,
        },
        filter,
        is_bigint_key: settings.is_bigint_key,
        passed_over: rest.map(|(key, _)| key).collect(),
    })
}

fn unknown(regex: &str, shown: &str) -> Failure {
    Failure::new(format!("`{regex}` in `filter` of {shown} is more than is understood here")).hint(
        "write it with letters, `^`, `$`, `|`, `.` and `.*`, or say `exclude` in migrate.toml",
    )
}

/// A regular expression as patterns, where it is a simple one. It need not begin or end where the name does.
fn pattern(regex: &str) -> Option<Pattern> {
    regex.split('|').map(alternative).collect()
}

fn alternative(regex: &str) -> Option<String> {
    let (start, rest) = match regex.strip_prefix('^') {
        Some(rest) => ("", rest),
        None => ("*", regex),
    };
    let (rest, end) = match rest.strip_suffix('$') {
        Some(rest) => (rest, ""),
        None => (rest, "*"),
    };
    let mut pattern = start.to_owned();
    let mut letters = rest.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '.' => match letters.next_if_eq(&'*') {
                Some(_) => pattern.push('*'),
                None => pattern.push('?'),
            },
            letter if letter.is_alphanumeric() || "_- ".contains(letter) => pattern.push(letter),
            _ => return None,
        }
        // What may be repeated, or left out, is no letter.
        if letters.peek().is_some_and(|next| "*+?{".contains(*next)) {
            return None;
        }
    }
    Some(pattern + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_expressions_are_patterns() {
        let check = |regex: &str, expected: Option<&[&str]>| {
            let expected = expected.map(|list| list.iter().map(|p| (*p).to_owned()).collect());
            assert_eq!(pattern(regex), expected, "{regex}");
        };
        check("users", Some(&["*users*"]));
        check("^users$", Some(&["users"]));
        check("^a$|^b", Some(&["a", "b*"]));
        check("^log_.*_old$", Some(&["log_*_old"]));
        check("a.c", Some(&["*a?c*"]));
        check("a*", None);
        check("(a|b)", None);
        check("[ab]", None);
        check(r"\w", None);
        check("a.*?", None);
    }

    fn said(text: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(FILE), text).expect("a file");
        match read(folder.path(), folder.path()) {
            Ok(found) => format!("{found:?}").replace(&folder.path().display().to_string(), "…"),
            Err(failure) => format!("{} {:?} {:?}", failure.message, failure.causes, failure.hint),
        }
    }

    #[test]
    fn what_is_said_of_each_file() {
        use insta::assert_snapshot;
        assert_snapshot!(said(""), @"[]");
        assert_snapshot!(said("[migrations_directory]\ndir = 'db'"), @"[]");
        assert_snapshot!(said(
            "[print_schema]\nfile = 'src/schema.rs'\ncolumn_sorting = 'name'\nwith_docs = true\nimport_types = []\n\
             custom_type_derives = ['Clone']\nfilter = { except_tables = ['^old_'] }"
        ), @r#"[Printing { file: Some("…/src/schema.rs"), look: Look { order: Name, derives: Some(["Clone"]), schema: None }, filter: Except([["old_*"]]), is_bigint_key: false, passed_over: ["with_docs"] }]"#);
        assert_snapshot!(said("[print_schema.a]\nfile = 'a.rs'\n[print_schema.b]\nfile = 'b.rs'\nschema = 'b'"), @r#"[Printing { file: Some("…/a.rs"), look: Look { order: Position, derives: None, schema: None }, filter: All, is_bigint_key: false, passed_over: [] }, Printing { file: Some("…/b.rs"), look: Look { order: Position, derives: None, schema: Some("b") }, filter: All, is_bigint_key: false, passed_over: [] }]"#);
        assert_snapshot!(said("[print_schema]\nfilter = { only_tables = ['(a)'] }"), @r#"`(a)` in `filter` of diesel.toml is more than is understood here [] Some("write it with letters, `^`, `$`, `|`, `.` and `.*`, or say `exclude` in migrate.toml")"#);
        assert_snapshot!(said("[print_schema]\ncolumn_sorting = 'age'"), @r#"cannot read diesel.toml ["unknown variant `age`, expected `ordinal_position` or `name`"] None"#);
        assert_snapshot!(said("[print_schema\n"), @r#"cannot read diesel.toml ["unclosed table, expected `]`"] None"#);
    }

    #[test]
    fn what_is_no_setting_is_told() {
        let check = |text: &str, expected: &str| {
            assert_eq!(
                said(text),
                format!("cannot read diesel.toml [{expected:?}] None"),
                "{text}"
            );
        };
        check("print_schema = 1", "invalid type: integer `1`, expected a map");
        check("[print_schema]\nfile = 1", "invalid type: integer `1`, expected path string");
        check(
            "[print_schema]\nfilter = { only = [] }",
            "unknown field `only`, expected `only_tables` or `except_tables`",
        );
        check("[print_schema]\nfilter = 1", "invalid type: integer `1`, expected a table");
        check("[print_schema]\ncolumn_sorting = 1", "invalid type: integer `1`, expected a string");
        check(
            "[print_schema]\nsqlite_integer_primary_key_is_bigint = 1",
            "invalid type: integer `1`, expected a boolean",
        );
    }
}
