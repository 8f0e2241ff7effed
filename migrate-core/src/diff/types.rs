//! What lies beside tables and is used by them: schemas, extensions, enums and sequences.
//!
//! What is new comes before the tables, what goes leaves behind them. Values of an enum come first and go last, so that
//! defaults and checks can pass from the one to the other.

use migrate_model::{
    Op,
    catalog::{Catalog, Sequence, SequenceOwner, TableName, TypeName},
    op::{
        AlterEnum, AlterSequence, CreateEnum, CreateExtension, CreateSchema, CreateSequence,
        DropEnum, DropExtension, DropSchema, EnumChange, EnumPosition, SequenceChange, columns_of,
        use_in,
    },
};

use super::order::Way;

pub(super) fn create_schemas(way: &mut Way) {
    for name in way.after.schemas.difference(&way.now.schemas).cloned().collect::<Vec<_>>() {
        way.take(Op::CreateSchema(CreateSchema { name, if_not_exists: false }));
    }
}

pub(super) fn drop_schemas(way: &mut Way) {
    for name in way.now.schemas.difference(&way.after.schemas).cloned().collect::<Vec<_>>() {
        way.take(Op::DropSchema(DropSchema { name, if_exists: false }));
    }
}

/// Creates extensions. One that is to be another can't change: whatever uses its types would go with it.
pub(super) fn create_extensions(way: &mut Way) {
    for (name, extension) in way.after.extensions.clone() {
        if !way.now.extensions.contains_key(&name) {
            way.take(Op::CreateExtension(CreateExtension {
                name,
                extension,
                if_not_exists: false,
            }));
        }
    }
}

pub(super) fn drop_extensions(way: &mut Way) {
    for name in way.now.extensions.clone().into_keys() {
        if !way.after.extensions.contains_key(&name) {
            way.take(Op::DropExtension(DropExtension { name, if_exists: false }));
        }
    }
}

/// Creates enums, and adds values at their places.
pub(super) fn widen_enums(way: &mut Way) {
    for (name, values) in way.after.enums.clone() {
        if !way.now.enums.contains_key(&name) {
            way.take(Op::CreateEnum(CreateEnum { name, values, if_not_exists: false }));
            continue;
        }
        for (at, value) in values.iter().enumerate() {
            add_value(way, &name, value, at.checked_sub(1).map(|before| &values[before]));
        }
    }
}

fn add_value(way: &mut Way, name: &TypeName, value: &str, before: Option<&String>) {
    let Ok(there) = way.now.enum_values(name) else { return };
    if there.iter().any(|one| one == value) {
        return;
    }
    let position = match before {
        None => EnumPosition::First,
        Some(before) if there.last() == Some(before) => EnumPosition::Last,
        Some(before) => EnumPosition::After(before.clone()),
    };
    // A default, a check or an index of the same transaction may speak of it.
    let usable_at_once = way.after.tables.values().any(|one| use_in(one, name, value).is_some());
    if usable_at_once {
        clear_columns(way, name);
    }
    let value = value.to_owned();
    let change = EnumChange::AddValue { value, position, if_not_exists: false, usable_at_once };
    way.take(Op::AlterEnum(AlterEnum { name: name.clone(), change }));
}

/// Where PostgreSQL makes a type anew, all columns of it are given the new one.
fn clear_columns(way: &mut Way, name: &TypeName) {
    let columns: Vec<(TableName, String)> = columns_of(&way.now, name)
        .map(|(table, column)| (table.name.clone(), column.name.clone()))
        .collect();
    for (table, column) in columns {
        way.clear_column(&table, &column);
    }
}

/// Drops values and enums that nothing speaks of any more.
pub(super) fn narrow_enums(way: &mut Way) {
    for (name, there) in way.now.enums.clone() {
        let Some(wanted) = way.after.enums.get(&name).cloned() else {
            way.take(Op::DropEnum(DropEnum { name }));
            continue;
        };
        for value in there.into_iter().filter(|value| !wanted.contains(value)) {
            clear_columns(way, &name);
            let change = EnumChange::DropValue { value, replace_with: None };
            way.take(Op::AlterEnum(AlterEnum { name: name.clone(), change }));
        }
    }
}

