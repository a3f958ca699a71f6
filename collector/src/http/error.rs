//! How every refusal and failure is answered:
//! `{"error":{"code":"report.version","message":"version is 2; only 1 is known"}}`.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::header::{self, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use steadfast_core::ConfigError;

use super::refusals::Refused;
use crate::alerts::AlertsError;
use crate::auth::AuthError;
use crate::fleet::EXPORTS;
use crate::ingest::IngestError;
use crate::live::LiveError;
use crate::new_sessions::NewSessionsError;
use crate::store::StoreError;

/// A refusal or failure, as it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    header: Option<Box<(HeaderName, HeaderValue)>>,
    /// What is for the log and not for the client.
    detail: Option<Arc<str>>,
}

/// A refusal or a failure.
#[derive(JsonSchema, Serialize)]
pub(super) struct Refusal<'a> {
    error: Described<'a>,
}

/// What went wrong.
#[derive(JsonSchema, Serialize)]
#[schemars(inline)]
struct Described<'a> {
    /// Its stable name.
    code: &'static str,
    /// The same in words.
    message: &'a str,
}

/// The code of a collector that has just begun.
pub(super) const STARTING: &str = "collector.starting";

/// How long a client is asked to stay away. Clients spread their return by themselves.
const RETRY_AFTER: Duration = Duration::from_secs(2);

impl ApiError {
    /// The stable name of the refusal.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// What is wrong, in words.
    #[cfg(test)]
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The request makes no sense.
    pub(super) fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// There is no such thing.
    pub(super) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// There is no such address.
    pub(super) fn route() -> Self {
        Self::not_found("route.unknown", "there is nothing at this address")
    }

    /// The address does not know this method.
    pub(super) fn method() -> Self {
        let message = "this address does not know this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "route.method", message)
    }

    /// A refusal of that status.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), header: None, detail: None }
    }

    /// As many tables are exported as may be.
    pub(super) fn exports() -> Self {
        let message = format!("{EXPORTS} exports are under way; allowed are {EXPORTS} at a time");
        Self::busy("connections.exports", message)
    }

    /// A task of a request did not end.
    pub(super) fn failed(code: &'static str, error: &tokio::task::JoinError) -> Self {
        Self::internal(code, error)
    }

    /// Something here failed; the details are for the log, not for the client.
    fn internal(code: &'static str, error: &dyn std::fmt::Display) -> Self {
        let mut failed = Self::busy(code, "the collector cannot answer now".to_owned());
        failed.detail = Some(error.to_string().into());
        failed
    }

    /// A report was not taken; each reason may be over when the client comes back.
    pub(super) fn not_taken(error: &IngestError, wait: Duration) -> Self {
        Self::busy(error.code(), error.to_string()).retry_after(wait)
    }

    /// There is no room for a client of the live stream now.
    pub(super) fn not_let_in(error: &LiveError, wait: Duration) -> Self {
        Self::busy(error.code(), error.to_string()).retry_after(wait)
    }

    /// More came from an address, or with a key, than is allowed.
    pub(super) fn too_many(code: &'static str, message: String, wait: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, code, message).retry_after(wait)
    }

    /// The collector has just begun.
    pub(super) fn starting() -> Self {
        Self::busy(STARTING, "the collector is restoring what it knew".to_owned())
    }

    /// Metrics cannot be written.
    pub(super) fn unreadable(error: &dyn std::fmt::Display) -> Self {
        Self::internal("metrics.unreadable", error)
    }

    fn busy(code: &'static str, message: String) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message).retry_after(RETRY_AFTER)
    }

    /// Asks the client to stay away for so long, in whole seconds, rounded up.
    fn retry_after(mut self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.header = Some(Box::new((header::RETRY_AFTER, seconds.into())));
        self
    }

    fn unauthorized(code: &'static str, message: String) -> Self {
        let mut refused = Self::new(StatusCode::UNAUTHORIZED, code, message);
        refused.header = Some(Box::new((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))));
        refused
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let error = Described { code: self.code, message: &self.message };
        let mut response = (self.status, Json(Refusal { error })).into_response();
        if let Some(header) = self.header {
            let (name, value) = *header;
            response.headers_mut().insert(name, value);
        }
        response.extensions_mut().insert(Refused { code: self.code, detail: self.detail });
        response
    }
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        let (code, message) = (error.code(), error.to_string());
        match error {
            AuthError::Expired | AuthError::Missing | AuthError::Unknown => {
                Self::unauthorized(code, message)
            }
            AuthError::Kind { .. } | AuthError::Origin | AuthError::Organization(_) => {
                Self::new(StatusCode::FORBIDDEN, code, message)
            }
            AuthError::KeyName(_)
            | AuthError::OrganizationName(_)
            | AuthError::OriginName(_)
            | AuthError::Origins(_)
            | AuthError::PerMinute(_) => Self::bad_request(code, message),
            AuthError::Rate { wait, .. } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, code, message).retry_after(wait)
            }
            AuthError::Random(_) | AuthError::Store(_) => Self::internal(code, &error),
        }
    }
}

impl From<NewSessionsError> for ApiError {
    fn from(error: NewSessionsError) -> Self {
        Self::too_many(error.code(), error.to_string(), error.wait())
    }
}

impl From<AlertsError> for ApiError {
    fn from(error: AlertsError) -> Self {
        Self::internal(error.code(), &error)
    }
}

impl From<ConfigError> for ApiError {
    fn from(error: ConfigError) -> Self {
        Self::internal(error.code(), &error)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::internal(error.code(), &error)
    }
}

impl From<LiveError> for ApiError {
    fn from(error: LiveError) -> Self {
        let (code, message) = (error.code(), error.to_string());
        match error {
            LiveError::Busy | LiveError::Full(_) | LiveError::Tickets => Self::busy(code, message),
            LiveError::Random(_) | LiveError::Store(_) => Self::internal(code, &error),
            LiveError::Ticket => Self::unauthorized(code, message),
        }
    }
}
