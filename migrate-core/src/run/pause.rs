//! Waiting: a sleep that can be broken off, and a little chance, so that two who were in each other's way are not
//! so again.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::{Duration, Instant},
};

/// Sleeps, unless `stop` says otherwise meanwhile; whether it did.
pub(super) fn sleep(time: Duration, stop: &impl Fn() -> bool) -> bool {
    const SLICE: Duration = Duration::from_millis(50);
    let began = Instant::now();
    loop {
        if stop() {
            return true;
        }
        let left = time.saturating_sub(began.elapsed());
        if left.is_zero() {
            return false;
        }
        std::thread::sleep(left.min(SLICE));
    }
}

/// Between half of a time and all of it.
pub(super) fn jittered(time: Duration) -> Duration {
    time / 2 + any_up_to(time / 2)
}

/// Any time up to this one.
pub(super) fn any_up_to(time: Duration) -> Duration {
    // The standard library's only source of chance: the keys of a new hash table.
    let random = RandomState::new().build_hasher().finish();
    let part = u32::try_from(random % 1001).unwrap_or_default();
    time * part / 1000
}
