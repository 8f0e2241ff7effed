//! The tools that are compared. Each writes the chain as its users would, in a folder of its own, and has a command for
//! each act that it can.

pub(crate) mod alembic;
pub(crate) mod ours;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    bench::{Bench, tell},
    measure,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Tool {
    Ours,
    Alembic,
    SeaOrm,
    Refinery,
    Diesel,
    Sqlx,
}

impl Tool {
    pub(crate) const ALL: [Tool; 6] =
        [Tool::Ours, Tool::Alembic, Tool::SeaOrm, Tool::Refinery, Tool::Diesel, Tool::Sqlx];

    /// Its column in a table, and its folder.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tool::Ours => "ours",
            Tool::Alembic => "alembic",
            Tool::SeaOrm => "sea-orm",
            Tool::Refinery => "refinery",
            Tool::Diesel => "diesel",
            Tool::Sqlx => "sqlx",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a crate is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

impl Profile {
    /// The name of cargo's folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Profile::Debug => "debug",
            Profile::Release => "release",
        }
    }
}

/// Builds the programs of the crate in `folder` into `target`, and says where they are. `features` are cargo's.
pub(crate) fn build(
    bench: &Bench,
    folder: &Path,
    target: &Path,
    profile: Profile,
    features: &str,
) -> Result<PathBuf> {
    tell(&format!("   building {} ({})", folder.display(), profile.folder()));
    let mut words = vec!["build", "--quiet", "--features", features];
    words.extend((profile == Profile::Release).then_some("--release"));
    measure::run(&mut bench.cargo(folder, target, &words))?;
    Ok(target.join(profile.folder()))
}
