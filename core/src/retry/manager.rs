use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::time::Duration;

use super::attempts::Attempts;
use super::failure::Failure;
use super::history::{AttemptOutcome, AttemptRecord, History, RetryStats};
use super::operation::OperationId;
use super::policy::RetryPolicy;
use super::running::Running;
use super::throttle::Throttle;
use super::verdict::{GiveUp, Verdict};
use crate::error::{ConfigError, ensure};
use crate::event::{Event, EventKind};
use crate::rng::SeededRandom;
use crate::time::Instant;

/// Decides for many operations whether and when each is tried again, and remembers how they went.
///
/// A driver says [`begin`](Self::begin), makes the attempt, and tells how it ended; after a failure
/// the [`Verdict`] says whether to wait and for how long, and after the wait
/// [`resumed`](Self::resumed) that the next attempt is being made. It drains
/// [`poll_output`](Self::poll_output) for events.
///
/// Getters: [`operations`](Self::operations), [`history`](Self::history), [`stats`](Self::stats),
/// [`stats_of`](Self::stats_of).
#[derive(Clone, Debug)]
pub struct RetryManager {
    config: RetryManagerConfig,
    operations: Running<Operation>,
    next_key: u64,
    throttle: Option<Throttle>,
    history: History,
    events: VecDeque<(Arc<str>, Event)>,
    watched: bool,
    random: SeededRandom,
}

/// The bounds of a [`RetryManager`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct RetryManagerConfig {
    /// The most operations under way. From 1 to 10,000,000; 100,000 by default.
    pub max_operations: usize,
    /// The most attempts in the history. From 0 to 1,000,000; 1000 by default.
    pub max_history: usize,
    /// The most operation ids that are counted apart. From 1 to 100,000; 1000 by default.
    pub max_counted: usize,
    /// The most events that wait to be polled; beyond it the oldest go. From 1 to 1,000,000;
    /// 10,000 by default.
    pub max_events: usize,
}

/// One run of an operation. Keys are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationKey(pub u64);

/// An operation under way.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationState {
    /// Its key.
    pub key: OperationKey,
    /// Its id.
    pub operation_id: Arc<str>,
    /// The attempt that is being made, or was made last; from 1.
    pub attempt: u32,
    /// When the next attempt is due; absent while one is being made.
    pub next_attempt_at: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Operation {
    id: Arc<str>,
    policy: Arc<RetryPolicy>,
    attempts: Attempts,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Attempting { since: Instant },
    Waiting { until: Instant },
}

impl Default for RetryManagerConfig {
    fn default() -> Self {
        Self { max_operations: 100_000, max_history: 1000, max_counted: 1000, max_events: 10_000 }
    }
}

