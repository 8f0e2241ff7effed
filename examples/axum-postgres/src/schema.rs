//! The tables, as Diesel's queries and `migrate check` know them.

migrate_core::schema! {
    /// What somebody wanted to remember.
    notes (id) {
        #[identity]
        id -> BigInt,
        #[check("length(body) > 0")]
        body -> Text,
        #[default(now)]
        written_at -> Timestamptz,
    }
}
