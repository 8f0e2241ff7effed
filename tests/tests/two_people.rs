//! Two people write a migration each, on branches that git merges without a word: what the build says then, and how
//! one command mends it.

use tests::App;

/// The id in the name of a migration's file.
fn id(file: &str) -> &str {
    file.rsplit('/').next().and_then(|name| name.split('_').nth(2)).expect("an id")
}

#[test]
fn cargo_build_names_the_two_heads_of_two_people_and_merge_mends_it() {
    let origin = App::new("origin");
    origin.package("", "shop", "");
    origin.write(".gitignore", "/target\n/migrate.db\n");
    origin.migrate(&["init"]);
    let orders = r#"op.create_table(table("orders").column(bigint("id").primary_key()));"#;
    origin.revision("Create orders", orders);
    origin.cargo(&["update", "--quiet", "--workspace"]); // writes what is locked
    origin.git(&["init", "--quiet", "--initial-branch=main"]);
    origin.git(&["add", "."]);
    origin.git(&["commit", "--quiet", "--message=Begin"]);

    let (ann, bob) = (origin.beside("ann"), origin.beside("bob"));
    let write = |app: &App, message: &str, column: &str| {
        origin.git(&["clone", "--quiet", ".", &app.path("").display().to_string()]);
        let op = format!("op.add_column(\"orders\", text(\"{column}\").nullable());");
        let file = app.revision(message, &op);
        app.git(&["add", "."]);
        app.git(&["commit", "--quiet", "--message", message]);
        file
    };
    let notes = write(&ann, "Add notes", "notes");
    let prices = write(&bob, "Add prices", "price");
    let (notes, prices) = (id(&notes), id(&prices));

    // Bob has built and run his before he hears of hers: a binary is there that knows one of the two.
    bob.migrate(&["upgrade"]);
    assert_eq!(bob.built(&["heads", "-q"]), format!("{prices} (head) (applied), Add prices"));

    bob.git(&["pull", "--quiet", "--no-rebase", "--no-edit", "../ann", "main"]);
    assert_eq!(bob.git(&["status", "--porcelain"]), "");
    for output in [bob.run_cargo(&["build", "--workspace"]), bob.run_migrate(&["upgrade"])] {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{said}");
        for word in [notes, prices, "Add notes", "Add prices", "cargo migrate merge"] {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    let heads = bob.migrate(&["heads"]);
    assert_eq!(heads.lines().count(), 2, "{heads}");

    let merge = bob.migrate(&["merge", "-m", "Merge notes and prices"]);
    let merge = id(&merge);
    bob.cargo(&["build", "--workspace"]);
    let head = format!("{merge} (head) (pending) (mergepoint), Merge notes and prices");
    assert_eq!(bob.built(&["heads", "-q"]), head);

    bob.migrate(&["upgrade"]);
    assert_eq!(bob.built(&["current", "-q"]), head.replace(" (pending)", ""));
    assert_eq!(
        bob.query("SELECT name FROM pragma_table_info('orders') ORDER BY name"),
        "id\nnotes\nprice"
    );
    assert_eq!(bob.query("SELECT version_num FROM __migrate_version"), merge);
}
