use core::time::Duration;

use super::custom::FailedAttempt;
use super::failure::{Failure, FailureClass};
use super::jitter::{Jitter, spread_within};
use super::strategy::{Adaptive, Guarded, RetryStrategy};
use crate::codec::{Decoder, Encoder};
use crate::protocol::Hint;
use crate::rng::Random;
use crate::time::{duration_from_millis, millis};

/// Where one operation stands on its [`RetryStrategy`].
///
/// Exponents and products saturate: attempt 2³², a multiplier of 1e308 and a cap of months are as
/// good as any.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Backoff {
    transport: u32,
    overload: u16,
    slow: u16,
    /// The last delay without its jitter, and with it, in ms.
    nominal: f64,
    drawn: f64,
}

/// What is known of an attempt that failed, beside the class of its failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Course {
    /// The other side accepted, and did not hold the link. That cost it more than a refusal.
    Accepted,
    /// It was refused, as far as is known.
    Refused,
    /// It failed after this long, in which nothing came: a gateway gave up waiting for its server,
    /// say. That server is still busy with what was given up.
    Silent(Duration),
}

/// How long it takes until all clients of a server that said goodbye are back, if it did not say.
const PLANNED_SPREAD: Duration = Duration::from_secs(10);

/// How many times its `max_delay` the waits of the adaptive strategy become for overload.
const OVERLOAD_CAP: u32 = 2;

/// The same for what waiting does not mend.
const PERSISTENT_CAP: u32 = 10;

/// The same for attempts that failed after a long silence.
const SILENT_CAP: u32 = 5;

/// No silence counts as longer: the patience of a usual gateway.
const LONGEST_GATEWAY: Duration = Duration::from_secs(30);

/// The longest connect timeout, unless the user's own is longer.
const LONGEST_DIAL: Duration = Duration::from_mins(5);

/// A network that is back is back for others, too.
const LOCAL_SPREAD: Duration = Duration::from_secs(1);

impl Backoff {
    /// An operation that never failed.
    #[must_use]
    pub const fn new() -> Self {
        Self { transport: 0, overload: 0, slow: 0, nominal: 0.0, drawn: 0.0 }
    }

