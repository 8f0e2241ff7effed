//! `cargo migrate edit REV`: a migration in the user's own editor.

use super::Read;
use super::args::Edit;
use super::revision::{described, named};
use crate::config::Environment;
use crate::failure::Failure;
use crate::ui;

/// Opens the files of a revision, and waits for the editor.
pub(super) fn edit(
    read: &Read,
    environment: &Environment,
    arguments: &Edit,
) -> Result<u8, Failure> {
    let nodes = named(&read.graph, &arguments.revision)?;
    if nodes.is_empty() {
        return Err(Failure::new(format!("`{}` is no revision to edit", arguments.revision)));
    }
    let Some(editor) = environment.editor() else {
        return Err(
            Failure::new("no editor is set").hint("set EDITOR or VISUAL, such as EDITOR=vi")
        );
    };
    for node in nodes {
        let path = read.sources.folder.join(&node.file);
        let shown = ui::path(&path, &environment.folder);
        let cannot =
            || Failure::new(format!("`{editor}` did not edit {} in {shown}", described(node)));
        let status = environment.editing(editor, &path).status();
        match status {
            Ok(status) if status.success() => {}
            Ok(status) => return Err(cannot().because(format!("it ended with {status}"))),
            Err(error) => return Err(cannot().caused_by(error)),
        }
    }
    Ok(0)
}
