//! `cargo migrate`, for the tests of whole projects.

fn main() -> std::process::ExitCode {
    migrate_cli::cargo_main()
}
