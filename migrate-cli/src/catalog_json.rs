//! A schema for programs: the object that `schema --json` prints.

use migrate_model::Dialect;
use migrate_model::catalog::{
    Catalog, Column, Constraint, DefaultValue, Index, KeyPart, Nulls, Order, Sequence, Table,
    TableName, Value as Literal, View,
};
use serde_json::{Value, json};

/// The whole of a catalog. What is `null` or empty is not there.
pub(crate) fn catalog(dialect: Dialect, catalog: &Catalog) -> Value {
    let enums = catalog.enums.iter().map(
        |(name, values)| json!({ "schema": name.schema, "name": name.name, "values": values }),
    );
    let functions = catalog.functions.values().map(|function| {
        json!({
            "schema": function.name.schema,
            "name": function.name.name,
            "kind": function.noun(),
            "arguments": function.arguments.iter()
                .map(|one| json!({ "name": one.name, "type": one.sql_type })).collect::<Vec<_>>(),
            "returns": function.returns,
            "language": function.language,
            "body": function.body,
        })
    });
    json!({
        "dialect": word(dialect),
        "tables": catalog.tables.values().map(table).collect::<Vec<_>>(),
        "views": catalog.views.values().map(view).collect::<Vec<_>>(),
        "enums": enums.collect::<Vec<_>>(),
        "sequences": catalog.sequences.values().map(sequence).collect::<Vec<_>>(),
        "functions": functions.collect::<Vec<_>>(),
        "schemas": catalog.schemas,
        "extensions": catalog.extensions.keys().collect::<Vec<_>>(),
        "unknown": catalog.opaque.iter().map(name).collect::<Vec<_>>(),
    })
}

/// A database as `--dialect` has it.
fn word(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "postgres",
        Dialect::Sqlite => "sqlite",
        Dialect::Mysql => "mysql",
        Dialect::Mariadb => "mariadb",
    }
}

fn name(name: &TableName) -> Value {
    json!({ "schema": name.schema, "name": name.name })
}

fn table(table: &Table) -> Value {
    let (mut uniques, mut foreign_keys) = (Vec::new(), Vec::new());
    let (mut checks, mut exclusions) = (Vec::new(), Vec::new());
    for constraint in table.constraints.values() {
        match constraint {
            Constraint::PrimaryKey(_) => {}
            Constraint::Unique(one) => {
                uniques.push(json!({ "name": one.name, "columns": one.columns }));
            }
            Constraint::ForeignKey(key) => foreign_keys.push(json!({
                "name": key.name,
                "columns": key.columns,
                "references": {
                    "schema": key.table.schema, "table": key.table.name, "columns": key.referred,
                },
                "on_delete": key.on_delete.sql(),
                "on_update": key.on_update.sql(),
            })),
            Constraint::Check(one) => {
                checks.push(json!({ "name": one.name, "expression": one.expression }));
            }
            Constraint::Exclude(one) => exclusions.push(json!({
                "name": one.name,
                "using": one.using,
                "elements": one.elements.iter().map(|(part, operator)| {
                    let mut element = key_part(part);
                    element["operator"] = json!(operator);
                    element
                }).collect::<Vec<_>>(),
                "predicate": one.filter,
            })),
        }
    }
    json!({
        "schema": table.name.schema,
        "name": table.name.name,
        "comment": table.comment,
        "columns": table.columns.iter().map(column).collect::<Vec<_>>(),
        "primary_key": table.primary_key()
            .map(|key| json!({ "name": key.name, "columns": key.columns })),
        "uniques": uniques,
        "foreign_keys": foreign_keys,
        "checks": checks,
        "exclusions": exclusions,
        "indexes": table.indexes.values().map(index).collect::<Vec<_>>(),
        "triggers": table.triggers.keys().collect::<Vec<_>>(),
        "partitioned_by": table.partition_by.as_ref().map(|by| json!({
            "strategy": by.strategy.sql(),
            "keys": by.keys.iter().map(key_part).collect::<Vec<_>>(),
        })),
        "partitions": table.partitions.iter().map(|(of, bounds)| json!({
            "schema": of.schema, "name": of.name, "bounds": bounds.to_string(),
        })).collect::<Vec<_>>(),
    })
}

fn column(column: &Column) -> Value {
    json!({
        "name": column.name,
        "type": column.sql_type.to_string(),
        "nullable": column.nullable,
        "default": column.default.as_ref().map(default),
        "identity": column.identity.map(|identity| json!({
            "always": identity.always, "start": identity.start, "increment": identity.increment,
        })),
        "generated": column.generated.as_ref().map(|generated| json!({
            "expression": generated.expression, "stored": generated.stored,
        })),
        "collation": column.collation,
        "comment": column.comment,
    })
}

/// `{ "value": 1 }`, or `{ "expression": "now()" }`.
fn default(default: &DefaultValue) -> Value {
    let value = match default {
        DefaultValue::Expression(text) => return json!({ "expression": text }),
        DefaultValue::Value(value) => value,
    };
    json!({ "value": match value {
        Literal::Null => Value::Null,
        Literal::Bool(value) => json!(value),
        Literal::Int(value) => json!(value),
        Literal::Float(value) => json!(value),
        Literal::Decimal(text) | Literal::Text(text) => json!(text),
        Literal::Bytes(bytes) => {
            json!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
    } })
}

fn index(index: &Index) -> Value {
    let keys = index.keys.iter().map(|key| {
        let mut value = key_part(&key.of);
        value["order"] = json!(key.order.map(|order| match order {
            Order::Ascending => "ascending",
            Order::Descending => "descending",
        }));
        value["nulls"] = json!(key.nulls.map(|nulls| match nulls {
            Nulls::First => "first",
            Nulls::Last => "last",
        }));
        value
    });
    json!({
        "name": index.name,
        "unique": index.unique,
        "keys": keys.collect::<Vec<_>>(),
        "predicate": index.predicate,
        "method": index.postgres.method,
        "include": index.postgres.include,
    })
}

fn key_part(part: &KeyPart) -> Value {
    match part {
        KeyPart::Column(name) => json!({ "column": name }),
        KeyPart::Expression(text) => json!({ "expression": text }),
    }
}

fn view(view: &View) -> Value {
    json!({
        "schema": view.name.schema,
        "name": view.name.name,
        "columns": view.columns,
        "query": view.query,
        "materialized": view.materialized,
        "indexes": view.indexes.values().map(index).collect::<Vec<_>>(),
        "triggers": view.triggers.keys().collect::<Vec<_>>(),
    })
}

fn sequence(sequence: &Sequence) -> Value {
    json!({
        "schema": sequence.name.schema,
        "name": sequence.name.name,
        "type": sequence.of.sql(),
        "start": sequence.start,
        "increment": sequence.increment,
        "min": sequence.min,
        "max": sequence.max,
        "cycle": sequence.cycle,
        "owned_by": sequence.owned_by.as_ref().map(|owner| json!({
            "schema": owner.table.schema, "table": owner.table.name, "column": owner.column,
        })),
    })
}
