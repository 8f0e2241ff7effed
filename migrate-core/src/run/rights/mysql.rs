//! The rights of a user on MySQL and MariaDB, read from `SHOW GRANTS`.

use std::collections::BTreeMap;

use migrate_model::{
    Dialect, Op,
    catalog::{Constraint, TableName},
    op::TableChange,
};

use super::Missing;
use crate::{
    backend::{Database, DatabaseError, quote},
    run::{Options, Prepared, state::State},
};

/// One line of `SHOW GRANTS`: rights on everything, on a database, or on a table.
#[derive(Debug, PartialEq, Eq)]
struct Grant {
    rights: Vec<String>,
    /// A pattern of LIKE; `None` is every database.
    database: Option<String>,
    /// `None` is every table.
    table: Option<String>,
}

/// The grants, or nothing where a line gives a role: what that may do isn't told here.
fn grants(lines: &[String]) -> Option<Vec<Grant>> {
    let mut grants = Vec::new();
    for line in lines {
        let rest = line.strip_prefix("GRANT ")?;
        // A role has no `ON`; `SET DEFAULT ROLE` doesn't begin with GRANT.
        let (rights, rest) = rest.split_once(" ON ")?;
        let (on, _) = rest.split_once(" TO ")?;
        if ["PROCEDURE ", "FUNCTION ", "PACKAGE "].iter().any(|kind| on.starts_with(kind)) {
            continue;
        }
        let (database, table) = parts(on)?;
        let rights = rights.split(',').map(|right| {
            let right = right.split('(').next().unwrap_or_default();
            right.trim().to_uppercase()
        });
        grants.push(Grant { rights: rights.collect(), database, table });
    }
    Some(grants)
}

/// `*.*`, `` `db`.* `` or `` `db`.`table` ``.
fn parts(on: &str) -> Option<(Option<String>, Option<String>)> {
    let on = on.trim_start_matches("TABLE ");
    if on == "*.*" {
        return Some((None, None));
    }
    let tokens = migrate_model::sql::tokens(on);
    let first = tokens.first()?;
    let read = |text: &str| migrate_model::sql::unquoted(text);
    let rest = on[first.range.end..].strip_prefix('.')?;
    let table = if rest == "*" { None } else { Some(read(rest)) };
    Some((Some(read(&on[first.range.clone()])), table))
}

/// Whether a name is like a pattern of a grant, where `_` and `%` stand for any and `\` makes them themselves.
fn is_like(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['%', rest @ ..] => (0..=name.len()).any(|at| is_like(rest, &name[at..])),
        ['\\', one, rest @ ..] => name.first() == Some(one) && is_like(rest, &name[1..]),
        ['_', rest @ ..] => !name.is_empty() && is_like(rest, &name[1..]),
        [one, rest @ ..] => name.first() == Some(one) && is_like(rest, &name[1..]),
    }
}

impl Grant {
    fn gives(&self, right: &str, database: &str, table: &str) -> bool {
        let chars = |text: &str| text.chars().collect::<Vec<char>>();
        let is_here = self.database.as_ref().is_none_or(|pattern| {
            pattern == database || is_like(&chars(pattern), &chars(database))
        });
        let is_it = self.table.as_ref().is_none_or(|one| one.eq_ignore_ascii_case(table));
        let has = |one: &String| one == right || one == "ALL PRIVILEGES" || one == "ALL";
        is_here && is_it && self.rights.iter().any(has)
    }
}

/// What a plan needs: rights on tables, by the names that these have then.
struct Needs<'d> {
    dialect: Dialect,
    database: &'d str,
    rights: BTreeMap<(String, String, &'static str), (usize, String)>,
}

