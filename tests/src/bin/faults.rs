//! The `migrate` of the chain that `MIGRATE_TEST_CHAIN` names, for tests of runs that go wrong.

fn main() -> std::process::ExitCode {
    let name = tests::setting("MIGRATE_TEST_CHAIN").unwrap_or_else(|| "everything".to_owned());
    // It lives as long as the process, as one that was compiled in does.
    migrate_cli::main(Box::leak(Box::new(tests::chain(tests::faults::revisions(&name)))))
}
