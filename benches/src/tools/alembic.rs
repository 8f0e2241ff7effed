//! Alembic, in a Python environment of its own that is made from the requirements of the tests.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    bench::Bench,
    chain::{Change, Kind},
    database::Database,
    measure,
    tools::Act,
};

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

/// `alembic` for an act. On PostgreSQL it would make one transaction of all migrations: it is told to make one of each
/// but where one is asked for.
pub(crate) fn command(python: &Path, folder: &Path, act: Act, database: &Database) -> Command {
    let (words, is_each) = match act {
        Act::Upgrade => (&["upgrade", "head"][..], true),
        Act::UpgradeAtOnce => (&["upgrade", "head"][..], false),
        Act::Downgrade => (&["downgrade", "base"][..], true),
        Act::DowngradeAtOnce => (&["downgrade", "base"][..], false),
        Act::Current => (&["current"][..], true),
        Act::Sql => (&["upgrade", "head", "--sql"][..], true),
    };
    let mut command = alembic(python, folder, words);
    command.env("DATABASE_URL", url(database));
    if is_each {
        command.env("ALEMBIC_EACH", "1");
    }
    command
}

/// As SQLAlchemy reads it.
pub(crate) fn url(database: &Database) -> String {
    let url = database.url().replace("sqlite://", "sqlite:///");
    url.replace("postgres://", "postgresql+psycopg2://")
}

/// One migration: its file in the folder, and what is in it.
pub(crate) fn migration(change: &Change) -> (String, String) {
    let (id, table, index) = (change.id(), change.table(), change.index());
    let parent = change.parent().map_or("None".to_owned(), |parent| format!("\"{}\"", parent.id()));
    let (up, down) = match change.kind() {
        Kind::Table => (
            format!(
                r#"    op.create_table(
        "{table}",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
"#
            ),
            format!("    op.drop_table(\"{table}\")\n"),
        ),
        Kind::Column => (
            change.each_column(|column| {
                format!("    op.add_column(\"{table}\", sa.Column(\"{column}\", sa.Text(), nullable=True))\n")
            }),
            change.each_column(|column| format!("    op.drop_column(\"{table}\", \"{column}\")\n")),
        ),
        Kind::Index => (
            format!("    op.create_index(\"{index}\", \"{table}\", [\"symbol\"], unique=False)\n"),
            format!("    op.drop_index(\"{index}\", table_name=\"{table}\")\n"),
        ),
    };
    let text = format!(
        r#""""change {table}

Revision ID: {id}
Revises: {parent}
Create Date: 2024-01-01 00:00:00

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = "{id}"
down_revision: Union[str, Sequence[str], None] = {parent}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
{up}

def downgrade() -> None:
    """Downgrade schema."""
{down}"#
    );
    (format!("versions/{id}_change_{table}.py"), text)
}
