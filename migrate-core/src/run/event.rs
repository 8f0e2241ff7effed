//! What a run tells while it goes on. The library itself never prints.

use std::time::Duration;

use migrate_model::revision::Direction;

use crate::Revision;

/// Someone who wants to know what is being done.
pub trait Observer {
    /// Is told of one thing.
    fn event(&mut self, event: &Event<'_>);
}

/// One thing that happened.
#[derive(Debug)]
pub enum Event<'e> {
    /// So many steps will be run; they all fit the schema.
    Planned {
        /// How many.
        steps: usize,
    },
    /// The run has the database to itself.
    Connected {
        /// What the server calls the connection: a statement of it can be cancelled by that.
        id: &'e str,
    },
    /// A step begins.
    Started {
        /// Whose.
        revision: &'e Revision,
        /// Which way.
        direction: Direction,
        /// The how-manieth, from 1.
        number: usize,
    },
    /// A statement is about to be sent.
    Statement {
        /// It.
        sql: &'e str,
    },
    /// A step is done, and lasts.
    Finished {
        /// Whose.
        revision: &'e Revision,
        /// Which way.
        direction: Direction,
        /// The how-manieth, from 1.
        number: usize,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step has failed.
    Failed {
        /// Whose.
        revision: &'e Revision,
        /// Which way.
        direction: Direction,
        /// What went wrong, as the log keeps it: without values of rows.
        error: &'e str,
    },
    /// Something worth saying that is no error.
    Notice {
        /// What.
        text: String,
    },
}
