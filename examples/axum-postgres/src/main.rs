//! Starts the service.
//!
//! ```text
//! axum-postgres              migrates the database, and serves
//! axum-postgres --check      serves if the database has today's schema, and ends with 1 if it hasn't
//! ```
//!
//! `DATABASE_URL` names the database, `LISTEN` the address (127.0.0.1:3000).

#![expect(clippy::print_stderr, reason = "a service says what it does")]

use std::process::ExitCode;

use axum_postgres::service::{Failure, Pool, check, migrate, router};
use diesel_async::{AsyncPgConnection, pooled_connection::AsyncDieselConnectionManager};

fn main() -> ExitCode {
    let only_check = std::env::args().skip(1).any(|word| word == "--check");
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(serve(only_check)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here alone")]
async fn serve(only_check: bool) -> Result<(), Failure> {
    let url = std::env::var("DATABASE_URL")?;
    let listen = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(url);
    let pool: Pool = Pool::builder(manager).max_size(8).build()?;

    if only_check {
        check(&pool).await?;
    } else {
        // Several that start at once wait for one another; one migrates, the others find it done.
        for ran in migrate(&pool).await?.steps {
            eprintln!("migrated: {}", ran.revision.message);
        }
    }

    let listener = tokio::net::TcpListener::bind(listen).await?;
    eprintln!("listening on {}", listener.local_addr()?);
    axum::serve(listener, router(pool)).await?;
    Ok(())
}
