//! Turns calls away while most of them fail, from any number of tasks and threads at once.

mod admission;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use steadfast_core::ConfigError;
use steadfast_core::breaker::{
    BreakerConfig, BreakerSnapshot, BreakerState, CircuitBreaker as Machine, Outcome, Permit,
    Rejection, Transition,
};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::time::Instant;

pub(crate) use admission::Admission;
pub use admission::Guard;

use crate::clock::Clock;
use crate::failure::{CircuitError, Class, Classify, Known};
use crate::panics::{caught, log};
use crate::seed::seed;

/// Turns calls away while most of them fail.
///
/// Clones are the same breaker. Nothing locks: while it is closed, being admitted is one load.
///
/// ```
/// use std::time::Duration;
/// use steadfast::{BreakerConfig, CircuitBreaker};
///
/// # async fn fetch() -> Result<String, std::io::Error> { Ok(String::new()) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let breaker = CircuitBreaker::new(BreakerConfig::consecutive(5, Duration::from_secs(30)))?;
/// let page = breaker.call(fetch()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct CircuitBreaker(Arc<Shared>);

type Listener = Box<dyn Fn(&Event) + Send + Sync>;

struct Shared {
    machine: Machine,
    clock: Clock,
    listener: Option<Listener>,
}

impl CircuitBreaker {
    /// A closed breaker.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: BreakerConfig) -> Result<Self, ConfigError> {
        Self::build(config, None)
    }

    /// A closed breaker that tells when its state changes: `circuit.opened`,
    /// `circuit.half_opened`, `circuit.closed` and `circuit.reset`. The function is called by
    /// the caller that made the change, and may use the breaker. A panic of the function is logged and
    /// goes no further.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn with_listener(
        config: BreakerConfig,
        listener: impl Fn(&Event) + Send + Sync + 'static,
    ) -> Result<Self, ConfigError> {
        Self::build(config, Some(Box::new(listener)))
    }

    fn build(config: BreakerConfig, listener: Option<Listener>) -> Result<Self, ConfigError> {
        let clock = Clock::start();
        let machine = Machine::new(config, seed(), clock.now())?;
        Ok(Self(Arc::new(Shared { machine, clock, listener })))
    }

    /// The state, as it was left by the last call: an open breaker whose time is over becomes half
    /// open when somebody asks to be admitted.
    #[must_use]
    pub fn state(&self) -> BreakerState {
        self.0.machine.state()
    }

    /// Makes a call if one may be made, and watches how it ends. What [`Known`] says is final does
    /// not speak against the peer. A call that is dropped before it ends, or ends because it was
    /// cancelled, teaches nothing.
    ///
    /// # Errors
    ///
    /// The call's own, or that it was turned away.
    pub async fn call<T, E>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CircuitError<E>>
    where
        Known: Classify<T, E>,
    {
        self.call_with(Known, call).await
    }

    /// The same, with a judgement of your own: what is [`Class::Failed`] speaks against the peer.
    ///
    /// # Errors
    ///
    /// The call's own, or that it was turned away.
    pub async fn call_with<T, E>(
        &self,
        classify: impl Classify<T, E>,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CircuitError<E>> {
        let guard = self.admit()?;
        let result = call.await;
        if let Some(outcome) = outcome(classify.classify(&result)) {
            guard.record(outcome);
        }
        result.map_err(CircuitError::Failed)
    }

    /// May a call be made? Say how it ended with [`Guard::record`]; a guard that is dropped gives
    /// its permit back.
    ///
    /// # Errors
    ///
    /// If not, and when to ask again.
    #[inline]
    pub fn admit(&self) -> Result<Guard<'_>, Rejection> {
        self.permit().map(|permit| Guard::new(self, permit))
    }

    /// Opens it by hand, for good.
    pub fn force_open(&self) {
        self.tell(self.0.machine.force_open());
    }

    /// Closes it by hand, for good: no failure opens it, until [`reset`](Self::reset).
    pub fn force_closed(&self) {
        self.tell(self.0.machine.force_closed());
    }

    /// Closes it and forgets everything.
    pub fn reset(&self) {
        self.0.machine.reset();
        self.emit(EventKind::CircuitReset);
    }

    /// What to save. `open_until` is a date by the wall clock as it is now.
    #[must_use]
    pub fn snapshot(&self) -> BreakerSnapshot {
        self.0.machine.snapshot().dated(self.0.clock.dates())
    }

    /// Takes on what was saved, with an empty window.
    pub fn restore(&self, snapshot: BreakerSnapshot) {
        self.tell(self.0.machine.restore(snapshot.timed(self.0.clock.dates())));
    }

    #[inline]
    fn permit(&self) -> Result<Permit, Rejection> {
        // Most calls are neither probes nor turned away, and need no clock.
        self.0.machine.admit_untimed().map_or_else(|| self.permit_now(), Ok)
    }

    fn permit_now(&self) -> Result<Permit, Rejection> {
        let permit = self.0.machine.admit(self.now())?;
        self.tell(permit.transition());
        Ok(permit)
    }

    #[inline]
    fn record(&self, permit: Permit, outcome: Outcome) {
        if !self.0.machine.is_no_news(&permit, outcome) {
            self.tell(self.0.machine.record(self.now(), permit, outcome));
        }
    }

    #[inline]
    fn give_back(&self, permit: Permit) {
        self.0.machine.give_back(permit);
    }

    fn now(&self) -> Instant {
        self.0.clock.now()
    }

    #[inline]
    fn tell(&self, transition: Option<Transition>) {
        if let Some(transition) = transition {
            self.emit(transition.into());
        }
    }

    #[cold]
    fn emit(&self, kind: EventKind) {
        if let Some(listener) = &self.0.listener {
            let event = Event { at: self.now(), kind };
            // A permit that is on its way to its caller must not get lost with a panic.
            if caught(|| listener(&event)).is_none() {
                log("the listener of a circuit breaker");
            }
        }
    }
}

impl fmt::Debug for CircuitBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker").field("state", &self.state()).finish_non_exhaustive()
    }
}

/// What a breaker learns; nothing from a call that its caller gave up.
pub(crate) fn outcome(class: Class) -> Option<Outcome> {
    match class {
        Class::Cancelled => None,
        Class::Failed(_) => Some(Outcome::Failure),
        Class::Final | Class::Succeeded => Some(Outcome::Success),
    }
}
