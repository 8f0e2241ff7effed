//! Each promise of docs/promises.md names the tests that hold it, and those are there.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(file: &str) -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let folder = tests.join(file);
    let files: Vec<PathBuf> = match fs::read_dir(&folder) {
        Ok(files) => files.map(|file| file.expect("a file").path()).collect(),
        Err(_) => vec![tests.join(format!("{file}.rs"))],
    };
    files
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        .map(|file| fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display())))
        .collect()
}

#[test]
fn each_promise_has_its_test() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/promises.md");
    let text = fs::read_to_string(path).expect("the chapter");
    let rows: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with("| ") && line.matches(" | ").count() == 1)
        .collect();
    let promises = rows.iter().filter(|line| {
        !line.starts_with("| Promise")
            && !line.starts_with("| Database")
            && !line.contains("LOCK(")
            && !line.contains("advisory_lock")
            && !line.contains("IMMEDIATE")
    });
    let mut count = 0;
    for row in promises {
        let (_, names) = row.rsplit_once(" | ").expect("two cells");
        let names: Vec<&str> = names.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test: {row}");
        for name in names {
            let (file, test) = name.split_once("::").unwrap_or((name, ""));
            let found = format!("fn {test}(");
            assert!(test.is_empty() || sources(file).contains(&found), "{name} is not there");
            assert!(sources(file).contains("#[test]"), "{name} has no test");
            count += 1;
        }
    }
    assert!(count >= 30, "{count} tests are named");
}
