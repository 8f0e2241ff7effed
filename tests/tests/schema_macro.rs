//! A program whose tables are those of `schema!`: the migrations make them, Diesel inserts and joins, `migrate` reads the same.

#![allow(clippy::unwrap_used)]

use diesel::deserialize::{FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{IsNull, Output, ToSql};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteValue};
use diesel::{deserialize, serialize};
use migrate_core::Dialect;
use migrate_core::Migrator;
use migrate_core::backend::{Scope, canonical, normalize};
use migrate_core::catalog::{Catalog, naming::Naming};
use migrate_core::op::{Ops, apply_all};
use migrate_core::prelude::*;
use tests::difference::differences;
use tests::{Backend, Database, chain, revision, told};

mod schema {
    migrate_core::schema! {
        enum order_status = ["open", "filled"];

        /// Whoever logs in.
        users (id) {
            #[identity]
            id -> BigInt,
            #[unique]
            #[max_length = 40]
            email -> Varchar,
            #[default(true)]
            #[sql_name = "is active"]
            is_active -> Bool,
        }

        #[index(user_id, desc(number))]
        #[unique(user_id, number)]
        orders (id) {
            #[identity]
            id -> BigInt,
            #[references(users(id), on_delete = cascade)]
            user_id -> BigInt,
            #[references(users(id))]
            approved_by -> Nullable<BigInt>,
            #[check("number > 0")]
            number -> Integer,
            #[default("open")]
            status -> OrderStatus,
        }

        /// Two ways lead to its order.
        #[foreign_key((user_id, number) -> orders(user_id, number))]
        fills (order_id, leg) {
            #[references(orders(id))]
            order_id -> BigInt,
            leg -> Integer,
            user_id -> BigInt,
            number -> Integer,
            #[default(sql = "1 + 1")]
            quantity -> Double,
        }

        notes {
            id -> Integer,
            #[references(orders(id))]
            order_id -> BigInt,
            text -> Text,
        }
    }
}

use schema::{fills, notes, orders, sql_types::OrderStatus, users};

/// The same tables by hand.
fn by_hand(op: &mut Ops) {
    op.create_table(
        table("users")
            .comment("Whoever logs in.")
            .column(bigint("id").primary_key().identity())
            .column(varchar("email", 40).unique())
            .column(boolean("is active").default(true)),
    );
    let status = enum_type("order_status").values(["open", "filled"]);
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key().identity())
            .column(bigint("user_id").references("users", "id").on_delete(Cascade))
            .column(bigint("approved_by").nullable().references("users", "id"))
            .column(integer("number").check("number > 0"))
            .column(enumeration("status", status).default("open"))
            .constraint(unique(["user_id", "number"])),
    );
    op.create_index(index("").on("orders", ["user_id"]).key(migrate_core::prelude::desc("number")));
    op.create_table(
        table("fills")
            .comment("Two ways lead to its order.")
            .column(bigint("order_id").references("orders", "id"))
            .column(integer("leg"))
            .column(bigint("user_id"))
            .column(integer("number"))
            .column(double("quantity").default_sql("1 + 1"))
            .primary_key(["order_id", "leg"])
            .constraint(
                foreign_key(["user_id", "number"]).references("orders", ["user_id", "number"]),
            ),
    );
    op.create_table(
        table("notes")
            .column(integer("id").primary_key())
            .column(bigint("order_id").references("orders", "id"))
            .column(text("text")),
    );
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = OrderStatus)]
enum Status {
    Open,
    Filled,
}

impl ToSql<OrderStatus, Sqlite> for Status {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(match self {
            Status::Open => "open",
            Status::Filled => "filled",
        });
        Ok(IsNull::No)
    }
}

impl FromSql<OrderStatus, Sqlite> for Status {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let word = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
        Ok(if word == "open" { Status::Open } else { Status::Filled })
    }
}

#[derive(Insertable)]
#[diesel(table_name = orders)]
struct NewOrder {
    user_id: i64,
    number: i32,
    status: Option<Status>,
}

