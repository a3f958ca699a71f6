//! Refusals, as the package's own class of errors.

use js_sys::Number;
use steadfast_core::ConfigError;
use steadfast_core::connection::OutboxError;
use steadfast_core::manager::ManagerError;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "./error.js")]
extern "C" {
    /// The class that users catch.
    type SteadfastError;

    #[wasm_bindgen(constructor)]
    fn new(code: &str, message: &str, field: Option<&str>) -> SteadfastError;
}

/// Something was refused: what JavaScript sees as a `SteadfastError`.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    code: &'static str,
    message: String,
    field: Option<String>,
}

impl Error {
    /// A refusal that is not about a field.
    pub(crate) fn new(code: &'static str, message: String) -> Self {
        Self { code, message, field: None }
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

    fn of_field(code: &'static str, field: &str, message: &[&str]) -> Self {
        Self { code, message: message.concat(), field: Some(field.into()) }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self { code: error.code(), message: error.to_string(), field: Some(error.field().into()) }
    }
}

impl From<ManagerError> for Error {
    fn from(error: ManagerError) -> Self {
        match error {
            ManagerError::Invalid(error) => error.into(),
            error => Self::new(error.code(), error.to_string()),
        }
    }
}

impl From<OutboxError> for Error {
    fn from(error: OutboxError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        SteadfastError::new(error.code, &error.message, error.field.as_deref()).into()
    }
}
