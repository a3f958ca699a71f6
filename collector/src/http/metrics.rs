//! `GET /metrics`, and what is counted of every request.

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::Method;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::access::bearer;
use super::error::ApiError;
use super::openapi::{Answers, Asks, Credential, Operation};
use crate::auth::{AuthError, KeyDigest};
use crate::state::App;

/// Whether the scrape key was given; one that is not the right one is refused.
#[derive(Debug)]
pub(super) struct Scrapes {
    has_key: bool,
}

/// Metrics as text.
#[derive(Debug)]
pub(super) struct Exposition(Vec<u8>);

/// What may be scraped: without a key what this process does, with it also what is known of every
/// organisation.
pub(super) async fn show(
    Scrapes { has_key }: Scrapes,
    State(app): State<App>,
) -> Result<Exposition, ApiError> {
    let fleet = has_key.then_some((&*app.fleet, &*app.notes));
    let text = app.metrics.render(app.levels(), fleet);
    text.map(Exposition).map_err(|error| ApiError::unreadable(&error))
}

impl FromRequestParts<App> for Scrapes {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Some(header) = parts.headers.get(AUTHORIZATION) else {
            return Ok(Self { has_key: false });
        };
        let given = header.to_str().ok().and_then(bearer).ok_or(AuthError::Missing)?;
        // Digests are compared: how long that takes says nothing about the key.
        let key = app.config.current().scrape_key.as_deref().map(KeyDigest::of);
        let is_right = key == Some(KeyDigest::of(given));
        if is_right { Ok(Self { has_key: true }) } else { Err(AuthError::Unknown.into()) }
    }
}

impl Asks for Scrapes {
    fn describe(operation: &mut Operation) {
        operation.asks_for(Credential::Nothing);
        operation.asks_for(Credential::Scrape);
        operation.refuses(401, &["auth.missing", "auth.unknown"]);
    }
}

impl IntoResponse for Exposition {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, prometheus::TEXT_FORMAT)], self.0).into_response()
    }
}

impl Answers for Exposition {
    fn describe(operation: &mut Operation) {
        operation.answers_text(200);
    }
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
