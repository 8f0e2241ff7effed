//! A run as spans and events of the crate `tracing`. With the feature `tracing`.

use migrate_model::{revision::Direction, sql::without_values};
use tracing::{Level, Span, debug, error, info, span::EnteredSpan, warn};

use crate::run::{Event, Observer};

/// An observer that hands a run on to `tracing`.
///
/// ```
/// use migrate_core::{Chain, Error, Migrator, backend::Database, trace::Tracing};
///
/// fn migrate(database: &mut dyn Database, chain: &Chain) -> Result<(), Error> {
///     Migrator::new(chain).observed_by(&mut Tracing::new()).upgrade(database, "head")?;
///     Ok(())
/// }
/// ```
///
/// A run is a span `migrations` (`steps`), each of its steps a span `migration` in it (`revision`, `title`, `direction`, `number`), at the level INFO. In
/// these are the events:
///
/// | Event | Level | Fields |
/// |---|---|---|
/// | `finished` | INFO | `elapsed_ms` |
/// | `failed` | ERROR | `error`: what went wrong, without values of rows |
/// | `notice` | WARN | `text`: what is worth saying, such as whom it waits for |
/// | `statement` | DEBUG | `sql`, without the texts in it |
/// | `connected` | DEBUG | `id`: what the server calls the connection |
///
/// The URL of the database is in none of them.
///
/// It observes one run. What is logged while a migration's own code runs is in the span of that migration.
#[derive(Debug, Default)]
pub struct Tracing {
    // The inner one is left first.
    step: Option<EnteredSpan>,
    run: Option<EnteredSpan>,
}

impl Tracing {
    /// An observer for one run.
    pub fn new() -> Tracing {
        Tracing::default()
    }
}

fn entered(span: Span) -> Option<EnteredSpan> {
    Some(span.entered())
}

impl Observer for Tracing {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Planned { steps } => {
                (self.step, self.run) = (None, None);
                if *steps > 0 {
                    self.run = entered(tracing::span!(Level::INFO, "migrations", steps));
                }
            }
            Event::Connected { id } => debug!(id, "connected"),
            Event::Started { revision, direction, number } => {
                self.step = None;
                self.step = entered(tracing::span!(
                    Level::INFO,
                    "migration",
                    revision = revision.id,
                    title = revision.message.lines().next().unwrap_or_default(),
                    direction = match direction {
                        Direction::Up => "upgrade",
                        Direction::Down => "downgrade",
                    },
                    number
                ));
            }
            Event::Statement { sql } => debug!(sql = without_values(sql), "statement"),
            Event::Finished { elapsed, .. } => {
                let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
                info!(elapsed_ms, "finished");
                self.step = None;
            }
            Event::Failed { error, .. } => {
                error!(error, "failed");
                self.step = None;
            }
            Event::Notice { text } => warn!(text, "notice"),
        }
    }
}
