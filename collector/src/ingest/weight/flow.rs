//! What was counted in the current minute, and before it.

use steadfast_core::time::Instant;

use super::amount::Amount;

/// The minutes without a report after which what was before is forgotten.
pub(super) const HISTORY: u64 = 10;

/// How much of a minute's weight is left a minute later: over many minutes the weights add up to
/// [`HISTORY`].
const KEPT: f64 = 0.9;

const MINUTE: u64 = 60_000;

/// What was counted in the current minute and, the longer ago the less it counts, in those before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flow {
    minute: u64,
    /// The first minute with a whole one before it.
    known_from: u64,
    /// The length of the current minute, less what of it was over before the first report.
    length: f64,
    pub(super) now: Counted,
    before: Counted,
    /// How many minutes `before` speaks of, by their weights.
    minutes: f64,
}

/// What was counted, and of how many sessions: each once in every minute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub(super) amount: Amount,
    pub(super) sessions: f64,
}

/// The minute of the clock that an instant is in.
pub(super) fn minute_of(at: Instant) -> u64 {
    at.as_millis() / MINUTE
}

/// How much of what was counted is left that many minutes later.
pub(super) fn kept(minutes: u64) -> f64 {
    KEPT.powi(i32::try_from(minutes).unwrap_or(i32::MAX))
}

impl Flow {
    /// Goes on to an instant. Time that runs backwards stands still.
    pub(super) fn advance(&mut self, now: Instant) {
        let minute = minute_of(now);
        let passed = minute.saturating_sub(self.minute);
        if self.minute == 0 || passed >= HISTORY {
            let over = (now.as_millis() % MINUTE) as f64 / MINUTE as f64;
            *self = Self { minute, known_from: minute + 2, length: 1.0 - over, ..Self::default() };
        } else if passed > 0 {
            let fade = kept(passed);
            self.before = self.before.times(fade).plus(self.now.times(kept(passed - 1)));
            self.minutes = self.minutes * fade + self.length * kept(passed - 1);
            // Those in which nothing came.
            self.minutes += (0..passed - 1).map(kept).sum::<f64>();
            (self.minute, self.length, self.now) = (minute, 1.0, Counted::default());
        }
    }

    /// The current minute.
    pub(super) fn minute(&self) -> u64 {
        self.minute
    }

    /// Whether a whole minute is known of what is usual.
    pub(super) fn is_known(&self) -> bool {
        self.minute >= self.known_from && !self.before.amount.is_zero()
    }

    /// What is counted in a minute, by those before.
    pub(super) fn usual(&self) -> Amount {
        self.before.amount.times(1.0 / self.minutes.max(f64::MIN_POSITIVE))
    }

    /// What a session counts for in a minute in which it reports, on average.
    pub(super) fn equal_share(&self) -> Amount {
        self.before.amount.times(1.0 / self.before.sessions.max(1e-9))
    }

    /// What is counted in this minute: as much as usual, or more if more is counted already.
    pub(super) fn expected(&self) -> Amount {
        self.usual().max(self.now.amount)
    }

    /// All that was counted before this minute, the older the less.
    pub(super) fn before(&self) -> Amount {
        self.before.amount
    }

    /// How many minutes that is, by their weights.
    pub(super) fn minutes(&self) -> f64 {
        self.minutes
    }
}

impl Counted {
    fn plus(self, other: Self) -> Self {
        let sessions = self.sessions + other.sessions;
        Self { amount: self.amount.plus(other.amount), sessions }
    }

    fn times(self, factor: f64) -> Self {
        Self { amount: self.amount.times(factor), sessions: self.sessions * factor }
    }
}
