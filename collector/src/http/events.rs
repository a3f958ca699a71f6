//! `GET /v1/connections/{sessionId}/events`: what happened to this user?

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::event::Event;
use steadfast_core::time::Instant;

use super::access::SecretKey;
use super::error::ApiError;
use super::params::{PathParams, QueryParams, out_of_range};
use crate::state::App;
use crate::store::ToldEvents;

/// The most reports that one answer speaks of.
const MAX_LIMIT: u32 = 500;

/// Which part of a session's time line is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wanted {
    /// Only reports whose window ended before.
    before: Instant,
    /// Maximum number of reports in the answer.
    #[schemars(range(min = 1, max = MAX_LIMIT))]
    limit: u32,
}

impl Default for Wanted {
    fn default() -> Self {
        // What the database holds at most.
        Self { before: Instant::from_millis(i64::MAX.unsigned_abs()), limit: 100 }
    }
}

/// What the reports of a session told of, the newest first.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct TimeLine {
    reports: Vec<ReportEvents>,
}

/// What one report told of.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportEvents {
    batch_id: String,
    received_at: Instant,
    start: Instant,
    end: Instant,
    /// What was added to the client's instants, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_skew: Option<i64>,
    events: Vec<Event>,
    events_dropped: u64,
}

impl From<ToldEvents> for ReportEvents {
    fn from(told: ToldEvents) -> Self {
        Self {
            batch_id: told.batch_id,
            received_at: told.received_at,
            start: told.window_start,
            end: told.window_end,
            clock_skew: told.clock_skew,
            events: told.events,
            events_dropped: told.events_dropped,
        }
    }
}

/// A session's time line, as far back as events are kept.
pub(super) async fn list(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
    PathParams(session_id): PathParams<String>,
    QueryParams(Wanted { before, limit }): QueryParams<Wanted>,
) -> Result<Json<TimeLine>, ApiError> {
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(out_of_range(format!("limit is {limit}; allowed is 1 to {MAX_LIMIT}")));
    }
    let known = app.fleet.organization(app.clock.now(), &organization)?.knows(&session_id);
    let told = app.store.told_events(&organization, &session_id, before, limit).await?;
    // One that made room in memory is there all the same.
    if told.is_empty() && !known && app.store.session(&organization, &session_id).await?.is_none() {
        let message = format!("there is no session {session_id:?}");
        return Err(ApiError::not_found("connection.unknown", message));
    }
    Ok(Json(TimeLine { reports: told.into_iter().map(ReportEvents::from).collect() }))
}
