//! `cargo migrate edit REV`: a migration in an editor.

use std::collections::BTreeSet;

use migrate_model::revision::{Node, RevisionId, RevisionSpec, resolve};

use super::args::Edit;
use super::revision::{described, named};
use super::{Read, database};
use crate::args::Globals;
use crate::config::Environment;
use crate::failure::Failure;
use crate::ui::{self, Ui};

/// Opens the migrations of that name, one after the other.
pub(super) fn edit(
    read: &Read,
    environment: &Environment,
    globals: &Globals,
    arguments: &Edit,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let spec: RevisionSpec = arguments.revision.parse()?;
    let nodes = match spec.is_from_here() {
        true => from_here(read, environment, globals, &spec, ui)?,
        false => named(&read.graph, &arguments.revision)?,
    };
    if nodes.is_empty() {
        return Err(Failure::new(format!("`{}` is no revision to edit", arguments.revision)));
    }
    let Some(editor) = environment.editor() else {
        return Err(
            Failure::new("no editor is set").hint("set EDITOR or VISUAL, such as EDITOR=vi")
        );
    };
    for node in nodes {
        let path = read.chain.path(node);
        let shown = ui::path(path, &environment.folder);
        let cannot =
            || Failure::new(format!("`{editor}` did not edit {} in {shown}", described(node)));
        let status = environment.editing(editor, path).status();
        match status {
            Ok(status) if status.success() => {}
            Ok(status) => return Err(cannot().because(format!("it ended with {status}"))),
            Err(error) => return Err(cannot().caused_by(error)),
        }
    }
    Ok(0)
}

/// What is counted from where the database is.
fn from_here<'r>(
    read: &'r Read,
    environment: &Environment,
    globals: &Globals,
    spec: &RevisionSpec,
    ui: &mut Ui,
) -> Result<Vec<&'r Node>, Failure> {
    let cannot = |failure: Failure| {
        let unknown = Failure::new(format!("where `{spec}` is, only the database knows"));
        let causes = [vec![failure.message], failure.causes].concat();
        causes.into_iter().fold(unknown, Failure::because).hint("name the revision by its id")
    };
    let status = database::status(read, environment, globals, "edit", ui, cannot)?;
    let rows: BTreeSet<RevisionId> =
        status.rows.iter().map(|row| RevisionId::from(row.as_str())).collect();
    let found = resolve(&read.graph, spec, &read.graph.ancestors(&rows))?;
    Ok(found.iter().filter_map(|id| read.graph.get(id)).collect())
}
