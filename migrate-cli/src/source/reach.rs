//! What a schema is to become: what the program says of it, and for all else what is there.
//!
//! Two things are done here. What a source can't say, and so does not mean to change, is taken from what is there. And
//! where two definitions come to the same on a database, the one that is there stays, so that what is left is
//! what must really change.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::desired::Desired;
use migrate_model::Dialect;
use migrate_model::catalog::naming::Naming;
use migrate_model::catalog::{
    Catalog, Column, Constraint, Identity, Index, SqlType, Table, TableName, TableOptions, TypeName,
};

use super::schema::is_alike;

/// A schema that can be compared with the one that is there.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    /// What is to be.
    pub(crate) wanted: Catalog,
    /// Whether it is as it was.
    pub(crate) is_as_it_was: bool,
    /// Tables of which the source tells their columns and keys, and not their indexes, checks and defaults.
    pub(crate) half_said: BTreeSet<TableName>,
    /// What can't be made of what is said, in words.
    pub(crate) unsaid: Vec<String>,
}

/// What `there` is to become. `normal` gives the normal forms that it and the wanted one have on this database.
pub(crate) fn reach<E>(
    there: &Catalog,
    desired: &Desired,
    dialect: Dialect,
    naming: &Naming,
    normal: impl FnOnce(&Catalog) -> Result<[Catalog; 2], E>,
) -> Result<Reached, E> {
    let mut reached = fill(there, desired, dialect);
    if !desired.is_all {
        adopt_names(there, &mut reached.wanted, naming);
    }
    let [now, then] = normal(&reached.wanted)?;
    if now == then {
        reached.is_as_it_was = now.opaque.is_empty();
        reached.wanted = there.clone();
        return Ok(reached);
    }
    let views = Views { there, now: &now, then: &then };
    reached.wanted = views.settle(&reached.wanted, dialect);
    Ok(reached)
}

/// What is said, and in the place of what is not, what is there.
fn fill(there: &Catalog, desired: &Desired, dialect: Dialect) -> Reached {
    let mut wanted = match desired.is_all {
        true => desired.catalog.clone(),
        false => Catalog { tables: BTreeMap::new(), ..there.clone() },
    };
    let mut half_said = BTreeSet::new();
    let mut unsaid = Vec::new();
    if !desired.is_all {
        wanted.enums.extend(desired.catalog.enums.clone());
        for (name, said) in &desired.catalog.tables {
            let is_whole = desired.whole.contains(name);
            let name = known_as(name, there, dialect);
            if there.opaque.contains(&name) || there.views.contains_key(&name) {
                // Nobody vouches for it, or `table!` speaks of a view.
                wanted.tables.extend(there.tables.get(&name).map(|table| (name, table.clone())));
                continue;
            }
            let mut said = Table { name: name.clone(), ..said.clone() };
            for column in &mut said.columns {
                name_enum(&mut column.sql_type, &wanted.enums);
            }
            let table = match (there.tables.get(&name), is_whole) {
                (Some(table), true) => whole(table, said),
                (Some(table), false) => {
                    half_said.insert(name.clone());
                    half(table, &said, dialect)
                }
                (None, true) => said,
                (None, false) => new(said),
            };
            for column in &table.columns {
                if let Some(of) =
                    column.sql_type.enum_name().filter(|of| !wanted.enums.contains_key(of))
                {
                    unsaid.push(format!(
                        "`{name}.{}` has the type `{of}`, whose values nobody says",
                        column.name
                    ));
                }
            }
            wanted.tables.insert(name, table);
        }
        for (name, table) in &there.tables {
            if there.opaque.contains(name) {
                wanted.tables.entry(name.clone()).or_insert_with(|| table.clone());
            }
        }
        drop_dangling(there, &mut wanted);
    }
    Reached { wanted, is_as_it_was: false, half_said, unsaid }
}