impl Needs<'_> {
    fn on(&mut self, step: usize, rights: &[&'static str], table: &TableName, why: &str) {
        let database = table.schema.as_deref().unwrap_or(self.database);
        for right in rights {
            let key = (database.to_owned(), table.name.clone(), *right);
            self.rights.entry(key).or_insert_with(|| (step, why.to_owned()));
        }
    }

    fn references<'c>(
        &mut self,
        step: usize,
        own: &TableName,
        constraints: impl Iterator<Item = &'c Constraint>,
        why: &str,
    ) {
        for constraint in constraints {
            if let Constraint::ForeignKey(key) = constraint
                && key.table != *own
            {
                self.on(step, &["REFERENCES"], &key.table, why);
            }
        }
    }

    fn op(&mut self, step: usize, op: &Op) {
        let why = op.describe();
        match op {
            Op::CreateTable(create) => {
                self.on(step, &["CREATE"], &create.table.name, &why);
                let constraints = create.table.constraints.values();
                self.references(step, &create.table.name, constraints, &why);
            }
            Op::DropTable(drop) => self.on(step, &["DROP"], &drop.name, &why),
            Op::RenameTable(rename) => {
                self.on(step, &["ALTER", "DROP"], &rename.from, &why);
                self.on(step, &["CREATE", "INSERT"], &rename.to, &why);
            }
            Op::AlterTable(alter) => {
                let rights: &[&'static str] = match self.dialect {
                    Dialect::Mysql => &["ALTER", "CREATE", "INSERT"],
                    Dialect::Postgres | Dialect::Sqlite | Dialect::Mariadb => &["ALTER"],
                };
                self.on(step, rights, &alter.table, &why);
                for change in &alter.changes {
                    if let TableChange::AddConstraint(add) = &change.what {
                        let constraint = std::iter::once(&add.constraint);
                        self.references(step, &alter.table, constraint, &why);
                    }
                    let fills = match &change.what {
                        TableChange::AddColumn(add) => add.fill.is_some(),
                        TableChange::SetNotNull(set) => set.fill.is_some(),
                        TableChange::SetType(set) => set.using.is_some(),
                        TableChange::DropColumn(_)
                        | TableChange::RenameColumn { .. }
                        | TableChange::DropNotNull { .. }
                        | TableChange::SetDefault { .. }
                        | TableChange::SetColumnComment { .. }
                        | TableChange::SetIdentity { .. }
                        | TableChange::SetGenerated { .. }
                        | TableChange::SetCollation { .. }
                        | TableChange::AddConstraint(_)
                        | TableChange::DropConstraint(_)
                        | TableChange::RenameConstraint { .. }
                        | TableChange::ValidateConstraint { .. }
                        | TableChange::SetTableComment { .. } => false,
                    };
                    if fills {
                        self.on(step, &["UPDATE"], &alter.table, &why);
                    }
                }
            }
            Op::CreateIndex(create) => self.on(step, &["INDEX"], &create.table, &why),
            Op::CreateView(create) => self.on(step, &["CREATE VIEW"], &create.view.name, &why),
            Op::ReplaceView(replace) => {
                self.on(step, &["CREATE VIEW", "DROP"], &replace.view.name, &why);
            }
            Op::DropView(drop) => self.on(step, &["DROP"], &drop.name, &why),
            Op::CreateTrigger(create) => self.on(step, &["TRIGGER"], &create.table, &why),
            Op::ReplaceTrigger(replace) => self.on(step, &["TRIGGER"], &replace.table, &why),
            Op::DropTrigger(drop) => self.on(step, &["TRIGGER"], &drop.table, &why),
            Op::BulkInsert(insert) => self.on(step, &["INSERT"], &insert.table, &why),
            Op::DeleteRows(delete) => self.on(step, &["DELETE", "SELECT"], &delete.table, &why),
            Op::CreateSequence(create) => self.on(step, &["CREATE"], &create.sequence.name, &why),
            Op::DropSequence(drop) => self.on(step, &["DROP"], &drop.name, &why),
            // Rights on routines are another kind; partitions, schemas and extensions are PostgreSQL's.
            Op::CreateFunction(_)
            | Op::ReplaceFunction(_)
            | Op::DropFunction(_)
            | Op::AlterSequence(_)
            | Op::RenameSequence(_)
            | Op::DropIndex(_)
            | Op::RenameIndex(_)
            | Op::CreatePartition(_)
            | Op::DropPartition(_)
            | Op::CreateEnum(_)
            | Op::DropEnum(_)
            | Op::AlterEnum(_)
            | Op::CreateSchema(_)
            | Op::DropSchema(_)
            | Op::CreateExtension(_)
            | Op::DropExtension(_)
            | Op::Execute(_)
            | Op::Run(_) => {}
        }
    }
}

