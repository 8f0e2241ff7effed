//! `cargo migrate rebase`.

use insta::assert_snapshot;

use super::{FORK, Sources};

#[test]
fn a_migration_that_nobody_has_follows_another_one() {
    let project = Sources::new(&[FORK, &[("dddd", "\"cccc\"", "Add users")]].concat());
    assert_snapshot!(project.cargo(&["rebase", "bbbb", "--onto", "dddd"]), @r"
    schema/src/versions/[time]_bbbb_add_notes.rs
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    exit 0
    ");
    assert_snapshot!(project.cargo(&["history"]), @r"
    dddd -> bbbb (head), Add notes
    cccc -> dddd, Add users
    aaaa -> cccc, Add prices
    <base> -> aaaa, Create orders
    exit 0
    ");
    assert_snapshot!(project.cargo(&["rebase", "bbbb", "--onto", "dddd"]), @r"
    ! `bbbb` (Add notes) follows it already
    exit 0
    ");
    assert_snapshot!(project.cargo(&["rebase", "cccc", "--onto", "bbbb"]), @r"
    ! error: `cccc` (Add prices) would follow itself
    !   caused by: `bbbb` (Add notes) needs it
    exit 1
    ");
    assert_snapshot!(project.cargo(&["rebase", "cccc", "--onto", "base"]), @r#"
    ! error: the chain would begin twice
    ! hint: name the revision it follows, or allow it with migrations!("…", multiple_bases)
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["rebase", "dddd", "--onto", "aaaa"]), @r#"
    ! error: it would be a head beside `cccc` and `bbbb`
    ! hint: move it behind the head, or allow several with migrations!("…", multiple_heads)
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["rebase", "zz", "--onto", "aaaa"]), @r"
    ! error: there is no revision or branch label `zz`
    exit 1
    ");
    let url = "postgres://user:secret@localhost/x";
    assert_snapshot!(project.cargo(&["--database-url", url, "rebase", "bbbb", "--onto", "cccc"]), @r#"
    ! error: it would be a head beside `dddd`
    ! hint: move it behind the head, or allow several with migrations!("…", multiple_heads)
    exit 1
    "#);
}

#[test]
#[cfg(feature = "sqlite")]
fn a_migration_that_the_database_has_stays_where_it_is() {
    use migrate_core::diesel::{Connection, SqliteConnection, connection::SimpleConnection};
    let project = Sources::new(FORK);
    let file = project.0.path().join("migrate.db");
    let mut database =
        SqliteConnection::establish(file.to_str().expect("a path")).expect("a database");
    let rows = "CREATE TABLE __migrate_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY); \
                INSERT INTO __migrate_version VALUES ('bbbb')";
    database.batch_execute(rows).expect("a row");
    assert_snapshot!(project.cargo(&["rebase", "bbbb", "--onto", "cccc"]), @r"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: the database has `bbbb` (Add notes)
    !   caused by: what it would follow from now on would never run there before it
    ! hint: take it back first: cargo migrate downgrade; or merge instead: cargo migrate merge
    exit 1
    ");
    assert_snapshot!(project.cargo(&["rebase", "cccc", "--onto", "bbbb"]), @r"
    schema/src/versions/20240101_0002_cccc.rs
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    exit 0
    ");
    assert_snapshot!(project.cargo(&["rebase", "aaaa", "--onto", "zzzz"]), @r"
    ! error: there is no revision or branch label `zzzz`
    exit 1
    ");
    let url = "postgres://user:secret@localhost:1/x";
    assert_snapshot!(project.cargo(&["--database-url", url, "rebase", "cccc", "--onto", "aaaa"]), @r#"
    ! error: it would be a head beside `bbbb`
    ! hint: move it behind the head, or allow several with migrations!("…", multiple_heads)
    exit 1
    "#);
}

/// The log says what was run, the rows what somebody set by hand: either keeps a migration where it is.
#[test]
#[cfg(feature = "sqlite")]
fn a_row_counts_over_the_log_and_the_log_without_a_row() {
    use migrate_core::diesel::{Connection, SqliteConnection, connection::SimpleConnection};
    use migrate_core::run::Migrator;
    use migrate_core::{Chain, Revision};
    use migrate_model::revision::Rules;
    static REVISIONS: [Revision; 3] = [
        Revision { id: "aaaa", file: "0", stem: "0", ..Revision::FAULTY },
        Revision { id: "bbbb", file: "1", stem: "1", down_revision: &["aaaa"], ..Revision::FAULTY },
        Revision { id: "cccc", file: "2", stem: "2", down_revision: &["aaaa"], ..Revision::FAULTY },
    ];
    static CHAIN: Chain =
        Chain::new(&REVISIONS, Rules { multiple_heads: true, multiple_bases: false });
    let project = Sources::new(FORK);
    let file = project.0.path().join("migrate.db");
    let mut database =
        SqliteConnection::establish(file.to_str().expect("a path")).expect("a database");
    Migrator::new(&CHAIN).upgrade(&mut database, "bbbb").expect("an upgrade");
    let by_hand = "UPDATE __migrate_version SET version_num = 'cccc'";
    database.batch_execute(by_hand).expect("a row");
    assert_snapshot!(project.cargo(&["rebase", "cccc", "--onto", "bbbb"]), @r#"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: the database has `cccc` (Add prices)
    !   caused by: what it would follow from now on would never run there before it
    ! hint: take it back first: cargo migrate downgrade; or merge instead: cargo migrate merge
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["rebase", "bbbb", "--onto", "cccc"]), @r#"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: the database has `bbbb` (Add notes)
    !   caused by: what it would follow from now on would never run there before it
    ! hint: take it back first: cargo migrate downgrade; or merge instead: cargo migrate merge
    exit 1
    "#);

    // Taken back, says the log, and there it is.
    let by_hand = "UPDATE __migrate_version SET version_num = 'bbbb'";
    database.batch_execute(by_hand).expect("a row");
    Migrator::new(&CHAIN).downgrade(&mut database, "aaaa").expect("a downgrade");
    database.batch_execute(by_hand).expect("a row");
    assert_snapshot!(project.cargo(&["rebase", "bbbb", "--onto", "cccc"]), @r#"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: the database has `bbbb` (Add notes)
    !   caused by: what it would follow from now on would never run there before it
    ! hint: take it back first: cargo migrate downgrade; or merge instead: cargo migrate merge
    exit 1
    "#);
}
