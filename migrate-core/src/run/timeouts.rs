//! How long statements may take, and how long they may wait for a lock.

use std::time::Duration;

/// What is said of waiting; what isn't said is somebody else's to say, and in the end that of the tool: two seconds for a
/// lock, ten tries, and as long as it takes for a statement.
///
/// Said for a run it comes before what a migration says of itself, and that before what a project says.
///
/// ```
/// use std::time::Duration;
/// use migrate_core::run::Timeouts;
///
/// let run = Timeouts { tries: Some(3), ..Timeouts::default() };
/// let project = Timeouts { tries: Some(5), lock: Some(Duration::from_secs(1)), ..Timeouts::default() };
/// assert_eq!(run.or(project), Timeouts { tries: Some(3), ..project });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// How long a statement waits for a lock at first; the last try waits two and a half times as long.
    pub lock: Option<Duration>,
    /// How long a statement may take.
    pub statement: Option<Duration>,
    /// How often a step is tried that meets a lock.
    pub tries: Option<u32>,
}

/// The wait for a lock where nobody says otherwise. A table that is waited for is shut to everyone who comes after,
/// so it is short (measured on PostgreSQL: a waiting ALTER TABLE holds up each new SELECT).
pub(super) const LOCK: Duration = Duration::from_secs(2);

/// The tries where nobody says otherwise.
pub(super) const TRIES: u32 = 10;

/// However often it is tried, nobody waits longer than this between the first try and the last.
pub(super) const BUDGET: Duration = Duration::from_secs(300);

impl Timeouts {
    /// What is said here, and else there.
    #[must_use]
    pub fn or(self, other: Timeouts) -> Timeouts {
        Timeouts {
            lock: self.lock.or(other.lock),
            statement: self.statement.or(other.statement),
            tries: self.tries.or(other.tries),
        }
    }

    pub(super) fn all_tries(&self) -> u32 {
        self.tries.unwrap_or(TRIES).max(1)
    }

    /// The wait for a lock of the how-manieth try, from 1.
    pub(super) fn lock_of(&self, attempt: u32) -> Duration {
        let base = self.lock.unwrap_or(LOCK);
        let tries = self.all_tries();
        if tries < 2 {
            return base;
        }
        base + base * 3 * (attempt - 1) / (2 * (tries - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows() {
        let check = |tries, attempt, milliseconds| {
            let timeouts = Timeouts { tries, ..Timeouts::default() };
            assert_eq!(timeouts.lock_of(attempt), Duration::from_millis(milliseconds));
        };
        check(None, 1, 2000);
        check(None, 10, 5000);
        check(Some(1), 1, 2000);
        check(Some(2), 2, 5000);
        check(Some(4), 2, 3000);
    }
}
