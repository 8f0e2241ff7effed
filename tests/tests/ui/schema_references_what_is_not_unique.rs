// at fault: users
migrate_core::schema! {
    enum order_status = ["open", "filled"];

    users (id) {
        id -> BigInt,
        name -> Text,
    }

    orders (id) {
        id -> BigInt,
        user_id -> BigInt,
        #[references(users(name))]
        status -> Text,
    }
}

fn main() {
    // What the mistake leaves alone is there.
    let _ = (users::name, orders::user_id, orders::table);
}
