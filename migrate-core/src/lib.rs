//! Runs migrations.
