//! PostgreSQL's views, functions and triggers as a catalog's.
//!
//! Queries and conditions come as PostgreSQL understood them, since it keeps no text of those; the body of a function
//! comes letter by letter.

use std::collections::BTreeMap;

use migrate_model::{
    catalog::{
        Argument, ArgumentMode, Catalog, CheckOption, Function, Index, PostgresView, RoutineName,
        TableName, Timing, Trigger, TriggerAction, TriggerEvent, View,
    },
    sql::{TokenKind, tokens},
};

use super::reflect::{Names, Place, not_of_extension, parameters};
use crate::backend::{
    literal,
    reflect::{Ask, Fields, ReflectError, Reflected, Scope},
};

/// The indexes of a table or materialized view.
pub(super) fn indexes_of<'c>(
    catalog: &'c mut Catalog,
    name: &TableName,
) -> Option<&'c mut BTreeMap<String, Index>> {
    match catalog.views.get_mut(name) {
        Some(view) => Some(&mut view.indexes),
        None => catalog.tables.get_mut(name).map(|table| &mut table.indexes),
    }
}

/// Reads views, and adds their names to those of the tables.
pub(super) fn views(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    names: &mut Names,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let Place { condition, schema, .. } = place;
    let sql = format!(
        "SELECT c.oid::text, {schema}, c.relname::text, (c.relkind = 'm')::text, \
                pg_catalog.pg_get_viewdef(c.oid, true), array_to_string(c.reloptions, ', '), \
                EXISTS (SELECT FROM pg_catalog.pg_attrdef v WHERE v.adrelid = c.oid)::text, \
                (pg_catalog.obj_description(c.oid, 'pg_class') IS NOT NULL)::text, (c.reltablespace <> 0)::text \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('v', 'm') AND {condition} AND {} ORDER BY c.oid",
        not_of_extension("pg_class", "c.oid")
    );
    for mut row in Fields::rows(ask, "views", &sql)? {
        let oid = row.text()?;
        let name = TableName { schema: row.maybe()?, name: row.text()? };
        if scope.leaves_out(&name) {
            continue;
        }
        let (materialized, query, options) = (row.flag()?, row.text()?, row.maybe()?);
        let (has_default, has_comment, has_place) = (row.flag()?, row.flag()?, row.flag()?);
        let mut view = View {
            name: name.clone(),
            columns: Vec::new(),
            query: query.trim().trim_end_matches(';').to_owned(),
            materialized,
            check_option: None,
            postgres: PostgresView::default(),
            indexes: BTreeMap::new(),
            triggers: BTreeMap::new(),
            uses: BTreeMap::new(),
        };
        for (option, value) in parameters(options.as_deref()) {
            match (option.as_str(), value.as_str()) {
                ("check_option", "local") => view.check_option = Some(CheckOption::Local),
                ("check_option", _) => view.check_option = Some(CheckOption::Cascaded),
                ("security_barrier", value) => view.postgres.security_barrier = is_on(value),
                ("security_invoker", value) => view.postgres.security_invoker = is_on(value),
                (option, _) => found.doubt(&name, format!("is a view with the option {option}")),
            }
        }
        if has_default {
            found.doubt(&name, "is a view with a default of its own");
        }
        if has_comment {
            found.note(name.clone(), "is a view with a comment");
        }
        if has_place {
            found.doubt(&name, "is a view in a place of its own");
        }
        names.insert(oid, name.clone());
        found.catalog.views.insert(name, view);
    }
    let uses: Vec<_> = found.catalog.views.values().map(|view| found.catalog.uses(view)).collect();
    for (view, uses) in found.catalog.views.values_mut().zip(uses) {
        view.uses = uses;
    }
    Ok(())
}

