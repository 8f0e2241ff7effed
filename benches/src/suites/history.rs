//! What it takes to look at a long chain.

use anyhow::Result;

use crate::{bench::Bench, table::Report};

pub(super) fn run(_bench: &Bench, _report: &mut Report) -> Result<()> {
    Ok(())
}
