//! What the integration tests share: the backends to run on, a fresh database for each
//! test, and the command line as a person meets it.
//!
//! ```no_run
//! use tests::{Database, Project, backends};
//!
//! for backend in backends() {
//!     let database = Database::fresh(backend);
//!     let project = Project::new("story").database(&database);
//!     let session = project.migrate(["upgrade"]); // for `insta::assert_snapshot!`
//!     assert!(database.dump().contains("orders"), "{session}");
//! }
//! ```
#![cfg(feature = "shared")]

pub mod adopted;
mod app;
mod backend;
mod chain;
mod database;
pub mod difference;
#[cfg(doctest)]
mod documents;
pub mod examples;
pub mod faults;
pub mod generated;
mod project;
mod role;
pub mod schema;
#[cfg(target_os = "linux")]
mod server;

pub use app::App;
pub use backend::{Backend, backends, setting, transactional};
pub use chain::{chain, revision, told};
pub use database::{Database, Dump};
pub use project::{Project, binary, programs};
pub use role::Role;
#[cfg(target_os = "linux")]
pub use server::Server;
