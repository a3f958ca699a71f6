//! `/v1/keys`: the keys of an organisation, in the hands of who has a secret one.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use steadfast_core::time::Instant;

use super::access::Reads;
use super::body::{self, CODES};
use super::error::ApiError;
use crate::auth::{Key, KeyKind, KeyTerms, MAX_OVERLAP, OVERLAP, OrganizationId};
use crate::state::App;
use crate::store::{StoreError, StoredKey};

/// The longest body that is read: a hundred origins fit in.
const MAX_BYTES: usize = 64 * 1024;

/// The keys of an organisation, the oldest first.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    keys: Vec<Described>,
}

/// What may be known of a key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Described {
    id: String,
    kind: KeyKind,
    origins: Vec<String>,
    per_minute: u32,
    created_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Instant>,
}

/// A key that was made just now. It is told this once.
#[derive(Debug, Serialize)]
pub(super) struct Made {
    key: String,
    #[serde(flatten)]
    described: Described,
}

/// The key that is wanted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wanted {
    kind: KeyKind,
    #[serde(default)]
    origins: Vec<String>,
    per_minute: Option<u32>,
}

/// How a key is to be replaced.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// How long it stays good, in milliseconds.
    overlap: Option<u64>,
}

type Id = Result<Path<String>, PathRejection>;

/// All keys, also those that expired not long ago.
pub(super) async fn list(
    Reads(organization): Reads,
    State(app): State<App>,
) -> Result<Json<Listed>, ApiError> {
    let keys = app.store.keys(&organization).await?;
    Ok(Json(Listed { keys: keys.into_iter().map(Described::from).collect() }))
}

/// Makes a key.
pub(super) async fn create(
    Reads(organization): Reads,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Made>), ApiError> {
    let bytes = body::read(&headers, body, MAX_BYTES, CODES).await?;
    let Wanted { kind, origins, per_minute } = body::from_json(&bytes, CODES)?;
    let terms = KeyTerms::checked(kind, &origins, per_minute)?;
    let key = Key::generate(kind)?;
    let added = app.store.add_keys(app.clock.now(), &organization, &[(&key, &terms)]).await;
    added.map_err(refused)?;
    made(&app, &organization, &key).await
}

/// Makes a key that takes the place of another, which stays good for a while.
pub(super) async fn rotate(
    Reads(organization): Reads,
    State(app): State<App>,
    id: Id,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Made>), ApiError> {
    let bytes = body::read(&headers, body, MAX_BYTES, CODES).await?;
    let Rotation { overlap } =
        if bytes.is_empty() { Rotation::default() } else { body::from_json(&bytes, CODES)? };
    let overlap = overlap.map_or(OVERLAP, Duration::from_millis);
    if overlap > MAX_OVERLAP {
        let (given, most) = (overlap.as_millis(), MAX_OVERLAP.as_millis());
        let message = format!("overlap is {given}; allowed is 0 to {most} ms");
        return Err(ApiError::bad_request("key.overlap", message));
    }
    let now = app.clock.now();
    let old = good_key(&app, &organization, id).await?;
    let key = Key::generate(old.kind)?;
    app.store.replace_key(now, &old, &key, now + overlap).await.map_err(refused)?;
    made(&app, &organization, &key).await
}

/// Lets a key be good no longer.
pub(super) async fn revoke(
    Reads(organization): Reads,
    State(app): State<App>,
    id: Id,
) -> Result<Json<Described>, ApiError> {
    let mut key = good_key(&app, &organization, id).await?;
    let now = app.clock.now();
    app.store.expire_key(&organization, &key.id, now).await?;
    app.authenticator.refresh().await?;
    key.expires_at = Some(now);
    Ok(Json(key.into()))
}

/// A key of the organisation that has not expired.
async fn good_key(app: &App, organization: &OrganizationId, id: Id) -> Result<StoredKey, ApiError> {
    let Path(id) =
        id.map_err(|error| ApiError::bad_request("query.malformed", error.body_text()))?;
    let now = app.clock.now();
    let found = app.store.key_of(organization, &id).await?;
    let good = found.filter(|key| key.expires_at.is_none_or(|end| end > now));
    good.ok_or_else(|| ApiError::not_found("key.unknown", format!("there is no key {id:?}")))
}

async fn made(
    app: &App,
    organization: &OrganizationId,
    key: &Key,
) -> Result<(StatusCode, Json<Made>), ApiError> {
    app.authenticator.refresh().await?;
    let stored = app.store.key_of(organization, &key.digest().id()).await?;
    let unknown = || ApiError::not_found("key.unknown", "the key is gone already");
    let described = stored.map(Described::from).ok_or_else(unknown)?;
    Ok((StatusCode::CREATED, Json(Made { key: key.reveal().to_owned(), described })))
}

fn refused(error: StoreError) -> ApiError {
    match error {
        StoreError::TooManyKeys => {
            ApiError::new(StatusCode::CONFLICT, error.code(), error.to_string())
        }
        error => error.into(),
    }
}

impl From<StoredKey> for Described {
    fn from(key: StoredKey) -> Self {
        let StoredKey { id, kind, terms, created_at, expires_at, .. } = key;
        let KeyTerms { origins, per_minute } = terms;
        Self { id, kind, origins, per_minute, created_at, expires_at }
    }
}
