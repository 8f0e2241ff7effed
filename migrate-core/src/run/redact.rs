//! What keeps secrets out of the log.

use std::{fmt, sync::Arc};

/// Takes out of a text what must not be kept: the password of a URL that an error repeats.
///
/// The library is given connections and knows no password, so whoever opened them says how.
///
/// ```
/// use migrate_core::run::Redactor;
///
/// let redactor = Redactor::new(|text| text.replace("hunter2", "***"));
/// assert_eq!(redactor.clean("no such user ann:hunter2"), "no such user ann:***");
/// ```
#[derive(Clone, Default)]
pub struct Redactor(Option<Arc<Clean>>);

type Clean = dyn Fn(&str) -> String + Send + Sync;

impl Redactor {
    /// One that does this.
    pub fn new(clean: impl Fn(&str) -> String + Send + Sync + 'static) -> Redactor {
        Redactor(Some(Arc::new(clean)))
    }

    /// The text as it may be kept.
    pub fn clean(&self, text: &str) -> String {
        self.0.as_ref().map_or_else(|| text.to_owned(), |clean| clean(text))
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}
