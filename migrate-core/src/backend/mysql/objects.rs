//! Views, triggers and routines of MySQL and MariaDB as a catalog's: five questions, however many there are.
//!
//! Of a view the server keeps the query as it understood it, of the others the text; see `body`.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Dialect,
    catalog::{
        Argument, ArgumentMode, CheckOption, Function, RoutineName, TableName, Timing, Trigger,
        TriggerAction, TriggerEvent, View, view,
    },
};

use super::{
    body::{self, Words},
    reflect::{Place, charset},
    text,
};
use crate::{
    backend::reflect::{Ask, Fields, ReflectError, Reflected, Scope},
    run::SQL_MODE,
};

/// Reads all of them. `views` are the names of the views that are there.
pub(super) fn read(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    views: &BTreeSet<TableName>,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    self::views(ask, place, scope, found)?;
    for name in views {
        if !found.catalog.views.contains_key(name) && !found.catalog.opaque.contains(name) {
            found.doubt(name, "is a view that the server does not tell of");
        }
    }
    triggers(ask, place, scope, found)?;
    routines(ask, place, scope, found)
}

/// What an object keeps of whoever made it.
struct Maker {
    definer: String,
    collation: String,
}

impl Maker {
    /// What of it is not as it would be if a migration had made the object, as it is behind a noun.
    fn marks(&self, place: &Place) -> Vec<String> {
        let mut marks = Vec::new();
        if self.definer != place.user {
            marks.push(format!("of the definer `{}`", self.definer));
        }
        if self.collation != place.texts {
            marks.push(format!("whose texts have the collation `{}`", self.collation));
        }
        marks
    }
}

/// The mark of an object that runs under other settings than both a migration's and the server's.
fn mode_mark(place: &Place, sql_mode: &str) -> Option<String> {
    let modes = body::modes(sql_mode);
    let is_usual = [SQL_MODE, &place.mode].iter().any(|usual| body::modes(usual) == modes);
    (!is_usual).then(|| format!("that runs under the sql_mode `{sql_mode}`"))
}

/// Reads the views.
pub(super) fn views(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    // MySQL tells the algorithm in SHOW CREATE VIEW alone, one view at a time.
    let algorithm = match place.dialect {
        Dialect::Mariadb => "algorithm",
        Dialect::Mysql | Dialect::Postgres | Dialect::Sqlite => "'UNDEFINED'",
    };
    let sql = format!(
        "SELECT table_schema, table_name, view_definition, check_option, definer, security_type, \
                collation_connection, {algorithm} \
         FROM information_schema.views WHERE table_schema IN ({}) ORDER BY table_schema, table_name",
        place.schemas
    );
    for mut row in Fields::rows(ask, "views", &sql)? {
        let name = place.name(row.text()?, row.text()?);
        if scope.leaves_out(&name) {
            continue;
        }
        let (definition, check) = (row.maybe()?.unwrap_or_default(), row.text()?);
        let (definer, security) = (row.text()?, row.text()?);
        let maker = Maker { definer, collation: row.text()? };
        let algorithm = row.text()?;
        if definition.is_empty() {
            found.doubt(&name, "is a view whose query can't be read without the right SHOW VIEW");
            continue;
        }
        let query = text::without_schema(&text::standard(&definition), &place.current);
        let mut view: View = view(name.clone()).query(&query).view;
        view.check_option = match check.as_str() {
            "LOCAL" => Some(CheckOption::Local),
            "CASCADED" => Some(CheckOption::Cascaded),
            _ => None,
        };
        found.catalog.views.insert(name.clone(), view);
        if security != "DEFINER" {
            found.doubt(&name, format!("is a view with SQL SECURITY {security}"));
        }
        if algorithm != "UNDEFINED" {
            found.doubt(&name, format!("is a view with ALGORITHM = {algorithm}"));
        }
        for mark in maker.marks(place) {
            found.note(name.clone(), format!("is a view {mark}"));
        }
    }
    let uses: Vec<_> = found.catalog.views.values().map(|view| found.catalog.uses(view)).collect();
    for (view, uses) in found.catalog.views.values_mut().zip(uses) {
        view.uses = uses;
    }
    Ok(())
}

