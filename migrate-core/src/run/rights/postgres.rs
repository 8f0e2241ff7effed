//! The rights of a user on PostgreSQL, as the server tells them.

use std::collections::BTreeMap;

use migrate_model::{Dialect, catalog::TableName};

use super::{Missing, Needs, OWNER, Object, Right};
use crate::{
    backend::{Database, DatabaseError, quote},
    run::version_table::{literal, sql_name},
};

/// The user and the server.
struct Server {
    user: String,
    database: String,
    is_superuser: bool,
    may_create: bool,
    is_standby: bool,
    is_read_only: bool,
    schema: Option<String>,
    /// Whether a provider runs it, with rules of its own for extensions.
    is_managed: bool,
}

fn server(database: &mut dyn Database) -> Result<Server, DatabaseError> {
    let rows = database.query(
        "SELECT current_user::text, pg_catalog.current_database()::text, \
         (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)::text, \
         pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')::text, \
         pg_catalog.pg_is_in_recovery()::text, pg_catalog.current_setting('transaction_read_only'), \
         pg_catalog.current_schema()::text, (SELECT count(*) > 0 FROM pg_catalog.pg_roles WHERE rolname IN \
         ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin', 'neon_superuser', 'supabase_admin'))::text",
    )?;
    let row = rows.into_iter().next().unwrap_or_default();
    let text = |at: usize| row.get(at).cloned().flatten();
    let is = |at: usize| matches!(text(at).as_deref(), Some("true" | "on"));
    Ok(Server {
        user: text(0).unwrap_or_default(),
        database: text(1).unwrap_or_default(),
        is_superuser: is(2),
        may_create: is(3),
        is_standby: is(4),
        is_read_only: is(5),
        schema: text(6),
        is_managed: is(7),
    })
}

pub(super) fn missing(
    database: &mut dyn Database,
    needs: &Needs,
) -> Result<Vec<Missing>, DatabaseError> {
    let server = server(database)?;
    let mut missing = Vec::new();
    let mut add =
        |step: usize, what: String, help: String| missing.push(Missing { what, help, step });
    if server.is_standby {
        let help = "connect to the primary server".to_owned();
        add(0, "the server is a standby, which takes no writes".to_owned(), help);
    } else if server.is_read_only {
        let what = "transactions of this user only read here (default_transaction_read_only is on)";
        let user = name(&server.user);
        let help = format!(
            "ALTER ROLE {user} SET default_transaction_read_only = off; or leave it out of the URL"
        );
        add(0, what.to_owned(), help);
    }
    if server.is_superuser {
        return Ok(missing);
    }
    let user = name(&server.user);
    let found = found(database, needs)?;
    let mut grants: BTreeMap<&Object, (usize, &String, Vec<Right>)> = BTreeMap::new();
    for ((object, right), (step, why)) in &needs.rights {
        let text = |rest: &str| format!("{rest}, to {why}");
        match object {
            Object::Database if !server.may_create => {
                let of = name(&server.database);
                let what = text(&format!("CREATE on database {}", server.database));
                add(*step, what, format!("GRANT CREATE ON DATABASE {of} TO {user}"));
            }
            Object::Extension(extension) => {
                let how = found.iter().find(|one| one.is(object, right)).map(|one| one.state);
                let said = name(extension);
                match how {
                    Some(State::Has) => {}
                    Some(State::Trusted) if server.may_create => {}
                    Some(State::Trusted) => add(
                        *step,
                        text(&format!("CREATE on database {}", server.database)),
                        format!("GRANT CREATE ON DATABASE {} TO {user}", name(&server.database)),
                    ),
                    Some(State::Lacks) if server.is_managed => {}
                    Some(State::Lacks) => add(
                        *step,
                        text(&format!("the extension {extension} wants a superuser")),
                        format!("as a superuser: CREATE EXTENSION {said}"),
                    ),
                    None => add(
                        *step,
                        text(&format!("the extension {extension} is not installed on the server")),
                        "install its package there".to_owned(),
                    ),
                }
            }
            Object::Database => {}
            Object::Schema(_) | Object::Relation(..) | Object::Type(_) | Object::Routine(_) => {
                let Some(found) = found.iter().find(|one| one.is(object, right)) else { continue };
                if found.state == State::Has {
                    continue;
                }
                let (kind, of) = said(object, server.schema.as_deref());
                if *right == OWNER {
                    let (kind_said, owner) = (kind.to_lowercase(), name(&found.owner));
                    let what =
                        format!("ownership of {kind_said} {}, which is {}'s", of.1, found.owner);
                    // Where a user is a member of the owner, it may do the same.
                    let help = format!(
                        "ALTER {kind} {} OWNER TO {user}; or GRANT {owner} TO {user}",
                        of.0
                    );
                    add(*step, text(&what), help);
                } else {
                    let one = grants.entry(object).or_insert((*step, why, Vec::new()));
                    one.2.push(*right);
                }
            }
        }
    }
    for (object, (step, why, rights)) in grants {
        let (kind, of) = said(object, server.schema.as_deref());
        let (rights, kind_said) = (rights.join(", "), kind.to_lowercase());
        let what = format!("{rights} on {kind_said} {}, to {why}", of.1);
        add(step, what, format!("GRANT {rights} ON {kind} {} TO {user}", of.0));
    }
    missing.sort_by_key(|one| one.step);
    Ok(missing)
}

fn name(of: &str) -> String {
    quote(Dialect::Postgres, of).unwrap_or_else(|_| of.to_owned())
}

