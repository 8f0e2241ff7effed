//! What of a schema is looked at: `[compare]` in `migrate.toml`, made to a catalog.
//!
//! ```text
//! pattern = part { "." part }        as many parts as the name has; one alone is the last of them
//! part    = any letters, with "*" for any number of them and "?" for one
//! ```
//!
//! | key           | names                                                                     |
//! |---------------|---------------------------------------------------------------------------|
//! | `schemas`     | `schema`                                                                  |
//! | `tables`      | `table`, `schema.table`; views and sequences too                          |
//! | `columns`     | `column`, `table.column`, `schema.table.column`                           |
//! | `constraints` | `name`, `table.name`, `schema.table.name`; indexes too                    |
//!
//! What lies in the current schema, and so has none in its name, is in `public` here. A dot in a name is met by `?`.

use std::borrow::Cow;

use migrate_model::catalog::{Catalog, Constraint, Index, Table, TableName, Trigger, TriggerEvent};

use crate::config::{CONFIG_FILE, Compare, Patterns};
use crate::failure::Failure;

/// What a name without a schema is taken to lie in.
const CURRENT: &str = "public";

/// The catalog as far as it is looked at: without `own` tables, and what `compare` leaves out.
///
/// What can't be without something left out goes with it: the constraints and indexes on a column, a foreign key to a
/// table, the partitions of one, the sequence of one.
pub(crate) fn restrict<'a>(
    catalog: &'a Catalog,
    compare: &Compare,
    own: &[TableName],
) -> Cow<'a, Catalog> {
    let is_there = |name: &TableName| {
        let Catalog { tables, views, opaque, .. } = catalog;
        tables.contains_key(name) || views.contains_key(name) || opaque.contains(name)
    };
    if *compare == Compare::default() && !own.iter().any(is_there) {
        return Cow::Borrowed(catalog);
    }
    let sees = |name: &TableName| !own.contains(name) && compare.sees_table(name);
    let mut seen = catalog.clone();
    seen.tables.retain(|name, _| sees(name));
    seen.views.retain(|name, _| sees(name));
    seen.opaque.retain(|name| sees(name));
    seen.sequences.retain(|name, sequence| match &sequence.owned_by {
        Some(owner) => sees(&owner.table) && compare.sees_column(&owner.table, &owner.column),
        None => sees(name),
    });
    seen.enums.retain(|name, _| compare.sees_schema(name.schema.as_deref()));
    seen.functions.retain(|(name, _), _| compare.sees_schema(name.schema.as_deref()));
    seen.schemas.retain(|name| compare.sees_schema(Some(name)));
    for table in seen.tables.values_mut() {
        narrow(table, compare, &sees);
    }
    // A key that something else rests on may have gone with one of its columns.
    let targets = seen.clone();
    for table in seen.tables.values_mut() {
        table.constraints.retain(|_, constraint| match constraint {
            Constraint::ForeignKey(key) => (targets.tables.get(&key.table)).is_none_or(|target| {
                catalog.tables.get(&key.table) == Some(target) || target.is_unique(&key.referred)
            }),
            Constraint::PrimaryKey(_)
            | Constraint::Unique(_)
            | Constraint::Check(_)
            | Constraint::Exclude(_) => true,
        });
    }
    Cow::Owned(seen)
}

/// Takes out of a table what is not looked at.
fn narrow(table: &mut Table, compare: &Compare, sees: &impl Fn(&TableName) -> bool) {
    let name = table.name.clone();
    let (kept, hidden) = std::mem::take(&mut table.columns)
        .into_iter()
        .partition::<Vec<_>, _>(|column| compare.sees_column(&name, &column.name));
    table.columns = kept;
    let is_whole =
        |is_about: &dyn Fn(&str) -> bool| !hidden.iter().any(|column| is_about(&column.name));
    table.constraints.retain(|word, constraint: &mut Constraint| {
        let points_to_seen = match &*constraint {
            Constraint::ForeignKey(key) => {
                sees(&key.table)
                    && key.referred.iter().all(|column| compare.sees_column(&key.table, column))
            }
            Constraint::PrimaryKey(_)
            | Constraint::Unique(_)
            | Constraint::Check(_)
            | Constraint::Exclude(_) => true,
        };
        points_to_seen
            && compare.sees_constraint(&name, word)
            && is_whole(&|column| constraint.is_about(column))
    });
    table.indexes.retain(|word, index: &mut Index| {
        compare.sees_constraint(&name, word) && is_whole(&|column| index.is_about(column))
    });
    table.triggers.retain(|_, trigger: &mut Trigger| {
        is_whole(&|column| {
            trigger.events.iter().any(|event| match event {
                TriggerEvent::Update(columns) => columns.iter().any(|name| name == column),
                TriggerEvent::Insert | TriggerEvent::Delete | TriggerEvent::Truncate => false,
            })
        })
    });
    table.partitions.retain(|partition, _| sees(partition));
}

