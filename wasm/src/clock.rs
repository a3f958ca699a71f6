//! Time: the wall clock as of the start, carried on by the monotonic one.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Date, Reflect, global};
use steadfast_core::time::{
    Clock as Machine, Dates, Instant, Reading, Sleep, duration_from_millis as millis,
};
use wasm_bindgen::prelude::*;
use web_sys::{Crypto, Performance};

/// Reads `performance.now()` and `Date.now()`: a Unix time stamp that never runs backwards, in
/// pages, in workers and in Node. Its clones are one clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    performance: Performance,
    machine: Rc<Cell<Machine>>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let performance: Performance = of_global("performance").unchecked_into();
        let machine = Machine::new(millis(performance.now()), millis(Date::now()), Sleep::Untold);
        Self { performance, machine: Rc::new(Cell::new(machine)) }
    }

    /// The present instant, and how long the machine may have been asleep. To be called on each
    /// wake-up.
    pub(crate) fn read(&self) -> Reading {
        let mut machine = self.machine.get();
        let reading =
            machine.read(millis(self.performance.now()), millis(Date::now()), Sleep::Untold);
        self.machine.set(machine);
        reading
    }

    /// How dates follow from instants at present. Whether the machine slept is left to be read.
    pub(crate) fn dates(&self) -> Dates {
        let mut machine = self.machine.get();
        machine.read(millis(self.performance.now()), millis(Date::now()), Sleep::Untold);
        machine.dates()
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Instant {
        self.at(self.performance.now())
    }

    /// The instant at which `performance.now()` gave this many milliseconds.
    pub(crate) fn at(&self, now: f64) -> Instant {
        self.machine.get().at(millis(now))
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
