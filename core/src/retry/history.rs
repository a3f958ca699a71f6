use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use super::failure::FailureClass;
use crate::time::Instant;

/// Results of operations: the last attempts one by one, and counts over all and per operation,
/// in bounded memory.
#[derive(Clone, Debug)]
pub(super) struct History {
    attempts: VecDeque<AttemptRecord>,
    max_attempts: usize,
    overall: RetryStats,
    /// Ordered by id. Boxed, so that a new one in the middle moves a word of each that follows.
    #[allow(clippy::vec_box)]
    by_operation: Vec<Box<Counted>>,
    max_operations: usize,
}

/// The counts of the operations of one id.
#[derive(Clone, Debug)]
struct Counted {
    id: Arc<str>,
    stats: RetryStats,
    /// When the last attempt ended.
    at: Instant,
}

/// One attempt that has ended.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct AttemptRecord {
    /// The operation.
    #[cfg_attr(feature = "serde", serde(serialize_with = "text"))]
    pub operation_id: Arc<str>,
    /// Its number, from 1.
    pub attempt: u32,
    /// When it ended.
    pub at: Instant,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// The wait that was decided after it; absent if it was the last.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    pub delay: Option<Duration>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum AttemptOutcome {
    /// It was given up from outside.
    Cancelled,
    /// It failed as it would fail again.
    Final,
    /// It failed with a sign of overload.
    Overload,
    /// It succeeded.
    Success,
    /// It failed on its way.
    Transport,
}

/// Counts of attempts, of one operation or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct RetryStats {
    /// Attempts that have ended.
    pub attempts: u64,
    /// Those that succeeded.
    pub successes: u64,
    /// Those that failed on their way.
    pub transport_failures: u64,
    /// Those that failed with a sign of overload.
    pub overload_failures: u64,
    /// Those that failed as they would fail again.
    pub final_failures: u64,
    /// Those that were given up from outside.
    pub cancellations: u64,
    /// Operations that were given up after a failure.
    pub exhausted: u64,
    /// All waits together.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub total_delay: Duration,
}

impl RetryStats {
    /// The share of the attempts that succeeded, 0 … 1; absent without one.
    #[must_use]
    pub fn success_rate(&self) -> Option<f64> {
        (self.attempts > 0).then(|| self.successes as f64 / self.attempts as f64)
    }

    fn record(&mut self, outcome: AttemptOutcome, delay: Option<Duration>) {
        self.attempts += 1;
        *match outcome {
            AttemptOutcome::Cancelled => &mut self.cancellations,
            AttemptOutcome::Final => &mut self.final_failures,
            AttemptOutcome::Overload => &mut self.overload_failures,
            AttemptOutcome::Success => &mut self.successes,
            AttemptOutcome::Transport => &mut self.transport_failures,
        } += 1;
        let failed = !matches!(outcome, AttemptOutcome::Cancelled | AttemptOutcome::Success);
        self.exhausted += u64::from(failed && delay.is_none());
        self.total_delay = self.total_delay.saturating_add(delay.unwrap_or_default());
    }
}

impl From<FailureClass> for AttemptOutcome {
    fn from(class: FailureClass) -> Self {
        match class {
            FailureClass::Overload | FailureClass::Slow => Self::Overload,
            FailureClass::Persistent | FailureClass::Transport => Self::Transport,
        }
    }
}

impl History {
    pub(super) fn new(max_attempts: usize, max_operations: usize) -> Self {
        Self {
            attempts: VecDeque::new(),
            max_attempts,
            overall: RetryStats::default(),
            by_operation: Vec::new(),
            max_operations,
        }
    }

    pub(super) fn record(&mut self, record: AttemptRecord) {
        self.overall.record(record.outcome, record.delay);
        self.count(&record);
        if self.max_attempts == 0 {
            return;
        }
        if self.attempts.len() >= self.max_attempts {
            self.attempts.pop_front();
        }
        self.attempts.push_back(record);
    }

    pub(super) fn attempts(&self) -> impl DoubleEndedIterator<Item = &AttemptRecord> {
        self.attempts.iter()
    }

    pub(super) fn overall(&self) -> &RetryStats {
        &self.overall
    }

    pub(super) fn stats_of(&self, operation_id: &str) -> Option<&RetryStats> {
        self.place(operation_id).ok().map(|place| &self.by_operation[place].stats)
    }

    /// Counts an attempt for its operation; when there are too many operations, the one that was
    /// quiet for longest makes room.
    fn count(&mut self, record: &AttemptRecord) {
        let AttemptRecord { operation_id, at: now, outcome, delay, .. } = record;
        let mut place = self.place(operation_id);
        if place.is_err() && self.by_operation.len() >= self.max_operations {
            let numbered = self.by_operation.iter().enumerate();
            if let Some((quietest, _)) = numbered.min_by_key(|(_, counted)| counted.at) {
                self.by_operation.remove(quietest);
                place = self.place(operation_id);
            }
        }
        let place = place.unwrap_or_else(|place| {
            let (id, stats) = (Arc::clone(operation_id), RetryStats::default());
            self.by_operation.insert(place, Box::new(Counted { id, stats, at: *now }));
            place
        });
        let counted = &mut self.by_operation[place];
        counted.stats.record(*outcome, *delay);
        counted.at = *now;
    }

    fn place(&self, operation_id: &str) -> Result<usize, usize> {
        self.by_operation.binary_search_by(|counted| (*counted.id).cmp(operation_id))
    }
}

#[cfg(feature = "serde")]
fn text<S: serde::Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}
