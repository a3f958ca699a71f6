use core::time::Duration;

use crate::error::{ConfigError, ensure};
use crate::time::millis;

/// How long to wait before each further attempt.
///
/// In JSON: `{ "type": "EXPONENTIAL", "baseDelay": 500, "maxDelay": 30000, "multiplier": 2,
/// "jitter": true }`, delays in milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE"))]
#[non_exhaustive]
pub enum RetryStrategy {
    /// `base_delay · multiplier^(attempt − 1)`, up to `max_delay`.
    Exponential(Exponential),
}

/// The parameters of [`RetryStrategy::Exponential`].
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct Exponential {
    /// The delay before the first further attempt. Above zero; 1 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub base_delay: Duration,
    /// No delay is longer. At least `base_delay`; 30 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub max_delay: Duration,
    /// The growth per attempt. At least 1 and finite; 2 by default.
    pub multiplier: f64,
    /// How the delay is spread. Full by default.
    pub jitter: Jitter,
    /// Replaces full jitter by a narrower one: a delay `d` becomes `d·U(1 − r, 1 + r)`, scaled to
    /// stay within `max_delay`. From 0 to 1; absent by default.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub jitter_range: Option<f64>,
}

/// How a delay is spread, so that clients that failed together do not come back together.
///
/// In JSON `false` or `true`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(from = "bool", into = "bool"))]
#[non_exhaustive]
pub enum Jitter {
    /// Drawn uniformly from zero to the delay ("full jitter": Brooker, "Exponential Backoff And
    /// Jitter", AWS, 2015).
    #[default]
    Full,
    /// Exactly the delay.
    None,
}

impl Default for RetryStrategy {
    fn default() -> Self {
        Self::Exponential(Exponential::default())
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

impl RetryStrategy {
    /// Refuses parameters that make no sense.
    ///
    /// # Errors
    ///
    /// Names the field, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ConfigError> {
        match self {
            Self::Exponential(exponential) => exponential.validate(),
        }
    }
}

impl Exponential {
    fn validate(&self) -> Result<(), ConfigError> {
        let (base, max) = (millis(self.base_delay), millis(self.max_delay));
        ensure(base > 0.0, "retry.baseDelay", base, "more than 0 ms")?;
        ensure(max >= base, "retry.maxDelay", max, "at least retry.baseDelay")?;
        ensure(
            self.multiplier.is_finite() && self.multiplier >= 1.0,
            "retry.multiplier",
            self.multiplier,
            "a finite number of at least 1",
        )?;
        match self.jitter_range {
            Some(range) => {
                ensure((0.0..=1.0).contains(&range), "retry.jitterRange", range, "0 to 1")
            }
            None => Ok(()),
        }
    }
}

impl From<Exponential> for RetryStrategy {
    fn from(exponential: Exponential) -> Self {
        Self::Exponential(exponential)
    }
}

impl From<bool> for Jitter {
    fn from(jitter: bool) -> Self {
        if jitter { Self::Full } else { Self::None }
    }
}

impl From<Jitter> for bool {
    fn from(jitter: Jitter) -> Self {
        jitter != Jitter::None
    }
}
