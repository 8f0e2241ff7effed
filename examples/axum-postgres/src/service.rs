//! The routes, and what the pool of connections is asked before there are any.

use std::{error, fmt};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, pooled_connection::deadpool};
use migrate_core::{Migrator, NotCurrent, asynchronous, ensure_current, run::Report};
use serde::{Deserialize, Serialize};

use crate::{CHAIN, schema::notes};

/// The service's connections.
pub type Pool = deadpool::Pool<AsyncPgConnection>;

/// Brings the database to the schema of this release.
///
/// # Errors
///
/// When it can't be reached or migrated; then the service must not start.
pub async fn migrate(pool: &Pool) -> Result<Report, Failure> {
    let (_, report) = asynchronous::run(pool.get().await?, |database| {
        Migrator::new(&CHAIN).upgrade(database, "head")
    })
    .await;
    report.map_err(|error| Failure::told(&error, error.hint()))
}

/// Looks whether the database has the schema of this release, and leaves it as it is. That of a later one is fine, too: it
/// is migrated before that release is rolled out, and this one serves meanwhile.
///
/// # Errors
///
/// When it hasn't, with what is to be done, or when it can't be reached.
pub async fn check(pool: &Pool) -> Result<(), Failure> {
    let (_, current) =
        asynchronous::run(pool.get().await?, |database| ensure_current(database, &CHAIN)).await;
    match current {
        Ok(()) | Err(NotCurrent::Ahead { .. }) => Ok(()),
        Err(error) => Err(Failure::told(&error, error.hint())),
    }
}

/// The service.
pub fn router(pool: Pool) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/notes", get(list).post(write))
        .with_state(pool)
}

/// Whether it should be sent requests: not while the schema is another one, since somebody has taken it back, say.
async fn health(State(pool): State<Pool>) -> Response {
    match check(&pool).await {
        Ok(()) => "fine".into_response(),
        Err(failure) => (StatusCode::SERVICE_UNAVAILABLE, failure.to_string()).into_response(),
    }
}

/// A note as it is read.
#[derive(Debug, Queryable, Serialize)]
struct Note {
    id: i64,
    body: String,
}

/// A note as it is written.
#[derive(Debug, Deserialize, Insertable)]
#[diesel(table_name = notes)]
struct NewNote {
    body: String,
}

async fn list(State(pool): State<Pool>) -> Result<Json<Vec<Note>>, Failure> {
    let latest = notes::table.order((notes::written_at.desc(), notes::id.desc())).limit(100);
    let found = latest.select((notes::id, notes::body)).load(&mut pool.get().await?).await?;
    Ok(Json(found))
}

async fn write(
    State(pool): State<Pool>,
    Json(note): Json<NewNote>,
) -> Result<(StatusCode, Json<Note>), Failure> {
    let note = diesel::insert_into(notes::table)
        .values(note)
        .returning((notes::id, notes::body))
        .get_result(&mut pool.get().await?)
        .await?;
    Ok((StatusCode::CREATED, Json(note)))
}

/// What went wrong, in words for the log.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// An error with its causes and with what is to be done.
    fn told(error: &dyn error::Error, hint: Option<String>) -> Failure {
        let mut words = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            words.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Failure(hint.map_or(words.clone(), |hint| format!("{words} ({hint})")))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::told(&error, None)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
