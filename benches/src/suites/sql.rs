//! The script of all migrations, written without a database.

use anyhow::Result;

use crate::{bench::Bench, table::Report};

pub(super) fn run(_bench: &Bench, _report: &mut Report) -> Result<()> {
    Ok(())
}
