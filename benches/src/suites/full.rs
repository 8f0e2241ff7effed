//! All migrations of the chain, up and down, beside the database's own program that is fed the same SQL.

use anyhow::Result;

use crate::{bench::Bench, table::Report};

pub(super) fn run(_bench: &Bench, _report: &mut Report) -> Result<()> {
    Ok(())
}
