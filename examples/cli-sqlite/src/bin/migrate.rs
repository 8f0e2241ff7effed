//! `migrate`: the command line over the chain of this package.

fn main() -> std::process::ExitCode {
    migrate_cli::main(&cli_sqlite::CHAIN)
}
