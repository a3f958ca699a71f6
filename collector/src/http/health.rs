//! `GET /v1/health` and `GET /v1/health/summary`.

use axum::Json;
use axum::extract::State;

use steadfast_core::health::HealthSummary;

use super::access::SecretKey;
use super::alerts::remembered;
use super::error::ApiError;
use crate::fleet::Health;
use crate::state::App;

/// The metrics, now and within the last hour.
pub(super) async fn show(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
) -> Result<Json<Health>, ApiError> {
    let now = app.clock.now();
    Ok(Json(app.fleet.organization(now, &organization)?.health(now)))
}

/// The metrics now, where they are going, and the active alerts.
pub(super) async fn summary(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
) -> Result<Json<HealthSummary>, ApiError> {
    let now = app.clock.now();
    let alerts = remembered(&app, &organization).await?.active().cloned().collect();
    let summary = app.fleet.organization(now, &organization)?.health_summary(now);
    Ok(Json(HealthSummary { alerts, ..summary }))
}