    /// How many failures there were in a row.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.transport.saturating_add((self.overload).into()).saturating_add(self.slow.into())
    }

    /// The operation failed: the wait before the next attempt.
    ///
    /// A hint of the other side is a floor: with `Retry-After` R it is at least
    /// `R + U(0, max(R/2, 1 s))`, so that all who were given the same hint do not obey it at the
    /// same moment. With a spread W of the other side's own it is `R + U(0, W)`, and nothing is
    /// added to that, unless R is less than a second: no hint makes a client hammer. A slot is a
    /// spread of zero. Without a hint, no wait exceeds the strategy's cap, which depends on
    /// the class of the failure where the strategy is adaptive.
    #[must_use]
    pub fn failed(
        &mut self,
        strategy: &RetryStrategy,
        failure: Failure,
        random: &mut impl Random,
    ) -> Duration {
        self.climb(strategy, failure, Course::Refused, random)
    }

    /// As [`failed`](Self::failed), for a connection whose attempt took this course.
    pub(crate) fn climb(
        &mut self,
        strategy: &RetryStrategy,
        failure: Failure,
        course: Course,
        random: &mut impl Random,
    ) -> Duration {
        let first = self.failures() == 0;
        match failure.class {
            FailureClass::Overload => self.overload = self.overload.saturating_add(1),
            FailureClass::Slow => self.slow = self.slow.saturating_add(1),
            FailureClass::Persistent | FailureClass::Transport => {
                self.transport = self.transport.saturating_add(1);
            }
        }
        let max = cap(strategy, failure.class, course);
        self.drawn = match strategy {
            RetryStrategy::Adaptive(adaptive) => {
                self.adaptive(adaptive, failure.class, course, random)
            }
            RetryStrategy::CircuitBreaker(Guarded { backoff: config, .. })
            | RetryStrategy::Exponential(config) => {
                let base = millis(config.base_delay);
                let grown = if first { base } else { self.nominal * config.multiplier };
                self.nominal = grown.min(max);
                self.spread(config.jitter, config.jitter_range, base, max, random)
            }
            RetryStrategy::Custom(custom) => {
                let (number, retry_after) = (self.failures(), failure.retry_after);
                let failed = FailedAttempt { number, class: failure.class, retry_after };
                match custom.delay(&failed) {
                    Some(delay) => millis(delay),
                    None => self.adaptive(&Adaptive::default(), failure.class, course, random),
                }
            }
            RetryStrategy::Fixed(config) => {
                self.nominal = max;
                self.spread(config.jitter, config.jitter_range, max, max, random)
            }
            RetryStrategy::Linear(config) => {
                let base = millis(config.base_delay);
                let grown = if first { base } else { self.nominal + millis(config.increment) };
                self.nominal = grown.min(max);
                self.spread(config.jitter, config.jitter_range, base, max, random)
            }
        }
        .min(max);
        duration_from_millis(match (failure.retry_after, failure.spread) {
            (None, None) => self.drawn,
            (Some(asked), Some(window)) if asked >= Hint::LEAST_SLOT => {
                millis(asked) + random.next_between(0.0, millis(window))
            }
            (asked, window) => {
                let asked = millis(asked.unwrap_or_default());
                let window = window.map_or((asked / 2.0).max(1000.0), millis);
                self.drawn.max(asked + random.next_between(0.0, window))
            }
        })
    }

    /// A link that had held was lost, and nothing was tried yet: the wait before the first attempt.
    ///
    /// A window W that the other side gave is obeyed, `U(0, W)`. Otherwise the adaptive strategy
    /// spreads the attempts: over 10 s if the end was `planned`, as all links end together then,
    /// and over its base delay if not. The others know no such case.
    #[must_use]
    pub fn interrupted(
        &mut self,
        strategy: &RetryStrategy,
        failure: Failure,
        planned: bool,
        random: &mut impl Random,
    ) -> Duration {
        let is_first = self.failures() == 0;
        let window = match (failure, strategy) {
            (Failure { retry_after: None, spread: Some(window), .. }, _) if is_first => window,
            (
                Failure { retry_after: None, spread: None, class: FailureClass::Transport, .. },
                RetryStrategy::Adaptive(adaptive),
            ) if is_first => {
                if planned {
                    PLANNED_SPREAD
                } else {
                    adaptive.base_delay
                }
            }
            _ => return self.failed(strategy, failure, random),
        };
        duration_from_millis(random.next_between(0.0, millis(window)))
    }

    /// The wait that the other side asked for, and nothing else: `R + U(0, W)`, or
    /// `R + U(0, max(R/2, 1 s))` where it gave no spread.
    #[must_use]
    pub fn asked(hint: Hint, random: &mut impl Random) -> Duration {
        let asked = hint.retry_after.unwrap_or_default();
        let window = hint.spread.unwrap_or_else(|| (asked / 2).max(Hint::LEAST_SPREAD));
        asked + duration_from_millis(random.next_between(0.0, millis(window)))
    }

    /// The cause lay on this side, and is over: the wait before the one attempt that is made now.
    /// The failures stay counted.
    #[must_use]
    pub fn local(random: &mut impl Random) -> Duration {
        duration_from_millis(random.next_between(0.0, millis(LOCAL_SPREAD)))
    }

    /// How long the next dial may take: it doubles with every dial that was too slow, up to 5
    /// minutes, where the strategy is adaptive, and is `first` otherwise.
    #[must_use]
    pub fn connect_timeout(&self, strategy: &RetryStrategy, first: Duration) -> Duration {
        let RetryStrategy::Adaptive(adaptive) = strategy else { return first };
        let grown = first.saturating_mul(2_u32.saturating_pow(self.slow.into()));
        grown.min(adaptive.max_delay.saturating_mul(5).min(LONGEST_DIAL).max(first))
    }

    pub(crate) fn encode(&self, to: &mut Encoder) {
        to.u64(self.transport.into());
        to.u64(u64::from(self.overload) | u64::from(self.slow) << 16);
        to.f64(self.nominal);
        to.f64(self.drawn);
    }

    pub(crate) fn decode(from: &mut Decoder<'_>) -> Option<Self> {
        let (transport, [overload, slow]) = (from.u32()?, halves(from.u32()?));
        let mut delay = || from.f64().filter(|delay| delay.is_finite() && *delay >= 0.0);
        Some(Self { transport, overload, slow, nominal: delay()?, drawn: delay()? })
    }

    /// The operation succeeded, for good.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    fn adaptive(
        &self,
        config: &Adaptive,
        class: FailureClass,
        course: Course,
        random: &mut impl Random,
    ) -> f64 {
        let (base, max) = (millis(config.base_delay), millis(config.max_delay));
        let (first, growth, last, rung) = match (class, course) {
            (FailureClass::Overload, Course::Silent(took)) => {
                let twice = millis(took.min(LONGEST_GATEWAY)) * 2.0;
                (twice, 2.0, max * f64::from(SILENT_CAP), self.overload.into())
            }
            (FailureClass::Overload, _) => {
                (base * 2.0, 1.5, max * f64::from(OVERLOAD_CAP), self.overload.into())
            }
            (FailureClass::Persistent, _) => {
                (base * 5.0, 2.0, max * f64::from(PERSISTENT_CAP), self.transport)
            }
            (FailureClass::Slow, _) => return random.next_between(0.0, (base * 12.0).min(max)),
            (FailureClass::Transport, Course::Accepted) => (base, 2.0, max / 4.0, self.transport),
            (FailureClass::Transport, _) => (base / 2.0, 1.5, max / 6.0, self.transport),
        };
        let last = last.max(base);
        let mut window: f64 = first;
        for _ in 1..rung {
            if window >= last {
                break;
            }
            window *= growth;
        }
        let window = window.min(last);
        random.next_between(window / 2.0, window)
    }

    fn spread(
        &self,
        jitter: Jitter,
        range: Option<f64>,
        base: f64,
        max: f64,
        random: &mut impl Random,
    ) -> f64 {
        match range {
            Some(range) if jitter != Jitter::None => {
                spread_within(self.nominal, range, max, random)
            }
            _ => jitter.spread(self.nominal, base, self.drawn, max, random),
        }
    }
}

/// The lower and the upper half of the bits.
fn halves(both: u32) -> [u16; 2] {
    let [a, b, c, d] = both.to_le_bytes();
    [u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])]
}

/// No wait without a hint is longer after a failure of this class, in ms.
fn cap(strategy: &RetryStrategy, class: FailureClass, course: Course) -> f64 {
    millis(match strategy {
        RetryStrategy::Adaptive(config) => config.max_delay.saturating_mul(match (class, course) {
            (FailureClass::Overload, Course::Silent(_)) => SILENT_CAP,
            (FailureClass::Overload, _) => OVERLOAD_CAP,
            (FailureClass::Persistent, _) => PERSISTENT_CAP,
            (FailureClass::Slow | FailureClass::Transport, _) => 1,
        }),
        strategy => strategy.longest_delay(),
    })
}

#[cfg(test)]
mod tests;
