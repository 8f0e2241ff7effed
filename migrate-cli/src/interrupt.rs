//! Ctrl-C, and the signal that a container gets before it is stopped.
//!
//! The first one lets the statement that is running come to its end, and takes back what is not to last; the second one
//! cancels it on the server; the third one waits for nothing.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use migrate_core::run::{Event, Observer};
use once_cell::sync::Lazy;

use crate::connect::Again;
use crate::ui;

/// What the handler knows; a process has one.
struct Known {
    stop: AtomicBool,
    count: AtomicU8,
    /// How to cancel a statement: over which connection, and of which.
    run: Mutex<Option<(Again, Option<String>)>>,
}

static KNOWN: Lazy<Known> = Lazy::new(|| {
    // Where there can be no handler, the system stops the process as ever.
    let _ = ctrlc::set_handler(interrupted);
    Known { stop: AtomicBool::new(false), count: AtomicU8::new(0), run: Mutex::new(None) }
});

/// Listens from now on: where nothing runs, the first signal ends the process.
pub(crate) fn listen() {
    Lazy::force(&KNOWN);
}

/// A run that can be interrupted, until it is dropped.
pub(crate) struct Watch;

/// Begins to watch.
pub(crate) fn watch(again: &Again) -> Watch {
    KNOWN.stop.store(false, Ordering::Relaxed);
    KNOWN.count.store(0, Ordering::Relaxed);
    *KNOWN.run.lock().unwrap_or_else(PoisonError::into_inner) = Some((again.clone(), None));
    Watch
}

impl Watch {
    /// Whether to stop.
    pub(crate) fn stop(&self) -> &'static AtomicBool {
        &KNOWN.stop
    }

    /// An observer that learns whose statement would be cancelled, and hands all on to another one.
    pub(crate) fn beside<O: Observer>(&self, observer: O) -> impl Observer {
        Beside(observer)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        *KNOWN.run.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

struct Beside<O>(O);

impl<O: Observer> Observer for Beside<O> {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Connected { id } = event
            && let Some((_, known)) = &mut *KNOWN.run.lock().unwrap_or_else(PoisonError::into_inner)
        {
            *known = Some((*id).to_owned());
        }
        self.0.event(event);
    }
}

fn interrupted() {
    let run = KNOWN.run.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let Some((again, id)) = run else { ui::leave() };
    KNOWN.stop.store(true, Ordering::Relaxed);
    match KNOWN.count.fetch_add(1, Ordering::Relaxed) {
        0 => ui::aside(
            "Stopping when the statement that is running is done; Ctrl-C again cancels it",
        ),
        1 => {
            ui::aside("Cancelling the statement");
            if !id.is_some_and(|id| again.cancel(&id)) {
                ui::leave();
            }
        }
        _ => ui::leave(),
    }
}