/// Whether the column that owns a sequence stays, and stays what it is.
fn is_kept(way: &Way, owner: &SequenceOwner) -> bool {
    let column = |catalog: &Catalog| {
        let table = catalog.tables.get(&owner.table)?;
        table.column(&owner.column).ok().cloned()
    };
    let (there, wanted) = (column(&way.now), column(&way.after));
    wanted.is_some_and(|wanted| {
        wanted.generated.is_none() || there.is_some_and(|there| there.generated == wanted.generated)
    })
}

fn is_there(catalog: &Catalog, owner: &SequenceOwner) -> bool {
    let table = catalog.tables.get(&owner.table);
    table.is_some_and(|table| table.column(&owner.column).is_ok())
}

/// Creates sequences, changes those that stay, and takes them from columns that go.
pub(super) fn prepare_sequences(way: &mut Way) {
    for sequence in way.now.sequences.clone().into_values() {
        let Some(wanted) = way.after.sequences.get(&sequence.name).cloned() else {
            // It goes with the column, unless that only changes.
            let owner = sequence.owned_by.as_ref();
            if owner.is_some_and(|owner| is_there(&way.after, owner) && !is_kept(way, owner)) {
                own(way, &sequence.name, None);
            }
            continue;
        };
        let mut changes = changes(&sequence, &wanted);
        let owner = sequence.owned_by.as_ref();
        if owner
            .is_some_and(|owner| wanted.owned_by.as_ref() != Some(owner) || !is_kept(way, owner))
        {
            changes.push(SequenceChange::OwnedBy(None));
        }
        alter(way, &sequence.name, changes);
    }
    for sequence in way.after.sequences.clone().into_values() {
        if !way.now.sequences.contains_key(&sequence.name) {
            let owned_by = sequence.owned_by.clone().filter(|owner| is_there(&way.now, owner));
            let sequence = Sequence { owned_by, ..sequence };
            way.take(Op::CreateSequence(CreateSequence { sequence, if_not_exists: false }));
        }
    }
}

/// Drops sequences, and gives those that stay to the columns that they are to belong to.
pub(super) fn finish_sequences(way: &mut Way) {
    for name in way.now.sequences.clone().into_keys() {
        if !way.after.sequences.contains_key(&name) {
            way.drop_sequence(&name);
        }
    }
    for wanted in way.after.sequences.clone().into_values() {
        match way.now.sequences.get(&wanted.name).cloned() {
            // One of a name that something else had until now.
            None => {
                way.take(Op::CreateSequence(CreateSequence {
                    sequence: wanted,
                    if_not_exists: false,
                }));
            }
            Some(there) if there.owned_by != wanted.owned_by => {
                own(way, &wanted.name, wanted.owned_by);
            }
            Some(_) => {}
        }
    }
}

fn own(way: &mut Way, name: &TableName, owner: Option<SequenceOwner>) {
    alter(way, name, vec![SequenceChange::OwnedBy(owner)]);
}

fn alter(way: &mut Way, name: &TableName, changes: Vec<SequenceChange>) {
    if !changes.is_empty() {
        way.take(Op::AlterSequence(AlterSequence { name: name.clone(), changes }));
    }
}

/// What makes the one of the other, but for who it belongs to.
fn changes(there: &Sequence, wanted: &Sequence) -> Vec<SequenceChange> {
    let each = [
        (there.of != wanted.of, SequenceChange::Type(wanted.of)),
        (there.start != wanted.start, SequenceChange::Start(wanted.start)),
        (there.increment != wanted.increment, SequenceChange::Increment(wanted.increment)),
        (there.min != wanted.min, SequenceChange::Min(wanted.min)),
        (there.max != wanted.max, SequenceChange::Max(wanted.max)),
        (there.cache != wanted.cache, SequenceChange::Cache(wanted.cache)),
        (there.cycle != wanted.cycle, SequenceChange::Cycle(wanted.cycle)),
    ];
    each.into_iter().filter(|(is_other, _)| *is_other).map(|(_, change)| change).collect()
}
