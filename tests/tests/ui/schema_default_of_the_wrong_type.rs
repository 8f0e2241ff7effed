// at fault: "none"
migrate_core::schema! {
    enum order_status = ["open", "filled"];

    users (id) {
        id -> BigInt,
        name -> Text,
    }

    orders (id) {
        id -> BigInt,
        #[default("none")]
        user_id -> BigInt,
        status -> OrderStatus,
    }
}

fn main() {
    // What the mistake leaves alone is there.
    let _ = (users::name, orders::user_id, orders::table);
}
