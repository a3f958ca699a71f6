//! One deadline, as a call back.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use gloo_timers::callback::Timeout;
use steadfast_core::time::Instant;

use crate::clock::Clock;

/// The longest delay that `setTimeout` takes; a longer one would fire at once.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

/// Calls back when a deadline has come, or earlier: the callback looks at the clock and arms
/// it again. Thus a deadline that moves into the future, as most do, costs nothing, and one that
/// lies further away than `setTimeout` reaches is approached in steps.
pub(crate) struct Timer {
    armed: Rc<RefCell<Option<Armed>>>,
    call: Rc<dyn Fn()>,
}

struct Armed {
    at: Instant,
    _timeout: Timeout,
}

impl Timer {
    pub(crate) fn new(call: impl Fn() + 'static) -> Self {
        Self { armed: Rc::default(), call: Rc::new(call) }
    }

    /// Calls back at `due` at the latest; never if it is absent.
    ///
    /// A `setTimeout` that throws leaves no timeout, and the next call tries again: nothing is
    /// borrowed while the platform is called.
    pub(crate) fn arm(&self, clock: &Clock, due: Option<Instant>) {
        let Some(due) = due else { return self.cancel() };
        if self.armed.borrow().as_ref().is_some_and(|armed| armed.at <= due) {
            return;
        }
        self.cancel();
        let now = clock.now();
        let at = due.min(now + LONGEST);
        let wait = at.saturating_since(now);
        // Rounded up: a timer that fires a moment early would be armed again for nothing.
        let millis = u32::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX);
        let (slot, call) = (Rc::clone(&self.armed), Rc::clone(&self.call));
        let timeout = Timeout::new(millis, move || {
            drop(slot.take());
            call();
        });
        self.armed.replace(Some(Armed { at, _timeout: timeout }));
    }

    pub(crate) fn cancel(&self) {
        // Let go of before the timeout is cleared, which calls the platform.
        let armed = self.armed.take();
        drop(armed);
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