impl Compare {
    /// Refuses patterns that no name can meet.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        for (of, patterns) in [("include", &self.include), ("exclude", &self.exclude)] {
            let Patterns { schemas, tables, columns, constraints } = patterns;
            let lists = [
                ("schemas", schemas, 1),
                ("tables", tables, 2),
                ("columns", columns, 3),
                ("constraints", constraints, 3),
            ];
            for (key, list, parts) in lists {
                let is_met = |pattern: &str| {
                    pattern.split('.').count() <= parts
                        && pattern.split('.').all(|part| !part.is_empty())
                };
                if let Some(pattern) = list.iter().find(|pattern| !is_met(pattern)) {
                    return Err(Failure::new(format!(
                        "`{pattern}` in `{key}` of [compare.{of}] in {CONFIG_FILE} is met by no name"
                    ))
                    .hint(format!("such a name is {}; `?` also stands for a dot in it", SHAPES[parts - 1])));
                }
            }
        }
        Ok(())
    }

    /// Whether a schema is looked at; `None` is the current one.
    pub(crate) fn sees_schema(&self, schema: Option<&str>) -> bool {
        self.sees(|patterns| &patterns.schemas, &[schema.unwrap_or(CURRENT)])
    }

    /// Whether a table, view or sequence is looked at.
    pub(crate) fn sees_table(&self, name: &TableName) -> bool {
        let schema = name.schema.as_deref();
        self.sees_schema(schema)
            && self.sees(|patterns| &patterns.tables, &[schema.unwrap_or(CURRENT), &name.name])
    }

    /// Whether a column is looked at, in a table that is.
    pub(crate) fn sees_column(&self, table: &TableName, column: &str) -> bool {
        self.sees_in(|patterns| &patterns.columns, table, column)
    }

    /// Whether a constraint or index is looked at, in a table that is.
    pub(crate) fn sees_constraint(&self, table: &TableName, name: &str) -> bool {
        self.sees_in(|patterns| &patterns.constraints, table, name)
    }

    fn sees_in(&self, list: fn(&Patterns) -> &Vec<String>, table: &TableName, name: &str) -> bool {
        self.sees(list, &[table.schema.as_deref().unwrap_or(CURRENT), &table.name, name])
    }

    /// Whether one of `include` meets the name, if there are any, and none of `exclude` does.
    fn sees(&self, list: fn(&Patterns) -> &Vec<String>, name: &[&str]) -> bool {
        let is_met =
            |patterns: &Patterns| list(patterns).iter().any(|pattern| meets(pattern, name));
        (list(&self.include).is_empty() || is_met(&self.include)) && !is_met(&self.exclude)
    }
}

/// What names look like, by the number of their parts.
const SHAPES: [&str; 3] =
    ["`name`", "`name` or `schema.name`", "`name`, `table.name` or `schema.table.name`"];

/// Whether a pattern meets the last parts of a name, as many as it has.
fn meets(pattern: &str, name: &[&str]) -> bool {
    let parts: Vec<&str> = pattern.split('.').collect();
    match name.len().checked_sub(parts.len()) {
        Some(before) => parts.iter().zip(&name[before..]).all(|(part, name)| is_like(part, name)),
        None => false,
    }
}

