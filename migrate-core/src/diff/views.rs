//! Views, and the triggers of tables and views: what reads tables, and holds no rows.
//!
//! Those that stand in the way of a change were dropped by then (`order`), and are created here like new ones.

use std::collections::BTreeMap;

use migrate_model::{
    Op,
    catalog::{Catalog, TableName, Trigger, View},
    op::{CreateTrigger, CreateView, DropTrigger, ReplaceTrigger, ReplaceView},
    sql::{TokenKind, tokens},
};

use super::{keys, order::Way};

/// Drops the views and triggers that are to go, before anything that they read.
pub(super) fn drop_gone(way: &mut Way) {
    let gone: Vec<TableName> = (way.now.views_in_order().into_iter().rev())
        .filter(|view| !way.after.views.contains_key(&view.name))
        .map(|view| view.name.clone())
        .collect();
    for name in gone {
        // It may have gone with one before.
        if way.now.views.contains_key(&name) {
            way.drop_view(&name);
        }
    }
    for (of, name) in triggers_of(&way.now) {
        // Those of a table that goes, go with it.
        let stays = way.after.tables.contains_key(&of) || way.after.views.contains_key(&of);
        let is_wanted = way.after.triggers(&of).is_ok_and(|wanted| wanted.contains_key(&name));
        if stays && !is_wanted {
            way.take(Op::DropTrigger(DropTrigger { table: of, name, if_exists: false }));
        }
    }
}

fn triggers_of(catalog: &Catalog) -> Vec<(TableName, String)> {
    catalog.all_triggers().map(|(of, trigger)| (of.clone(), trigger.name.clone())).collect()
}

/// Creates and replaces views, each behind those that it reads.
pub(super) fn create(way: &mut Way) {
    if way.now.views == way.after.views {
        return;
    }
    // What they read is known by the tables that are there by now.
    let mut wanted = way.after.clone();
    for (name, view) in &way.after.views {
        let uses = way.after.uses(view);
        wanted.views.insert(name.clone(), View { uses, ..view.clone() });
    }
    let ordered: Vec<View> = wanted.views_in_order().into_iter().cloned().collect();
    // A view that reads another one is dropped before both change: the former text of the one may not fit the other.
    for name in ordered.iter().map(|view| &view.name) {
        if !way.now.views.contains_key(name) || !is_other(way, &wanted, name) {
            continue;
        }
        let dependents: Vec<TableName> =
            way.now.dependents(name).into_iter().map(|view| view.name.clone()).collect();
        for dependent in dependents.into_iter().rev() {
            if way.now.views.contains_key(&dependent) && is_other(way, &wanted, &dependent) {
                way.drop_view(&dependent);
            }
        }
    }
    for view in ordered {
        let bare = bare(&view);
        match way.now.views.get(&view.name).map(self::bare) {
            Some(there) if there == bare => {}
            Some(there) if there.materialized == bare.materialized => {
                let recreate = may_change_types(&there, &view);
                let op = ReplaceView { view: bare, recreate, no_data: false };
                way.take(Op::ReplaceView(op));
            }
            Some(_) => {
                way.drop_view(&view.name);
                way.take(Op::CreateView(CreateView { view: bare, no_data: false }));
            }
            None => {
                way.take(Op::CreateView(CreateView { view: bare, no_data: false }));
            }
        }
        let there = way.now.views.get(&view.name).map(|there| there.indexes.clone());
        keys::indexes_of_view(way, &view.name, &there.unwrap_or_default(), &view.indexes);
    }
}

/// Whether a column that both show may get another type, which PostgreSQL does not replace: not where the one begins
/// with all that the other selects, out of the same tables.
fn may_change_types(there: &View, wanted: &View) -> bool {
    let (Some(had), Some(has)) = (there.shown(), wanted.shown()) else { return false };
    if !has.starts_with(&had) {
        return false; // it is no replacement anyway
    }
    let (selected, selects) = (selection(&there.query), selection(&wanted.query));
    let goes_on = |rest: &[String]| rest.first().is_none_or(|token| token == ",");
    let begins = (selected.zip(selects))
        .is_some_and(|(had, has)| has.strip_prefix(&had[..]).is_some_and(goes_on));
    !begins || !there.uses.keys().eq(wanted.uses.keys())
}

/// What stands before FROM; nothing where several queries make up the answer.
fn selection(query: &str) -> Option<Vec<String>> {
    let (mut selected, mut depth, mut is_before) = (Vec::new(), 0, true);
    for token in tokens(query).into_iter().filter(|token| token.kind != TokenKind::Blank) {
        let text = &query[token.range];
        match text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ if depth > 0 => {}
            _ if ["union", "intersect", "except"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word)) =>
            {
                return None;
            }
            _ => is_before = is_before && !text.eq_ignore_ascii_case("from"),
        }
        if is_before {
            selected.push(match token.kind == TokenKind::Word {
                true => text.to_lowercase(),
                false => text.to_owned(),
            });
        }
    }
    Some(selected)
}

/// A view without what stands on it.
fn bare(view: &View) -> View {
    View { indexes: BTreeMap::new(), triggers: BTreeMap::new(), ..view.clone() }
}

fn is_other(way: &Way, wanted: &Catalog, name: &TableName) -> bool {
    way.now.views.get(name).map(bare) != wanted.views.get(name).map(bare)
}

/// Makes the triggers those that are to be.
pub(super) fn triggers(way: &mut Way) {
    for (of, name) in triggers_of(&way.after) {
        let find = |catalog: &Catalog| -> Option<Trigger> {
            catalog.triggers(&of).ok()?.get(&name).cloned()
        };
        let (there, Some(trigger)) = (find(&way.now), find(&way.after)) else { continue };
        let table = of.clone();
        match there {
            Some(there) if there == trigger => {}
            Some(_) => _ = way.take(Op::ReplaceTrigger(ReplaceTrigger { table, trigger })),
            None => _ = way.take(Op::CreateTrigger(CreateTrigger { table, trigger })),
        }
    }
}
