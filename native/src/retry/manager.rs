use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::breaker::{BreakerConfig, BreakerState};
use steadfast_core::event::Event;
use steadfast_core::retry::{
    AttemptRecord, OperationId, OperationKey, OperationState, RetryManager as Machine,
    RetryManagerConfig, RetryStats, RetryStrategy, Throttle, ThrottleConfig,
};
use steadfast_core::time::Instant;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::attempt::Attempt;
use super::error::RetryError;
use crate::breaker::CircuitBreaker;
use crate::clock::Clock;
use crate::failure::CircuitError;
use crate::failure::{Classify, Known};
use crate::seed::seed;

mod managed;

pub use managed::Managed;

/// Maximum number of named circuits.
const MOST_CIRCUITS: usize = 10_000;

/// Number of events that wait for a slow subscriber; then the oldest go.
const EVENTS: usize = 1024;

/// Knows the operations that are being tried under it: lists and cancels them, remembers how they
/// went, and keeps a breaker for each circuit that is named.
///
/// Clones are the same manager. It is locked for each decision, and never while an operation runs.
///
/// ```
/// use steadfast::{Exponential, RetryManager};
///
/// # async fn save(attempt: u32) -> Result<(), std::io::Error> { Ok(()) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let manager = RetryManager::new(Default::default())?;
/// let attempts = |attempt: steadfast::Attempt| save(attempt.number);
/// manager.execute_with_retry("save", attempts, Exponential::default(), 5).await?;
/// assert_eq!(manager.stats().successes, 1);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct RetryManager(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    clock: Clock,
    events: broadcast::Sender<RetryEvent>,
}

#[derive(Debug)]
struct State {
    machine: Machine,
    tokens: BTreeMap<OperationKey, CancellationToken>,
    circuits: BTreeMap<Arc<str>, CircuitBreaker>,
}

/// Something that happened to an operation or a circuit.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryEvent {
    /// The id of the operation, or of the circuit.
    pub id: Arc<str>,
    /// What happened, and when.
    pub event: Event,
}

