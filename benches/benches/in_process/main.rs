//! What is measured without a process and without a database, by divan. `benches/run --suites in-process` puts the medians into
//! RESULTS.md.

mod graph;
mod migrations;

fn main() {
    divan::main();
}