pub(super) fn missing(
    database: &mut dyn Database,
    steps: &[Prepared],
    options: &Options,
    state: &State,
) -> Result<Vec<Missing>, DatabaseError> {
    let dialect = database.dialect();
    let super_too =
        if dialect == Dialect::Mysql { ", CAST(@@GLOBAL.super_read_only AS CHAR)" } else { "" };
    let rows = database.query(&format!(
        "SELECT CAST(CURRENT_USER() AS CHAR), CAST(DATABASE() AS CHAR), CAST(@@GLOBAL.read_only AS CHAR){super_too}"
    ))?;
    let row = rows.into_iter().next().unwrap_or_default();
    let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    let (user, name) = (text(0), text(1));
    let lines = database.query("SHOW GRANTS FOR CURRENT_USER")?;
    let lines: Vec<String> =
        lines.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    let Some(grants) = grants(&lines) else { return Ok(Vec::new()) };
    let has = |right: &str, of: &str, table: &str| {
        grants.iter().any(|grant| grant.gives(right, of, table))
    };
    let mut missing = Vec::new();
    let is_above =
        ["SUPER", "READ ONLY ADMIN", "READ_ONLY ADMIN", "CONNECTION_ADMIN"].iter().any(|right| {
            grants.iter().any(|grant| grant.database.is_none() && grant.gives(right, "", ""))
        });
    if text(3) == "1" || text(2) == "1" && !is_above {
        missing.push(Missing {
            what: "the server is read-only (read_only is on)".to_owned(),
            help: "connect to the server that takes writes".to_owned(),
            step: 0,
        });
    }
    let mut needs = Needs { dialect, database: &name, rights: BTreeMap::new() };
    let why = "keep the state of the migrations";
    for (table, is_there) in [
        (&options.version_table, state.has_version_table),
        (&options.log_table, state.has_log_table),
    ] {
        if !is_there {
            needs.on(0, &["CREATE"], table, why);
        }
        needs.on(0, &["SELECT", "INSERT", "UPDATE"], table, why);
    }
    needs.on(0, &["DELETE"], &options.version_table, why);
    if steps.iter().any(|step| !step.transaction) {
        let journal = options.journal_table();
        needs.on(0, &["CREATE", "SELECT", "INSERT", "UPDATE", "DELETE"], &journal, why);
    }
    for (number, step) in steps.iter().enumerate() {
        step.ops.iter().for_each(|prepared| needs.op(number, &prepared.op));
    }
    let account = account(&user);
    let mut lacks: BTreeMap<(&String, &String), (usize, &String, Vec<&str>)> = BTreeMap::new();
    for ((of, table, right), (step, why)) in &needs.rights {
        if !has(right, of, table) {
            lacks.entry((of, table)).or_insert((*step, why, Vec::new())).2.push(right);
        }
    }
    let quoted = |name: &str| quote(Dialect::Mysql, name).unwrap_or_else(|_| name.to_owned());
    for ((of, table), (step, why, rights)) in lacks {
        let rights = rights.join(", ");
        missing.push(Missing {
            what: format!("{rights} on {of}.{table}, to {why}"),
            help: format!("GRANT {rights} ON {}.{} TO {account}", quoted(of), quoted(table)),
            step,
        });
    }
    missing.sort_by_key(|one| one.step);
    Ok(missing)
}

/// `'ann'@'localhost'`.
fn account(user: &str) -> String {
    match user.rsplit_once('@') {
        Some((name, host)) => {
            format!("'{}'@'{}'", name.replace('\'', "''"), host.replace('\'', "''"))
        }
        None => format!("'{user}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::{grants, is_like};

    fn check(lines: &[&str], right: &str, on: (&str, &str), expected: Option<bool>) {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let found = grants(&lines);
        let found = found.map(|grants| grants.iter().any(|grant| grant.gives(right, on.0, on.1)));
        assert_eq!(found, expected, "{right} on {on:?} by {lines:?}");
    }

    #[test]
    fn grants_are_read() {
        let usage = "GRANT USAGE ON *.* TO `ann`@`%` IDENTIFIED BY PASSWORD '*94BD'";
        check(
            &["GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"],
            "ALTER",
            ("a", "b"),
            Some(true),
        );
        check(&[usage], "ALTER", ("a", "b"), Some(false));
        check(
            &[usage, "GRANT SELECT, ALTER ON `a`.* TO `ann`@`%`"],
            "ALTER",
            ("a", "b"),
            Some(true),
        );
        check(
            &[usage, "GRANT SELECT, ALTER ON `a`.* TO `ann`@`%`"],
            "ALTER",
            ("aa", "b"),
            Some(false),
        );
        check(
            &[usage, "GRANT ALL PRIVILEGES ON `a\\_%`.* TO `ann`@`%`"],
            "DROP",
            ("a_test", "b"),
            Some(true),
        );
        check(
            &[usage, "GRANT ALL PRIVILEGES ON `a\\_%`.* TO `ann`@`%`"],
            "DROP",
            ("ab", "b"),
            Some(false),
        );
        check(
            &[usage, "GRANT INSERT (`x`), SELECT ON `a`.`b` TO `ann`@`%`"],
            "INSERT",
            ("a", "b"),
            Some(true),
        );
        check(&[usage, "GRANT INSERT ON `a`.`b` TO `ann`@`%`"], "INSERT", ("a", "c"), Some(false));
        check(&["GRANT `admin` TO `ann`@`%`", usage], "INSERT", ("a", "c"), None);
    }

    #[test]
    fn patterns_are_those_of_like() {
        let like = |pattern: &str, name: &str| {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            is_like(&chars(pattern), &chars(name))
        };
        assert!(like("a%", "abc") && like("a_c", "abc") && like("a\\_c", "a_c"));
        assert!(!like("a", "ab") && !like("a\\_c", "abc") && !like("_", ""));
    }
}