/// An enum that stands in another place is named by its spelling alone: `#[sql_type = "order_status"]`.
fn name_enum(sql_type: &mut SqlType, enums: &BTreeMap<TypeName, Vec<String>>) {
    if let SqlType::Array(of) = sql_type {
        return name_enum(of, enums);
    }
    let SqlType::Custom(spelling) = sql_type else { return };
    let bare = spelling.trim_end_matches("[]");
    if let Some(name) = enums.keys().find(|name| name.to_string() == bare) {
        let arrays = (spelling.len() - bare.len()) / "[]".len();
        let of = SqlType::Enum(name.clone());
        *sql_type = (0..arrays).fold(of, |of, _| SqlType::Array(Box::new(of)));
    }
}

/// The name that a table goes by: of PostgreSQL's usual schema, `public`, only the name is told.
fn known_as(name: &TableName, there: &Catalog, dialect: Dialect) -> TableName {
    let bare = TableName::from(name.name.as_str());
    let is_usual = dialect == Dialect::Postgres && name.schema.as_deref() == Some("public");
    if is_usual && !there.tables.contains_key(name) { bare } else { name.clone() }
}

/// A table of which all is said that can be said.
fn whole(there: &Table, said: Table) -> Table {
    let TableOptions { postgres, mysql, sqlite } = said.options;
    Table {
        options: TableOptions {
            postgres: said_or(postgres, &there.options.postgres),
            mysql: said_or(mysql, &there.options.mysql),
            sqlite: said_or(sqlite, &there.options.sqlite),
        },
        triggers: there.triggers.clone(),
        partition_by: there.partition_by.clone(),
        partitions: there.partitions.clone(),
        ..said
    }
}

/// Options, which are left alone where none are said.
fn said_or<T: Clone + Default + PartialEq>(said: T, there: &T) -> T {
    if said == T::default() { there.clone() } else { said }
}

/// A table of which columns and keys are said.
fn half(there: &Table, said: &Table, dialect: Dialect) -> Table {
    let mut table = there.clone();
    let key = |table: &Table| table.primary_key().map(|key| key.columns.clone());
    let is_key = |column: &str| {
        [key(there), key(said)].iter().flatten().flatten().any(|name| name == column)
    };
    for column in &said.columns {
        match table.column_mut(&column.name) {
            Ok(one) => {
                if !is_alike(&one.sql_type, &column.sql_type, dialect) {
                    one.sql_type = column.sql_type.clone();
                }
                if !is_key(&column.name) {
                    one.nullable = column.nullable;
                }
            }
            Err(_) => table.columns.push(column.clone()),
        }
    }
    let gone: Vec<String> = (there.columns.iter())
        .map(|column| column.name.clone())
        .filter(|name| said.column(name).is_err())
        .collect();
    for column in &gone {
        table.columns.retain(|one| one.name != *column);
        table.constraints.retain(|_, one| !one.is_about(column));
        table.indexes.retain(|_, one| !one.is_about(column));
    }
    if let Some(columns) = key(said)
        && key(&table).is_none_or(|there| there != columns)
        // `table!` must name a key, also where the database has none.
        && (key(there).is_some() || !there.is_unique(&columns))
    {
        table.constraints.retain(|_, one| !matches!(one, Constraint::PrimaryKey(_)));
        let said =
            said.constraints.iter().find(|(_, one)| matches!(one, Constraint::PrimaryKey(_)));
        table.constraints.extend(said.map(|(name, one)| (name.clone(), one.clone())));
    }
    for (name, one) in &said.constraints {
        let Constraint::ForeignKey(key) = one else { continue };
        let is_there =
            table.foreign_keys().any(|one| one.columns == key.columns && one.table == key.table);
        if !is_there {
            table.constraints.insert(name.clone(), one.clone());
        }
    }
    table
}

/// A table that is new, and of which columns and keys are said. What counts itself up is not: a key that is one whole
/// number and refers to nothing does, as everywhere in the field.
fn new(mut table: Table) -> Table {
    let key = table.primary_key().map(|key| key.columns.clone()).unwrap_or_default();
    let [key] = key.as_slice() else { return table };
    let refers = table.foreign_keys().any(|one| one.columns.contains(key));
    if let Ok(column) = table.column_mut(key)
        && matches!(column.sql_type, SqlType::SmallInt | SqlType::Integer | SqlType::BigInt)
        && !refers
    {
        column.identity = Some(Identity::default());
    }
    table
}

