//! Refusals of what a caller configures or registers.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use crate::decimal;

/// A value that was refused. Nothing has changed when one is returned.
///
/// Fields are named as in the JSON form (`retry.maxDelay`), so that the message reads the same in
/// Rust and in JavaScript.
// Boxed, since nearly everything that is checked hands one on: a result of one word is a fraction
// of the code, and what a page loads is held to a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(Box<Refusal>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    code: &'static str,
    field: &'static str,
    /// What the message says behind the field's name.
    problem: String,
}

impl ConfigError {
    /// A value that lies outside what is allowed, or is not a number.
    #[must_use]
    pub fn out_of_range(field: &'static str, value: &str, allowed: &str) -> Self {
        let problem = [" is ", value, "; allowed is ", allowed].concat();
        Self(Box::new(Refusal { code: "config.out_of_range", field, problem }))
    }

    /// The same refusal of a field that goes by another name where it was given.
    #[must_use]
    pub fn named(mut self, field: &'static str) -> Self {
        self.0.field = field;
        self
    }

    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The refused field, named as in the JSON form.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.0.field
    }

    /// What the error says, put together without the formatter, which takes much code.
    #[must_use]
    pub fn message(&self) -> String {
        [self.0.field, &self.0.problem].concat()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.field)?;
        f.write_str(&self.0.problem)
    }
}

impl core::error::Error for ConfigError {}

/// Refuses `value` unless `holds`.
pub(crate) fn ensure(
    holds: bool,
    field: &'static str,
    value: impl Into<Number>,
    allowed: &'static str,
) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(refuse(field, value.into().0, allowed)) }
}

#[cold]
#[inline(never)]
fn refuse(field: &'static str, value: f64, allowed: &str) -> ConfigError {
    ConfigError::out_of_range(field, &decimal::text(value), allowed)
}

/// A refused number.
pub(crate) struct Number(f64);

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self(number)
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
#[inline(never)]
pub(crate) fn ensure_text(field: &'static str, text: &str, max: u32) -> Result<(), ConfigError> {
    let bytes = text.len();
    if bytes > 0 && bytes <= max as usize && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let (bytes, max) = (decimal::text(bytes as f64), decimal::text(max.into()));
    let problem =
        [" has ", &bytes, " bytes; allowed are 1 to ", &max, " bytes without control characters"];
    Err(ConfigError(Box::new(Refusal { code: "config.text", field, problem: problem.concat() })))
}
