//! `/v1/keys`: the keys of an organisation, in the hands of who has a secret one.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::time::Instant;

use super::access::{FullSecretKey, SecretKey};
use super::body::{JsonBody, MaybeGiven};
use super::error::ApiError;
use super::openapi::{Answers, Operation};
use super::params::PathParams;
use crate::auth::{Key, KeyKind, KeyPolicy, MAX_OVERLAP, OVERLAP, OrganizationId};
use crate::state::App;
use crate::store::{StoreError, StoredKey};

/// The keys of an organisation, the oldest first.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Keys")]
pub(super) struct Listed {
    keys: Vec<Described>,
}

/// What may be known of a key.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Key")]
pub(super) struct Described {
    id: String,
    kind: KeyKind,
    /// What people call it; absent if it has no name.
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    origins: Vec<String>,
    per_minute: u32,
    created_at: Instant,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Instant>,
    /// When it was last used, exact to a minute; absent if never.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<Instant>,
}

/// A new key. Only this answer shows it.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "MadeKey")]
pub(super) struct Made {
    key: String,
    #[serde(flatten)]
    described: Described,
}

/// The key that is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "WantedKey")]
pub(super) struct Wanted {
    kind: KeyKind,
    /// What people call it, such as the program that uses it.
    #[serde(default)]
    #[schemars(length(max = KeyPolicy::MAX_NAME))]
    name: String,
    /// The origins of pages that may use it; none is any. None for a secret or a read-only key.
    #[serde(default)]
    #[schemars(length(max = KeyPolicy::MAX_ORIGINS))]
    origins: Vec<String>,
    /// The most requests in a minute; by default 60,000 for a publishable key and 6,000 for the others.
    #[schemars(range(min = 1, max = KeyPolicy::MAX_PER_MINUTE))]
    per_minute: Option<u32>,
}

/// How a key is to be replaced.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "KeyRotation")]
pub(super) struct Rotation {
    /// How long it stays good, in milliseconds; a day by default.
    #[schemars(range(max = MAX_OVERLAP.as_secs() * 1000))]
    overlap: Option<u64>,
}

/// A key that was made, with status 201.
#[derive(Debug)]
pub(super) struct Created(Made);

/// All keys, also those that expired not long ago.
pub(super) async fn list(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
) -> Result<Json<Listed>, ApiError> {
    let keys = app.store.keys(&organization).await?;
    Ok(Json(Listed { keys: keys.into_iter().map(Described::from).collect() }))
}

/// Makes a key.
pub(super) async fn create(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    JsonBody(Wanted { kind, name, origins, per_minute }): JsonBody<Wanted>,
) -> Result<Created, ApiError> {
    let terms = KeyPolicy::checked(kind, &origins, per_minute)?.named(&name)?;
    let key = Key::generate(kind)?;
    let now = app.clock.now();
    let keys = [(&key, &terms)];
    let added = app.store.add_keys(now, &caller.organization, &keys, &caller.actor()).await;
    added.map_err(refused)?;
    made(&app, now, &caller.organization, &key, terms).await
}

/// Makes a key that takes the place of another, which stays good for a while.
pub(super) async fn rotate(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    PathParams(id): PathParams<String>,
    MaybeGiven(Rotation { overlap }): MaybeGiven<Rotation>,
) -> Result<Created, ApiError> {
    let overlap = overlap.map_or(OVERLAP, Duration::from_millis);
    if overlap > MAX_OVERLAP {
        let (given, most) = (overlap.as_millis(), MAX_OVERLAP.as_secs() * 1000);
        let message = format!("overlap is {given}; allowed is 0 to {most} ms");
        return Err(ApiError::bad_request("key.overlap", message));
    }
    let now = app.clock.now();
    let old = good_key(&app, &caller.organization, &id).await?;
    let key = Key::generate(old.kind)?;
    let replaced = app.store.replace_key(now, &old, &key, now + overlap, &caller.actor()).await;
    replaced.map_err(refused)?;
    made(&app, now, &caller.organization, &key, old.terms).await
}

/// Lets a key be good no longer.
pub(super) async fn revoke(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    PathParams(id): PathParams<String>,
) -> Result<Json<Described>, ApiError> {
    let mut key = good_key(&app, &caller.organization, &id).await?;
    let now = app.clock.now();
    app.store.expire_key(&caller.organization, &key.id, now, &caller.actor()).await?;
    app.authenticator.refresh().await?;
    key.expires_at = Some(now);
    Ok(Json(key.into()))
}

/// A key of the organisation that has not expired.
async fn good_key(
    app: &App,
    organization: &OrganizationId,
    id: &str,
) -> Result<StoredKey, ApiError> {
    let now = app.clock.now();
    let found = app.store.key_of(organization, id).await?;
    let good = found.filter(|key| key.expires_at.is_none_or(|end| end > now));
    good.ok_or_else(|| ApiError::not_found("key.unknown", format!("there is no key {id:?}")))
}

async fn made(
    app: &App,
    now: Instant,
    organization: &OrganizationId,
    key: &Key,
    terms: KeyPolicy,
) -> Result<Created, ApiError> {
    app.authenticator.refresh().await?;
    let described = Described::from(StoredKey {
        digest: key.digest(),
        id: key.digest().id(),
        organization: organization.clone(),
        kind: key.kind(),
        terms,
        created_at: now,
        expires_at: None,
        last_used: None,
    });
    Ok(Created(Made { key: key.reveal().to_owned(), described }))
}

fn refused(error: StoreError) -> ApiError {
    match error {
        StoreError::BeingDeleted | StoreError::TooManyKeys => {
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
        operation.answers_json::<Made>(201);
    }
}

impl From<StoredKey> for Described {
    fn from(key: StoredKey) -> Self {
        let StoredKey { id, kind, terms, created_at, expires_at, last_used, .. } = key;
        let KeyPolicy { name, origins, per_minute } = terms;
        Self { id, kind, name, origins, per_minute, created_at, expires_at, last_used }
    }
}
