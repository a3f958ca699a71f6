//! Refusals, as the package's own class of errors.

use js_sys::Number;
use steadfast_core::ConfigError;
use steadfast_core::health::HealthError;
use steadfast_core::manager::ManagerError;
use steadfast_core::outbox::OutboxError;
use steadfast_core::snapshot::{RestoreError, SnapshotError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "./common/error.js")]
extern "C" {
    /// The class that users catch.
    type SteadfastError;

    #[wasm_bindgen(constructor)]
    fn new(code: &str, message: &str, field: Option<&str>) -> SteadfastError;
}

/// Something was refused: a `SteadfastError`. It is made where it is refused, so that what hands it
/// on carries one word.
#[derive(Clone, Debug)]
pub struct Error(JsValue);

impl Error {
    /// A refusal that is not about a field.
    pub(crate) fn new(code: &str, message: &str) -> Self {
        Self(SteadfastError::new(code, message, None).into())
    }

    /// A value of another type than allowed.
    pub(crate) fn wrong_type(field: &str, problem: &str) -> Self {
        Self::of_field("config.type", field, &[field, ": ", problem])
    }

    /// A number outside what is allowed.
    pub(crate) fn out_of_range(field: &str, value: f64, allowed: &str) -> Self {
        // Printed by JavaScript: the code that prints a float in Rust is as large as a connection's.
        let value = Number::from(value)
            .to_string_with_radix(10)
            .map_or_else(|_| String::new(), String::from);
        Self::of_field(
            "config.out_of_range",
            field,
            &[field, " is ", &value, "; allowed is ", allowed],
        )
    }

    /// An option that does not exist.
    pub(crate) fn unknown_field(field: &str) -> Self {
        Self::of_field("config.unknown_field", field, &["there is no option ", field])
    }

    /// A name that is not one of those known.
    pub(crate) fn unknown_value(field: &str, value: &str, known: &str) -> Self {
        Self::of_field(
            "config.unknown_value",
            field,
            &[field, " is \"", value, "\"; known is ", known],
        )
    }

    /// The value that the user's own code threw when it was called.
    pub(crate) fn thrown(error: JsValue) -> Self {
        Self(error)
    }

    fn of_field(code: &str, field: &str, message: &[&str]) -> Self {
        Self(SteadfastError::new(code, &message.concat(), Some(field)).into())
    }
}

impl From<ConfigError> for Error {
    #[inline(never)]
    fn from(error: ConfigError) -> Self {
        Self(SteadfastError::new(error.code(), &error.message(), Some(error.field())).into())
    }
}

impl From<ManagerError> for Error {
    #[inline(never)]
    fn from(error: ManagerError) -> Self {
        match error {
            ManagerError::Invalid(error) => error.into(),
            error => Self::new(error.code(), &error.message()),
        }
    }
}

impl From<HealthError> for Error {
    #[inline(never)]
    fn from(error: HealthError) -> Self {
        Self::new(error.code(), &error.to_string())
    }
}

impl From<OutboxError> for Error {
    #[inline(never)]
    fn from(error: OutboxError) -> Self {
        Self::new(error.code(), &error.message())
    }
}

impl From<RestoreError> for Error {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::Config(error) => error.into(),
            error => Self::new(error.code(), &error.message()),
        }
    }
}

impl From<SnapshotError> for Error {
    fn from(error: SnapshotError) -> Self {
        Self::new(error.code(), &error.message())
    }
}

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        error.0
    }
}
