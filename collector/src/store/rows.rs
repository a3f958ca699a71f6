//! How values stand in the database.

use std::time::Duration;

use sqlx::{ColumnIndex, Decode, Row, Type};
use steadfast_core::time::Instant;

use super::StoreError;
use crate::auth::{AuthError, KeyDigest, OrganizationId};
use crate::claim::TokenDigest;

/// In milliseconds since the Unix epoch.
pub(super) fn to_millis(instant: Instant) -> i64 {
    i64::try_from(instant.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn from_millis(millis: i64) -> Instant {
    Instant::from_millis(u64::try_from(millis).unwrap_or_default())
}

/// In milliseconds.
pub(super) fn to_duration(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn from_duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

/// A count, which the database holds with a sign.
pub(super) fn to_count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn from_count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

pub(super) fn to_json(
    what: &'static str,
    value: &impl serde::Serialize,
) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Malformed { what, reason: error.to_string() })
}

pub(super) fn from_json<'a, T: serde::Deserialize<'a>>(
    what: &'static str,
    json: &'a str,
) -> Result<T, StoreError> {
    serde_json::from_str(json)
        .map_err(|error| StoreError::Malformed { what, reason: error.to_string() })
}

/// An organisation's name as it was stored.
pub(super) fn organization<'r, R>(
    row: &'r R,
    column: &'static str,
) -> Result<OrganizationId, StoreError>
where
    R: Row,
    &'static str: ColumnIndex<R>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
{
    let name: &str = row.try_get(column)?;
    name.parse().map_err(|error: AuthError| StoreError::Malformed {
        what: "an organisation",
        reason: error.to_string(),
    })
}

/// The digest of a key as it was stored.
pub(super) fn digest<'r, R>(row: &'r R, column: &'static str) -> Result<KeyDigest, StoreError>
where
    R: Row,
    &'static str: ColumnIndex<R>,
    &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
{
    let digest: &[u8] = row.try_get(column)?;
    KeyDigest::from_bytes(digest).ok_or_else(|| StoreError::Malformed {
        what: "a key",
        reason: format!("its digest has {} bytes", digest.len()),
    })
}

/// The digest of a session's token as it was stored.
pub(super) fn token(digest: &[u8]) -> Result<TokenDigest, StoreError> {
    TokenDigest::from_bytes(digest).ok_or_else(|| StoreError::Malformed {
        what: "the token of a session",
        reason: format!("its digest has {} bytes", digest.len()),
    })
}
