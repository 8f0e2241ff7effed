//! `cargo migrate edit REV`: a migration in an editor.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use migrate_model::revision::{Node, RevisionId, RevisionSpec, resolve};

use super::args::Edit;
use super::database;
use crate::args::Globals;
use crate::config::Environment;
use crate::failure::Failure;
use crate::source::read::Read;
use crate::source::revision::{described, named};
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
    let Some(editor) = editor(environment) else {
        return Err(
            Failure::new("no editor is set").hint("set EDITOR or VISUAL, such as EDITOR=vi")
        );
    };
    for node in nodes {
        let path = read.chain.path(node);
        let shown = ui::path(path, &environment.folder);
        let cannot =
            || Failure::new(format!("`{editor}` did not edit {} in {shown}", described(node)));
        let status = editing(environment, editor, path).status();
        match status {
            Ok(status) if status.success() => {}
            Ok(status) => return Err(cannot().because(format!("it ended with {status}"))),
            Err(error) => return Err(cannot().caused_by(error)),
        }
    }
    Ok(0)
}

/// The editor of whoever works here, with its arguments.
fn editor(environment: &Environment) -> Option<&str> {
    environment.variable("VISUAL").or_else(|| environment.variable("EDITOR"))
}

/// What opens a file in the editor. The setting is a piece of shell, as it is to git: `code --wait`.
fn editing(environment: &Environment, editor: &str, file: &Path) -> Command {
    let mut command;
    if cfg!(windows) {
        let mut words = editor.split_whitespace();
        command = Command::new(words.next().unwrap_or(editor));
        command.args(words).arg(file);
    } else {
        command = Command::new("sh");
        command.arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(file);
    }
    command.current_dir(&environment.folder);
    command
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
    let (status, _) = database::status(environment, globals, "edit", ui, cannot)?;
    let rows: BTreeSet<RevisionId> =
        status.rows.iter().map(|row| RevisionId::from(row.as_str())).collect();
    let found = resolve(&read.graph, spec, &read.graph.ancestors(&rows))?;
    Ok(found.iter().filter_map(|id| read.graph.get(id)).collect())
}
