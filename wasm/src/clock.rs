//! Time: the wall clock as of the start, carried on by the monotonic one.

use js_sys::{Reflect, global};
use steadfast_core::time::Instant;
use wasm_bindgen::prelude::*;
use web_sys::{Crypto, Performance};

/// Reads `performance.timeOrigin + performance.now()`: a Unix time stamp that never runs backwards,
/// in pages, in workers and in Node.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    performance: Performance,
    origin: f64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let performance: Performance = of_global("performance").unchecked_into();
        Self { origin: performance.time_origin(), performance }
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Instant {
        self.at(self.performance.now())
    }

    /// The instant at which `performance.now()` gave this many milliseconds.
    pub(crate) fn at(&self, millis: f64) -> Instant {
        Instant::from_fractional_millis(self.origin + millis)
    }
}

/// Chance for one state machine, from the platform's generator for cryptography.
pub(crate) fn seed() -> u64 {
    let crypto: Crypto = of_global("crypto").unchecked_into();
    let mut bytes = [0; 8];
    // It fails for more than 65,536 bytes only.
    let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    u64::from_le_bytes(bytes)
}

fn of_global(name: &str) -> JsValue {
    Reflect::get(&global(), &name.into()).unwrap_or_default()
}
