//! The `migrate` of the chain that `MIGRATE_TEST_CHAIN` names, for databases that another tool has migrated.

fn main() -> std::process::ExitCode {
    let name = tests::setting("MIGRATE_TEST_CHAIN").expect("the tests set it");
    // It lives as long as the process, as one that was compiled in does.
    migrate_cli::main(Box::leak(Box::new(tests::chain(tests::adopted::revisions(&name)))))
}
