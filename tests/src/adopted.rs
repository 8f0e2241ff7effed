//! Chains for databases that other tools have migrated: what `tests/data/tools` makes, as migrations here, each named as
//! its tool would have it, and one more that none of these tools knows.
//!
//! The binary `adopted` is the `migrate` of one of these chains, that of `MIGRATE_TEST_CHAIN`.

use migrate_core::Revision;
use migrate_core::op::SqlFile;
use migrate_core::prelude::*;

use crate::chain::revision;

fn users(op: &mut Ops) {
    op.create_table(
        table("users").column(bigint("id").primary_key()).column(varchar("email", 120).unique()),
    );
}

fn orders(op: &mut Ops) {
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key())
            .column(bigint("user_id").references("users", "id"))
            .column(numeric("total", 12, 2).default(0)),
    );
    op.create_index(index("orders_user_id_idx").on("orders", ["user_id"]));
}

fn name(op: &mut Ops) {
    op.add_column("users", varchar("name", 80).nullable());
    op.create_index(index("users_name_idx").on("users", ["name"]));
}

fn note(op: &mut Ops) {
    op.add_column("orders", text("note").nullable());
}

/// SeaORM knows unique keys as indexes alone, and has its own spelling on SQLite.
fn sea_users(op: &mut Ops) {
    op.create_table(
        table("users").column(bigint("id").primary_key()).column(varchar("email", 120)),
    );
    op.create_index(index("users_email_key").on("users", ["email"]).unique());
}

fn sea_orders(op: &mut Ops) {
    let orders = table("orders")
        .column(bigint("id").primary_key())
        .column(bigint("user_id").references("users", "id"));
    op.create_table(match op.dialect() {
        Sqlite => orders.column(custom("total", "real(12, 2)").default_sql("0")),
        Postgres | Mysql | Mariadb => orders.column(numeric("total", 12, 2).default(0)),
    });
    op.create_index(index("orders_user_id_idx").on("orders", ["user_id"]));
}

fn everything(op: &mut Ops) {
    users(op);
    orders(op);
    name(op);
}

fn sea_everything(op: &mut Ops) {
    sea_users(op);
    sea_orders(op);
    name(op);
}

fn audit(op: &mut Ops) {
    op.create_table(table("audit").column(bigint("id").primary_key()));
}

/// The very files of Diesel, as `cargo migrate import` takes them over.
macro_rules! file {
    ($name:ident, $folder:literal) => {
        fn $name(op: &mut Ops) {
            op.sql_file(&SqlFile {
                file: concat!($folder, "/up.sql"),
                text: include_str!(concat!("../data/tools/diesel/", $folder, "/up.sql")),
                opaque: &[],
                declares_nothing: false,
            });
        }
    };
}

file!(users_file, "2024-01-01-000000_create_users");
file!(orders_file, "2024-01-02-000000_create_orders");
file!(name_file, "2024-01-03-000000_add_user_name");

/// The three, each with its id and the name of its file, and the one behind them.
fn chain(names: [(&'static str, &'static str); 3]) -> Vec<Revision> {
    let [(a, file_a), (b, file_b), (c, file_c)] = names;
    let behind = |id: &'static str| -> &'static [&'static str] { Box::leak(Box::new([id])) };
    vec![
        Revision { stem: file_a, message: "create users", ..revision(a, &[], users) },
        Revision { stem: file_b, message: "create orders", ..revision(b, behind(a), orders) },
        Revision { stem: file_c, message: "add user name", ..revision(c, behind(b), name) },
        Revision { message: "add order note", ..revision("d00000000004", behind(c), note) },
    ]
}

/// The revisions of the chain of this name.
///
/// # Panics
///
/// When there is none of this name.
pub fn revisions(name: &str) -> Vec<Revision> {
    match name {
        "alembic" => chain([
            ("27c6a30d7c24", "20240101_0000_27c6a30d7c24_create_users"),
            ("3cb3e1f2a9d0", "20240102_0000_3cb3e1f2a9d0_create_orders"),
            ("9f1d6b5e8a42", "20240103_0000_9f1d6b5e8a42_add_user_name"),
        ]),
        "diesel" => chain([
            ("d00000000001", "20240101_0000_d00000000001_create_users"),
            ("d00000000002", "20240102_0000_d00000000002_create_orders"),
            ("d00000000003", "20240103_0000_d00000000003_add_user_name"),
        ]),
        "diesel-sql" => {
            let files: [fn(&mut Ops); 3] = [users_file, orders_file, name_file];
            let mut revisions = revisions("diesel");
            for (revision, file) in revisions.iter_mut().zip(files) {
                revision.upgrade = file;
                revision.irreversible = Some("its SQL has no way back");
            }
            revisions
        }
        "sea-orm" => {
            let mut revisions = chain([
                ("d00000000001", "m20240101_000001_create_users"),
                ("d00000000002", "m20240102_000001_create_orders"),
                ("d00000000003", "m20240103_000001_add_user_name"),
            ]);
            revisions[0].upgrade = sea_users;
            revisions[1].upgrade = sea_orders;
            revisions
        }
        "refinery" => chain([
            ("d00000000001", "V1__create_users"),
            ("d00000000002", "V2__create_orders"),
            ("d00000000003", "V3__add_user_name"),
        ]),
        "sqlx" => chain([
            ("20240101000000", "20240101000000_create_users"),
            ("20240102000000", "20240102000000_create_orders"),
            ("20240103000000", "20240103000000_add_user_name"),
        ]),
        // The history begins with what is there.
        "baseline" => vec![
            Revision { message: "as it is", ..revision("ba5e11000001", &[], everything) },
            Revision {
                message: "add order note",
                ..revision("d00000000004", &["ba5e11000001"], note)
            },
        ],
        "baseline-sea-orm" => {
            let mut revisions = revisions("baseline");
            revisions[0].upgrade = sea_everything;
            revisions
        }
        "branches" => {
            let mut revisions = revisions("alembic");
            revisions.truncate(2);
            revisions.push(Revision {
                message: "create audit",
                ..revision("a0d170000001", &["27c6a30d7c24"], audit)
            });
            revisions
        }
        other => panic!("there is no chain `{other}`"),
    }
}