/// Takes out the foreign keys that go with the table or column that they refer to.
fn drop_dangling(there: &Catalog, wanted: &mut Catalog) {
    let columns: BTreeMap<TableName, BTreeSet<String>> = (wanted.tables.iter())
        .map(|(name, table)| {
            (name.clone(), table.columns.iter().map(|column| column.name.clone()).collect())
        })
        .collect();
    for (name, table) in &mut wanted.tables {
        table.constraints.retain(|called, one| {
            let one = &*one;
            let Constraint::ForeignKey(key) = one else { return true };
            let was_there = there
                .tables
                .get(name)
                .is_some_and(|table| table.constraints.get(called) == Some(one));
            let referred = columns.get(&key.table);
            !was_there
                || !there.tables.contains_key(&key.table)
                || referred
                    .is_some_and(|columns| key.referred.iter().all(|one| columns.contains(one)))
        });
    }
}

/// Where a name was left out in the source, what is there keeps the one that it has.
fn adopt_names(there: &Catalog, wanted: &mut Catalog, naming: &Naming) {
    for (name, table) in &mut wanted.tables {
        let Some(former) = there.tables.get(name) else { continue };
        let names: Vec<String> = table.constraints.keys().cloned().collect();
        for called in names.iter().filter(|called| !former.constraints.contains_key(*called)) {
            let Some(one) = table.constraints.remove(called) else { continue };
            let is_left_out = naming.name_constraint(table, &one) == *called;
            let same = former.constraints.values().find(|other| {
                !table.constraints.contains_key(other.name())
                    && one.clone().named(other.name()) == **other
            });
            let one = same.filter(|_| is_left_out).cloned().unwrap_or(one);
            table.constraints.insert(one.name().to_owned(), one);
        }
        let names: Vec<String> = table.indexes.keys().cloned().collect();
        for called in names.iter().filter(|called| !former.indexes.contains_key(*called)) {
            let Some(one) = table.indexes.remove(called) else { continue };
            let is_left_out = naming.name_index(name, &one) == *called;
            let same = former.indexes.values().find(|other| {
                !table.indexes.contains_key(&other.name)
                    && Index { name: other.name.clone(), ..one.clone() } == **other
            });
            let one = same.filter(|_| is_left_out).cloned().unwrap_or(one);
            table.indexes.insert(one.name.clone(), one);
        }
    }
}

/// The schema that is there, and both as the database keeps them.
struct Views<'a> {
    there: &'a Catalog,
    now: &'a Catalog,
    then: &'a Catalog,
}

/// Of each name the one that is there, where both come to the same.
fn settle<K: Ord + Clone, V: Clone + PartialEq>(
    [there, wanted, now, then]: [&BTreeMap<K, V>; 4],
) -> BTreeMap<K, V> {
    let names: BTreeSet<&K> =
        [there, wanted, now, then].into_iter().flat_map(BTreeMap::keys).collect();
    let one = |name: &&K| {
        let of = if now.get(*name) == then.get(*name) { there } else { wanted };
        of.get(*name).map(|one| ((*name).clone(), one.clone()))
    };
    names.iter().filter_map(one).collect()
}

