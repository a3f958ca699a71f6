//! One deadline, as a call back.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use steadfast_core::time::Instant;
use wasm_bindgen::prelude::*;

use crate::clock::Clock;

/// The longest delay that `setTimeout` takes; a longer one would fire at once.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout(call: &JsValue, millis: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = clearTimeout)]
    fn clear_timeout(timeout: &JsValue) -> Result<(), JsValue>;
}

/// Calls back when a deadline has come, or earlier: whoever is called looks at the clock and arms
/// it again. Thus a deadline that moves into the future, as most do, costs nothing, and one that
/// lies further away than `setTimeout` reaches is approached in steps.
pub(crate) struct Timer {
    /// When the timeout fires, if one is set.
    at: Rc<Cell<Option<Instant>>>,
    timeout: RefCell<JsValue>,
    wake: Closure<dyn FnMut()>,
}

impl Timer {
    pub(crate) fn new(call: impl Fn() + 'static) -> Self {
        let at: Rc<Cell<Option<Instant>>> = Rc::default();
        let fired = Rc::clone(&at);
        let wake = Closure::new(move || {
            fired.set(None);
            call();
        });
        Self { at, timeout: RefCell::default(), wake }
    }

    /// Calls back at `due` at the latest; never if it is absent. Where the platform refuses a
    /// timeout, the next call tries again.
    pub(crate) fn arm(&self, clock: &Clock, due: Option<Instant>) {
        let Some(due) = due else { return self.cancel() };
        if self.at.get().is_some_and(|at| at <= due) {
            return;
        }
        self.cancel();
        let now = clock.now();
        let at = due.min(now + LONGEST);
        let wait = at.saturating_since(now);
        // Rounded up: a timer that fires a moment early would be armed again for nothing.
        let millis = wait.as_nanos().div_ceil(1_000_000) as f64;
        if let Ok(timeout) = set_timeout(self.wake.as_ref(), millis) {
            self.timeout.replace(timeout);
            self.at.set(Some(at));
        }
    }

    pub(crate) fn cancel(&self) {
        if self.at.take().is_some() {
            let timeout = self.timeout.take();
            let _ = clear_timeout(&timeout);
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").finish_non_exhaustive()
    }
}
