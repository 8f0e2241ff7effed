//! What it takes to compare a schema of many tables with the database, where nothing is different.
//!
//! Each table has 8 columns, 2 indexes and a foreign key. Ours come of ten migrations and are written as `schema.rs` by
//! `migrate schema`; Alembic's are made by SQLAlchemy from the very metadata that they are compared with.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Result, anyhow};

use crate::{
    bench::{Bench, tell},
    database::{Backend, Database},
    measure::{self, Entry},
    proxy::Proxy,
    table::{Report, Row, Section, Unit},
    tools::{Files, Tool, alembic, ours},
};

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    let wanted = bench.options.tools.iter();
    let compared = wanted.filter(|tool| matches!(tool, Tool::Ours | Tool::Alembic));
    let checks: Vec<Check> = compared
        .map(|&tool| Check { tool, place: place(bench, tool).map_err(|why| format!("{why:#}")) })
        .collect();
    for &backend in &bench.options.databases {
        tell(&format!("   {}", backend.title()));
        report.sections.push(compare(bench, backend, &checks)?);
    }
    Ok(())
}

/// One of the two tools, ready to run.
struct Check {
    tool: Tool,
    place: Result<Place, String>,
}

struct Place {
    folder: PathBuf,
    /// `migrate`, or Python.
    program: PathBuf,
}

fn place(bench: &Bench, tool: Tool) -> Result<Place> {
    let folder = bench.folder(&format!("projects/check/{tool}"))?;
    if tool == Tool::Alembic {
        let ini = bench.root.join("benches/tools/alembic/alembic.ini");
        let mut files = Files::new();
        files.add("alembic.ini", fs::read_to_string(ini)?);
        files.add("tables.py", TABLES);
        files.add("env.py", ENV);
        files.write(&folder)?;
        fs::create_dir_all(folder.join("versions"))?;
        return Ok(Place { folder, program: alembic::python(bench)? });
    }
    let mut files = ours::crate_files(bench, "checked")?;
    files.add("migrate.toml", "versions = \"src/versions\"\nschema = \"src/schema.rs\"\n");
    files.add("src/lib.rs", LIBRARY);
    files.extend((0..10).map(migration));
    files.write(&folder)?;
    let programs = ours::build_apart(bench, &folder, "cli")?;
    Ok(Place { folder, program: programs.join("migrate") })
}

fn compare(bench: &Bench, backend: Backend, checks: &[Check]) -> Result<Section> {
    let proxy = match (&bench.server, backend) {
        (Some(server), Backend::Postgres) => Some(Proxy::start(server.address())?),
        (_, Backend::Postgres | Backend::Sqlite) => None,
    };
    let mut section = Section::new(&format!("`check`: {}", backend.title())).note(
        "Nothing is different. Tables of 8 columns, 2 indexes and a foreign key; whole process, release build. Ours also simulates the \
         migrations and compares them with `schema.rs`.",
    );
    let mut queries = Vec::new();
    for &count in &bench.options.tables {
        let ready: Vec<(&Check, Result<(&Place, Database)>)> =
            checks.iter().map(|check| (check, check.ready(bench, backend, count))).collect();
        let entries = ready.iter().map(|(check, ready)| {
            Entry::new(check.tool.name(), || {
                let (place, database) = ready.as_ref().map_err(|why| anyhow!("{why:#}"))?;
                Ok(check.command(place, database, count, "check"))
            })
        });
        let taken = measure::in_turn(bench.options.rounds, entries.collect());
        let time = Row::elapsed(&format!("{count} tables"), Unit::Millis, &taken);
        let is_most = bench.options.tables.iter().all(|other| *other <= count);
        section = section.row(match is_most {
            true => time.ratio_at_least("alembic", "ours", 10.0),
            false => time,
        });
        let Some(proxy) = &proxy else { continue };
        let mut row = Row::new(&format!("queries, {count} tables"), Unit::Number);
        for (check, ready) in &ready {
            let Ok((place, database)) = ready else { continue };
            proxy.take();
            let database = database.at(proxy.address());
            let result = measure::run(&mut check.command(place, &database, count, "check"));
            row = row.cell(check.tool.name(), result.map(|_| proxy.take().statements as f64));
        }
        queries.push(row);
    }
    let ours: Vec<f64> = queries.iter().filter_map(|row| row.get("ours")).collect();
    let is_constant = ours.windows(2).all(|pair| pair[0] == pair[1]);
    let last = queries.len();
    for (number, row) in queries.into_iter().enumerate() {
        section = section.row(match number + 1 == last && last > 1 {
            true => row.target(
                "as many for more tables".to_owned(),
                (ours.len() == last).then_some(is_constant),
            ),
            false => row,
        });
    }
    Ok(section)
}

