//! `GET /v1/alerts` and `POST /v1/alerts/{id}/ack`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use steadfast_core::health::{Alert, Alerts as Remembered, HealthError};

use super::access::{FullSecretKey, SecretKey};
use super::error::ApiError;
use super::params::PathParams;
use crate::alerts::AlertsError;
use crate::auth::OrganizationId;
use crate::state::App;

/// The alerts of an organisation.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Alerts {
    alerts: Vec<Alert>,
}

/// The alerts that are remembered, at most 64.
pub(super) async fn list(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
) -> Result<Json<Alerts>, ApiError> {
    Ok(Json(Alerts { alerts: remembered(&app, &organization).await?.all().cloned().collect() }))
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

/// Notes that somebody knows of an alert: it is silent until it grows worse.
pub(super) async fn acknowledge(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    PathParams(id): PathParams<u32>,
) -> Result<Json<Alert>, ApiError> {
    let (now, by) = (app.clock.now(), caller.actor());
    let acknowledged = app.alerts.acknowledge(now, &caller.organization, id, &by).await;
    Ok(Json(acknowledged.map_err(|error| match error {
        AlertsError::Health(error) => refused(&error),
        error => ApiError::from(error),
    })?))
}

fn refused(error: &HealthError) -> ApiError {
    let status = match error {
        HealthError::UnknownAlert(_) => StatusCode::NOT_FOUND,
        // There is one, but not in a state in which this can be said.
        _ => StatusCode::CONFLICT,
    };
    ApiError::new(status, error.code(), error.to_string())
}