impl RetryManager {
    /// A manager without operations.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: RetryManagerConfig) -> Result<Self, ConfigError> {
        let mut machine = Machine::new(config, seed())?;
        machine.watch(false);
        let state = State { machine, tokens: BTreeMap::new(), circuits: BTreeMap::new() };
        let (events, _) = broadcast::channel(EVENTS);
        Ok(Self(Arc::new(Shared { state: Mutex::new(state), clock: Clock::start(), events })))
    }

    /// Tries an operation up to `max_attempts` times.
    /// [`Retry::managed`](crate::Retry::managed) is the same with every other option.
    ///
    /// # Errors
    ///
    /// Why it was given up, with the last error.
    pub async fn execute_with_retry<F, A, T, E>(
        &self,
        operation_id: impl Into<String>,
        operation: F,
        strategy: impl Into<RetryStrategy>,
        max_attempts: u32,
    ) -> Result<T, RetryError<E>>
    where
        F: FnMut(Attempt) -> A,
        A: Future<Output = Result<T, E>>,
        Known: Classify<T, E>,
    {
        let retry = crate::retry_with(operation).strategy(strategy).max_attempts(max_attempts);
        retry.managed(self, operation_id).await
    }

    /// Makes a call behind the breaker of this circuit. The first call of a circuit makes its
    /// breaker: it opens after `threshold` failures in a row, for `timeout` at first.
    ///
    /// # Errors
    ///
    /// The call's own, that it was turned away, or that the circuit cannot be made.
    pub async fn execute_with_circuit_breaker<F, A, T, E>(
        &self,
        circuit_id: &str,
        call: F,
        threshold: u32,
        timeout: Duration,
    ) -> Result<T, CircuitError<E>>
    where
        F: FnOnce() -> A,
        A: Future<Output = Result<T, E>>,
        Known: Classify<T, E>,
    {
        let breaker =
            self.circuit_or(circuit_id, BreakerConfig::consecutive(threshold, timeout))?;
        breaker.call(async { call().await }).await
    }

    /// Holds retries back by such a throttle from now on; by none, which is the default.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn throttle(&self, config: Option<ThrottleConfig>) -> Result<(), ConfigError> {
        let throttle = config.map(Throttle::new).transpose()?;
        self.lock().machine.throttle(throttle);
        Ok(())
    }

    /// Cancels all operations of this id, and says how many there were. Their attempts and waits
    /// end at once.
    pub fn cancel(&self, operation_id: &str) -> usize {
        let now = self.now();
        let tokens: Vec<_> = self.ask(|state| {
            let keys: Vec<_> = state.machine.keys_of(operation_id).collect();
            keys.into_iter().filter_map(|key| state.cancel(now, key)).collect()
        });
        // This wakes other tasks, which have to find the lock free.
        tokens.iter().for_each(CancellationToken::cancel);
        tokens.len()
    }

    /// The operations under way, the oldest first.
    #[must_use]
    pub fn operations(&self) -> Vec<OperationState> {
        self.lock().machine.operations().collect()
    }

    /// The last attempts of all operations, the oldest first.
    #[must_use]
    pub fn history(&self) -> Vec<AttemptRecord> {
        self.lock().machine.history().cloned().collect()
    }

    /// The counts over all operations.
    #[must_use]
    pub fn stats(&self) -> RetryStats {
        *self.lock().machine.stats()
    }

    /// The counts of the operations of this id; absent if it was never seen, or long ago.
    #[must_use]
    pub fn stats_of(&self, operation_id: &str) -> Option<RetryStats> {
        self.lock().machine.stats_of(operation_id).copied()
    }

    /// The breaker of this circuit; absent before its first call.
    #[must_use]
    pub fn circuit(&self, circuit_id: &str) -> Option<CircuitBreaker> {
        self.lock().circuits.get(circuit_id).cloned()
    }

    /// All circuits and their states.
    #[must_use]
    pub fn circuits(&self) -> Vec<(Arc<str>, BreakerState)> {
        let state = self.lock();
        state.circuits.iter().map(|(id, breaker)| (Arc::clone(id), breaker.state())).collect()
    }

    /// What happens from now on. A subscriber that is too slow loses the oldest events.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<RetryEvent> {
        self.0.events.subscribe()
    }

    fn circuit_or(
        &self,
        circuit_id: &str,
        config: BreakerConfig,
    ) -> Result<CircuitBreaker, ConfigError> {
        let mut state = self.lock();
        if let Some(breaker) = state.circuits.get(circuit_id) {
            return Ok(breaker.clone());
        }
        let id = OperationId::new(circuit_id).map_err(|error| error.named("circuitId"))?;
        if state.circuits.len() >= MOST_CIRCUITS {
            let (value, allowed) = (MOST_CIRCUITS.to_string(), "less than 10000");
            return Err(ConfigError::out_of_range("circuits", &value, allowed));
        }
        let id: Arc<str> = Arc::from(id.as_str());
        let (events, of) = (self.0.events.clone(), Arc::clone(&id));
        // Without a subscriber there is nobody to tell.
        let listener = move |event: &Event| {
            let _ = events.send(RetryEvent { id: Arc::clone(&of), event: event.clone() });
        };
        let breaker = CircuitBreaker::with_listener(config, listener)?;
        state.circuits.insert(id, breaker.clone());
        Ok(breaker)
    }

    /// Asks the machine, and tells what follows to the subscribers, in order.
    fn ask<R>(&self, ask: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.lock();
        state.machine.watch(self.0.events.receiver_count() > 0);
        let answer = ask(&mut state);
        while let Some((id, event)) = state.machine.poll_output() {
            let _ = self.0.events.send(RetryEvent { id, event });
        }
        answer
    }

    fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// What was decided before a panic elsewhere still holds.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The operation is given up from outside; its token, if it was under way.
    fn cancel(&mut self, now: Instant, key: OperationKey) -> Option<CancellationToken> {
        self.machine.cancel(now, key);
        self.tokens.remove(&key)
    }
}
