//! `POST /v1/reports`.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::{MethodRouter, post};
use http_body_util::LengthLimitError;
use serde::{Deserialize, Serialize};
use steadfast_core::report::{Report, ReportError};
use tower_http::cors::{Any, CorsLayer};

use super::access::Writes;
use super::error::ApiError;
use crate::auth::AuthError;
use crate::fleet::Delivery;
use crate::state::App;
use crate::store::Outcome;

/// How long a client may take to send a report.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The answer to a report that is stored.
#[derive(Debug, Serialize)]
struct Receipt {
    accepted: bool,
    duplicate: bool,
}

/// What a report of any version has.
#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

/// The route, open to pages of any origin.
pub(super) fn route() -> MethodRouter<App> {
    // A fallback of its own, so that the layer also sees the preflight.
    post(create).fallback(async || ApiError::method()).layer(cors())
}

/// Takes a report, and answers when it is committed.
async fn create(
    Writes(organization): Writes,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Receipt>, ApiError> {
    ensure_json(&headers)?;
    let report = parse(&read(body).await?)?;
    if report.session.organization_id != organization.as_str() {
        return Err(AuthError::Organization(report.session.organization_id).into());
    }
    let received_at = app.clock.now();
    let submitted =
        app.ingest.submit(Delivery { organization, report, received_at, clock_skew: None }).await;
    app.metrics.report(match &submitted {
        Ok(Outcome::Duplicate) => "duplicate",
        Ok(Outcome::Stored) => "stored",
        Err(refused) => refused.code(),
    });
    let outcome = submitted?;
    Ok(Json(Receipt { accepted: true, duplicate: outcome == Outcome::Duplicate }))
}

/// Lets pages of any origin hand in reports: their key is public anyway, and no cookie counts.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([RETRY_AFTER])
        .max_age(Duration::from_hours(24))
}

fn ensure_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media_type = given.split(';').next().unwrap_or("").trim();
    if media_type.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = format!("content-type is {given:?}; allowed is application/json");
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "report.content_type", message))
}

/// Reads no more than a report may have, and for no longer than one should take.
async fn read(body: Body) -> Result<Bytes, ApiError> {
    let max = Report::MAX_BYTES;
    let read = tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(body, max)).await;
    match read {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => {
            let message = format!("the report is longer than {max} bytes");
            Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "report.too_large", message))
        }
        Ok(Err(error)) => {
            Err(ApiError::bad_request("report.body", format!("the body broke off: {error}")))
        }
        Err(_) => {
            let message = format!("the body took longer than {} s", BODY_TIMEOUT.as_secs());
            Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "report.timeout", message))
        }
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<LengthLimitError>)
}

/// The version comes first: what a version that is not known looks like cannot be said.
fn parse(bytes: &[u8]) -> Result<Report, ApiError> {
    let AnyVersion { version } = from_json(bytes)?;
    if version != Report::VERSION {
        return Err(refused(&ReportError::Version(version)));
    }
    let report: Report = from_json(bytes)?;
    report.validate().map_err(|error| refused(&error))?;
    Ok(report)
}

fn refused(error: &ReportError) -> ApiError {
    ApiError::bad_request(error.code(), error.to_string())
}

/// Says where and which field, if it cannot be read.
fn from_json<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let malformed = |message| ApiError::bad_request("report.malformed", message);
    let read = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner();
        // A path of "." is the report as a whole.
        malformed(if path == "." { reason.to_string() } else { format!("{path}: {reason}") })
    })?;
    json.end().map_err(|error| malformed(error.to_string()))?;
    Ok(read)
}
