//! `migrate schema`: what it prints, and what it makes of the project's file.

use std::fs;

use insta::assert_snapshot;

use super::*;

const POSTGRES: &str = "--dialect postgres";

fn what_is_hard_to_say(op: &mut Ops) {
    use migrate_core::prelude::*;
    op.create_table(table("heap").column(text("line")));
    op.create_table(table("known").column(bigint("id").primary_key()));
    op.create_table(
        table("child")
            .column(bigint("id").primary_key())
            .column(bigint("of").references("known", "id")),
    );
    op.execute("CREATE TABLE strange (id bigint)").opaque("strange").undo("DROP TABLE strange");
    op.execute("ALTER TABLE known ADD extra text")
        .opaque("known")
        .undo("ALTER TABLE known DROP extra");
}

static HARD: [Revision; 1] = [Revision {
    upgrade: what_is_hard_to_say,
    ..revision("ae1027a6acf0", &[], "Say it", "versions/20240101_0000_ae10.rs")
}];

static HARD_CHAIN: Chain =
    Chain::new(&HARD, Rules { multiple_heads: false, multiple_bases: false });

#[test]
fn what_is_left_out_is_told() {
    let folder = folder();
    let said = |line: &str| {
        let line = words(&format!("migrate {line}"));
        Said::by(|ui| run(&HARD_CHAIN, &line, &environment(folder.path()), ui))
    };
    assert_snapshot!(said("schema"), @r"
    // @generated automatically by Diesel CLI.

    diesel::table! {
        child (id) {
            id -> BigInt,
            of -> BigInt,
        }
    }

    diesel::table! {
        known (id) {
            id -> BigInt,
        }
    }

    diesel::joinable!(child -> known (of));

    diesel::allow_tables_to_appear_in_same_query!(
        child,
        known,
    );
    ! note: left out, since only SQL that can't be read made it: `strange`
    ! note: may be more, or other, since SQL that can't be read changed it: `known`
    ! note: left out, since `table!` needs a primary key: `heap`
    exit 0
    ");
    assert_snapshot!(said("schema --format sql"), @r#"
    CREATE TABLE "known" ("id" BIGINT NOT NULL, CONSTRAINT "known_pkey" PRIMARY KEY ("id"));
    CREATE TABLE "child" ("id" BIGINT NOT NULL, "of" BIGINT NOT NULL, CONSTRAINT "child_pkey" PRIMARY KEY ("id"), CONSTRAINT "child_of_fkey" FOREIGN KEY ("of") REFERENCES "known" ("id"));
    CREATE TABLE "heap" ("line" TEXT NOT NULL);
    ! note: may be more, or other, since SQL that can't be read changed it: `known`
    ! note: `strange`: is not what the catalog says of it, or more than that, and is left alone
    exit 0
    "#);
    assert_snapshot!(said("schema --format mermaid"), @r#"
    erDiagram
        "child" {
            bigint id PK
            bigint of FK
        }
        "heap" {
            text line
        }
        "known" {
            bigint id PK
        }
        "known" ||--o{ "child" : "of"
    ! note: left out, since only SQL that can't be read made it: `strange`
    ! note: may be more, or other, since SQL that can't be read changed it: `known`
    exit 0
    "#);
    assert_snapshot!(said("schema --write --file schema.rs"), @r"
    schema.rs is written
    ! note: left out, since only SQL that can't be read made it: `strange`
    ! note: may be more, or other, since SQL that can't be read changed it: `known`
    ! note: left out, since `table!` needs a primary key: `heap`
    exit 0
    ");
    let json: serde_json::Value = serde_json::from_str(&said("schema --json").out).expect("JSON");
    assert_snapshot!(json["unknown"], @r#"[{"name":"known","schema":null},{"name":"strange","schema":null}]"#);
    said("upgrade");
    assert_snapshot!(said("schema --from database"), @r"
    // @generated automatically by Diesel CLI.

    diesel::table! {
        child (id) {
            id -> BigInt,
            of -> BigInt,
        }
    }

    diesel::table! {
        known (id) {
            id -> BigInt,
            extra -> Nullable<Text>,
        }
    }

    diesel::joinable!(child -> known (of));

    diesel::allow_tables_to_appear_in_same_query!(
        child,
        known,
    );
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! note: left out, since `table!` needs a primary key: `heap`, `strange`
    exit 0
    ");
}

/// What is in a file.
fn content(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).expect(file)
}

fn put(folder: &Path, file: &str, text: &str) {
    fs::write(folder.join(file), text).expect(file);
}

/// A folder whose project names `schema.rs`.
fn project() -> tempfile::TempDir {
    let folder = folder();
    put(folder.path(), "migrate.toml", "schema = \"schema.rs\"\n");
    folder
}

#[test]
fn the_schema_of_the_chain_needs_no_database() {
    let folder = folder();
    let said = |line: &str| migrate(folder.path(), line);
    assert_snapshot!(said(&format!("schema {POSTGRES}")), @r"
    // @generated automatically by Diesel CLI.

    diesel::table! {
        orders (id) {
            id -> Int8,
            notes -> Text,
        }
    }

    diesel::table! {
        reports (id) {
            id -> Int8,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(
        orders,
        reports,
    );
    exit 0
    ");
    assert_snapshot!(said(&format!("schema ae10 {POSTGRES}")), @r"
    // @generated automatically by Diesel CLI.

    diesel::table! {
        orders (id) {
            id -> Int8,
        }
    }
    exit 0
    ");
    assert_snapshot!(said("schema base"), @r"
    // @generated automatically by Diesel CLI.
    exit 0
    ");
    assert_snapshot!(said("schema 3f2a --format sql"), @r#"
    CREATE TABLE "orders" ("id" BIGINT NOT NULL, "notes" TEXT NOT NULL DEFAULT 'none', CONSTRAINT "orders_pkey" PRIMARY KEY ("id"));
    CREATE INDEX "idx_orders_notes" ON "orders" ("notes");
    exit 0
    "#);
    assert_snapshot!(said(&format!("schema reports --format sql {POSTGRES}")), @r#"
    CREATE TABLE "orders" ("id" bigint NOT NULL, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"));
    CREATE TABLE "reports" ("id" bigint NOT NULL, CONSTRAINT "reports_pkey" PRIMARY KEY ("id"));
    exit 0
    "#);
    assert_snapshot!(said("schema --format mermaid"), @r#"
    erDiagram
        "orders" {
            bigint id PK
            text notes
        }
        "reports" {
            bigint id PK
        }
    exit 0
    "#);
    assert_snapshot!(said("schema base --format mermaid"), @r"
    erDiagram
    exit 0
    ");
    assert_snapshot!(said("schema base --format sql"), @"exit 0");
    assert_eq!(said("schema --json"), said("schema --format json"));
    // Only the database knows what is counted from.
    assert_snapshot!(said("schema +1 --database-url sqlite://x.db"), @r"
    // @generated automatically by Diesel CLI.

    diesel::table! {
        orders (id) {
            id -> BigInt,
        }
    }
    ! Database: sqlite:///x.db (from --database-url)
    ! The file is not there yet: nothing is applied
    exit 0
    ");
    assert!(!folder.path().join("migrate.db").exists(), "looking creates nothing");
}

#[test]
fn the_schema_of_the_database_is_that_of_the_chain() {
    let folder = folder();
    let said = |line: &str| migrate(folder.path(), line);
    assert_snapshot!(said("schema --from database"), @r"
    // @generated automatically by Diesel CLI.
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! The file is not there yet: it has no schema
    exit 0
    ");
    said("upgrade");
    for format in ["diesel", "sql", "mermaid"] {
        let [chain, database] = ["chain", "database"].map(|from| {
            self::said(folder.path(), &format!("schema --from {from} --format {format}")).out
        });
        assert_eq!(chain, database);
        assert!(!chain.contains("__migrate"), "{chain}");
    }
}

#[test]
fn the_file_is_compared_and_written() {
    let folder = project();
    let folder = folder.path();
    let said = |line: &str| migrate(folder, line);
    assert_snapshot!(said("schema --check"), @r"
    ! error: there is no schema.rs
    ! hint: to write it: migrate schema --write
    exit 1
    ");
    assert_snapshot!(said("schema --write"), @r"
    schema.rs is written
    exit 0
    ");
    assert_snapshot!(said("schema --check"), @r"
    schema.rs is what the migrations make
    exit 0
    ");
    let text = content(folder, "schema.rs");
    assert_eq!(text, self::said(folder, "schema").out);
    assert_snapshot!(said("schema --write"), @r"
    schema.rs is as it should be: nothing was written
    exit 0
    ");
    put(folder, "schema.rs", &text.replace("notes -> Text", "notes -> Nullable<Text>"));
    assert_snapshot!(said("schema --check"), @r"
    --- schema.rs
    +++ migrate schema
    @@ -3,7 +3,7 @@
     diesel::table! {
         orders (id) {
             id -> BigInt,
    -        notes -> Nullable<Text>,
    +        notes -> Text,
         }
     }
     
    ! error: schema.rs is not what the migrations make
    ! hint: to write it: migrate schema --write
    exit 3
    ");
    assert_snapshot!(said("schema --check -q"), @r"
    --- schema.rs
    +++ migrate schema
    @@ -3,7 +3,7 @@
     diesel::table! {
         orders (id) {
             id -> BigInt,
    -        notes -> Nullable<Text>,
    +        notes -> Text,
         }
     }
     
    ! error: schema.rs is not what the migrations make
    ! hint: to write it: migrate schema --write -q
    exit 3
    ");
    assert_snapshot!(said("schema --check --json"), @r#"
    {
      "difference": "--- schema.rs\n+++ migrate schema\n@@ -3,7 +3,7 @@\n diesel::table! {\n     orders (id) {\n         id -> BigInt,\n-        notes -> Nullable<Text>,\n+        notes -> Text,\n     }\n }\n \n",
      "file": "schema.rs",
      "format": 1,
      "is_current": false
    }
    ! error: schema.rs is not what the migrations make
    ! hint: to write it: migrate schema --write --json
    exit 3
    "#);
    assert_snapshot!(said("schema --write -q"), @"exit 0");
    assert_eq!(content(folder, "schema.rs"), text);
    // How it stands on its lines is up to the project's rustfmt, and to git.
    let moved = text.replace('\n', "\r\n").replace("    ", "  ");
    put(folder, "schema.rs", &moved);
    assert_snapshot!(said("schema --write"), @r"
    schema.rs is as it should be: nothing was written
    exit 0
    ");
    assert_eq!(content(folder, "schema.rs"), moved);
    put(folder, "schema.rs", &text.replace('\n', "\r\n").replace("notes", "note"));
    said("schema --write");
    assert_eq!(content(folder, "schema.rs"), text.replace('\n', "\r\n"));
    let others = fs::read_dir(folder).expect("the folder").count();
    assert_eq!(others, 2, "only migrate.toml and schema.rs are there");
}

#[test]
fn what_a_printed_schema_does_not_hold_is_not_lost() {
    let folder = project();
    let folder = folder.path();
    let check = |text: &str| {
        put(folder, "schema.rs", text);
        let said = migrate(folder, "schema --write");
        assert_eq!(content(folder, "schema.rs"), text);
        said
    };
    assert_snapshot!(check("use crate::types::*;\n"), @r"
    ! error: schema.rs holds more than a printed schema, so it is not written over: line 1, `use crate::types::*;`
    ! hint: move that to another file, or print into one: --file src/printed_schema.rs
    exit 1
    ");
    assert_snapshot!(check("// Ours.\ndiesel::table! { orders (id) { id -> BigInt, } }\n"), @r"
    ! error: schema.rs holds more than a printed schema, so it is not written over: line 1, `// Ours.`
    ! hint: move that to another file, or print into one: --file src/printed_schema.rs
    exit 1
    ");
    assert_snapshot!(check("migrate_core::schema! { orders { } }\n"), @r"
    ! error: schema.rs holds more than a printed schema, so it is not written over: line 1, `migrate_core::schema! { orders { } }`
    ! hint: a `schema!` says what the schema is to be; the migrations follow it, not the other way round
    exit 1
    ");
    assert_snapshot!(check("<<<<<<< HEAD\n"), @r"
    ! error: schema.rs can't be read as Rust, so it is not written over
    !   caused by: line 1 is no Rust
    ! hint: set it right, or take it away, and write it anew
    exit 1
    ");
    put(folder, "schema.rs", "use crate::types::*;\n");
    assert_snapshot!(migrate(folder, "schema base --check"), @r"
    --- schema.rs
    +++ migrate schema
    @@ -1 +1 @@
    -use crate::types::*;
    +// @generated automatically by Diesel CLI.
    ! error: schema.rs is not what the migrations make
    !   caused by: schema.rs holds more than a printed schema, so it is not written over: line 1, `use crate::types::*;`
    ! hint: move that to another file, or print into one: --file src/printed_schema.rs
    exit 3
    ");
}

#[test]
fn which_file_is_meant() {
    let folder = folder();
    let folder = folder.path();
    let said = |line: &str| migrate(folder, line);
    assert_snapshot!(said("schema --check"), @r#"
    ! error: which file holds the schema is not known
    ! hint: name it: --file src/schema.rs, or once and for all in migrate.toml: schema = "src/schema.rs"
    exit 1
    "#);
    put(folder, "diesel.toml", "[print_schema]\nfile = \"diesel_schema.rs\"\n");
    assert_snapshot!(said("schema --write"), @r"
    diesel_schema.rs is written
    exit 0
    ");
    put(folder, "migrate.toml", "schema = [\"one.rs\", \"two.rs\"]\n");
    assert_snapshot!(said("schema --write"), @r"
    ! error: migrate.toml names several files: one.rs, two.rs
    ! hint: name the one that is meant: --file one.rs
    exit 1
    ");
    assert_snapshot!(said("schema --write --file two.rs"), @r"
    two.rs is written
    exit 0
    ");
    put(folder, "migrate.toml", "schema = \"one.rs\"\n");
    assert_snapshot!(said("schema --write"), @r"
    one.rs is written
    exit 0
    ");
    assert_snapshot!(said("schema --file one.rs"), @r"
    ! error: the following required arguments were not provided:
    !   <--check|--write>
    ! 
    ! Usage: migrate schema --file <PATH> <--check|--write> [REVISION]
    ! 
    ! For more information, try '--help'.
    exit 2
    ");
    assert_snapshot!(said("schema --check --write"), @r"
    ! error: the argument '--check' cannot be used with '--write'
    ! 
    ! Usage: migrate schema --check [REVISION]
    ! 
    ! For more information, try '--help'.
    exit 2
    ");
    assert_snapshot!(said("schema --check --format sql"), @r"
    ! error: the argument '--format <FORMAT>' cannot be used with:
    !   --check
    !   --write
    ! 
    ! Usage: migrate schema --format <FORMAT> [REVISION]
    ! 
    ! For more information, try '--help'.
    exit 2
    ");
}

#[test]
fn a_file_that_cannot_be_read_or_written() {
    let folder = project();
    let folder = folder.path();
    let said = |line: &str| migrate(folder, line);
    fs::create_dir(folder.join("src")).expect("a folder");
    assert_snapshot!(said("schema --write --file src"), @r"
    ! error: src is a folder
    ! hint: name the file: --file src/schema.rs
    exit 1
    ");
    assert_snapshot!(said("schema --check --file src"), @r"
    ! error: src is a folder
    ! hint: name the file: --file src/schema.rs
    exit 1
    ");
    assert_snapshot!(said("schema --write --file nowhere/schema.rs"), @r"
    ! error: cannot write nowhere/schema.rs
    !   caused by: there is no folder nowhere
    ! hint: create the folder, or name another file: --file src/schema.rs
    exit 1
    ");
    fs::write(folder.join("schema.rs"), b"// \xff\n").expect("a file");
    assert_snapshot!(said("schema --write"), @r"
    ! error: cannot read schema.rs
    !   caused by: it is not UTF-8 text
    exit 1
    ");
    assert_snapshot!(said("schema --check"), @r"
    ! error: cannot read schema.rs
    !   caused by: it is not UTF-8 text
    exit 1
    ");
    put(folder, "schema.rs", "");
    let lock = |is_locked| {
        let mut permissions = fs::metadata(folder.join("schema.rs")).expect("a file").permissions();
        permissions.set_readonly(is_locked);
        fs::set_permissions(folder.join("schema.rs"), permissions).expect("a file");
    };
    lock(true);
    assert_snapshot!(said("schema --write"), @r"
    ! error: cannot write schema.rs
    !   caused by: it is read-only
    ! hint: nothing was changed; make it writable first
    exit 1
    ");
    lock(false);
    assert_eq!(content(folder, "schema.rs"), "");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_mode_stays_a_mode() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = project();
    let folder = folder.path();
    put(folder, "real.rs", "");
    fs::set_permissions(folder.join("real.rs"), fs::Permissions::from_mode(0o640)).expect("a mode");
    symlink("real.rs", folder.join("schema.rs")).expect("a link");
    migrate(folder, "schema --write");
    assert!(fs::symlink_metadata(folder.join("schema.rs")).expect("a link").is_symlink());
    assert!(content(folder, "real.rs").contains("orders"));
    let mode = fs::metadata(folder.join("real.rs")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn what_diesel_toml_says_is_kept_to_or_told() {
    let folder = folder();
    let folder = folder.path();
    let said = |text: &str| {
        put(folder, "diesel.toml", text);
        migrate(folder, "schema")
    };
    assert_snapshot!(said(
        "[print_schema]\nfile = 'src/schema.rs'\nwith_docs = true\ncolumn_sorting = 'name'\nfilter = { only_tables = ['^rep'] }\n"
    ), @r"
    // @generated automatically by Diesel CLI.

    diesel::table! {
        reports (id) {
            id -> BigInt,
        }
    }
    ! note: [print_schema] of diesel.toml says more than is kept to: `with_docs`
    exit 0
    ");
    assert_snapshot!(said("[print_schema]\nfilter = { only_tables = ['[a-z]'] }\n"), @r"
    ! error: `[a-z]` in `filter` of diesel.toml is more than is understood here
    ! hint: write it with letters, `^`, `$`, `|`, `.` and `.*`, or say `exclude` in migrate.toml
    exit 1
    ");
    assert_snapshot!(said("print_schema"), @r"
    ! error: cannot read diesel.toml
    !   caused by: key with no value, expected `=`
    exit 1
    ");
}

#[test]
fn what_is_compared_is_what_is_printed() {
    let folder = folder();
    let folder = folder.path();
    let said = |text: &str| {
        put(folder, "migrate.toml", text);
        migrate(folder, "schema")
    };
    assert_snapshot!(said("compare.exclude.tables = ['rep*']\ncompare.exclude.columns = ['orders.notes']"), @r"
    // @generated automatically by Diesel CLI.

    diesel::table! {
        orders (id) {
            id -> BigInt,
        }
    }
    exit 0
    ");
    assert_snapshot!(said("compare.exclude.tables = ['a.b.c']"), @r"
    ! error: `a.b.c` in `tables` of [compare.exclude] in migrate.toml is met by no name
    ! hint: such a name is `name` or `schema.name`; `?` also stands for a dot in it
    exit 1
    ");
}

#[test]
fn which_schema_is_meant() {
    let folder = folder();
    let folder = folder.path();
    let said = |line: &str| migrate(folder, line);
    assert_snapshot!(said("schema nowhere"), @r"
    ! error: there is no revision or branch label `nowhere`
    exit 1
    ");
    assert_snapshot!(said("schema ae10:head"), @r"
    ! error: `ae10:head` is a range, and one revision is wanted here
    exit 1
    ");
    assert_snapshot!(said("schema head --from database"), @r"
    ! error: the database has one schema, and `head` names one of the chain
    ! hint: leave it out, or print that of the chain: migrate schema head
    exit 2
    ");
    assert_snapshot!(said("schema --from database --dialect sqlite"), @r"
    ! error: the database itself says what it speaks
    ! hint: leave --dialect out
    exit 2
    ");
    assert_snapshot!(said("schema --database-url oracle://h/d"), @r"
    ! error: which database the schema is for is not known
    ! hint: name it: --dialect postgres, sqlite, mysql or mariadb
    exit 1
    ");
    assert_snapshot!(said("schema --from database --database-url nowhere/x.db"), @r"
    ! Database: sqlite:///nowhere/x.db (from --database-url)
    ! error: cannot open nowhere/x.db
    !   caused by: there is no folder nowhere
    ! hint: create the folder; three slashes, as in sqlite:///data/x.db, make a relative path; four, as in sqlite:////srv/x.db, an absolute one
    exit 1
    ");
    let mut environment = environment(folder);
    environment.is_debug_build = false;
    let line = words("migrate schema");
    assert_snapshot!(Said::by(|ui| run(&CHAIN, &line, &environment, ui)), @r"
    ! error: which database the schema is for is not known
    ! hint: name it: --dialect postgres, sqlite, mysql or mariadb
    exit 1
    ");
}