#[test]
fn what_is_read_from_the_source_is_what_the_migrations_make() {
    let read = migrate_cli::schema::read(include_str!("schema_macro.rs"), "", &Naming::DEFAULT);
    let desired = read.unwrap_or_else(|failure| panic!("{}", failure.causes.join("\n")));
    let mut op = Ops::new(Dialect::Sqlite);
    by_hand(&mut op);
    let mut simulated = Catalog::default();
    apply_all(&op.into_recorded(), &mut simulated).unwrap();
    assert_eq!(differences(&simulated, &desired.catalog), Vec::<String>::new());

    for backend in tests::backends() {
        let database = migrated(backend);
        let mut connection = database.connect();
        let connection = &mut *connection;
        let dialect = connection.detect().unwrap();
        let found = connection.reflect(&Scope::default()).unwrap();
        let expected = canonical(connection, &desired.catalog).unwrap();
        let (expected, found) = (normalize(dialect, &expected), normalize(dialect, &found.catalog));
        assert_eq!(differences(&expected, &found), Vec::<String>::new(), "{backend:?}");
    }
}

#[test]
fn diesel_inserts_and_joins() {
    if !tests::backends().contains(&Backend::Sqlite) {
        return;
    }
    let database = migrated(Backend::Sqlite);
    let mut connection = database.sqlite();
    let connection = &mut connection;
    let ann: i64 = diesel::insert_into(users::table)
        .values(users::email.eq("ann@example.org"))
        .returning(users::id)
        .get_result(connection)
        .unwrap();
    let new = [
        NewOrder { user_id: ann, number: 1, status: None },
        NewOrder { user_id: ann, number: 2, status: Some(Status::Filled) },
    ];
    for new in &new {
        diesel::insert_into(orders::table).values(new).execute(connection).unwrap();
    }
    let fill =
        (fills::order_id.eq(2_i64), fills::leg.eq(1), fills::user_id.eq(ann), fills::number.eq(2));
    diesel::insert_into(fills::table).values(fill).execute(connection).unwrap();

    // Two ways lead from orders to users, so it is said which.
    let with_users = orders::table.inner_join(users::table.on(users::id.eq(orders::user_id)));
    let of_ann: Vec<(String, bool, i32, Status)> = with_users
        .order(orders::number)
        .select((users::email, users::is_active, orders::number, orders::status))
        .load(connection)
        .unwrap();
    let email = "ann@example.org".to_owned();
    assert_eq!(of_ann, [(email.clone(), true, 1, Status::Open), (email, true, 2, Status::Filled)]);

    // One way leads from notes to orders.
    let note = (notes::id.eq(1), notes::order_id.eq(2_i64), notes::text.eq("late"));
    diesel::insert_into(notes::table).values(note).execute(connection).unwrap();
    let of_two: Vec<(i32, String)> = orders::table
        .inner_join(notes::table)
        .select((orders::number, notes::text))
        .load(connection)
        .unwrap();
    assert_eq!(of_two, [(2, "late".to_owned())]);

    let below_zero = NewOrder { user_id: ann, number: -1, status: None };
    let refused = diesel::insert_into(orders::table).values(&below_zero).execute(connection);
    assert!(refused.unwrap_err().to_string().contains("orders_number_check"));
}

fn migrated(backend: Backend) -> Database {
    let database = Database::fresh(backend);
    let chain = chain(vec![revision("a", &[], by_hand)]);
    let upgraded = Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
    upgraded.unwrap_or_else(|error| panic!("{}", told(&error)));
    database
}

/// The rows of the tables of a text.
fn rows(text: &str) -> Vec<&str> {
    let lines = text.lines().map(|line| line.trim_start_matches("/// "));
    lines.filter(|line| line.starts_with("| `#[") || line.starts_with("| `///")).collect()
}

#[test]
fn the_guide_and_the_macro_have_the_same_words() {
    let guide = include_str!("../../docs/schema.md");
    let (attributes, _) = guide.split_once("## Types").unwrap();
    assert_eq!(rows(attributes), rows(include_str!("../../migrate-core/src/schema.rs")));
}
