//! The dashboard at `/`: the files that were built from `collector/dashboard`, embedded.

mod asset;
mod negotiation;

use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, REFERRER_POLICY, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use super::error::ApiError;
use asset::Asset;
use negotiation::{by_preference, is_known};

/// What the page may do. `wasm-unsafe-eval` lets it compile WebAssembly, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self'; font-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Steadfast</title>\
    <p>The collector runs, but this build of it has no dashboard. To build it: \
    <code>npm ci &amp;&amp; npm run build</code> in <code>collector/dashboard</code>, \
    then build the collector again.";

/// The page.
pub(super) async fn index(headers: HeaderMap) -> Response {
    answer("index.html", &headers).unwrap_or_else(|| guarded(Html(NOT_BUILT).into_response()))
}

/// What the page is made of.
pub(super) async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    answer(&path, &headers).unwrap_or_else(|| ApiError::route().into_response())
}

/// A file in the encoding that the client likes best; nothing if there is no such file.
fn answer(path: &str, asked: &HeaderMap) -> Option<Response> {
    let accepted = by_preference(asked.get_all(ACCEPT_ENCODING));
    let asset = accepted.into_iter().find_map(|encoding| Asset::find(path, encoding))?;
    // The bundler puts a digest of the content into the names under assets/.
    let kept = if path.starts_with("assets/") { "max-age=31536000, immutable" } else { "no-cache" };
    let tag = asset.tag();
    let is_known = is_known(asked.get_all(IF_NONE_MATCH), &tag);
    let headers = [
        (CONTENT_TYPE, asset.media_type),
        (CACHE_CONTROL, kept.to_owned()),
        (ETAG, tag),
        (VARY, "accept-encoding".to_owned()),
    ];
    if is_known {
        return Some(guarded((StatusCode::NOT_MODIFIED, headers).into_response()));
    }
    let mut response = (headers, asset.bytes).into_response();
    if let Some(name) = asset.encoding.name() {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    Some(guarded(response))
}

fn guarded(mut response: Response) -> Response {
    let guards = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in guards {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
