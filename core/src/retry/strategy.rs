use core::time::Duration;

use super::custom::Custom;
use super::jitter::Jitter;
use crate::breaker::BreakerConfig;
use crate::error::{ConfigError, ensure};
use crate::time::millis;

/// How long to wait before each further attempt.
///
/// In JSON one flat form serves all kinds, with delays in milliseconds:
/// `{ "type": "EXPONENTIAL", "baseDelay": 500, "maxDelay": 30000, "multiplier": 2, "jitter": true }`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(try_from = "super::form::StrategyForm", into = "super::form::StrategyForm")
)]
#[non_exhaustive]
pub enum RetryStrategy {
    /// Two ladders, one for each class of failure.
    Adaptive(Adaptive),
    /// The exponential default, behind a breaker.
    CircuitBreaker(Guarded),
    /// What a function of the program says. Has no JSON form that can be read.
    Custom(Custom),
    /// `base_delay · multiplier^(attempt − 1)`, up to `max_delay`.
    Exponential(Exponential),
    /// Always the same.
    Fixed(Fixed),
    /// `base_delay + increment · (attempt − 1)`, up to `max_delay`.
    Linear(Linear),
}

/// The parameters of [`RetryStrategy::Adaptive`].
///
/// With the defaults:
///
/// ```text
/// first wait after a link that held          U(0, 1 s)
/// k-th failure of the transport              w = min(10 s, 0.5 s · 1.5^(k−1));    U(w/2, w)
/// k-th link that was accepted and dropped    w = min(15 s, 1 s · 2^(k−1));        U(w/2, w)
/// j-th failure of overload                   w = min(120 s, 2 s · 1.5^(j−1));     U(w/2, w)
/// j-th failure after t ≥ 5 s of silence      w = min(300 s, 2·min(t, 30 s)·2^(j−1)); U(w/2, w)
/// k-th failure that waiting does not mend    w = min(600 s, 5 s · 2^(k−1));       U(w/2, w)
/// i-th dial that was too slow                U(0, 12 s)
/// connect timeout after i of those           min(300 s, T · 2^i)
/// ```
///
/// Found by simulating fleets of 10,000 clients against servers that finish abandoned work, share
/// their time, reject, drop silently, or stand behind a gateway. What decides is that the connect
/// timeout grows: a fixed one makes every client give its own place in the queue away. The last
/// three rows but one apply to a [`Connection`](crate::connection::Connection) only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adaptive {
    /// The longest first wait. The first waits of all ladders but that after a silence are in
    /// proportion to it. Above zero; 1 s by default.
    pub base_delay: Duration,
    /// The last waits of all ladders are in proportion to it: a sixth of it for the transport, a
    /// quarter for links that were dropped, twice as long for overload, five times after a silence,
    /// ten times for what waiting does not mend. So is the longest connect timeout: five times as
    /// long, at most 5 minutes. At least `base_delay`; 60 s by default.
    pub max_delay: Duration,
}

/// The parameters of [`RetryStrategy::Exponential`].
#[derive(Clone, Debug, PartialEq)]
pub struct Exponential {
    /// The delay before the first further attempt. Above zero; 1 s by default.
    pub base_delay: Duration,
    /// No delay is longer. At least `base_delay`; 30 s by default.
    pub max_delay: Duration,
    /// The growth per attempt. At least 1 and finite; 2 by default.
    pub multiplier: f64,
    /// How the delay is spread. Full by default.
    pub jitter: Jitter,
    /// Replaces the jitter by a narrower one: a delay `d` becomes `d·U(1 − r, 1 + r)`, scaled to
    /// stay within `max_delay`. From 0 to 1; absent by default.
    pub jitter_range: Option<f64>,
}

/// The parameters of [`RetryStrategy::Fixed`].
#[derive(Clone, Debug, PartialEq)]
pub struct Fixed {
    /// The delay. Above zero; 1 s by default.
    pub delay: Duration,
    /// How the delay is spread. Not at all by default.
    pub jitter: Jitter,
    /// See [`Exponential::jitter_range`]. The delay itself is the cap.
    pub jitter_range: Option<f64>,
}

/// The parameters of [`RetryStrategy::CircuitBreaker`]: the waits are exponential, and no attempt
/// is made while the breaker is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Guarded {
    /// The waits.
    pub backoff: Exponential,
    /// The number of failures in a row that opens the breaker (`circuitBreakerThreshold`). At least 1;
    /// 5 by default.
    pub threshold: u32,
    /// How long it stays open at first (`circuitBreakerTimeout`). From 1 ms to a day; 30 s by
    /// default.
    pub timeout: Duration,
}

/// The parameters of [`RetryStrategy::Linear`].
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// The delay before the first further attempt. Above zero; 1 s by default.
    pub base_delay: Duration,
    /// The growth per attempt. 1 s by default.
    pub increment: Duration,
    /// No delay is longer. At least `base_delay`; 30 s by default.
    pub max_delay: Duration,
    /// How the delay is spread. Full by default.
    pub jitter: Jitter,
    /// See [`Exponential::jitter_range`].
    pub jitter_range: Option<f64>,
}

