//! `GET /metrics`, and what is counted of every request.

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::access::bearer;
use super::error::ApiError;
use crate::auth::{AuthError, KeyDigest};
use crate::state::App;

/// What may be scraped: without a key what this process does, with it also what is known of every
/// organisation.
pub(super) async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response, ApiError> {
    let fleet = authorized(&headers, app.scrape_key.as_ref())?.then_some(&*app.fleet);
    let text =
        app.metrics.render(app.levels(), fleet).map_err(|error| ApiError::unreadable(&error))?;
    Ok(([(CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response())
}

/// Whether a key was given; one that is not the right one is refused.
fn authorized(headers: &HeaderMap, expected: Option<&KeyDigest>) -> Result<bool, AuthError> {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return Ok(false);
    };
    let given = header.to_str().ok().and_then(bearer).ok_or(AuthError::Missing)?;
    // Digests are compared: how long that takes says nothing about the key.
    if expected == Some(&KeyDigest::of(given)) { Ok(true) } else { Err(AuthError::Unknown) }
}

/// Counts a request by the pattern of its route.
pub(super) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    };
    let route = request.extensions().get::<MatchedPath>().cloned();
    let began = std::time::Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    app.metrics.request(method, route, response.status().as_u16(), began.elapsed());
    response
}
