//! `GET /healthz` and `GET /readyz`, and what is answered while nothing is known yet.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;
use super::openapi::{Answers, Operation};
use crate::readiness::Ready;
use crate::state::App;

/// Whether it runs. What it depends on does not count: to start it anew would not bring that back.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Whether requests should be sent here, and why not.
#[derive(Debug)]
pub(super) struct Readiness(Ready);

/// Whether requests should be sent here.
pub(super) async fn ready(State(app): State<App>) -> Readiness {
    Readiness(app.readiness.state())
}

impl IntoResponse for Readiness {
    fn into_response(self) -> Response {
        let Self(ready) = self;
        let status = if ready.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        (status, Json(ready)).into_response()
    }
}

impl Answers for Readiness {
    fn describe(operation: &mut Operation) {
        operation.answers_json::<Ready>(200);
        operation.answers_json::<Ready>(503);
    }
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
