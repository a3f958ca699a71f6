//! The HTTP side.

mod access;
mod alerts;
mod audit;
mod body;
mod breakdowns;
mod client;
mod connections;
mod dashboard;
mod deletion;
mod error;
mod events;
mod health;
mod keys;
mod live;
mod metrics;
mod newer;
mod openapi;
mod organization;
mod params;
mod places;
mod probes;
mod progress;
mod refusals;
mod reports;
mod rollups;
mod routes;
mod server;
mod silences;
mod webhooks;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware;
use axum::response::Response;
use futures::future::join_all;
use tokio::net::TcpListener;

use crate::state::App;
use error::{ApiError, STARTING};
use openapi::{Operation, about};
use params::OUT_OF_RANGE;
pub(crate) use refusals::RefusalLog;
pub use reports::read_report;
pub use routes::Address;
use routes::Routes;
use server::Server;

/// Answers requests on every socket until the collector is to end.
pub(crate) async fn serve(listeners: Vec<TcpListener>, app: App) {
    let server = Server::new(app.clone(), router(app));
    join_all(listeners.into_iter().map(|listener| server.clone().run(listener))).await;
}

/// Every address that is answered at, and its method.
#[must_use]
pub fn addresses() -> Vec<Address> {
    described().map(|(address, _)| address).collect()
}

/// What is said of every address, but for those of the dashboard.
fn operations() -> impl Iterator<Item = (Address, Operation)> {
    described().filter_map(|(address, operation)| Some((address, operation?)))
}

fn described() -> impl Iterator<Item = (Address, Option<Operation>)> {
    let reports = std::iter::once((REPORTS, Some(reports::operation())));
    let data = data().addresses.into_iter().chain(reports).map(|(address, operation)| {
        let operation = operation.map(|operation| operation.or(503, &[STARTING]));
        (address, operation.map(|operation| operation.or(429, &[client::ADDRESS_RATE])))
    });
    data.chain(open().addresses)
}

/// The `OpenAPI` document, as it is answered.
#[must_use]
pub fn openapi() -> &'static serde_json::Value {
    &openapi::DOCUMENT
}

/// The address of reports, whose route needs to know who asks.
const REPORTS: Address = ("POST", "/v1/reports");

/// Alerts, and where they are sent.
fn alerting() -> Routes {
    Routes::default()
        .get("/v1/alerts", alerts::list, about("The alerts that are remembered."))
        .get(
            "/v1/alerts/history",
            alerts::history,
            about("The alerts that were raised, the newest first.").or(400, &[OUT_OF_RANGE]),
        )
        .post(
            "/v1/alerts/{id}/ack",
            alerts::acknowledge,
            about("Notes that somebody knows of an alert.")
                .or(400, &["alert.note"])
                .or(404, &["health.unknown_alert"])
                .or(409, &["health.not_firing"])
                .or(503, &["alerts.busy"]),
        )
        .get("/v1/silences", silences::list, about("The silences that have not ended."))
        .post(
            "/v1/silences",
            silences::create,
            about("Keeps alerts from being sent to webhooks for a time.")
                .or(400, &["silence.note", "silence.until"])
                .or(409, &["silence.too_many"])
                .or(503, &["auth.random"]),
        )
        .delete(
            "/v1/silences/{id}",
            silences::remove,
            about("Ends a silence.").or(404, &["silence.unknown"]),
        )
        .get("/v1/webhooks", webhooks::list, about("Where alerts are sent."))
        .post(
            "/v1/webhooks",
            webhooks::create,
            about("Sets up a receiver of alerts.")
                .or(400, &["webhook.address", "webhook.secret", "webhook.url"])
                .or(409, &["webhook.too_many"])
                .or(503, &["auth.random"]),
        )
        .delete(
            "/v1/webhooks/{id}",
            webhooks::remove,
            about("Removes a receiver, with what waits for it.").or(404, &["webhook.unknown"]),
        )
        .post(
            "/v1/webhooks/{id}/test",
            webhooks::test,
            about("Sends a test message, and returns the result of its delivery.")
                .or(404, &["webhook.unknown"])
                .or(503, &["auth.random"]),
        )
}