impl Default for RetryStrategy {
    fn default() -> Self {
        Self::Adaptive(Adaptive::default())
    }
}

impl Default for Adaptive {
    fn default() -> Self {
        Self { base_delay: Duration::from_secs(1), max_delay: Duration::from_mins(1) }
    }
}

impl Default for Exponential {
    fn default() -> Self {
        Self {
            base_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
            multiplier: 2.0,
            jitter: Jitter::Full,
            jitter_range: None,
        }
    }
}

impl Default for Fixed {
    fn default() -> Self {
        Self { delay: Duration::from_secs(1), jitter: Jitter::None, jitter_range: None }
    }
}

impl Default for Guarded {
    fn default() -> Self {
        Self { backoff: Exponential::default(), threshold: 5, timeout: Duration::from_secs(30) }
    }
}

impl Default for Linear {
    fn default() -> Self {
        Self {
            base_delay: Duration::from_secs(1),
            increment: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
            jitter: Jitter::Full,
            jitter_range: None,
        }
    }
}

impl RetryStrategy {
    /// Refuses parameters that make no sense.
    ///
    /// # Errors
    ///
    /// Names the field, its value and what is allowed.
    #[inline]
    pub fn validate(&self) -> Result<(), ConfigError> {
        match self {
            Self::Adaptive(Adaptive { base_delay, max_delay }) => delays(*base_delay, *max_delay),
            Self::CircuitBreaker(guarded) => guarded.validate(),
            Self::Custom(_) => Ok(()),
            Self::Exponential(exponential) => exponential.validate(),
            Self::Fixed(fixed) => {
                let holds = !fixed.delay.is_zero();
                ensure(holds, "retry.fixedDelay", millis(fixed.delay), "more than 0 ms")?;
                jitter_range(fixed.jitter_range)
            }
            Self::Linear(linear) => {
                delays(linear.base_delay, linear.max_delay)?;
                jitter_range(linear.jitter_range)
            }
        }
    }
}

impl RetryStrategy {
    /// No wait without a hint of the other side is longer.
    pub(super) fn longest_delay(&self) -> Duration {
        match self {
            Self::Adaptive(config) => config.max_delay,
            Self::CircuitBreaker(config) => config.backoff.max_delay,
            Self::Custom(_) => Custom::MAX_DELAY,
            Self::Exponential(config) => config.max_delay,
            Self::Fixed(config) => config.delay,
            Self::Linear(config) => config.max_delay,
        }
    }
}

impl Exponential {
    #[inline]
    fn validate(&self) -> Result<(), ConfigError> {
        delays(self.base_delay, self.max_delay)?;
        jitter_range(self.jitter_range)?;
        let holds = self.multiplier.is_finite() && self.multiplier >= 1.0;
        ensure(holds, "retry.multiplier", self.multiplier, "a finite number of at least 1")
    }
}

impl Guarded {
    /// What its breaker is made from.
    #[must_use]
    pub fn breaker(&self) -> BreakerConfig {
        BreakerConfig::consecutive(self.threshold, self.timeout)
    }

    fn validate(&self) -> Result<(), ConfigError> {
        self.backoff.validate()?;
        let threshold = self.threshold;
        ensure(threshold >= 1, "retry.circuitBreakerThreshold", threshold, "at least 1")?;
        let range = Duration::from_millis(1)..=Duration::from_hours(24);
        let (holds, timeout) = (range.contains(&self.timeout), millis(self.timeout));
        ensure(holds, "retry.circuitBreakerTimeout", timeout, "1 to 86400000 ms")
    }
}

#[inline]
fn delays(base: Duration, max: Duration) -> Result<(), ConfigError> {
    ensure(!base.is_zero(), "retry.baseDelay", millis(base), "more than 0 ms")?;
    ensure(max >= base, "retry.maxDelay", millis(max), "at least retry.baseDelay")
}

#[inline]
fn jitter_range(range: Option<f64>) -> Result<(), ConfigError> {
    let Some(range) = range else { return Ok(()) };
    ensure((0.0..=1.0).contains(&range), "retry.jitterRange", range, "0 to 1")
}

impl From<Adaptive> for RetryStrategy {
    fn from(adaptive: Adaptive) -> Self {
        Self::Adaptive(adaptive)
    }
}

impl From<Custom> for RetryStrategy {
    fn from(custom: Custom) -> Self {
        Self::Custom(custom)
    }
}

impl From<Exponential> for RetryStrategy {
    fn from(exponential: Exponential) -> Self {
        Self::Exponential(exponential)
    }
}

impl From<Fixed> for RetryStrategy {
    fn from(fixed: Fixed) -> Self {
        Self::Fixed(fixed)
    }
}

impl From<Guarded> for RetryStrategy {
    fn from(guarded: Guarded) -> Self {
        Self::CircuitBreaker(guarded)
    }
}

impl From<Linear> for RetryStrategy {
    fn from(linear: Linear) -> Self {
        Self::Linear(linear)
    }
}
