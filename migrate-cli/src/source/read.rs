//! The migrations of the working folder: which project they are of, what its files say, and their graph.

use migrate_model::revision::Graph;

use super::chain::SourceChain;
use super::project::{self, Sources};
use super::style::FileStyle;
use crate::args::Globals;
use crate::config::{Environment, Project};
use crate::failure::Failure;

/// The migrations of the working folder, read.
pub(crate) struct Read {
    pub(crate) sources: Sources,
    pub(crate) chain: SourceChain,
    pub(crate) graph: Graph,
    /// The folders, for people.
    pub(crate) shown: String,
    /// How files are named and what stands in a new one.
    pub(crate) style: FileStyle,
}

/// Reads them.
pub(crate) fn read(environment: &Environment, globals: &Globals) -> Result<Read, Failure> {
    let project = Project::find(environment, globals.config.as_deref())?;
    let sources = project::find(environment, &project)?;
    let shown = sources.shown(&environment.folder);
    let chain = SourceChain::read(&sources, &environment.folder)?;
    let graph = chain.graph(&shown)?;
    let style = FileStyle::new(&project)?;
    Ok(Read { sources, chain, graph, shown, style })
}
