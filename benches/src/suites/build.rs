//! How long cargo takes over a crate of migrations, how many crates it builds, and how large the program is.

use anyhow::Result;

use crate::{bench::Bench, table::Report};

pub(super) fn run(_bench: &Bench, _report: &mut Report) -> Result<()> {
    Ok(())
}