impl Check {
    /// A database with the tables.
    fn ready(&self, bench: &Bench, backend: Backend, count: usize) -> Result<(&Place, Database)> {
        let place = self.place.as_ref().map_err(|why| anyhow!("{why}"))?;
        let database = Database::fresh(bench, backend, &format!("check_{}_{count}", self.tool))?;
        match self.tool {
            Tool::Ours => {
                measure::run(&mut self.command(place, &database, count, "upgrade"))?;
                // One of other tables would be read first.
                let schema = place.folder.join("src/schema.rs");
                if schema.exists() {
                    fs::remove_file(&schema)?;
                }
                let text = measure::output(&mut self.command(place, &database, count, "schema"))?;
                fs::write(schema, text)?;
            }
            Tool::Alembic => {
                let mut command = Command::new(&place.program);
                command.arg("tables.py").current_dir(&place.folder);
                command.env("DATABASE_URL", alembic::url(&database));
                measure::run(command.env("BENCH_TABLES", count.to_string()))?;
            }
            Tool::SeaOrm | Tool::Refinery | Tool::Diesel | Tool::Sqlx => {}
        }
        if let (Backend::Postgres, Some(server)) = (backend, &bench.server) {
            server.ask(&database.name, "ANALYZE")?;
        }
        Ok((place, database))
    }

    fn command(&self, place: &Place, database: &Database, count: usize, words: &str) -> Command {
        let mut command = match self.tool {
            Tool::Alembic => {
                let mut command = alembic::alembic(&place.program, &place.folder, &[words]);
                command.env("DATABASE_URL", alembic::url(database));
                command
            }
            Tool::Ours | Tool::SeaOrm | Tool::Refinery | Tool::Diesel | Tool::Sqlx => {
                let mut command = ours::migrate_at(&place.folder, &place.program, database);
                command.args(["--quiet", words]);
                command
            }
        };
        command.env("BENCH_TABLES", count.to_string());
        command
    }
}

/// One of ten migrations, with a tenth of the tables.
fn migration(part: usize) -> (String, String) {
    let id = format!("r{part:011}");
    let parent = match part {
        0 => "None".to_owned(),
        _ => format!("\"r{:011}\"", part - 1),
    };
    let text = format!(
        "use migrate_core::prelude::*;\n\n/// Create part {part} of the tables\n\
         #[migration(revision = \"{id}\", down_revision = {parent})]\n\
         pub fn upgrade(op: &mut Ops) {{\n    crate::create(op, {part});\n}}\n"
    );
    (format!("src/versions/20240101_{part:06}_{id}_create.rs"), text)
}

// How many tables is told as the program runs, so one build is enough.
const LIBRARY: &str = r#"use migrate_core::prelude::*;

migrate_core::migrations!("src/versions");

fn create(op: &mut Ops, part: usize) {
    let count: usize = std::env::var("BENCH_TABLES").map_or(1000, |text| text.parse().unwrap());
    for number in part * count / 10..(part + 1) * count / 10 {
        let name = &*format!("table_{number:05}");
        let parent = &*format!("table_{:05}", number.saturating_sub(1));
        op.create_table(
            table(name)
                .column(bigint("id").primary_key().identity())
                .column(bigint("parent_id").nullable().references(parent, "id"))
                .column(varchar("name", 100))
                .column(text("notes").nullable())
                .column(integer("amount").default(0))
                .column(numeric("price", 12, 2).nullable())
                .column(boolean("is_active").default(true))
                .column(timestamptz("created_at").default_now()),
        );
        op.create_index(index(&format!("idx_{name}_parent")).on(name, ["parent_id"]));
        op.create_index(index(&format!("idx_{name}_name")).on(name, ["name", "created_at"]));
    }
}
"#;

const TABLES: &str = r#"import os

import sqlalchemy as sa

metadata = sa.MetaData()
for number in range(int(os.environ["BENCH_TABLES"])):
    name, parent = f"table_{number:05}", f"table_{max(number - 1, 0):05}"
    sa.Table(
        name,
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("parent_id", sa.BigInteger, sa.ForeignKey(f"{parent}.id")),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("notes", sa.Text),
        sa.Column("amount", sa.Integer, nullable=False, server_default="0"),
        sa.Column("price", sa.Numeric(12, 2)),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Index(f"idx_{name}_parent", "parent_id"),
        sa.Index(f"idx_{name}_name", "name", "created_at"),
    )

engine = sa.create_engine(os.environ["DATABASE_URL"])
if __name__ == "__main__":
    metadata.create_all(engine)
"#;

const ENV: &str = r#"import os
import sys

from alembic import context

sys.path.insert(0, os.path.dirname(__file__))
from tables import engine, metadata

with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
"#;
