//! The HTTP side.

mod access;
mod alerts;
mod connections;
mod dashboard;
mod error;
mod events;
mod health;
mod live;
mod metrics;
mod probes;
mod reports;
mod rollups;
mod server;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use crate::state::App;
use error::ApiError;

/// Answers requests until the collector is to end.
pub(crate) async fn serve(listener: TcpListener, app: App) {
    let (stop, tasks) = (app.stop.clone(), app.tasks.clone());
    server::run(listener, router(app), stop, tasks).await;
}

fn router(app: App) -> Router {
    let data = Router::new()
        .route("/reports", reports::route())
        .route("/connections", get(connections::list))
        .route("/connections/{session_id}", get(connections::show))
        .route("/connections/{session_id}/events", get(events::list))
        .route("/health", get(health::show))
        .route("/health/summary", get(health::summary))
        .route("/alerts", get(alerts::list))
        .route("/alerts/{id}/ack", post(alerts::acknowledge))
        .route("/rollups", get(rollups::list))
        .route("/live", get(live::connect))
        .route("/live/ticket", post(live::issue_ticket))
        .layer(middleware::from_fn_with_state(app.clone(), probes::once_restored))
        .layer(middleware::map_response(never_stored));
    Router::new()
        .nest("/v1", data)
        .route("/metrics", get(metrics::show))
        .route("/healthz", get(probes::alive))
        .route("/readyz", get(probes::ready))
        .route("/", get(dashboard::index))
        .route("/{*path}", get(dashboard::file))
        .method_not_allowed_fallback(|| async { ApiError::method() })
        .fallback(|| async { ApiError::route() })
        .layer(middleware::map_response(never_sniffed))
        .layer(middleware::from_fn(trace))
        .layer(middleware::from_fn_with_state(app.clone(), metrics::count))
        .with_state(app)
}

/// What is answered to one key is nobody else's.
async fn never_stored(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn never_sniffed(mut response: Response) -> Response {
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Logs a request by its path, as a query may hold a ticket.
async fn trace(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let began = std::time::Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let took = began.elapsed();
    if response.status().is_server_error() {
        tracing::warn!(%method, path, status, ?took, "request failed");
    } else {
        tracing::debug!(%method, path, status, ?took, "request");
    }
    response
}
