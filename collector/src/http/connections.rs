//! `GET /v1/connections` and `GET /v1/connections/{sessionId}`.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use steadfast_core::connection::Status;
use steadfast_core::manager::Liveness;

use super::access::SecretKey;
use super::error::ApiError;
use super::params::{PathParams, QueryParams, out_of_range};
use crate::fleet::{Filter, Page, Session};
use crate::state::App;

/// The most records in one answer.
const MAX_LIMIT: usize = 1000;

/// Maximum number of sessions of one user that are read from the database.
const MAX_OF_USER: u32 = 1000;

/// Which records are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wanted {
    /// At most so many.
    #[schemars(range(min = 1, max = MAX_LIMIT))]
    limit: usize,
    /// Without the first so many.
    offset: usize,
    /// Only sessions that are there in this way.
    liveness: Option<Liveness>,
    /// Only sessions of this status. Stale sessions have none.
    status: Option<Status>,
    /// Only sessions of this user.
    user: Option<String>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { limit: 100, offset: 0, liveness: None, status: None, user: None }
    }
}

/// Some records, the one heard of last first; of one user, the one registered last.
pub(super) async fn list(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
    QueryParams(Wanted { limit, offset, liveness, status, user }): QueryParams<Wanted>,
) -> Result<Json<Page>, ApiError> {
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(out_of_range(format!("limit is {limit}; allowed is 1 to {MAX_LIMIT}")));
    }
    let id = organization;
    let organization = app.fleet.organization(app.clock.now(), &id)?;
    let filter = Filter { status, liveness };
    Ok(Json(match user {
        None => organization.page(filter, offset, limit),
        Some(user) => {
            let stored = app.store.sessions_of_user(&id, &user, MAX_OF_USER).await?;
            organization.page_of_user(&user, stored, filter, offset, limit)
        }
    }))
}

/// One record.
pub(super) async fn show(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
    PathParams(session_id): PathParams<String>,
) -> Result<Json<Session>, ApiError> {
    let known = app.fleet.organization(app.clock.now(), &organization)?.session(&session_id);
    if let Some(session) = known {
        return Ok(Json(session));
    }
    let stored = app.store.session(&organization, &session_id).await?;
    let unknown =
        || ApiError::not_found("connection.unknown", format!("there is no session {session_id:?}"));
    Ok(Json(stored.ok_or_else(unknown)?.into()))
}
