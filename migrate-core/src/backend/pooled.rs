//! Connections out of an r2d2 pool, as they are: `&mut pooled`.

use std::sync::{Arc, atomic::AtomicBool};

use diesel::r2d2::{ConnectionManager, PooledConnection, R2D2Connection};

use super::{Database, database::handed_on};

impl<C: Database + R2D2Connection + 'static> Database for PooledConnection<ConnectionManager<C>> {
    handed_on!(|this| (**this), transactions);

    fn stop(&self) -> Option<Arc<AtomicBool>> {
        (**self).stop()
    }
}
