//! The tables, as Diesel's queries and `migrate check` know them.

migrate_core::schema! {
    /// Who has come by.
    visitors (name) {
        #[max_length = 100]
        name -> Varchar,
        #[default(1)]
        visits -> Integer,
    }
}
