//! Refusals, as the package's own class of errors.

use steadfast_core::ConfigError;
use steadfast_core::connection::OutboxError;
use steadfast_core::health::HealthError;
use steadfast_core::manager::ManagerError;
use steadfast_core::snapshot::{RestoreError, SnapshotError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "./error.js")]
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
    fn new(code: &str, message: &str) -> Self {
        Self(SteadfastError::new(code, message, None).into())
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
