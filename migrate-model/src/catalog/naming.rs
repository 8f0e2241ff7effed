//! Names for constraints and indexes that were given none.
//!
//! They are the ones that PostgreSQL itself would choose (`orders_pkey`, `orders_email_key`,
//! `orders_user_id_fkey`, `orders_check`), so a database that came into being without names is
//! spoken of correctly. A name that would be longer than PostgreSQL's limit of 63 bytes is cut and
//! ends in a hash of the whole, which is the same in every run and on every machine.

use super::{Constraint, Index, KeyPart, Table, TableName};

/// The longest name in bytes: PostgreSQL's `NAMEDATALEN` less one; MySQL's is 64 characters.
pub const LONGEST: usize = 63;

/// The name of a constraint that was given none.
pub fn constraint(table: &Table, constraint: &Constraint) -> String {
    let columns = constraint.columns().join("_");
    match constraint {
        Constraint::PrimaryKey(_) => free(table, format!("{}_pkey", table.name.name)),
        Constraint::Unique(_) => free(table, format!("{}_{columns}_key", table.name.name)),
        Constraint::ForeignKey(_) => free(table, format!("{}_{columns}_fkey", table.name.name)),
        Constraint::Exclude(exclude) => {
            let keys: Vec<&str> = (exclude.elements.iter())
                .map(|(key, _)| match key {
                    KeyPart::Column(name) => name.as_str(),
                    KeyPart::Expression(_) => "expr",
                })
                .collect();
            free(table, format!("{}_{}_excl", table.name.name, keys.join("_")))
        }
        Constraint::Check(check) => {
            let named: Vec<&str> = (table.columns.iter())
                .map(|column| column.name.as_str())
                .filter(|name| crate::sql::names(&check.expression, name))
                .collect();
            // As PostgreSQL does: a check on one column carries its name.
            match named[..] {
                [column] => free(table, format!("{}_{column}_check", table.name.name)),
                _ => free(table, format!("{}_check", table.name.name)),
            }
        }
    }
}

/// The name of an index that was given none.
pub fn index(table: &TableName, index: &Index) -> String {
    let keys: Vec<&str> = (index.keys.iter())
        .map(|key| match &key.of {
            KeyPart::Column(name) => name.as_str(),
            KeyPart::Expression(_) => "expr",
        })
        .collect();
    shorten(format!("{}_{}_idx", table.name, keys.join("_")))
}

/// The name, or the first of `name1`, `name2`, … that the table's constraints leave free.
pub(crate) fn free(table: &Table, name: String) -> String {
    let taken = |name: &String| table.constraints.contains_key(name);
    let first = shorten(name.clone());
    if !taken(&first) {
        return first;
    }
    (1..)
        .map(|number| shorten(format!("{name}{number}")))
        .find(|name| !taken(name))
        .unwrap_or(first)
}

/// A name of at most 63 bytes; a longer one keeps its beginning and ends in a hash of the whole.
///
/// ```
/// use migrate_model::catalog::naming::shorten;
///
/// assert_eq!(shorten("orders_pkey".into()), "orders_pkey");
/// assert_eq!(shorten("x".repeat(64)).len(), 63);
/// assert_ne!(shorten("x".repeat(64)), shorten("x".repeat(65)));
/// ```
pub fn shorten(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    // FNV-1a: short, and the same everywhere, which the standard library's hasher doesn't promise.
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let mut end = LONGEST - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{hash:08x}", &name[..end])
}
