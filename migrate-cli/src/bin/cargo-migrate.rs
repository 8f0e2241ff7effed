//! `cargo migrate`: writes and reads migrations, also while they do not compile.

fn main() -> std::process::ExitCode {
    migrate_cli::cargo_main()
}