/// Reads the triggers.
fn triggers(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let sql = format!(
        "SELECT event_object_schema, event_object_table, event_manipulation, action_timing, trigger_name, \
                action_statement, sql_mode, definer, collation_connection \
         FROM information_schema.triggers WHERE trigger_schema IN ({}) \
         ORDER BY event_object_schema, event_object_table, event_manipulation, action_timing, action_order",
        place.schemas
    );
    let mut orders: BTreeMap<(TableName, String), Vec<String>> = BTreeMap::new();
    for mut row in Fields::rows(ask, "triggers", &sql)? {
        let of = place.name(row.text()?, row.text()?);
        let (event, timing, name) = (row.text()?, row.text()?, row.text()?);
        let (statement, sql_mode) = (row.maybe()?, row.text()?);
        let maker = Maker { definer: row.text()?, collation: row.text()? };
        if scope.leaves_out(&of) {
            continue;
        }
        orders.entry((of.clone(), format!("{timing} {event}"))).or_default().push(name.clone());
        let body = match &statement {
            Some(statement) => body::standard(statement, &sql_mode),
            None => Err("can't be read without the right TRIGGER"),
        };
        let event = match event.as_str() {
            "INSERT" => Some(TriggerEvent::Insert),
            "UPDATE" => Some(TriggerEvent::Update(Vec::new())),
            "DELETE" => Some(TriggerEvent::Delete),
            _ => None,
        };
        let (event, body) = match (event, body) {
            (Some(event), Ok(body)) => (event, body),
            (None, _) => {
                found.note(of, format!("has a trigger, `{name}`, for another event"));
                continue;
            }
            (Some(_), Err(reason)) => {
                found.note(of, format!("has a trigger, `{name}`, which {reason}"));
                continue;
            }
        };
        for mark in maker.marks(place).into_iter().chain(mode_mark(place, &sql_mode)) {
            found.note(of.clone(), format!("has a trigger, `{name}`, {mark}"));
        }
        let Some(table) = found.catalog.tables.get_mut(&of) else {
            found.note(of, format!("has a trigger, `{name}`"));
            continue;
        };
        let trigger = Trigger {
            name: name.clone(),
            timing: if timing == "BEFORE" { Timing::Before } else { Timing::After },
            events: vec![event],
            for_each_statement: false,
            when: None,
            action: TriggerAction::Body(body::inner(&body).to_owned()),
        };
        table.triggers.insert(name, trigger);
    }
    let seen: BTreeSet<TableName> = orders.keys().map(|(of, _)| of.clone()).collect();
    for ((of, when), names) in orders {
        // Made one after the other from a catalog, they fire in the order of their names.
        if !names.is_sorted() {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let when = when.to_lowercase();
            found.note(
                of,
                format!("has triggers {when} in an order of their own: {}", names.join(", ")),
            );
        }
    }
    unseen_triggers(ask, place, &seen, found)
}

/// Notes the tables of which the server would not tell triggers: those that it says nothing about are not there.
fn unseen_triggers(
    ask: Ask<'_>,
    place: &Place,
    seen: &BTreeSet<TableName>,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let own = "privilege_type = 'TRIGGER' AND grantee = CONCAT('''', \
               LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1), \
               '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')";
    let sql = format!(
        "SELECT '%', NULL FROM information_schema.user_privileges WHERE {own} \
         UNION ALL SELECT table_schema, NULL FROM information_schema.schema_privileges WHERE {own} \
         UNION ALL SELECT table_schema, table_name FROM information_schema.table_privileges WHERE {own}"
    );
    let mut rights = Vec::new();
    for mut row in Fields::rows(ask, "the right to see triggers", &sql)? {
        rights.push((row.text()?, row.maybe()?));
    }
    let is_told = |name: &TableName| {
        let schema = name.schema.as_deref().unwrap_or(&place.current);
        rights.iter().any(|(of, table)| match table {
            Some(table) => of == schema && *table == name.name,
            None => is_like(schema, of),
        })
    };
    let hidden = found.catalog.tables.keys().filter(|name| !seen.contains(*name) && !is_told(name));
    for name in hidden.cloned().collect::<Vec<_>>() {
        found.note(name, "may have triggers, which are not told without the right TRIGGER");
    }
    Ok(())
}

/// Whether a schema is one of those that a right is for: `%` is any letters, `_` any one, behind a backslash they are
/// themselves.
fn is_like(schema: &str, pattern: &str) -> bool {
    let mut letters = pattern.chars();
    match letters.next() {
        None => schema.is_empty(),
        Some('%') => {
            let rest = letters.as_str();
            let ends = schema.char_indices().map(|(at, _)| at).chain([schema.len()]);
            ends.into_iter().any(|at| is_like(&schema[at..], rest))
        }
        Some(letter) => {
            let any = letter == '_';
            let letter = if letter == '\\' { letters.next().unwrap_or(letter) } else { letter };
            let mut own = schema.chars();
            own.next().is_some_and(|one| any || one == letter)
                && is_like(own.as_str(), letters.as_str())
        }
    }
}

