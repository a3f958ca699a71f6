use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use steadfast_core::ConfigError;
use steadfast_core::retry::{Throttle as Machine, ThrottleConfig};

use crate::clock::Clock;

/// Holds retries back while too many fail, over all operations that share it: one for each
/// endpoint. A first attempt is never held back.
///
/// Clones are the same throttle. It is asked after failures, told successes, and locked for no
/// longer than that takes.
#[derive(Clone, Debug)]
pub struct Throttle(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    machine: Mutex<Machine>,
    clock: Clock,
}

impl Throttle {
    /// A throttle that has seen nothing.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: ThrottleConfig) -> Result<Self, ConfigError> {
        let machine = Mutex::new(Machine::new(config)?);
        Ok(Self(Arc::new(Shared { machine, clock: Clock::start() })))
    }

    /// What is left: tokens, or the retries that a ratio allows now.
    #[must_use]
    pub fn available(&self) -> f64 {
        self.lock().available(self.clock().now())
    }

    pub(super) fn clock(&self) -> Clock {
        self.0.clock
    }

    /// What was counted before a panic elsewhere still holds.
    pub(super) fn lock(&self) -> MutexGuard<'_, Machine> {
        self.0.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