/// The organisation of a key, and what deletes its data; added to other routes.
fn organization(routes: Routes) -> Routes {
    routes
        .get(
            "/v1/organization",
            organization::show,
            about("The organisation: its name, and what limits it."),
        )
        .delete(
            "/v1/connections/{session_id}",
            deletion::session,
            about("Deletes a session with what is stored of it."),
        )
        .delete(
            "/v1/users/{user_id}",
            deletion::user,
            about("Deletes the sessions of a user with what is stored of them."),
        )
        .delete(
            "/v1/organization",
            deletion::organization,
            about("Deletes the organisation with everything that is stored of it.")
                .or(400, &[deletion::CONFIRM]),
        )
}

/// What is answered only to who has a key, or a ticket.
fn data() -> Routes {
    organization(alerting())
        .get(
            "/v1/connections",
            connections::list,
            about("Sessions, filtered and in order.").or(503, &["connections.failed"]),
        )
        .get(
            "/v1/connections.csv",
            connections::export,
            about("The same sessions, as a file of comma-separated values.")
                .or(503, &["connections.exports", "connections.failed"]),
        )
        .get(
            "/v1/connections/{session_id}",
            connections::show,
            about("The record of a session.").or(404, &["connection.unknown"]),
        )
        .get(
            "/v1/connections/{session_id}/events",
            events::list,
            about("What a session's reports told of, the newest first.")
                .or(400, &[OUT_OF_RANGE])
                .or(404, &["connection.unknown"]),
        )
        .get(
            "/v1/breakdowns",
            breakdowns::show,
            about("What happened by client type, version, cause or metadata, and before.")
                .or(400, &[breakdowns::UNKNOWN_KEY, OUT_OF_RANGE]),
        )
        .get("/v1/health", health::show, about("The metrics, now and within the last hour."))
        .get(
            "/v1/health/summary",
            health::summary,
            about("The metrics, where they go, and active alerts."),
        )
        .get(
            "/v1/audit",
            audit::list,
            about("What was done with keys, alerts and stored data, the newest first.")
                .or(400, &[OUT_OF_RANGE]),
        )
        .get("/v1/keys", keys::list, about("The keys of the organisation."))
        .post(
            "/v1/keys",
            keys::create,
            about("Makes a key, and shows it once.")
                .or(400, &["key.name", "key.origin", "key.origins", "key.per_minute"])
                .or(409, &["key.too_many", "organization.being_deleted"])
                .or(503, &["auth.random"]),
        )
        .delete(
            "/v1/keys/{id}",
            keys::revoke,
            about("Revokes a key, and ends what goes on with it.").or(404, &["key.unknown"]),
        )
        .post(
            "/v1/keys/{id}/rotate",
            keys::rotate,
            about("Makes a key that takes the place of another.")
                .or(400, &["key.overlap"])
                .or(404, &["key.unknown"])
                .or(409, &["key.too_many"])
                .or(503, &["auth.random"]),
        )
        .get(
            "/v1/rollups",
            rollups::list,
            about("What happened over time, step by step.").or(400, &[OUT_OF_RANGE]),
        )
        .get(
            "/v1/live",
            live::connect,
            about("The live stream, a WebSocket.")
                .or(401, &["auth.expired", "auth.unknown"])
                .or(503, &["live.busy", "live.full"]),
        )
        .post(
            "/v1/live/ticket",
            live::issue_ticket,
            about("A ticket for the live stream, for half a minute.")
                .or(503, &["live.random", "live.tickets"]),
        )
}

/// What is answered to everybody.
fn open() -> Routes {
    Routes::default()
        .get(
            "/metrics",
            metrics::show,
            about("What Prometheus scrapes.").or(503, &["metrics.unreadable"]),
        )
        .get("/v1/openapi.json", openapi::show, about("This document."))
        .get("/healthz", probes::alive, about("Whether it runs."))
        .get("/readyz", probes::ready, about("Whether requests should be sent here."))
        .page("/", dashboard::index)
        .page("/{*path}", dashboard::file)
}

fn router(app: App) -> Router {
    let data = data()
        .router
        .layer(middleware::from_fn_with_state(app.clone(), client::limit_requests))
        .route(REPORTS.1, reports::route(&app))
        .layer(middleware::from_fn_with_state(app.clone(), probes::once_restored))
        .layer(middleware::map_response(never_stored));
    open()
        .router
        .merge(data)
        .method_not_allowed_fallback(|| async { ApiError::method() })
        .fallback(|| async { ApiError::route() })
        .layer(middleware::map_response(never_sniffed))
        .layer(middleware::from_fn_with_state(app.clone(), refusals::note))
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
