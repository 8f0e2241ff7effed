//! What is said for MySQL, MariaDB and SQLite, op by op. PostgreSQL's table is in `tests/tests/impact`, beside the server.

use migrate_model::catalog::{self, Catalog};

use super::of;
use crate::{backend::render, prelude::*};

fn tables(op: &mut Ops) {
    op.create_enum(enum_type("mood").values(["ok", "sad"]));
    op.create_table(table("users").column(bigint("id").primary_key()));
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key())
            .column(bigint("user_id").nullable().references("users", "id"))
            .column(varchar("name", 20))
            .column(integer("n").nullable())
            .column(integer("indexed").nullable())
            .column(text("notes").nullable())
            .column(numeric("price", 10, 2).default(0))
            .column(enumeration("mood", "mood").nullable())
            .constraint(catalog::check("n > 0").named("orders_n")),
    );
    op.create_index(index("by_indexed").on("orders", ["indexed"]));
}

/// What the last statement of the ops does, in words.
fn said(dialect: Dialect, ops: fn(&mut Ops)) -> String {
    let mut catalog = Catalog::default();
    let recorded = |ops: fn(&mut Ops)| {
        let mut op = Ops::new(dialect);
        ops(&mut op);
        op.into_recorded()
    };
    for op in recorded(tables) {
        op.apply(&mut catalog).expect("the tables fit");
    }
    let mut last = Vec::new();
    for op in recorded(ops) {
        let statements = render(dialect, &op, &catalog).expect("the database can do it");
        last.extend(of(dialect, &op, &statements, &catalog));
        op.apply(&mut catalog).expect("the op fits");
    }
    last.last().map_or(String::new(), |one| one.to_string().replace(" on orders", ""))
}

#[track_caller]
fn check(ops: fn(&mut Ops), mysql: &str, mariadb: &str, sqlite: &str) {
    let expected = [(Mysql, mysql), (Mariadb, mariadb), (Sqlite, sqlite)];
    for (dialect, expected) in expected {
        let found = said(dialect, ops);
        assert_eq!(found, expected, "{dialect}");
    }
}

const INSTANT: &str = "INSTANT";
const IN_PLACE: &str = "INPLACE";
const INDEX: &str = "INPLACE, builds an index";
const REBUILD: &str = "INPLACE with rebuild, rewrites the table";
const COPY: &str = "COPY, rewrites the table; writes wait";
const NOTHING: &str = "hinders nobody";
const ANEW: &str = "rewrites the table";

#[rustfmt::skip]
#[test]
fn each_database_has_its_own_way() {
    //    the ops                                                                             MySQL     MariaDB   SQLite
    check(|op| { op.add_column("orders", text("a").nullable()); },                            INSTANT,  INSTANT,  NOTHING);
    check(|op| { op.add_column("orders", integer("a").default(1)); },                         INSTANT,  INSTANT,  "scans the table");
    check(|op| { op.add_column("orders", timestamptz("a").default_now()); },                  INSTANT,  INSTANT,  ANEW);
    check(|op| { op.add_column("orders", integer("a").nullable().generated("n + 1")); },      COPY,     COPY,     ANEW);
    check(|op| { op.drop_column("orders", "notes"); },                                        INSTANT,  INSTANT,  ANEW);
    check(|op| { op.drop_column("orders", "indexed"); },                                      REBUILD,  IN_PLACE, ANEW);
    check(|op| { op.alter_column("orders", "name").rename_to("m"); },                            INSTANT,  INSTANT,  NOTHING);
    check(|op| { op.alter_column("orders", "n").set_default(1); },                            INSTANT,  INSTANT,  ANEW);
    check(|op| { op.alter_column("orders", "n").set_not_null(); },                            REBUILD,  REBUILD,  ANEW);
    check(|op| { op.alter_column("orders", "name").drop_not_null(); },                        REBUILD,  REBUILD,  ANEW);
    check(|op| { op.alter_column("orders", "n").set_type(types::bigint()); },                 COPY,     COPY,     ANEW);
    check(|op| { op.alter_column("orders", "price").set_type(types::numeric(12, 2)); },       COPY,     COPY,     ANEW);
    check(|op| { op.alter_column("orders", "name").set_type(types::varchar(40)); },           IN_PLACE, INSTANT,  ANEW);
    check(|op| { op.alter_column("orders", "name").set_type(types::varchar(400)); },          COPY,     INSTANT,  ANEW);
    check(|op| { op.alter_column("orders", "name").set_type(types::varchar(10)); },           COPY,     COPY,     ANEW);
    check(|op| { op.alter_column("orders", "name").set_type(types::text()); },                COPY,     COPY,     ANEW);
    check(|op| { op.add_enum_value("mood", "glad"); },                                        INSTANT,  INSTANT,  ANEW);
    check(|op| { op.add_enum_value("mood", "glad").first(); },                                COPY,     COPY,     ANEW);
    check(|op| { op.create_index(index("i").on("orders", ["n"])); },                          INDEX,    INDEX,    "builds an index");
    check(|op| { op.create_index(index("i").on("orders", ["n"]).unique()); },                 INDEX,    INDEX,    "builds an index");
    check(|op| { op.drop_index("by_indexed"); },                                              IN_PLACE, IN_PLACE, NOTHING);
    check(|op| { op.create_foreign_key("orders", foreign_key(["n"]).references("users", ["id"])); },
          "COPY, INPLACE, LOCK=SHARED on users, rewrites the table; writes wait", "COPY, INPLACE, LOCK=SHARED on users, rewrites the table; writes wait", ANEW);
    check(|op| { op.drop_constraint("orders", "orders_user_id_fkey"); },                      IN_PLACE, IN_PLACE, ANEW);
    check(|op| { op.create_check_constraint("orders", catalog::check("n < 9").named("few")); },                      COPY,     COPY,     ANEW);
    check(|op| { op.drop_constraint("orders", "orders_n"); },                                 IN_PLACE, INSTANT,  ANEW);
    check(|op| { op.drop_constraint("orders", "orders_pkey"); },                              COPY,     COPY,     ANEW);
    check(|op| { op.rename_table("orders", "trades"); },                                      INSTANT,  INSTANT,  NOTHING);
    check(|op| { op.drop_table("orders"); },                                                  INSTANT,  INSTANT,  "may scan the table");
    check(|op| { op.create_table(table("new").column(bigint("id").primary_key())); },         NOTHING,  NOTHING,  NOTHING);
}