impl RetryManager {
    /// A manager without operations. The whole of its chance comes from `seed`.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: RetryManagerConfig, seed: u64) -> Result<Self, ConfigError> {
        let within = |field, value: usize, least, most: usize, allowed| {
            ensure((least..=most).contains(&value), field, value, allowed)
        };
        within("maxOperations", config.max_operations, 1, 10_000_000, "1 to 10000000")?;
        within("maxHistory", config.max_history, 0, 1_000_000, "0 to 1000000")?;
        within("maxCounted", config.max_counted, 1, 100_000, "1 to 100000")?;
        within("maxEvents", config.max_events, 1, 1_000_000, "1 to 1000000")?;
        Ok(Self {
            operations: Running::new(),
            next_key: 0,
            throttle: None,
            history: History::new(config.max_history, config.max_counted),
            events: VecDeque::new(),
            watched: true,
            random: SeededRandom::new(seed),
            config,
        })
    }

    /// Holds retries back by this throttle from now on; by none, which is the default. Gives the
    /// one that did so before.
    pub fn throttle(&mut self, throttle: Option<Throttle>) -> Option<Throttle> {
        core::mem::replace(&mut self.throttle, throttle)
    }

    /// Whether anybody wants the events. They do until told otherwise; an event that nobody wants
    /// is never made.
    pub fn watch(&mut self, watched: bool) {
        self.watched = watched;
        if !watched {
            self.events.clear();
        }
    }

    /// The operations under way, the oldest first.
    pub fn operations(&self) -> impl Iterator<Item = OperationState> {
        self.operations.iter().map(|(key, operation)| OperationState {
            key,
            operation_id: Arc::clone(&operation.id),
            attempt: operation.attempts.number(),
            next_attempt_at: match operation.phase {
                Phase::Attempting { .. } => None,
                Phase::Waiting { until } => Some(until),
            },
        })
    }

    /// The last attempts of all operations, the oldest first.
    #[must_use]
    pub fn history(&self) -> impl DoubleEndedIterator<Item = &AttemptRecord> {
        self.history.attempts()
    }

    /// The counts over all operations.
    #[must_use]
    pub fn stats(&self) -> &RetryStats {
        self.history.overall()
    }

    /// The counts of the operations of this id; absent if it was never seen, or long ago.
    #[must_use]
    pub fn stats_of(&self, operation_id: &str) -> Option<&RetryStats> {
        self.history.stats_of(operation_id)
    }

    /// The next event, with the operation it belongs to.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<(Arc<str>, Event)> {
        self.events.pop_front()
    }

    /// The first attempt of an operation is being made. `policy` was validated, and can be shared.
    ///
    /// # Errors
    ///
    /// If the id is empty or too long, or one operation too many is under way.
    pub fn begin(
        &mut self,
        now: Instant,
        operation_id: impl TryInto<OperationId, Error: Into<ConfigError>>,
        policy: &Arc<RetryPolicy>,
    ) -> Result<OperationKey, ConfigError> {
        let id: OperationId = operation_id.try_into().map_err(Into::into)?;
        let (count, allowed) = (self.operations.len(), "less than maxOperations");
        ensure(count < self.config.max_operations, "operations", count, allowed)?;
        let key = OperationKey(self.next_key);
        self.next_key += 1;
        if let Some(throttle) = &mut self.throttle {
            throttle.began(now);
        }
        let operation = Operation {
            id: Arc::clone(id.as_shared()),
            policy: Arc::clone(policy),
            attempts: Attempts::new(now),
            phase: Phase::Attempting { since: now },
        };
        self.operations.insert(key, operation);
        Ok(key)
    }

    /// An operation that began at `began` and was not announced by [`begin`](Self::begin) has
    /// succeeded at its first attempt. The same as beginning it and its success, in one step: for
    /// drivers to whom a call is dear.
    pub fn succeeded_at_once(&mut self, began: Instant, now: Instant, operation_id: &OperationId) {
        let id = operation_id.as_shared();
        if let Some(throttle) = &mut self.throttle {
            throttle.began(began);
            throttle.succeeded(None);
        }
        if self.watched {
            let took = now.saturating_since(began);
            self.emit(id, now, EventKind::RetrySuccess { attempt: 1, took });
        }
        self.history.record(AttemptRecord {
            operation_id: Arc::clone(id),
            attempt: 1,
            at: now,
            outcome: AttemptOutcome::Success,
            delay: None,
        });
    }

    /// The wait of an operation is over, and its next attempt is being made; its number, or nothing
    /// if it was cancelled.
    pub fn resumed(&mut self, now: Instant, key: OperationKey) -> Option<u32> {
        let operation = self.operations.get_mut(key)?;
        if matches!(operation.phase, Phase::Attempting { .. }) {
            return None;
        }
        operation.phase = Phase::Attempting { since: now };
        Some(operation.attempts.resumed())
    }

    /// The attempt succeeded, and the operation is over.
    pub fn succeeded(&mut self, now: Instant, key: OperationKey) {
        let Some(operation) = self.operations.remove(key) else { return };
        if let Some(throttle) = &mut self.throttle {
            operation.attempts.succeeded(throttle);
        }
        let took = match operation.phase {
            Phase::Attempting { since } => now.saturating_since(since),
            Phase::Waiting { .. } => Duration::ZERO,
        };
        let attempt = operation.attempts.number();
        self.emit(&operation.id, now, EventKind::RetrySuccess { attempt, took });
        self.ended(now, &operation, AttemptOutcome::Success, None);
    }

    /// The attempt failed; `None` if it would fail again whatever happens.
    pub fn failed(&mut self, now: Instant, key: OperationKey, failure: Option<Failure>) -> Verdict {
        let Some(mut operation) = self.operations.remove(key) else {
            return Verdict::GiveUp(GiveUp::Cancelled);
        };
        let attempt = operation.attempts.number();
        let class = failure.map(|failure| failure.class);
        let outcome = class.map_or(AttemptOutcome::Final, AttemptOutcome::from);
        self.emit(&operation.id, now, EventKind::RetryFailed { attempt, class, cause: None });
        let (throttle, random) = (self.throttle.as_mut(), &mut self.random);
        let verdict = operation.attempts.failed(now, failure, &operation.policy, throttle, random);
        self.emit(&operation.id, now, verdict.consequence(attempt));
        match verdict {
            Verdict::GiveUp(_) => self.ended(now, &operation, outcome, None),
            Verdict::RetryIn(delay) => {
                self.ended(now, &operation, outcome, Some(delay));
                operation.phase = Phase::Waiting { until: now + delay };
                self.operations.insert(key, operation);
            }
        }
        verdict
    }

    /// An operation is given up from outside: true if it was under way.
    pub fn cancel(&mut self, now: Instant, key: OperationKey) -> bool {
        let Some(operation) = self.operations.remove(key) else { return false };
        self.ended(now, &operation, AttemptOutcome::Cancelled, None);
        true
    }

    /// The keys of the operations of this id that are under way.
    pub fn keys_of(&self, operation_id: &str) -> impl Iterator<Item = OperationKey> {
        let of_this_id = move |(key, operation): (OperationKey, &Operation)| {
            (&*operation.id == operation_id).then_some(key)
        };
        self.operations.iter().filter_map(of_this_id)
    }

    fn ended(
        &mut self,
        at: Instant,
        operation: &Operation,
        outcome: AttemptOutcome,
        delay: Option<Duration>,
    ) {
        let operation_id = Arc::clone(&operation.id);
        let attempt = operation.attempts.number();
        self.history.record(AttemptRecord { operation_id, attempt, at, outcome, delay });
    }

    fn emit(&mut self, operation_id: &Arc<str>, at: Instant, kind: EventKind) {
        if !self.watched {
            return;
        }
        if self.events.len() >= self.config.max_events {
            self.events.pop_front();
        }
        self.events.push_back((Arc::clone(operation_id), Event { at, kind }));
    }
}

#[cfg(test)]
mod tests;
