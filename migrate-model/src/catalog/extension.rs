//! Extensions of PostgreSQL.

/// An extension that is installed, as far as it is not what the server does by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extension {
    /// The schema that its objects lie in, if not the one where they would come to lie.
    pub schema: Option<String>,
    /// Its version, if not the one that the server installs when none is said.
    pub version: Option<String>,
}