/// Whether a text is like a pattern with `*` and `?`.
pub(crate) fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // Behind the last star, and the first letter that it has not taken yet.
    let mut star = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some('*') => {
                at += 1;
                star = Some((at, seen));
            }
            Some(letter) if *letter == '?' || *letter == text[seen] => {
                at += 1;
                seen += 1;
            }
            Some(_) | None => {
                let Some((behind, taken)) = star else { return false };
                star = Some((behind, taken + 1));
                (at, seen) = (behind, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use migrate_core::prelude::*;
    use migrate_model::op::{Ops, apply_all};

    use super::*;

    #[test]
    fn stars_and_question_marks() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(is_like(pattern, text), expected, "{pattern} {text}");
        };
        check("orders", "orders", true);
        check("orders", "orders2", false);
        check("orders", "Orders", false);
        check("*", "", true);
        check("?", "", false);
        check("legacy_*", "legacy_", true);
        check("legacy_*", "a_legacy_b", false);
        check("*_tmp", "a_tmp_tmp", true);
        check("*a*b", "xaxbxaxb", true);
        check("*a*b", "xaxbxaxbx", false);
        check("t?p", "tmp", true);
        check("t?p", "tp", false);
        check("a?b", "a.b", true);
        check("h?h*", "höhe", true);
        check("[a]", "a", false);
        // A matcher that tries each way for each star would not come back.
        check(&"*a".repeat(30), &"a".repeat(29), false);
        check(&format!("{}b", "*a".repeat(30)), &"a".repeat(3000), false);
    }

    #[test]
    fn a_pattern_meets_the_end_of_a_name() {
        let check = |pattern: &str, name: &str, expected: bool| {
            let name: Vec<&str> = name.split('.').collect();
            assert_eq!(meets(pattern, &name), expected, "{pattern} {name:?}");
        };
        check("tmp_*", "public.orders.tmp_1", true);
        check("orders.tmp_*", "public.orders.tmp_1", true);
        check("users.tmp_*", "public.orders.tmp_1", false);
        check("public.orders.*", "public.orders.tmp_1", true);
        // The star ends at the dot: this is the table `audit`, not the schema.
        check("audit.*", "audit.orders.id", false);
        check("a.b.c.d", "b.c.d", false);
    }

    fn compare(text: &str) -> Compare {
        toml::from_str(text).expect(text)
    }

    #[test]
    fn what_is_seen_is_included_and_not_excluded() {
        let check = |text: &str, seen: &str, unseen: &str| {
            let compare = compare(text);
            assert_eq!(compare.check(), Ok(()), "{text}");
            let sees = |name: &str| match *name.split('.').collect::<Vec<_>>() {
                [name] => compare.sees_table(&name.into()),
                [schema, name] => compare.sees_table(&(schema, name).into()),
                _ => panic!("{name}"),
            };
            let all = |names: &str| {
                names.split_whitespace().map(|n| (n.to_owned(), sees(n))).collect::<Vec<_>>()
            };
            assert!(all(seen).iter().all(|(_, seen)| *seen), "{text}: {:?}", all(seen));
            assert!(all(unseen).iter().all(|(_, seen)| !*seen), "{text}: {:?}", all(unseen));
        };
        check("", "orders audit.orders", "");
        check("exclude.tables = ['legacy_*']", "orders legacy", "legacy_a audit.legacy_a");
        check("exclude.tables = ['audit.*']", "orders audit", "audit.orders");
        check("exclude.tables = ['public.orders']", "audit.orders", "orders public.orders");
        check("exclude.schemas = ['audit']", "orders", "audit.orders");
        check("include.schemas = ['public']", "orders", "audit.orders");
        check("include.schemas = ['audit']", "audit.orders", "orders");
        check("include.tables = ['o*', 'u*']", "orders users audit.users", "prices");
        check("include.tables = ['o*']\nexclude.tables = ['*_old']", "orders", "orders_old prices");
    }

    #[test]
    fn a_pattern_that_nothing_meets_is_refused() {
        let said = |text: &str| {
            let failure = compare(text).check().expect_err(text);
            format!("{}\n{}", failure.message, failure.hint.unwrap_or_default())
        };
        assert_snapshot!(said("exclude.tables = ['a.b.c']"), @r"
        `a.b.c` in `tables` of [compare.exclude] in migrate.toml is met by no name
        such a name is `name` or `schema.name`; `?` also stands for a dot in it
        ");
        assert_snapshot!(said("include.columns = ['orders.']"), @r"
        `orders.` in `columns` of [compare.include] in migrate.toml is met by no name
        such a name is `name`, `table.name` or `schema.table.name`; `?` also stands for a dot in it
        ");
        assert_snapshot!(said("exclude.schemas = ['']"), @r"
        `` in `schemas` of [compare.exclude] in migrate.toml is met by no name
        such a name is `name`; `?` also stands for a dot in it
        ");
    }

    fn catalog() -> Catalog {
        let mut op = Ops::new(Postgres);
        op.create_schema("audit");
        op.create_sequence(sequence("numbers"));
        op.create_table(
            table("users")
                .column(bigint("id").primary_key())
                .column(text("email").unique())
                .column(text("tmp_note").nullable())
                .constraint(check("tmp_note <> ''").named("users_note_check"))
                .constraint(check("email <> ''").named("users_email_check")),
        );
        op.create_index(index("users_lower_idx").on("users", [expr("lower(tmp_note)")]));
        op.create_index(index("users_email_idx").on("users", ["email"]));
        op.create_table(
            table("orders")
                .column(bigint("id").primary_key())
                .column(bigint("user_id").references("users", "id"))
                .column(text("email").references("users", "email")),
        );
        op.create_table(table(("audit", "log")).column(bigint("id").primary_key()));
        op.create_table(table("alembic_version").column(text("version_num").primary_key()));
        op.create_view(view("open_orders").query("SELECT id FROM orders"));
        let _ = op.execute("CREATE TABLE strange (id int)").opaque("strange");
        let mut catalog = Catalog::default();
        apply_all(&op.into_recorded(), &mut catalog).expect("a schema");
        catalog
    }

    /// The names of what is left.
    fn left(text: &str) -> String {
        let compare = compare(text);
        let catalog = catalog();
        let seen = restrict(&catalog, &compare, &["alembic_version".into()]);
        let tables = seen.tables.values().map(|table| {
            let columns = table.columns.iter().map(|column| column.name.clone());
            let names = table.constraints.keys().chain(table.indexes.keys()).cloned();
            let parts: Vec<String> = columns.chain(names).collect();
            format!("{}: {}", table.name, parts.join(" "))
        });
        let names = seen.views.keys().chain(seen.sequences.keys()).chain(&seen.opaque);
        let rest = names.map(ToString::to_string).chain(seen.schemas.iter().cloned());
        let rest: Vec<String> = rest.collect();
        tables.chain([format!("and {}", rest.join(" "))]).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_rests_on_something_left_out_goes_with_it() {
        assert_snapshot!(left(""), @r"
        orders: id user_id email orders_email_fkey orders_pkey orders_user_id_fkey
        users: id email tmp_note users_email_check users_email_key users_note_check users_pkey users_email_idx users_lower_idx
        audit.log: id log_pkey
        and open_orders numbers strange audit
        ");
        assert_snapshot!(left("exclude.columns = ['users.tmp_*']"), @r"
        orders: id user_id email orders_email_fkey orders_pkey orders_user_id_fkey
        users: id email users_email_check users_email_key users_pkey users_email_idx
        audit.log: id log_pkey
        and open_orders numbers strange audit
        ");
        assert_snapshot!(left("exclude.columns = ['users.email']"), @r"
        orders: id user_id email orders_pkey orders_user_id_fkey
        users: id tmp_note users_note_check users_pkey users_lower_idx
        audit.log: id log_pkey
        and open_orders numbers strange audit
        ");
        assert_snapshot!(left("exclude.tables = ['users', 'open_*', 'str*', 'num*']"), @r"
        orders: id user_id email orders_pkey
        audit.log: id log_pkey
        and audit
        ");
        assert_snapshot!(left("exclude.constraints = ['users.*_check', 'users_email_idx', 'users_email_key']"), @r"
        orders: id user_id email orders_pkey orders_user_id_fkey
        users: id email tmp_note users_pkey users_lower_idx
        audit.log: id log_pkey
        and open_orders numbers strange audit
        ");
        assert_snapshot!(left("exclude.schemas = ['audit']\ninclude.tables = ['audit.*', 'orders']"), @r"
        orders: id user_id email orders_pkey
        and
        ");
    }
}