/// A truth value as somebody wrote it.
fn is_on(value: &str) -> bool {
    ["true", "on", "yes", "1"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Reads functions and procedures; each row is an argument of one.
pub(super) fn functions(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let Place { condition, schema, .. } = place;
    let sql = format!(
        "SELECT p.oid::text, {schema}, p.proname::text, p.prokind::text, l.lanname::text, p.prosrc, \
                CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_function_result(p.oid) END, \
                CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END, \
                (p.probin IS NOT NULL)::text, (pg_catalog.to_jsonb(p) ->> 'prosqlbody' IS NOT NULL)::text, \
                p.proargnames[u.at], COALESCE(p.proargmodes[u.at], 'i')::text, \
                pg_catalog.format_type(u.type, NULL), \
                CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_function_arg_default(p.oid, u.at::int) END \
         FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
         JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
         LEFT JOIN LATERAL unnest(COALESCE(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS u (type, at) \
           ON true \
         WHERE {condition} AND {} ORDER BY p.oid, u.at",
        not_of_extension("pg_proc", "p.oid")
    );
    let mut functions: BTreeMap<String, Function> = BTreeMap::new();
    let mut unspoken: BTreeMap<String, (TableName, &str)> = BTreeMap::new();
    for mut row in Fields::rows(ask, "functions", &sql)? {
        let oid = row.text()?;
        let name = RoutineName { schema: row.maybe()?, name: row.text()? };
        let table_name = TableName { schema: name.schema.clone(), name: name.name.clone() };
        if scope.leaves_out(&table_name) {
            continue;
        }
        let (kind, language, body) = (row.text()?, row.text()?, row.text()?);
        let (result, definition) = (row.maybe()?, row.maybe()?);
        let reason = match (kind.as_str(), row.flag()?, row.flag()?) {
            ("a", ..) => Some("is an aggregate"),
            (_, true, _) => Some("is a function of a library"),
            (_, _, true) => Some("is a function whose body is SQL, not text"),
            _ => None,
        };
        if let Some(reason) = reason {
            unspoken.insert(oid, (table_name, reason));
            continue;
        }
        let function = functions.entry(oid).or_insert_with(|| Function {
            name,
            procedure: kind == "p",
            arguments: Vec::new(),
            returns: result,
            language: Some(language),
            options: options(definition.as_deref().unwrap_or_default()),
            body: body.replace("\r\n", "\n"),
        });
        let (name, mode, sql_type, default) =
            (row.maybe()?, row.text()?, row.maybe()?, row.maybe()?);
        // What a table that it returns has is said by its result.
        let mode = match mode.as_str() {
            "o" => ArgumentMode::Out,
            "b" => ArgumentMode::InOut,
            "v" => ArgumentMode::Variadic,
            "i" => ArgumentMode::In,
            _ => continue,
        };
        if let Some(sql_type) = sql_type {
            let name = name.unwrap_or_default();
            function.arguments.push(Argument { name, sql_type, mode, default });
        }
    }
    for mut function in functions.into_values() {
        let comes_out =
            |one: &Argument| matches!(one.mode, ArgumentMode::Out | ArgumentMode::InOut);
        if function.procedure || function.arguments.iter().any(comes_out) {
            function.returns.take_if(|sql_type| !sql_type.starts_with("SETOF "));
        }
        found.catalog.functions.insert(function.key(), function);
    }
    for (name, reason) in unspoken.into_values() {
        found.note(name, reason);
    }
    Ok(())
}

/// The words between the language and the body of a definition.
fn options(definition: &str) -> Option<String> {
    let mut depth = 0;
    let outer: Vec<_> = tokens(definition)
        .into_iter()
        .filter(|token| {
            let text = &definition[token.range.clone()];
            depth += i32::from(text == "(") - i32::from(text == ")");
            depth == 0 && token.kind != TokenKind::Blank
        })
        .collect();
    let word = |at: usize, word: &str| {
        outer[at].kind == TokenKind::Word && definition[outer[at].range.clone()] == *word
    };
    let language = (0..outer.len()).find(|at| word(*at, "LANGUAGE"))?;
    let body = (language..outer.len()).find(|at| word(*at, "AS"))?;
    let words = definition.get(outer.get(language + 1)?.range.end..outer[body].range.start)?;
    let words = words.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned();
    Some(words).filter(|words| !words.is_empty())
}

/// Reads triggers; each row is a column that one is about.
pub(super) fn triggers(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    names: &Names,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let Place { condition, .. } = place;
    let sql = format!(
        "SELECT c.oid::text, t.tgname::text, t.tgtype::text, a.attname::text, \
                CASE WHEN t.tgqual IS NOT NULL THEN pg_catalog.pg_get_triggerdef(t.oid, true) END, \
                CASE WHEN fn.nspname <> 'pg_catalog' AND fn.nspname <> current_schema() THEN fn.nspname::text END, \
                pg_catalog.pg_function_is_visible(p.oid)::text, p.proname::text, encode(t.tgargs, 'hex'), \
                (t.tgenabled <> 'O')::text, (t.tgconstraint <> 0)::text, \
                (t.tgoldtable IS NOT NULL OR t.tgnewtable IS NOT NULL)::text \
         FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid \
         JOIN pg_catalog.pg_namespace fn ON fn.oid = p.pronamespace \
         LEFT JOIN LATERAL unnest(t.tgattr::int2[]) WITH ORDINALITY AS u (own, at) ON true \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.own \
         WHERE NOT t.tgisinternal AND {condition} \
           AND COALESCE(pg_catalog.to_jsonb(t) ->> 'tgparentid', '0') = '0' ORDER BY t.oid, u.at"
    );
    for mut row in Fields::rows(ask, "triggers", &sql)? {
        let Some(of) = names.get(&row.text()?) else { continue };
        let (name, bits, column, definition) =
            (row.text()?, row.number()?, row.maybe()?, row.maybe()?);
        let (schema, is_visible, function) = (row.maybe()?, row.flag()?, row.text()?);
        let schema = schema.filter(|schema| !is_visible || scope.schemas.contains(schema));
        let arguments = row.text()?;
        let (is_off, is_constraint, has_tables) = (row.flag()?, row.flag()?, row.flag()?);
        if is_constraint || has_tables {
            let kind =
                if is_constraint { "constraint trigger" } else { "trigger with REFERENCING" };
            found.note(of.clone(), format!("has a {kind}, `{name}`"));
            continue;
        }
        let triggers = match found.catalog.views.get_mut(of) {
            Some(view) => &mut view.triggers,
            None => match found.catalog.tables.get_mut(of) {
                Some(table) => &mut table.triggers,
                None => continue,
            },
        };
        if let Some(trigger) = triggers.get_mut(&name) {
            for event in &mut trigger.events {
                if let TriggerEvent::Update(columns) = event {
                    columns.extend(column.clone());
                }
            }
            continue;
        }
        // The bits of `tgtype`.
        let has = |bit: i64| bits & bit != 0;
        let timing = match (has(2), has(64)) {
            (_, true) => Timing::InsteadOf,
            (true, false) => Timing::Before,
            (false, false) => Timing::After,
        };
        let events = [
            (4, TriggerEvent::Insert),
            (16, TriggerEvent::Update(column.into_iter().collect())),
            (8, TriggerEvent::Delete),
            (32, TriggerEvent::Truncate),
        ];
        let events = events.into_iter().filter(|(bit, _)| has(*bit)).map(|(_, event)| event);
        let trigger = Trigger {
            name: name.clone(),
            timing,
            events: events.collect(),
            for_each_statement: !has(1),
            when: definition.as_deref().and_then(condition_of),
            action: TriggerAction::Function(
                RoutineName { schema, name: function },
                texts(&arguments),
            ),
        };
        triggers.insert(name.clone(), trigger);
        if is_off {
            found.note(of.clone(), format!("has a trigger, `{name}`, that is switched off"));
        }
    }
    Ok(())
}

/// What stands in the parentheses behind WHEN.
fn condition_of(definition: &str) -> Option<String> {
    let all = tokens(definition);
    let text = |at: usize| &definition[all[at].range.clone()];
    let when = (0..all.len()).find(|at| all[*at].kind == TokenKind::Word && text(*at) == "WHEN")?;
    let open = (when..all.len()).find(|at| text(*at) == "(")?;
    let mut depth = 0;
    let close = (open..all.len()).find(|at| {
        depth += i32::from(text(*at) == "(") - i32::from(text(*at) == ")");
        depth == 0
    })?;
    Some(definition[all[open].range.end..all[close].range.start].to_owned())
}

/// The arguments of a trigger: each ends with a zero.
fn texts(hex: &str) -> Vec<String> {
    let bytes = literal::hex(hex).unwrap_or_default();
    let mut parts: Vec<String> =
        bytes.split(|byte| *byte == 0).map(|one| String::from_utf8_lossy(one).into()).collect();
    parts.pop();
    parts
}

#[cfg(test)]
mod tests {
    use super::{condition_of, options, texts};

    #[test]
    fn options_stand_between_language_and_body() {
        check("RETURNS text\n LANGUAGE plpgsql\nAS $function$ AS $function$", None);
        check(
            "(\"LANGUAGE\" text DEFAULT ' AS ') LANGUAGE sql\n IMMUTABLE STRICT\nAS $f$x$f$",
            Some("IMMUTABLE STRICT"),
        );
        check(
            "LANGUAGE sql\n SET search_path TO 'AS', 'b'\nAS $f$x$f$",
            Some("SET search_path TO 'AS', 'b'"),
        );

        fn check(definition: &str, expected: Option<&str>) {
            assert_eq!(options(definition).as_deref(), expected, "{definition}");
        }
    }

    #[test]
    fn a_condition_stands_behind_when() {
        let definition =
            "CREATE TRIGGER \"WHEN (\" ON t WHEN (new.a <> ')' AND (b)) EXECUTE FUNCTION f('WHEN')";
        assert_eq!(condition_of(definition).as_deref(), Some("new.a <> ')' AND (b)"));
    }

    #[test]
    fn each_argument_ends_with_a_zero() {
        assert_eq!(texts("610000"), ["a", ""]);
        assert!(texts("").is_empty());
    }
}
