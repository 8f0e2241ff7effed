//! The kill matrix: a chain with every kind of op is run with a fault at each place where a run can go wrong, and then
//! again without. What must hold behind that, whatever the fault was, is in `invariants`.
//!
//! ```text
//! places   those of `migrate-core/src/run/fault.rs`, as a run itself lists them
//! faults   kill, panic, cut (the server ends the connection), error
//! ways     upgrade from nothing to head, downgrade from head to base
//! ```
//!
//! A run of the tests meets some places of each step, with one fault after the other; `MIGRATE_KILL_ALL=1` meets every place
//! with every fault.
//! `MIGRATE_KILL_ONLY=postgres/upgrade/op.3` runs those alone whose name has this in it.

mod cases;
mod invariants;

use std::collections::VecDeque;
use std::sync::Mutex;

use cases::{Case, Verdict, Ways};
use tests::{backends, setting};

/// Fewer than these, on all three databases, is not a matrix.
const ENOUGH: usize = 500;

#[test]
#[expect(clippy::print_stdout, reason = "the counts are what is read of it")]
fn kill_matrix_every_fault_is_survived() {
    let ways = Ways::new(&backends());
    let only = setting("MIGRATE_KILL_ONLY");
    let every = setting("MIGRATE_KILL_ALL").is_some();
    let mut cases = ways.cases(every);
    if let Some(only) = &only {
        cases.retain(|case| case.to_string().contains(only.as_str()));
    }
    let total = cases.len();
    let verdicts = run(&ways, cases);
    let count =
        |is: fn(&Verdict) -> bool| verdicts.iter().filter(|(_, verdict)| is(verdict)).count();
    let converged = count(|verdict| matches!(verdict, Verdict::Converged));
    let refused = count(|verdict| matches!(verdict, Verdict::Explained));
    let wrong = count(|verdict| matches!(verdict, Verdict::Wrong(_)));
    let summary = format!(
        "kill matrix: {total} cases, {converged} converged, {refused} refused with an explanation, {wrong} wrong"
    );
    println!("{summary}");
    for (case, _) in verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Explained)) {
        println!("  refused with an explanation: {case}");
    }
    let faults: Vec<String> = verdicts
        .iter()
        .filter_map(|(case, verdict)| match verdict {
            Verdict::Wrong(why) => Some(format!("── {case}\n{why}")),
            Verdict::Converged | Verdict::Explained => None,
        })
        .collect();
    assert!(faults.is_empty(), "{summary}\n{}", faults.join("\n"));
    assert!(
        only.is_some() || backends().len() < 3 || total >= ENOUGH,
        "{summary}; at least {ENOUGH} cases are wanted"
    );
}

/// Every case, several at a time, in the order in which they came.
fn run(ways: &Ways, cases: Vec<Case>) -> Vec<(Case, Verdict)> {
    let waiting = Mutex::new(cases.into_iter().collect::<VecDeque<_>>());
    let done = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(2, usize::from) + 2;
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().expect("no panic").pop_front();
                    let Some(case) = next else { return };
                    let verdict = ways.run(&case);
                    done.lock().expect("no panic").push((case, verdict));
                }
            });
        }
    });
    done.into_inner().expect("no panic")
}
