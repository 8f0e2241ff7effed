//! Ctrl-C, and the signal that a container gets before it is stopped: once lets the statement that is running come to
//! its end, twice cancels it. What was finished before stays, what was not is taken back, and both are said.

use tests::faults::{runner, seen, wait_until};
use tests::{Backend, Database, backends};

const STOPPING: &str = "Stopping when the statement that is running is done";

#[test]
fn once_lets_the_statement_end() {
    for backend in backends() {
        for signal in ["INT", "TERM"] {
            let database = Database::fresh(backend);
            let runner = runner("held", &database);
            let running = runner.start_and_hold("upgrade");
            running.signal(signal);
            wait_until("the signal was heard", || running.said().contains(STOPPING));
            runner.release();
            let outcome = running.end();
            let told = outcome.told();
            assert_eq!(outcome.code, Some(1), "{backend} {told}");
            // It was at the last statement of its step; what is behind that is the step's end, or the next step.
            let taken_back = "upgrade h2 (h2) was interrupted, and nothing of it was changed";
            let between = "error: interrupted\n";
            assert!(told.contains(taken_back) || told.contains(between), "{backend} {told}");
            let clean = Database::fresh(backend);
            assert!(tests::faults::runner("held", &clean).run("upgrade").is_fine());
            assert!(runner.run("upgrade").is_fine(), "{backend}");
            assert_eq!(seen(&database), seen(&clean), "{backend}");
        }
    }
}

#[test]
fn twice_cancels_the_statement_on_the_server() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let runner = runner("plain", &database);
        assert!(runner.run("upgrade p2").is_fine());
        let mut other = database.connect();
        other.begin().expect("a transaction");
        other.batch("UPDATE orders SET quantity = quantity + 0").expect("rows that are held");
        let running = runner.start("upgrade --lock-timeout 1h");
        wait_until("it is at the statement", || {
            running.said().contains("Running upgrade p2 -> p3")
        });
        running.signal("INT");
        wait_until("the signal was heard", || running.said().contains(STOPPING));
        running.signal("INT");
        let outcome = running.end();
        let told = outcome.told();
        match backend {
            Backend::Postgres | Backend::Mariadb => {
                assert_eq!(outcome.code, Some(1), "{backend} {told}");
                assert!(
                    told.contains("upgrade p3 (p3) was interrupted, and nothing of it was changed"),
                    "{backend} {told}"
                );
            }
            // There is no server to be told; what is left of the transaction is taken back by whoever opens the file.
            Backend::Sqlite => assert_eq!(outcome.code, Some(130), "{told}"),
        }
        other.rollback().expect("an end");
        drop(other);
        let clean = Database::fresh(backend);
        assert!(tests::faults::runner("plain", &clean).run("upgrade").is_fine());
        assert!(runner.run("upgrade").is_fine(), "{backend}");
        assert_eq!(seen(&database).rows, seen(&clean).rows, "{backend}");
    }
}
