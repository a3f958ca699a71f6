//! `GET /v1/alerts`, `GET /v1/alerts/history` and `POST /v1/alerts/{id}/ack`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::health::{Alert, Alerts as Remembered, HealthError};
use steadfast_core::time::Instant;

use super::access::{FullSecretKey, SecretKey};
use super::body::MaybeGiven;
use super::error::ApiError;
use super::params::{PathParams, QueryParams, out_of_range};
use super::silences::check_note;
use crate::alerts::{AlertsError, HistoryEntry, HistoryQuery, RecordedAlert};
use crate::auth::OrganizationId;
use crate::state::App;

/// The alerts of an organisation.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Alerts {
    alerts: Vec<RecordedAlert>,
}

/// Alerts that were raised, the newest first.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct AlertHistory {
    alerts: Vec<RecordedAlert>,
    /// The `before` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u32>,
}

/// Which alerts are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Those that began at that time or later.
    from: Option<Instant>,
    /// Those that began before that time.
    until: Option<Instant>,
    /// Those of a smaller id.
    before: Option<u32>,
    /// The most alerts, 100 by default.
    #[schemars(range(min = 1, max = MAX_LIMIT))]
    limit: Option<u32>,
}

/// What is said with an acknowledgement.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Acknowledgement")]
pub(super) struct Said {
    /// A note for the history, at most 1000 bytes.
    note: Option<String>,
}

const MAX_LIMIT: u32 = 1000;

/// As many as are remembered.
const REMEMBERED: u32 = 64;

/// The alerts that are remembered, at most 64.
pub(super) async fn list(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
) -> Result<Json<Alerts>, ApiError> {
    let alerts = remembered(&app, &organization).await?;
    Ok(Json(Alerts { alerts: recorded(&app, &organization, alerts.all().cloned()).await }))
}

/// The alerts that were raised, as long as minutes are kept.
pub(super) async fn history(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
    QueryParams(Wanted { from, until, before, limit }): QueryParams<Wanted>,
) -> Result<Json<AlertHistory>, ApiError> {
    let limit = limit.unwrap_or(100);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(out_of_range(format!("limit is {limit}; allowed is 1 to {MAX_LIMIT}")));
    }
    let query = HistoryQuery { from, until, before, limit: limit + 1 };
    let mut entries = app.store.alert_history(&organization, &query).await?;
    let is_more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next = entries.last().map(|entry| entry.alert.id).filter(|_| is_more);
    let now = app.clock.now();
    let silences = app.store.silences(&organization, now).await?;
    let alerts = entries.into_iter().map(|entry| {
        let alert = entry.alert.clone();
        RecordedAlert::new(alert, Some(&entry), &silences, &app.public_url, now)
    });
    Ok(Json(AlertHistory { alerts: alerts.collect(), next }))
}

/// The alerts of an organisation as any collector judged them; while the store does not answer, as
/// they were last seen.
pub(super) async fn remembered(
    app: &App,
    organization: &OrganizationId,
) -> Result<Remembered, ApiError> {
    match app.alerts.alerts(organization).await {
        Ok(alerts) => Ok(alerts),
        Err(error) => {
            tracing::warn!(%error, "alerts are shown as they were last seen");
            Ok(app.fleet.organization(app.clock.now(), organization)?.alerts())
        }
    }
}

/// Alerts with what is known besides; while the store does not answer, without.
async fn recorded(
    app: &App,
    organization: &OrganizationId,
    alerts: impl Iterator<Item = Alert>,
) -> Vec<RecordedAlert> {
    let now = app.clock.now();
    let query = HistoryQuery { limit: REMEMBERED, ..HistoryQuery::default() };
    let entries = app.store.alert_history(organization, &query).await.unwrap_or_default();
    let silences = app.store.silences(organization, now).await.unwrap_or_default();
    let entries: BTreeMap<u32, HistoryEntry> =
        entries.into_iter().map(|entry| (entry.alert.id, entry)).collect();
    let recorded = alerts.map(|alert| {
        let entry = entries.get(&alert.id);
        RecordedAlert::new(alert, entry, &silences, &app.public_url, now)
    });
    recorded.collect()
}

/// Notes that somebody knows of an alert: it is silent until it grows worse.
pub(super) async fn acknowledge(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    PathParams(id): PathParams<u32>,
    MaybeGiven(Said { note }): MaybeGiven<Said>,
) -> Result<Json<RecordedAlert>, ApiError> {
    check_note("alert.note", note.as_deref().unwrap_or_default())?;
    let (now, by) = (app.clock.now(), caller.actor());
    let note = note.filter(|note| !note.is_empty());
    let organization = &caller.organization;
    let acknowledged = app.alerts.acknowledge(now, organization, id, &by, note.as_deref()).await;
    let alert = acknowledged.map_err(|error| match error {
        AlertsError::Health(error) => refused(&error),
        error => ApiError::from(error),
    })?;
    let entry =
        HistoryEntry { alert: alert.clone(), acknowledged_by: Some(by.label().to_owned()), note };
    Ok(Json(RecordedAlert::new(alert, Some(&entry), &[], &app.public_url, now)))
}

fn refused(error: &HealthError) -> ApiError {
    let status = match error {
        HealthError::UnknownAlert(_) => StatusCode::NOT_FOUND,
        // There is one, but not in a state in which this can be said.
        _ => StatusCode::CONFLICT,
    };
    ApiError::new(status, error.code(), error.to_string())
}
