//! `GET /v1/connections` and `GET /v1/connections/{sessionId}`.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::connection::{ConnectionState, Status};

use super::access::Reads;
use super::asked::{Asked, Named, out_of_range};
use super::error::ApiError;
use crate::fleet::Page;
use crate::state::App;

/// The most records in one answer.
const MAX_LIMIT: usize = 1000;

/// Which records are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wanted {
    /// At most so many.
    #[schemars(range(min = 1, max = MAX_LIMIT))]
    limit: usize,
    /// Without the first so many.
    offset: usize,
    /// Only sessions of this status.
    status: Option<Status>,
    /// Only sessions of this user.
    user: Option<String>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { limit: 100, offset: 0, status: None, user: None }
    }
}

/// One record, and how its client's clock was put right.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Connection")]
pub(super) struct Shown {
    #[serde(flatten)]
    state: ConnectionState,
    /// What was added to the client's instants, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_skew: Option<i64>,
}

/// Some records, the one heard of last first; of one user, the one registered last.
pub(super) async fn list(
    Reads(organization): Reads,
    State(app): State<App>,
    Asked(Wanted { limit, offset, status, user }): Asked<Wanted>,
) -> Result<Json<Page>, ApiError> {
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(out_of_range(format!("limit is {limit}; allowed is 1 to {MAX_LIMIT}")));
    }
    let organization = app.fleet.organization(app.clock.now(), &organization)?;
    Ok(Json(match user {
        None => organization.page(status, offset, limit),
        Some(user) => organization.page_of_user(&user, status, offset, limit),
    }))
}

/// One record.
pub(super) async fn show(
    Reads(organization): Reads,
    State(app): State<App>,
    Named(session_id): Named<String>,
) -> Result<Json<Shown>, ApiError> {
    let organization = app.fleet.organization(app.clock.now(), &organization)?;
    let unknown =
        || ApiError::not_found("connection.unknown", format!("there is no session {session_id:?}"));
    let state = organization.connection(&session_id).ok_or_else(unknown)?;
    let clock_skew = organization.clock_skew(&session_id);
    Ok(Json(Shown { state, clock_skew }))
}
