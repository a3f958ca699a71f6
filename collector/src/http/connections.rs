//! `GET /v1/connections` and `GET /v1/connections/{sessionId}`.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use steadfast_core::connection::{ConnectionState, Status};

use super::access::Reads;
use super::error::ApiError;
use crate::fleet::Page;
use crate::state::App;

/// The most records in one answer.
const MAX_LIMIT: usize = 1000;

/// Which records are wanted.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wanted {
    limit: usize,
    offset: usize,
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
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
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
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Page>, ApiError> {
    let Query(Wanted { limit, offset, status, user }) =
        wanted.map_err(|error| ApiError::bad_request("query.malformed", error.body_text()))?;
    if !(1..=MAX_LIMIT).contains(&limit) {
        let message = format!("limit is {limit}; allowed is 1 to {MAX_LIMIT}");
        return Err(ApiError::bad_request("query.out_of_range", message));
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
    session_id: Result<Path<String>, PathRejection>,
) -> Result<Json<Shown>, ApiError> {
    let Path(session_id) =
        session_id.map_err(|error| ApiError::bad_request("query.malformed", error.body_text()))?;
    let organization = app.fleet.organization(app.clock.now(), &organization)?;
    let unknown =
        || ApiError::not_found("connection.unknown", format!("there is no session {session_id:?}"));
    let state = organization.connection(&session_id).ok_or_else(unknown)?;
    let clock_skew = organization.clock_skew(&session_id);
    Ok(Json(Shown { state, clock_skew }))
}