impl Views<'_> {
    fn settle(&self, wanted: &Catalog, dialect: Dialect) -> Catalog {
        let Views { there, now, then } = self;
        let mut tables = BTreeMap::new();
        let mut enums = settle([&there.enums, &wanted.enums, &now.enums, &then.enums]);
        if dialect != Dialect::Postgres {
            // There they belong to the columns, and have no names.
            enums.clone_from(&there.enums);
        }
        for (name, table) in &wanted.tables {
            let known = there.tables.get(name).zip(now.tables.get(name)).zip(then.tables.get(name));
            let (table, of_wanted) = match known {
                Some(((there, now), then)) => self.table([there, table, now, then], dialect),
                None => (table.clone(), enums_of(&table.columns)),
            };
            if dialect != Dialect::Postgres {
                enums.extend(
                    of_wanted
                        .into_iter()
                        .filter_map(|of| Some((of.clone(), wanted.enums.get(&of)?.clone()))),
                );
            }
            tables.insert(name.clone(), table);
        }
        let extensions = [&there.extensions, &wanted.extensions, &now.extensions, &then.extensions];
        let schemas = match now.schemas == then.schemas {
            true => there.schemas.clone(),
            false => wanted.schemas.clone(),
        };
        Catalog {
            tables,
            views: settle([&there.views, &wanted.views, &now.views, &then.views]),
            functions: settle([
                &there.functions,
                &wanted.functions,
                &now.functions,
                &then.functions,
            ]),
            enums,
            schemas,
            sequences: settle([
                &there.sequences,
                &wanted.sequences,
                &now.sequences,
                &then.sequences,
            ]),
            extensions: settle(extensions),
            opaque: there.opaque.union(&wanted.opaque).cloned().collect(),
        }
    }

    /// A table, and the enums of those of its columns that are as `wanted` has them.
    fn table(
        &self,
        [there, wanted, now, then]: [&Table; 4],
        dialect: Dialect,
    ) -> (Table, BTreeSet<TypeName>) {
        let is_same = |name: &str| {
            let (now, then) = (now.column(name).ok(), then.column(name).ok());
            let values = |column: Option<&Column>, of: &Catalog| {
                column
                    .and_then(|one| one.sql_type.enum_name())
                    .and_then(|one| of.enums.get(one).cloned())
            };
            now == then
                && (dialect == Dialect::Postgres
                    || values(now, self.now) == values(then, self.then))
        };
        let mut enums = BTreeSet::new();
        let columns = (wanted.columns.iter())
            .map(|column| match there.column(&column.name) {
                Ok(one) if is_same(&column.name) => one.clone(),
                Ok(_) | Err(_) => {
                    enums.extend(enums_of(std::slice::from_ref(column)));
                    column.clone()
                }
            })
            .collect();
        let mut constraints = BTreeMap::new();
        let mut indexes = BTreeMap::new();
        // A unique constraint of one database is an index of another, so both are looked at by name.
        let all = [there, wanted, now, then];
        let names: BTreeSet<&String> = all
            .iter()
            .flat_map(|table| {
                let named = table.constraints.iter().filter(|(_, one)| !is_key(one));
                named.map(|(name, _)| name).chain(table.indexes.keys())
            })
            .collect();
        let piece = |table: &Table, name: &str| {
            let constraint = table.constraints.get(name).filter(|one| !is_key(one));
            (constraint.cloned(), table.indexes.get(name).cloned())
        };
        for name in names {
            let is_same = piece(now, name) == piece(then, name);
            let (constraint, index) = piece(if is_same { there } else { wanted }, name);
            constraints.extend(constraint.map(|one| (name.clone(), one)));
            indexes.extend(index.map(|one| (name.clone(), one)));
        }
        // The name of a key is not kept everywhere.
        let key = if now.primary_key() == then.primary_key() { there } else { wanted };
        let key = key.constraints.iter().find(|(_, one)| is_key(one));
        constraints.extend(key.map(|(name, one)| (name.clone(), one.clone())));
        let of = |is_same: bool| if is_same { there } else { wanted };
        let is_parted_alike = now.partition_by == then.partition_by;
        let table = Table {
            name: wanted.name.clone(),
            columns,
            constraints,
            indexes,
            comment: of(now.comment == then.comment).comment.clone(),
            options: of(now.options == then.options).options.clone(),
            triggers: settle([&there.triggers, &wanted.triggers, &now.triggers, &then.triggers]),
            partition_by: of(is_parted_alike).partition_by.clone(),
            partitions: settle([
                &there.partitions,
                &wanted.partitions,
                &now.partitions,
                &then.partitions,
            ]),
        };
        (table, enums)
    }
}

fn enums_of(columns: &[Column]) -> BTreeSet<TypeName> {
    columns.iter().filter_map(|column| column.sql_type.enum_name().cloned()).collect()
}

fn is_key(one: &Constraint) -> bool {
    matches!(one, Constraint::PrimaryKey(_))
}
