//! `cargo migrate merge`: a migration that follows several.

use migrate_model::revision::Node;

use super::args::Merge;
use crate::config::Environment;
use crate::failure::Failure;
use crate::source::read::Read;
use crate::source::revision::{Asked, Content, described, named, write};
use crate::ui::Ui;

/// `cargo migrate merge [REV…] -m MSG`
pub(super) fn merge(
    read: &Read,
    environment: &Environment,
    arguments: &Merge,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let heads: Vec<&Node> = read.graph.heads().collect();
    let mut parents: Vec<&Node> = Vec::new();
    if arguments.revisions.is_empty() {
        parents.clone_from(&heads);
    }
    for name in &arguments.revisions {
        for node in named(&read.graph, name)? {
            if !parents.iter().any(|parent| parent.id == node.id) {
                parents.push(node);
            }
        }
    }
    if let Some(inner) = parents.iter().find(|node| !heads.iter().any(|head| head.id == node.id)) {
        let ids: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
        return Err(Failure::new(format!("{} is not a head", described(inner)))
            .hint(format!("the heads are {}", ids.join(", "))));
    }
    match parents.as_slice() {
        [] => Err(Failure::new(format!("there are no migrations in {}", read.shown))),
        [one] => Err(Failure::new(format!("there is nothing to merge with {}", described(one)))
            .hint_opt(
                (heads.len() > 1).then(|| "name another head, or none to merge all".to_owned()),
            )),
        _ => {
            let asked = Asked {
                parents,
                depends_on: Vec::new(),
                message: &arguments.message,
                branch_label: arguments.branch_label.as_deref(),
                rev_id: arguments.rev_id.as_deref(),
                splice: false,
                version_path: None,
                is_sql: false,
                content: &Content::default(),
            };
            write(read, environment, asked, ui)
        }
    }
}
