//! How long it takes to compare a schema of many tables with a database.

use anyhow::Result;

use crate::{bench::Bench, table::Report};

pub(super) fn run(_bench: &Bench, _report: &mut Report) -> Result<()> {
    Ok(())
}
