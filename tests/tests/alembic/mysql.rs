//! MySQL and MariaDB, which say a column anew as a whole whatever changes of it.

use migrate_core::prelude::*;
use tests::{Backend, backends};

use crate::{Trial, sql};

fn orders(op: &mut Ops) {
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key().identity().comment("counted"))
            .column(varchar("symbol", 20).default("no\\ne").collate("utf8mb4_bin").comment("it's"))
            .column(timestamp("placed").default_now().comment("when")),
    );
}

/// A change, and what it is of.
type Named = (&'static str, fn(&mut Ops));

/// What MariaDB knows of the columns, without our code.
fn columns(trial: &Trial) -> String {
    let columns = "SELECT CONCAT_WS(' ', column_name, column_type, IF(is_nullable = 'YES', 'NULL', 'NOT NULL'),
            CONCAT('DEFAULT ', column_default), NULLIF(extra, ''), collation_name, column_comment) AS value
        FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'orders' ORDER BY ordinal_position";
    trial.values(columns).join("\n")
}

/// Alembic: of a column that is modified, NOT NULL, the default, the comment and the collation are lost unless the call repeats them as
/// `existing_…`; a new name needs the type; without `existing_autoincrement` a counter stops.
#[test]
fn a_change_keeps_what_it_does_not_name() {
    let changes: [Named; 8] = [
        ("a type", |op| {
            op.alter_column("orders", "symbol").set_type(types::varchar(40));
        }),
        ("NULL", |op| {
            op.alter_column("orders", "symbol").drop_not_null().restore_with("''");
        }),
        ("a default", |op| {
            op.alter_column("orders", "symbol").set_default("it's");
        }),
        ("a comment", |op| {
            op.alter_column("orders", "symbol").comment("other");
        }),
        ("a name", |op| {
            op.alter_column("orders", "symbol").rename_to("ticker");
        }),
        ("the default of a moment", |op| {
            op.alter_column("orders", "placed").drop_default();
        }),
        ("NULL for a moment", |op| {
            op.alter_column("orders", "placed").drop_not_null().restore_with("now()");
        }),
        ("the name and comment of a counter", |op| {
            op.alter_column("orders", "id").rename_to("number").comment("counts");
        }),
    ];
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let mut trial = Trial::new(Backend::Mariadb, orders);
    trial.execute("INSERT INTO orders (symbol) VALUES ('AAPL')");
    let (schema, rows) = (trial.schema(), trial.rows());
    let before = columns(&trial);
    let mut said = String::new();
    for (name, change) in changes {
        trial.up(change);
        let after = columns(&trial);
        let differs = after.lines().filter(|line| !before.lines().any(|other| other == *line));
        said.push_str(&format!("{name}\n  {}\n", differs.collect::<Vec<_>>().join("\n  ")));
        trial.back();
        assert_eq!((trial.schema(), trial.rows()), (schema.clone(), rows.clone()), "{name}");
    }
    insta::assert_snapshot!(before, @r"
    id bigint(20) NOT NULL auto_increment counted
    symbol varchar(20) NOT NULL DEFAULT 'no\\ne' utf8mb4_bin it's
    placed datetime(6) NOT NULL DEFAULT current_timestamp(6) when
    ");
    insta::assert_snapshot!(said, @r"
    a type
      symbol varchar(40) NOT NULL DEFAULT 'no\\ne' utf8mb4_bin it's
    NULL
      symbol varchar(20) NULL DEFAULT 'no\\ne' utf8mb4_bin it's
    a default
      symbol varchar(20) NOT NULL DEFAULT 'it''s' utf8mb4_bin it's
    a comment
      symbol varchar(20) NOT NULL DEFAULT 'no\\ne' utf8mb4_bin other
    a name
      ticker varchar(20) NOT NULL DEFAULT 'no\\ne' utf8mb4_bin it's
    the default of a moment
      placed datetime(6) NOT NULL when
    NULL for a moment
      placed datetime(6) NULL DEFAULT current_timestamp(6) when
    the name and comment of a counter
      number bigint(20) NOT NULL auto_increment counts
    ");
    trial.execute("INSERT INTO orders (symbol) VALUES ('SAP')");
    assert_eq!(
        trial.values("SELECT CAST(id AS CHAR) AS value FROM orders ORDER BY id"),
        ["1", "2"]
    );
}

/// Alembic: several calls are several ALTERs, each a copy of the table at worst.
#[test]
fn several_changes_are_one_alter() {
    fn change(op: &mut Ops) {
        op.alter_table("orders", |t| {
            t.alter_column("symbol")
                .set_type(types::varchar(40))
                .drop_not_null()
                .restore_with("''");
            t.alter_column("placed").rename_to("seen");
            t.add_column(varchar("more", 9).nullable().unique());
            t.add_constraint(check("symbol <> 'x'").named("odd"));
            t.comment("all of them");
        });
    }
    for dialect in [Mysql, Mariadb] {
        let statements = sql(dialect, orders, change);
        assert!(
            statements.len() == 1 && statements[0].starts_with("ALTER TABLE"),
            "{statements:#?}"
        );
    }
}

/// Alembic: "No generic 'DROP CONSTRAINT' in MySQL - please specify constraint type"; `if_exists` is ignored.
#[test]
fn each_kind_of_constraint_is_dropped_in_its_own_words() {
    fn begin(op: &mut Ops) {
        op.create_table(
            table("orders")
                .column(integer("id").primary_key())
                .column(integer("parent_id").nullable().references("orders", "id").unique())
                .constraint(check("id > 0").named("positive")),
        );
    }
    let check = |dialect: Dialect, change: fn(&mut Ops), expected: &[&str]| {
        assert_eq!(sql(dialect, begin, change), expected, "{dialect}");
    };
    for dialect in [Mysql, Mariadb] {
        check(
            dialect,
            |op| _ = op.drop_constraint("orders", "positive"),
            &["ALTER TABLE `orders` DROP CONSTRAINT `positive`"],
        );
        check(
            dialect,
            |op| _ = op.drop_constraint("orders", "orders_parent_id_fkey"),
            &["ALTER TABLE `orders` DROP FOREIGN KEY `orders_parent_id_fkey`"],
        );
        check(dialect, |op| _ = op.drop_constraint("orders", "never_there").if_exists(), &[]);
    }
}

/// Alembic: `ADD COLUMN IF NOT EXISTS` is sent to MySQL too, which answers with a syntax error.
#[test]
fn if_not_exists_is_only_for_the_one_that_has_it() {
    fn change(op: &mut Ops) {
        op.add_column("orders", varchar("symbol", 20).nullable()).if_not_exists();
    }
    assert_eq!(
        sql(Mariadb, orders, |op| op
            .add_column("orders", integer("more").nullable())
            .if_not_exists()),
        ["ALTER TABLE `orders` ADD COLUMN IF NOT EXISTS `more` int"]
    );
    let refused = sql(Mysql, orders, |op| {
        op.add_column("orders", integer("more").nullable()).if_not_exists();
    });
    assert!(refused[0].starts_with("error: MySQL has no IF NOT EXISTS for columns"), "{refused:?}");
    // One that is there and differs is an error, and no silence.
    if backends().contains(&Backend::Mariadb) {
        let said = Trial::new(Backend::Mariadb, orders).refused(change);
        assert!(said.contains("nothing was changed"), "{said}");
    }
}
