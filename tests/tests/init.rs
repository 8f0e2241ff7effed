//! `cargo migrate init` in projects as they are: what it makes builds, goes up and down, and the
//! application starts as before.

use std::fs;
use std::path::PathBuf;

use tests::App;

#[test]
fn cargo_migrate_init_leaves_every_project_running() {
    let mut projects = Vec::new();

    let alone = App::new("alone");
    alone.package("", "shop", "");
    projects.push((alone, "migrations"));

    let root = App::new("root package with a workspace");
    root.package("", "shop", "\n[workspace]\nmembers = [\"tool\"]\nresolver = \"3\"\n");
    root.package("tool", "tool", "");
    projects.push((root, "migrations"));

    let in_virtual = App::new("virtual workspace");
    in_virtual
        .write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\n    \"crates/*\",\n]\n");
    in_virtual.package("crates/shop", "shop", "");
    projects.push((in_virtual, "migrations"));

    let diesels = App::new("Diesel's");
    let dependency = "\n[dependencies]\ndiesel = { version = \"2.3\", default-features = false, features = [\"sqlite\"] }\n";
    diesels.package("", "shop", dependency);
    diesels.write("diesel.toml", "[migrations_directory]\ndir = \"migrations\"\n");
    diesels.write(
        "migrations/2024-01-01-000000_create_users/up.sql",
        "CREATE TABLE users (id INTEGER);\n",
    );
    diesels.write("migrations/2024-01-01-000000_create_users/down.sql", "DROP TABLE users;\n");
    projects.push((diesels, "db"));

    for (app, folder) in &projects {
        works_with_migrations_in(app, folder);
    }
    if let Some((app, _)) = projects.last() {
        writes_its_own_migrations(app);
    }
}

/// `quiet`: after what autogenerate wrote there is nothing to do, on the way back there is.
fn writes_its_own_migrations(app: &App) {
    let config = app.read("migrate.toml");
    app.write("migrate.toml", &format!("schema = \"src/schema.rs\"\n{config}"));
    app.write(
        "src/schema.rs",
        "diesel::table! { orders (id) { id -> BigInt, notes -> Text, placed_by -> Nullable<BigInt>, } }\n\
         migrate_core::schema! {\n    /// Who orders.\n    users (id) {\n        #[identity] id -> BigInt,\n        \
         #[max_length = 80] #[unique] email -> Varchar,\n        #[default(true)] is_known -> Bool,\n    }\n}\n\
         diesel::joinable!(orders -> users (placed_by));\n",
    );
    app.migrate(&["upgrade"]);
    let check = |code: i32| {
        let output = app.run_migrate(&["check"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(
            output.status.code(),
            Some(code),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    };
    let said = check(3);
    assert!(
        said.contains("+ create table users") && said.contains("+ add column orders.notes text"),
        "{said}"
    );

    let words = ["revision", "--autogenerate", "-m", "Follow the program"];
    let fill = ["--fill", "orders.notes=''"];
    let file = app.migrate(&[words.as_slice(), &fill].concat());
    let text = app.read(file.lines().last().unwrap_or_default());
    assert!(text.contains(r#"t.add_column(text("notes").fill_with("''"));"#), "{text}");
    // The new migration is built in, and not applied.
    assert_eq!(app.run_migrate(&["check"]).status.code(), Some(3));
    app.migrate(&["upgrade"]);
    check(0);
    assert_eq!(app.migrate(&words), "Nothing to do: the migrations make the program's schema");
    app.migrate(&["downgrade", "-1", "--yes"]);
    assert_eq!(tables(app), "orders");
    app.migrate(&["upgrade"]);
    check(0);
}

fn works_with_migrations_in(app: &App, folder: &str) {
    let layout = app.name;
    assert_eq!(app.cargo(&["run"]), "the application", "{layout}: before");
    let before = files(app, "migrations");

    let written = app.migrate(&["init"]);
    assert!(written.contains(&format!("{folder}/Cargo.toml")), "{layout}: {written}");
    assert_eq!(app.cargo(&["run"]), "the application", "{layout}: after");
    if folder != "migrations" {
        assert_eq!(files(app, "migrations"), before, "{layout}: a folder of others");
    }
    // With nothing in it yet.
    app.migrate(&["upgrade"]);
    assert_eq!(tables(app), "", "{layout}");

    let op = r#"op.create_table(table("orders").column(bigint("id").primary_key()));"#;
    let file = app.revision("Create orders", op);
    assert!(file.starts_with(&format!("{folder}/src/versions/")), "{layout}: {file}");

    app.migrate(&["upgrade"]);
    assert_eq!(tables(app), "orders", "{layout}");
    app.migrate(&["downgrade", "-1", "--yes"]);
    assert_eq!(tables(app), "", "{layout}");
    assert_eq!(app.cargo(&["run"]), "the application", "{layout}: at the end");
}

/// Every file below a folder, with its text.
fn files(app: &App, folder: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![app.path(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("a file").path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push((path.clone(), fs::read_to_string(&path).expect("a text"))),
            }
        }
    }
    files.sort();
    files
}

/// The tables that a migration made.
fn tables(app: &App) -> String {
    app.query(
        "SELECT name FROM sqlite_schema WHERE type = 'table' \
         AND name NOT GLOB '__*' AND name NOT GLOB 'sqlite_*'",
    )
}
