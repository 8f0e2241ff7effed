//! A disk that is full while a migration is written.
#![cfg(unix)]

use std::fs;

use tests::App;

#[test]
fn cargo_migrate_leaves_nothing_half_written_on_a_full_disk() {
    let app = App::new("full");
    app.package("", "shop", "");
    app.migrate(&["init"]);
    app.revision("Create orders", "// nothing yet");
    app.revision("Add notes", "// nothing yet");
    let versions = || {
        let files = fs::read_dir(app.path("migrations/src/versions")).expect("a folder");
        let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        files.sort();
        files
            .into_iter()
            .map(|path| (fs::read_to_string(&path).expect("text"), path))
            .collect::<Vec<_>>()
    };
    let before = versions();
    let rebase = ["rebase", "head", "--onto", "base", "--unchecked"];
    app.write(
        "migrations/src/lib.rs",
        "migrate_core::migrations!(\"src/versions\", multiple_bases, multiple_heads);\n",
    );
    for line in [&["revision", "-m", "Add prices"][..], &rebase] {
        let output = app.migrate_on_a_full_disk(line);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{line:?}: {said}");
        assert!(said.contains("error: cannot write migrations/src/versions"), "{said}");
        assert!(said.contains("caused by: File too large"), "{said}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        assert_eq!(versions(), before, "{line:?}: {said}");
    }
}
