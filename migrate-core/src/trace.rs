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
    step: Option<(&'static str, EnteredSpan)>,
    /// In a single transaction all are begun before the first is finished.
    begun: Vec<(&'static str, Span)>,
    run: Option<EnteredSpan>,
}

impl Tracing {
    /// An observer for one run.
    pub fn new() -> Tracing {
        Tracing::default()
    }
}

impl Tracing {
    /// Leaves the span of the step that was begun last; its end can come later.
    fn leave(&mut self) {
        if let Some((id, step)) = self.step.take() {
            self.begun.push((id, step.exit()));
        }
    }

    /// Tells the end of a step, in its span.
    fn end(&mut self, revision: &str, tell: impl FnOnce()) {
        if self.step.as_ref().is_some_and(|(id, _)| *id == revision) {
            tell();
            self.step = None;
            return;
        }
        self.leave();
        match self.begun.iter().position(|(id, _)| *id == revision) {
            Some(at) => self.begun.swap_remove(at).1.in_scope(tell),
            None => tell(),
        }
    }
}

impl Observer for Tracing {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Planned { steps } => {
                self.step = None;
                self.begun.clear();
                self.run = None;
                if *steps > 0 {
                    self.run = Some(tracing::span!(Level::INFO, "migrations", steps).entered());
                }
            }
            Event::Connected { id } => debug!(id, "connected"),
            Event::Started { revision, direction, number } => {
                // A step that is tried again begins again.
                self.leave();
                self.begun.retain(|(id, _)| *id != revision.id);
                let span = tracing::span!(
                    Level::INFO,
                    "migration",
                    revision = revision.id,
                    title = revision.message.lines().next().unwrap_or_default(),
                    direction = match direction {
                        Direction::Up => "upgrade",
                        Direction::Down => "downgrade",
                    },
                    number
                );
                self.step = Some((revision.id, span.entered()));
            }
            Event::Statement { sql } => debug!(sql = without_values(sql), "statement"),
            Event::Finished { revision, elapsed, .. } => {
                let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
                self.end(revision.id, || info!(elapsed_ms, "finished"));
            }
            Event::Failed { revision, error, .. } => {
                self.end(revision.id, || error!(error, "failed"));
                self.begun.clear();
            }
            Event::Notice { text } => warn!(text, "notice"),
        }
    }
}
