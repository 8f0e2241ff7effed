//! What is told when something can't be done.
//!
//! The parts of the house say what is (`Display`) and why (`source`). Here the
//! next command is added, and what a driver says in its own words is explained.

use std::error::Error;

use crate::secret::{Secret, mask_urls, scrub};

/// Exit codes.
pub(crate) mod code {
    /// Something can't be done.
    pub(crate) const ERROR: u8 = 1;
    /// The command line can't be understood.
    pub(crate) const USAGE: u8 = 2;
    /// The database, or a file, is not where it should be.
    pub(crate) const BEHIND: u8 = 3;
}

/// A situation, its causes and a way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is.
    pub message: String,
    /// Why, the nearest first.
    pub causes: Vec<String>,
    /// What to do.
    pub hint: Option<String>,
    /// The exit code.
    pub code: u8,
}

impl Failure {
    /// A failure without a cause.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Failure { message: message.into(), causes: Vec::new(), hint: None, code: code::ERROR }
    }

    /// A command line that can't be understood.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Failure { code: code::USAGE, ..Failure::new(message) }
    }

    /// The situation and causes of `error`.
    pub(crate) fn of(error: &dyn Error) -> Self {
        Failure::new(one_line(&error.to_string())).with_causes(error.source())
    }

    /// Another cause.
    pub(crate) fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(one_line(&cause.into()));
        self
    }

    /// An error and its own causes as the causes.
    pub(crate) fn caused_by(self, error: impl Error + 'static) -> Self {
        self.with_causes(Some(&error))
    }

    /// What to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What to do, if anybody knows; a hint that is there already stays.
    pub(crate) fn hint_opt(mut self, hint: Option<String>) -> Self {
        self.hint = self.hint.or(hint);
        self
    }

    fn with_causes(mut self, mut source: Option<&(dyn Error + 'static)>) -> Self {
        while let Some(error) = source {
            let cause = one_line(&error.to_string());
            // A transparent wrapper says what its content says.
            let is_said = self.causes.last().unwrap_or(&self.message).ends_with(&cause);
            if !is_said {
                self.causes.push(cause);
            }
            source = error.source();
        }
        self
    }

    /// The same with every password masked.
    pub(crate) fn scrubbed(self, secrets: &[Secret]) -> Self {
        let clean = |text: String| mask_urls(&scrub(&text, secrets));
        Failure {
            message: clean(self.message),
            causes: self.causes.into_iter().map(clean).collect(),
            hint: self.hint.map(clean),
            code: self.code,
        }
    }
}

/// A driver's lines as one.
fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("; ")
}

macro_rules! plain {
    ($($error:ty),+) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Failure::of(&error)
            }
        }
    )+};
}

plain!(
    migrate_model::revision::SpecError,
    migrate_model::revision::ResolveError,
    migrate_model::revision::PlanError,
    migrate_core::BrokenChain
);

impl From<crate::source::ops::Unwritable> for Failure {
    fn from(error: crate::source::ops::Unwritable) -> Self {
        Failure::of(&error).hint("write that part of the migration by hand: cargo migrate revision")
    }
}

impl From<migrate_core::run::Error> for Failure {
    fn from(error: migrate_core::run::Error) -> Self {
        if let migrate_core::run::Error::Rights { missing } = &error {
            let failure = Failure::new("the database's user lacks what this run needs")
                .hint("nothing was changed; `migrate plan` says this, too");
            return missing.iter().fold(failure, |failure, one| {
                failure.because(format!("{}: {}", one.what, one.help))
            });
        }
        let hint = error.hint();
        let failure = Failure::of(&error).hint_opt(hint);
        let hint = explained(&failure);
        failure.hint_opt(hint)
    }
}

impl From<migrate_core::run::adopt::AdoptError> for Failure {
    fn from(error: migrate_core::run::adopt::AdoptError) -> Self {
        if let migrate_core::run::adopt::AdoptError::Run(error) = error {
            return Failure::from(*error);
        }
        let hint = error.hint();
        Failure::of(&error).hint_opt(hint)
    }
}

impl From<migrate_core::backend::ReflectError> for Failure {
    fn from(error: migrate_core::backend::ReflectError) -> Self {
        let hint = error.hint();
        let failure = Failure::of(&error).hint_opt(hint);
        let hint = explained(&failure);
        failure.hint_opt(hint)
    }
}

impl From<migrate_core::run::WholeError> for Failure {
    fn from(error: migrate_core::run::WholeError) -> Self {
        let hint = error.hint();
        Failure::of(&error).hint_opt(hint)
    }
}

/// What helps against an error that only a driver has words for.
fn explained(failure: &Failure) -> Option<String> {
    let said = |text: &str| {
        let mut all = failure.causes.iter().chain([&failure.message]);
        all.any(|line| line.to_lowercase().contains(text))
    };
    let hint = if said("readonly database") || said("read-only") {
        "the file or its folder can't be written to; nothing was changed"
    } else if said("database is locked") {
        "another program is writing to the file; try again when it is done"
    } else if said("permission denied") {
        "connect as the owner of the tables, or ask for the right"
    } else if said("file is not a database") {
        "the file holds something else, or is encrypted"
    } else {
        return None;
    };
    Some(hint.to_owned())
}
