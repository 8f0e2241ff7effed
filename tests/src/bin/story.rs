//! The story's `migrate` with every backend, for tests that read like a session.

fn main() -> std::process::ExitCode {
    migrate_cli::main(&migrations::CHAIN)
}
