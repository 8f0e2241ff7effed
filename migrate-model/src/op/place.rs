//! Where in a migration something was said.

use std::{fmt, ops::Deref, panic::Location};

/// A line of a migration's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as the compiler names it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

impl Place {
    /// The place of the caller.
    #[track_caller]
    pub fn here() -> Place {
        let location = Location::caller();
        Place { file: location.file(), line: location.line() }
    }

    /// The place of what no migration's source says.
    pub const NOWHERE: Place = Place { file: "", line: 0 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.replace('\\', "/"), self.line)
    }
}

/// Something with its place, which is no part of what it is: equality looks at the thing alone.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    /// The thing.
    pub what: T,
    /// Where it was said.
    pub place: Place,
}

impl<T> Placed<T> {
    /// Something said by the caller.
    #[track_caller]
    pub fn here(what: T) -> Placed<T> {
        Placed { what, place: Place::here() }
    }

    /// Something that no migration's source says.
    pub fn nowhere(what: T) -> Placed<T> {
        Placed { what, place: Place::NOWHERE }
    }
}

impl<T: PartialEq> PartialEq for Placed<T> {
    fn eq(&self, other: &Placed<T>) -> bool {
        self.what == other.what
    }
}

impl<T> Deref for Placed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.what
    }
}
