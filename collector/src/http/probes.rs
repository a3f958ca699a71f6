//! `GET /healthz` and `GET /readyz`, and what is answered while nothing is known yet.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use crate::readiness::Ready;
use crate::state::App;

/// Whether it runs. What it depends on does not count: to start it anew would not bring that back.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Whether requests should be sent here.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, Json<Ready>) {
    let state = app.readiness.state();
    let status = if state.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(state))
}

/// Answers nothing from a fleet that is being restored: it would be only half of the truth.
pub(super) async fn once_restored(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    if app.readiness.is_restored() {
        next.run(request).await
    } else {
        ApiError::starting().into_response()
    }
}
