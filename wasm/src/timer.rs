//! One deadline, at which JavaScript calls back.

use std::cell::Cell;
use std::time::Duration;

use steadfast_core::time::Instant;
use wasm_bindgen::prelude::*;

use crate::clock::Clock;

/// The longest delay that `setTimeout` takes; a longer one would fire at once.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

#[wasm_bindgen]
extern "C" {
    /// Who has timers for a class of the module, each by its number: see timers.js.
    #[derive(Clone, Debug)]
    pub type Waker;

    /// Wait so many milliseconds, instead of what this timer waited before, then call `elapsed`
    /// with its number; for nothing if they are negative.
    #[wasm_bindgen(method)]
    fn wait(this: &Waker, timer: u8, millis: f64);
}

/// Fires when a deadline has come, or earlier: whoever hears of it looks at the clock and arms it
/// again. Thus a deadline that moves into the future, as most do, costs nothing, and one that lies
/// further away than `setTimeout` reaches is approached in steps.
#[derive(Debug)]
pub(crate) struct Timer {
    armed: Cell<Option<Instant>>,
    waker: Waker,
    number: u8,
}

impl Timer {
    /// The timer of this number.
    pub(crate) fn new(waker: Waker, number: u8) -> Self {
        Self { armed: Cell::default(), waker, number }
    }

    /// Fires at `due` at the latest; never if it is absent.
    pub(crate) fn arm(&self, clock: &Clock, due: Option<Instant>) {
        let Some(due) = due else { return self.cancel() };
        if self.armed.get().is_some_and(|at| at <= due) {
            return;
        }
        let now = clock.now();
        let at = due.min(now + LONGEST);
        self.armed.set(Some(at));
        let wait = at.saturating_since(now);
        // Rounded up: a timer that fires a moment early would be armed again for nothing.
        let rest = wait.subsec_nanos().div_ceil(1_000_000);
        self.waker.wait(self.number, wait.as_secs() as f64 * 1e3 + f64::from(rest));
    }

    /// It has fired.
    pub(crate) fn elapsed(&self) {
        self.armed.set(None);
    }

    pub(crate) fn cancel(&self) {
        if self.armed.take().is_some() {
            self.waker.wait(self.number, -1.0);
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.cancel();
    }
}
