//! Time: the wall clock as of the start, carried on by the monotonic one and by sleeps.

use std::cell::Cell;
use std::rc::Rc;

use steadfast_core::time::{Clock as Machine, Instant, Reading, duration_from_millis as millis};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn monotonic() -> f64;

    #[wasm_bindgen(js_namespace = Date, js_name = now)]
    pub(crate) fn wall() -> f64;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill(bytes: &mut [u8]);
}

/// Reads `performance.now()` and `Date.now()`: a Unix time stamp that never runs backwards, in
/// pages, in workers and in Node. Its clones are one clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Rc<Cell<Machine>>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Rc::new(Cell::new(Machine::new(millis(monotonic()), millis(wall())))))
    }

    /// The present instant, and how long the machine was asleep: for who wakes up, and sees to it
    /// that all who use this clock learn of a sleep.
    pub(crate) fn read(&self) -> Reading {
        let mut machine = self.0.get();
        let reading = machine.read(millis(monotonic()), millis(wall()));
        self.0.set(machine);
        reading
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Instant {
        self.at(monotonic())
    }

    /// The instant at which `performance.now()` gave this many milliseconds.
    pub(crate) fn at(&self, now: f64) -> Instant {
        self.0.get().at(millis(now))
    }
}

/// Chance for one state machine, from the platform's generator for cryptography.
pub(crate) fn seed() -> u64 {
    let mut bytes = [0; 8];
    fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
