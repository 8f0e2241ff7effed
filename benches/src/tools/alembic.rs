//! Alembic, in a Python environment of its own that is made from the requirements of the tests.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{bench::Bench, measure};

/// The Python that has Alembic. Its cache of bytecode is on: that of the tests turns it off.
pub(crate) fn python(bench: &Bench) -> Result<PathBuf> {
    let script = bench.root.join("tests/data/tools/alembic/python");
    let mut command = Command::new(script);
    command.env("CARGO_TARGET_DIR", bench.folder("python")?);
    command.args(["-c", "import sys; print(sys.executable)"]);
    Ok(measure::output(&mut command)?.into())
}

/// `alembic` in a folder that has an `alembic.ini`.
pub(crate) fn alembic(python: &Path, folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "alembic"]).args(words).current_dir(folder);
    command.env_remove("PYTHONDONTWRITEBYTECODE").env_remove("PYTHONPATH");
    command
}
