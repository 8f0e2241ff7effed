//! Migrates on a connection of diesel-async's, and goes on with it.
//!
//! ```text
//! async-example current-thread|multi-thread NAME      with DATABASE_URL
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it does")]

use std::{error::Error, process::ExitCode};

use async_example::{CHAIN, schema::visitors};
use diesel::ExpressionMethods;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use migrate_core::{Migrator, asynchronous};
use tokio::runtime::Builder;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (mut runtime, name) = match words.as_slice() {
        ["current-thread", name] => (Builder::new_current_thread(), *name),
        ["multi-thread", name] => (Builder::new_multi_thread(), *name),
        _ => {
            eprintln!("usage: async-example current-thread|multi-thread NAME, with DATABASE_URL");
            return ExitCode::from(2);
        }
    };
    let done = runtime
        .enable_all()
        .build()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(greet(name)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here alone")]
async fn greet(name: &str) -> Outcome<()> {
    let url = std::env::var("DATABASE_URL").map_err(|_| "DATABASE_URL is not set")?;
    let connection = AsyncPgConnection::establish(&url).await?;

    // The connection goes in and comes back, and the runtime goes on meanwhile.
    let (mut connection, report) =
        asynchronous::run(connection, |database| Migrator::new(&CHAIN).upgrade(database, "head"))
            .await;
    for ran in report?.steps {
        println!("{}", ran.revision.message);
    }

    let visits: i32 = diesel::insert_into(visitors::table)
        .values(visitors::name.eq(name))
        .on_conflict(visitors::name)
        .do_update()
        .set(visitors::visits.eq(visitors::visits + 1))
        .returning(visitors::visits)
        .get_result(&mut connection)
        .await?;
    println!("{name} has come by {visits} times");
    Ok(())
}