/// Reads functions and procedures.
fn routines(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let mut arguments = arguments(ask, place)?;
    let sql = format!(
        "SELECT routine_schema, routine_name, routine_type, routine_body, routine_definition, is_deterministic, \
                sql_data_access, security_type, routine_comment, sql_mode, definer, collation_connection, \
                database_collation \
         FROM information_schema.routines WHERE routine_schema IN ({}) \
         ORDER BY routine_schema, routine_name, routine_type",
        place.schemas
    );
    for mut row in Fields::rows(ask, "functions and procedures", &sql)? {
        let (schema, own_name, kind) = (row.text()?, row.text()?, row.text()?);
        let usual = place.collations.get(&schema).cloned().unwrap_or_default();
        let name = place.name(schema.clone(), own_name.clone());
        let (language, definition) = (row.text()?, row.maybe()?);
        let words = Words {
            is_deterministic: row.flag()?,
            access: Some(row.text()?).filter(|access| access != "CONTAINS SQL"),
            as_invoker: row.text()? == "INVOKER",
            comment: row.maybe()?.filter(|comment| !comment.is_empty()),
        };
        let sql_mode = row.text()?;
        let maker = Maker { definer: row.text()?, collation: row.text()? };
        let collation = row.text()?;
        if scope.leaves_out(&name) {
            continue;
        }
        let noun = kind.to_lowercase();
        let definition = match (kind.as_str(), definition) {
            ("FUNCTION" | "PROCEDURE", Some(definition)) if language == "SQL" => definition,
            ("FUNCTION" | "PROCEDURE", None) => {
                found.note(name, format!("is a {noun} whose body is told to its definer alone"));
                continue;
            }
            ("FUNCTION" | "PROCEDURE", Some(_)) => {
                found.note(name, format!("is a {noun} in {language}"));
                continue;
            }
            _ => {
                found.note(name, format!("is a {noun}"));
                continue;
            }
        };
        if body::is_aggregate(&definition) {
            found.note(name, "is an aggregate");
            continue;
        }
        let body = match body::standard(&definition, &sql_mode) {
            Ok(body) => body,
            Err(reason) => {
                found.note(name, format!("is a {noun}, which {reason}"));
                continue;
            }
        };
        for mark in maker.marks(place).into_iter().chain(mode_mark(place, &sql_mode)) {
            found.note(name.clone(), format!("is a {noun} {mark}"));
        }
        if collation != usual {
            let reason =
                format!("is a {noun} from when the collation of the schema was `{collation}`");
            found.note(name.clone(), reason);
        }
        let (returns, arguments) =
            arguments.remove(&(schema, own_name, kind.clone())).unwrap_or_default();
        let function = Function {
            name: RoutineName { schema: name.schema.clone(), name: name.name.clone() },
            procedure: kind == "PROCEDURE",
            arguments,
            returns,
            language: None,
            options: words.said(),
            body,
        };
        // Functions come first. A procedure may have the name of one here, but not in a catalog.
        if found.catalog.functions.contains_key(&function.key()) {
            found.note(name, format!("is a {noun} beside a function of that name"));
            continue;
        }
        found.catalog.functions.insert(function.key(), function);
    }
    Ok(())
}

/// What a routine returns, and its arguments.
type Called = (Option<String>, Vec<Argument>);

fn arguments(
    ask: Ask<'_>,
    place: &Place,
) -> Result<BTreeMap<(String, String, String), Called>, ReflectError> {
    let sql = format!(
        "SELECT specific_schema, specific_name, routine_type, parameter_mode, parameter_name, dtd_identifier, \
                collation_name \
         FROM information_schema.parameters WHERE specific_schema IN ({}) \
         ORDER BY specific_schema, specific_name, routine_type, ordinal_position",
        place.schemas
    );
    let mut called: BTreeMap<_, Called> = BTreeMap::new();
    for mut row in Fields::rows(ask, "arguments", &sql)? {
        let schema = row.text()?;
        let usual = place.collations.get(&schema).cloned().unwrap_or_default();
        let (returns, arguments) = called.entry((schema, row.text()?, row.text()?)).or_default();
        let (mode, name, sql_type) = (row.maybe()?, row.maybe()?, row.text()?);
        let sql_type = typed(sql_type, row.maybe()?, &usual);
        let mode = match mode.as_deref() {
            // What comes out of a function has neither mode nor name.
            None => {
                *returns = Some(sql_type);
                continue;
            }
            Some("OUT") => ArgumentMode::Out,
            Some("INOUT") => ArgumentMode::InOut,
            Some(_) => ArgumentMode::In,
        };
        let name = name.unwrap_or_default();
        arguments.push(Argument { name, sql_type, mode, default: None });
    }
    Ok(called)
}

/// A type, with its collation where that is not the usual one.
pub(super) fn typed(sql_type: String, collation: Option<String>, usual: &str) -> String {
    match collation {
        Some(collation) if collation != usual => {
            format!("{sql_type} CHARSET {} COLLATE {collation}", charset(&collation))
        }
        Some(_) | None => sql_type,
    }
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_right_is_for_schemas_by_a_pattern() {
        for (schema, pattern, expected) in [
            ("shop", "shop", true),
            ("shop", "sh%", true),
            ("shop", "%", true),
            ("shop", "s_op", true),
            ("shop_1", "shop\\_%", true),
            ("shops1", "shop\\_%", false),
            ("shop", "sho", false),
        ] {
            assert_eq!(is_like(schema, pattern), expected, "{schema} {pattern}");
        }
    }
}
