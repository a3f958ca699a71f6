//! `/v1/silences`: alerts that are not sent to webhooks for a time.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::health::{AlertKind, Severity};
use steadfast_core::time::Instant;

use super::access::{FullSecretKey, SecretKey};
use super::body::JsonBody;
use super::error::ApiError;
use super::openapi::{Answers, Operation};
use super::params::PathParams;
use crate::alerts::Silence;
use crate::auth::{AuthError, random_token};
use crate::state::App;
use crate::store::StoreError;

/// The most bytes of a note.
pub(super) const MAX_NOTE: usize = 1000;

/// The silences of an organisation that have not ended, the one that ends first first.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Silences {
    silences: Vec<Silence>,
}

/// The silence that is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WantedSilence")]
pub(super) struct Wanted {
    /// The type of alert to silence; all types by default.
    #[serde(rename = "type")]
    kind: Option<AlertKind>,
    /// The greatest severity to silence; all by default.
    severity: Option<Severity>,
    /// When the silence ends: at most 90 days from now.
    until: Instant,
    /// Why, at most 1000 bytes.
    #[serde(default)]
    note: String,
}

/// A silence that was made, with status 201.
#[derive(Debug)]
pub(super) struct Created(Silence);

/// The silences that have not ended.
pub(super) async fn list(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
) -> Result<Json<Silences>, ApiError> {
    Ok(Json(Silences { silences: app.store.silences(&organization, app.clock.now()).await? }))
}

/// Makes a silence.
pub(super) async fn create(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    JsonBody(Wanted { kind, severity, until, note }): JsonBody<Wanted>,
) -> Result<Created, ApiError> {
    let (now, by) = (app.clock.now(), caller.actor());
    if until <= now || until > now + Silence::LONGEST {
        let (from, to) = (now.as_millis(), (now + Silence::LONGEST).as_millis());
        let message =
            format!("until is {}; allowed is more than {from}, at most {to}", until.as_millis());
        return Err(ApiError::bad_request("silence.until", message));
    }
    check_note("silence.note", &note)?;
    let token = random_token().map_err(AuthError::from)?;
    let id = format!("sil_{}", &token[..16]);
    let created_by = by.label().to_owned();
    let silence = Silence { id, kind, severity, created_at: now, until, note, created_by };
    let added = app.store.add_silence(&caller.organization, &silence, &by).await;
    added.map_err(refused)?;
    Ok(Created(silence))
}

/// Ends a silence before its time.
pub(super) async fn remove(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    PathParams(id): PathParams<String>,
) -> Result<Json<Silence>, ApiError> {
    let (now, by) = (app.clock.now(), caller.actor());
    let silences = app.store.silences(&caller.organization, now).await?;
    let silence = silences.into_iter().find(|silence| silence.id == id);
    let removed = app.store.remove_silence(now, &caller.organization, &id, &by).await?;
    silence.filter(|_| removed).map(Json).ok_or_else(|| {
        ApiError::not_found("silence.unknown", format!("there is no silence {id:?}"))
    })
}

/// Refuses a note that is too long.
pub(super) fn check_note(code: &'static str, note: &str) -> Result<(), ApiError> {
    if note.len() <= MAX_NOTE {
        return Ok(());
    }
    let message = format!("note has {} bytes; allowed are at most {MAX_NOTE}", note.len());
    Err(ApiError::bad_request(code, message))
}

fn refused(error: StoreError) -> ApiError {
    match error {
        StoreError::TooManySilences => {
            ApiError::new(StatusCode::CONFLICT, error.code(), error.to_string())
        }
        error => error.into(),
    }
}

impl IntoResponse for Created {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

impl Answers for Created {
    fn describe(operation: &mut Operation) {
        operation.answers_json::<Silence>(201);
    }
}
