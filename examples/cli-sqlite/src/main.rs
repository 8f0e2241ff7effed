//! A list of tasks in a file.
//!
//! ```text
//! todo FILE add TITLE [PRIORITY]
//! todo FILE done NUMBER
//! todo FILE list
//! ```
//!
//! The file is migrated at each start: whoever installs a new release just goes on with it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

use std::{error::Error, process::ExitCode};

use cli_sqlite::{CHAIN, schema::tasks};
use diesel::prelude::*;
use migrate_core::Migrator;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [file, command @ ..] = words.as_slice() else {
        eprintln!("usage: todo FILE add TITLE [PRIORITY] | done NUMBER | list");
        return ExitCode::from(2);
    };
    match open(file).and_then(|mut connection| run(&mut connection, command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Opens the file, and brings it to the schema of this release.
fn open(file: &str) -> Result<SqliteConnection, Box<dyn Error>> {
    let mut connection = SqliteConnection::establish(file)?;
    let report = Migrator::new(&CHAIN).upgrade(&mut connection, "head").map_err(|error| {
        // Such as: a later release has been at the file.
        match error.hint() {
            Some(hint) => format!("{error}\nhint: {hint}"),
            None => error.to_string(),
        }
    })?;
    for ran in report.steps {
        eprintln!("{file}: {}", ran.revision.message);
    }
    Ok(connection)
}

fn run(connection: &mut SqliteConnection, command: &[&str]) -> Result<(), Box<dyn Error>> {
    match command {
        ["add", title] => add(connection, title, 0),
        ["add", title, priority] => add(connection, title, priority.parse()?),
        ["done", number] => {
            let number: i32 = number.parse()?;
            let done = diesel::update(tasks::table.find(number)).set(tasks::done.eq(true));
            match done.execute(connection)? {
                0 => Err(format!("there is no task {number}").into()),
                _ => Ok(()),
            }
        }
        ["list"] => {
            let all: Vec<(i32, String, bool)> = tasks::table
                .order((tasks::done, tasks::priority.desc(), tasks::id))
                .select((tasks::id, tasks::title, tasks::done))
                .load(connection)?;
            for (id, title, done) in all {
                println!("{id:>3} [{}] {title}", if done { 'x' } else { ' ' });
            }
            Ok(())
        }
        _ => Err("no such command; there are: add, done, list".into()),
    }
}

fn add(
    connection: &mut SqliteConnection,
    title: &str,
    priority: i32,
) -> Result<(), Box<dyn Error>> {
    let task = (tasks::title.eq(title), tasks::priority.eq(priority));
    diesel::insert_into(tasks::table).values(task).execute(connection)?;
    Ok(())
}
