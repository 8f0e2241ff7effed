//! The tables, as Diesel's queries and `migrate check` know them.

migrate_core::schema! {
    /// What is to be done.
    tasks (id) {
        id -> Integer,
        #[check("length(title) > 0")]
        title -> Text,
        #[default(false)]
        done -> Bool,
        #[default(0)]
        priority -> Integer,
    }
}
