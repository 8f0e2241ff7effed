use migrate_core::prelude::*;

/// Create orders
#[migration(revision = "ae1027a6acf0", down_revision = None)]
struct CreateOrders;
