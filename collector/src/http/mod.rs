//! The HTTP side.

mod access;
mod alerts;
mod body;
mod connections;
mod dashboard;
mod error;
mod events;
mod health;
mod keys;
mod live;
mod metrics;
mod openapi;
mod probes;
mod reports;
mod rollups;
mod routes;
mod server;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::net::TcpListener;

use crate::state::App;
use error::ApiError;
pub use reports::read_report;
pub use routes::Address;
use routes::Routes;

/// Answers requests until the collector is to end.
pub(crate) async fn serve(listener: TcpListener, app: App) {
    let (stop, tasks) = (app.stop.clone(), app.tasks.clone());
    server::run(listener, router(app), stop, tasks).await;
}

/// Every address that is answered at, and its method.
#[must_use]
pub fn addresses() -> Vec<Address> {
    let (data, open) = (data(), open());
    let data = data.addresses.into_iter().chain(std::iter::once(REPORTS));
    data.chain(open.addresses).collect()
}

/// The address of reports, whose route needs to know who asks.
const REPORTS: Address = ("POST", "/v1/reports");

/// What is answered only to who has a key, or a ticket.
fn data() -> Routes {
    Routes::default()
        .get("/v1/connections", connections::list)
        .get("/v1/connections/{session_id}", connections::show)
        .get("/v1/connections/{session_id}/events", events::list)
        .get("/v1/health", health::show)
        .get("/v1/health/summary", health::summary)
        .get("/v1/alerts", alerts::list)
        .post("/v1/alerts/{id}/ack", alerts::acknowledge)
        .get("/v1/keys", keys::list)
        .post("/v1/keys", keys::create)
        .delete("/v1/keys/{id}", keys::revoke)
        .post("/v1/keys/{id}/rotate", keys::rotate)
        .get("/v1/rollups", rollups::list)
        .get("/v1/live", live::connect)
        .post("/v1/live/ticket", live::issue_ticket)
}

/// What is answered to everybody.
fn open() -> Routes {
    Routes::default()
        .get("/metrics", metrics::show)
        .get("/v1/openapi.json", openapi::show)
        .get("/healthz", probes::alive)
        .get("/readyz", probes::ready)
        .get("/", dashboard::index)
        .get("/{*path}", dashboard::file)
}

fn router(app: App) -> Router {
    let data = data()
        .router
        .route(REPORTS.1, reports::route(&app))
        .layer(middleware::from_fn_with_state(app.clone(), probes::once_restored))
        .layer(middleware::map_response(never_stored));
    open()
        .router
        .merge(data)
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

/// Logs a request by its path, as a query may hold a ticket or a key.
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