/// The kind of an object in SQL, and its name in SQL and for people.
fn said(object: &Object, schema: Option<&str>) -> (String, (String, String)) {
    let quoted = |of: &TableName| {
        let sql = sql_name(Dialect::Postgres, of).unwrap_or_else(|_| of.to_string());
        (sql, of.to_string())
    };
    match object {
        Object::Schema(of) => {
            let of = of.as_deref().or(schema).unwrap_or("public");
            ("SCHEMA".to_owned(), (name(of), of.to_owned()))
        }
        Object::Database => ("DATABASE".to_owned(), Default::default()),
        Object::Relation(kind, of) => (kind.to_uppercase(), quoted(of)),
        Object::Type(of) => {
            let of = TableName { schema: of.schema.clone(), name: of.name.clone() };
            ("TYPE".to_owned(), quoted(&of))
        }
        Object::Routine(of) => ("ROUTINE".to_owned(), quoted(of)),
        Object::Extension(of) => ("EXTENSION".to_owned(), (name(of), of.clone())),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Has,
    Lacks,
    /// An extension that a user who may create things in the database may create.
    Trusted,
}

/// What the server says of one need.
struct Found {
    kind: String,
    schema: Option<String>,
    name: String,
    right: String,
    state: State,
    owner: String,
}

impl Found {
    fn is(&self, object: &Object, right: &Right) -> bool {
        let (kind, schema, name) = key(object);
        self.kind == kind
            && self.schema.as_deref() == schema
            && self.name == name
            && self.right == *right
    }
}

/// What tells one object from another.
fn key(object: &Object) -> (&'static str, Option<&str>, &str) {
    match object {
        Object::Schema(of) => ("schema", of.as_deref(), ""),
        Object::Database => ("database", None, ""),
        Object::Relation(_, of) => ("relation", of.schema.as_deref(), &of.name),
        Object::Type(of) => ("type", of.schema.as_deref(), &of.name),
        Object::Routine(of) => ("routine", of.schema.as_deref(), &of.name),
        Object::Extension(of) => ("extension", None, of),
    }
}

/// Asks for all of them at once. What isn't there has no row: its statement will say so.
fn found(database: &mut dyn Database, needs: &Needs) -> Result<Vec<Found>, DatabaseError> {
    let text = |text: &str| literal(Dialect::Postgres, text);
    let rows = needs.rights.keys().map(|(object, right)| {
        let (kind, schema, name) = key(object);
        let schema = schema.map_or("NULL".to_owned(), text);
        format!("({}, {schema}::text, {}, {})", text(kind), text(name), text(right))
    });
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "WITH need (kind, nsp, obj, want) AS (VALUES {rows}) \
         SELECT kind, nsp, obj, want, has, owner FROM (\
         SELECT need.*, CASE WHEN want = 'OWNER' THEN pg_has_role(c.relowner, 'USAGE')::text \
           ELSE has_table_privilege(c.oid, want)::text END AS has, pg_get_userbyid(c.relowner)::text AS owner \
         FROM need JOIN pg_class c ON c.relname = obj JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE kind = 'relation' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') \
           AND CASE WHEN nsp IS NULL THEN pg_table_is_visible(c.oid) ELSE n.nspname = nsp END \
         UNION ALL \
         SELECT need.*, has_schema_privilege(n.oid, 'CREATE')::text, pg_get_userbyid(n.nspowner)::text \
         FROM need JOIN pg_namespace n ON n.nspname = coalesce(nsp, current_schema()) WHERE kind = 'schema' \
         UNION ALL \
         SELECT need.*, pg_has_role(t.typowner, 'USAGE')::text, pg_get_userbyid(t.typowner)::text \
         FROM need JOIN pg_type t ON t.typname = obj JOIN pg_namespace n ON n.oid = t.typnamespace \
         WHERE kind = 'type' AND CASE WHEN nsp IS NULL THEN pg_type_is_visible(t.oid) ELSE n.nspname = nsp END \
         UNION ALL \
         SELECT need.*, bool_and(pg_has_role(p.proowner, 'USAGE'))::text, min(pg_get_userbyid(p.proowner)::text) \
         FROM need JOIN pg_proc p ON p.proname = obj JOIN pg_namespace n ON n.oid = p.pronamespace \
         WHERE kind = 'routine' AND CASE WHEN nsp IS NULL THEN pg_function_is_visible(p.oid) ELSE n.nspname = nsp END \
         GROUP BY 1, 2, 3, 4 \
         UNION ALL \
         SELECT need.*, CASE WHEN a.installed_version IS NOT NULL OR NOT v.superuser THEN 'true' \
           WHEN to_jsonb(v)->>'trusted' = 'true' THEN 'trusted' ELSE 'false' END, '' \
         FROM need JOIN pg_available_extensions a ON a.name = obj \
         JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version \
         WHERE kind = 'extension') found",
        rows = rows.join(", ")
    );
    let found = database.query(&sql)?.into_iter().map(|row| {
        let text = |at: usize| row.get(at).cloned().flatten();
        let state = match text(4).as_deref() {
            Some("true") => State::Has,
            Some("trusted") => State::Trusted,
            _ => State::Lacks,
        };
        Found {
            kind: text(0).unwrap_or_default(),
            schema: text(1),
            name: text(2).unwrap_or_default(),
            right: text(3).unwrap_or_default(),
            state,
            owner: text(5).unwrap_or_default(),
        }
    });
    Ok(found.collect())
}
