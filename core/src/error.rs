//! Refusals of what a caller configures or registers.

use alloc::string::{String, ToString};

use crate::decimal::Decimal;

/// A value that was refused. Nothing has changed when one is returned.
///
/// Fields are named as in the JSON form (`retry.maxDelay`), so that the message reads the same in
/// Rust and in JavaScript.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The value lies outside what is allowed, or is not a number.
    #[error("{field} is {value}; allowed is {allowed}")]
    OutOfRange {
        /// The refused field.
        field: &'static str,
        /// The value it had.
        value: String,
        /// What would have been accepted.
        allowed: &'static str,
    },
    /// The text is empty, too long, or has control characters.
    #[error("{field} has {bytes} bytes; allowed are 1 to {max} bytes without control characters")]
    Text {
        /// The refused field.
        field: &'static str,
        /// Its length in bytes.
        bytes: usize,
        /// The greatest length in bytes.
        max: usize,
    },
}

impl ConfigError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfRange { .. } => "config.out_of_range",
            Self::Text { .. } => "config.text",
        }
    }

    /// The refused field, named as in the JSON form.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::OutOfRange { field, .. } | Self::Text { field, .. } => field,
        }
    }
}

/// Refuses `value` unless `holds`.
pub(crate) fn ensure(
    holds: bool,
    field: &'static str,
    value: impl Into<Number>,
    allowed: &'static str,
) -> Result<(), ConfigError> {
    if holds {
        Ok(())
    } else {
        Err(ConfigError::OutOfRange { field, value: value.into().0.to_string(), allowed })
    }
}

/// A refused number.
pub(crate) struct Number(Decimal);

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self(Decimal(number))
    }
}

impl From<u32> for Number {
    fn from(number: u32) -> Self {
        f64::from(number).into()
    }
}

impl From<usize> for Number {
    fn from(number: usize) -> Self {
        (number as f64).into()
    }
}

/// Refuses a text that is empty, longer than `max` bytes, or has control characters.
pub(crate) fn ensure_text(field: &'static str, text: &str, max: usize) -> Result<(), ConfigError> {
    if text.is_empty() || text.len() > max || text.chars().any(char::is_control) {
        return Err(ConfigError::Text { field, bytes: text.len(), max });
    }
    Ok(())
}
