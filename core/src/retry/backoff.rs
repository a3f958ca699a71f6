use core::time::Duration;

use super::custom::FailedAttempt;
use super::failure::{Failure, FailureClass};
use super::jitter::{Jitter, spread_within};
use super::strategy::{Adaptive, Guarded, RetryStrategy};
use crate::connection::Hint;
use crate::rng::Random;
use crate::snapshot::codec::{Decoder, Encoder};
use crate::time::{duration_from_millis, millis};

/// Where one operation stands on its [`RetryStrategy`].
///
/// Exponents and products saturate: attempt 2³², a multiplier of 1e308 and a cap of months are as
/// good as any.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Backoff {
    transport: u32,
    overload: u32,
    /// The last delay without its jitter, and with it, in ms.
    nominal: f64,
    drawn: f64,
}

/// How long it takes until all clients of a server that said goodbye are back, if it did not say.
const PLANNED_SPREAD: Duration = Duration::from_secs(10);

/// How many times as long as for overload the waits of the adaptive strategy become for what
/// waiting does not mend.
const PERSISTENT_CAP: u32 = 10;

/// A network that is back is back for others, too.
const LOCAL_SPREAD: Duration = Duration::from_secs(1);

impl Backoff {
    /// A wait below this is no slot that a server hands out.
    pub(crate) const LEAST_SLOT: Duration = Duration::from_secs(1);

    /// The shortest window over which those who were given the same wait are spread.
    pub(crate) const LEAST_SPREAD: Duration = Duration::from_secs(1);

    /// An operation that never failed.
    #[must_use]
    pub const fn new() -> Self {
        Self { transport: 0, overload: 0, nominal: 0.0, drawn: 0.0 }
    }

    /// How many failures there were in a row.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.transport.saturating_add(self.overload)
    }

    /// The operation failed: the wait before the next attempt.
    ///
    /// A hint of the other side is a floor: with `Retry-After` R it is at least
    /// `R + U(0, max(R/2, 1 s))`, so that all who were given the same hint do not obey it at the
    /// same moment. With a spread W of the other side's own it is `R + U(0, W)`, and nothing is
    /// added to that, unless R is less than a second: no hint makes a client hammer. A slot is a
    /// spread of zero. Without a hint, no wait exceeds the strategy's cap, which is ten times as
    /// high for the adaptive strategy while the failures are persistent.
    #[must_use]
    pub fn failed(
        &mut self,
        strategy: &RetryStrategy,
        failure: Failure,
        random: &mut impl Random,
    ) -> Duration {
        let first = self.failures() == 0;
        let rung = match failure.class {
            FailureClass::Overload => &mut self.overload,
            FailureClass::Persistent | FailureClass::Transport => &mut self.transport,
        };
        *rung = rung.saturating_add(1);
        let max = cap(strategy, failure.class);
        self.drawn = match strategy {
            RetryStrategy::Adaptive(adaptive) => self.adaptive(adaptive, failure.class, random),
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
                    None => self.adaptive(&Adaptive::default(), failure.class, random),
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
            (Some(asked), Some(window)) if asked >= Self::LEAST_SLOT => {
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
        let window = hint.spread.unwrap_or_else(|| (asked / 2).max(Self::LEAST_SPREAD));
        asked + duration_from_millis(random.next_between(0.0, millis(window)))
    }

    /// The cause lay on this side, and is over: the wait before the one attempt that is made now.
    /// The failures stay counted.
    #[must_use]
    pub fn local(random: &mut impl Random) -> Duration {
        duration_from_millis(random.next_between(0.0, millis(LOCAL_SPREAD)))
    }

    /// How long the next dial may take: it grows with every sign of overload where the strategy is
    /// adaptive, and is `first` otherwise.
    #[must_use]
    pub fn connect_timeout(&self, strategy: &RetryStrategy, first: Duration) -> Duration {
        let RetryStrategy::Adaptive(adaptive) = strategy else { return first };
        let grown = first.saturating_mul(2_u32.saturating_pow(self.overload));
        grown.min(adaptive.max_delay.max(first))
    }

    pub(crate) fn encode(&self, to: &mut Encoder) {
        to.u64(self.transport.into());
        to.u64(self.overload.into());
        to.f64(self.nominal);
        to.f64(self.drawn);
    }

    pub(crate) fn decode(from: &mut Decoder<'_>) -> Option<Self> {
        let (transport, overload) = (from.u32()?, from.u32()?);
        let mut delay = || from.f64().filter(|delay| delay.is_finite() && *delay >= 0.0);
        Some(Self { transport, overload, nominal: delay()?, drawn: delay()? })
    }

    /// The operation succeeded, for good.
    pub fn reset(&mut self) {
        *self = Self::new();
    }

    fn adaptive(&self, config: &Adaptive, class: FailureClass, random: &mut impl Random) -> f64 {
        let (base, max) = (millis(config.base_delay), millis(config.max_delay));
        let (first, last, rung) = match class {
            FailureClass::Overload => (base * 5.0, max, self.overload),
            FailureClass::Persistent => {
                (base * 5.0, max * f64::from(PERSISTENT_CAP), self.transport)
            }
            FailureClass::Transport => (base, max / 4.0, self.transport),
        };
        let doublings = i32::try_from(rung.saturating_sub(1)).unwrap_or(i32::MAX);
        let window = libm::scalbn(first, doublings).min(last.max(base));
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

/// No wait without a hint is longer after a failure of this class, in ms.
fn cap(strategy: &RetryStrategy, class: FailureClass) -> f64 {
    millis(match strategy {
        RetryStrategy::Adaptive(config) if class == FailureClass::Persistent => {
            config.max_delay.saturating_mul(PERSISTENT_CAP)
        }
        strategy => strategy.longest_delay(),
    })
}

#[cfg(test)]
mod tests;
