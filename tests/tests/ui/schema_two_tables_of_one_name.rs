// at fault: orders
migrate_core::schema! {
    orders (id) {
        id -> BigInt,
    }

    archive.orders (id) {
        id -> BigInt,
    }
}

fn main() {
    let _ = orders::table;
}
