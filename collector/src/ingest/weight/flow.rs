//! The counts of the current minute, and of its history.

use steadfast_core::time::Instant;

use super::amount::Amount;

/// After this many minutes without a report the history is forgotten.
pub(super) const HISTORY: u64 = 10;

/// The factor by which a minute weighs less with each minute that follows it. The weights of all minutes
/// add up to [`HISTORY`].
const KEPT: f64 = 0.9;

const MINUTE: u64 = 60_000;

/// The counts of the current minute and of those before it, which fade.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flow {
    minute: u64,
    /// The first minute with a whole one before it.
    known_from: u64,
    /// The length of the current minute, less what of it was over before the first report.
    length: f64,
    pub(super) now: Counted,
    before: Counted,
    /// The sum of the weights of the minutes in `before`.
    minutes: f64,
}

/// An amount, and the number of sessions that reported it: each once in every minute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    pub(super) amount: Amount,
    pub(super) sessions: f64,
}

/// The minute of the clock that an instant is in.
pub(super) fn minute_of(at: Instant) -> u64 {
    at.as_millis() / MINUTE
}

/// The factor by which counts have faded after that many minutes.
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

    /// Whether the history has a whole minute, so that shares can be limited.
    pub(super) fn is_known(&self) -> bool {
        self.minute >= self.known_from && !self.before.amount.is_zero()
    }

    /// The average of a minute of the history.
    pub(super) fn usual(&self) -> Amount {
        self.before.amount.times(1.0 / self.minutes.max(f64::MIN_POSITIVE))
    }

    /// The average of a session in a minute in which it reports.
    pub(super) fn equal_share(&self) -> Amount {
        self.before.amount.times(1.0 / self.before.sessions.max(1e-9))
    }

    /// The expected total of this minute: the average, or the count so far if that is more.
    pub(super) fn expected(&self) -> Amount {
        self.usual().max(self.now.amount)
    }

    /// The total of the history, in which older minutes weigh less.
    pub(super) fn before(&self) -> Amount {
        self.before.amount
    }

    /// The sum of the weights of these minutes.
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
