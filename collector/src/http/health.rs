//! `GET /v1/health`.

use axum::Json;
use axum::extract::State;

use super::access::Reads;
use super::error::ApiError;
use crate::fleet::Health;
use crate::state::App;

/// The metrics, now and within the last hour.
pub(super) async fn show(
    Reads(organization): Reads,
    State(app): State<App>,
) -> Result<Json<Health>, ApiError> {
    let now = app.clock.now();
    Ok(Json(app.fleet.organization(now, &organization)?.health(now)))
}
