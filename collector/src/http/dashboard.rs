//! The dashboard at `/`: the files that were built from `collector/dashboard`, embedded.

use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::error::ApiError;

/// Debug builds read the files when asked for them, so that a dashboard built later is served
/// without building the collector again.
#[derive(RustEmbed)]
#[folder = "dashboard/dist"]
#[allow_missing = true]
struct Files;

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
    match Files::get("index.html") {
        Some(file) => answer("index.html", file, &headers),
        None => guarded(Html(NOT_BUILT).into_response()),
    }
}

/// What the page is made of.
pub(super) async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match Files::get(&path) {
        Some(file) => answer(&path, file, &headers),
        None => ApiError::route().into_response(),
    }
}

fn answer(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    // The bundler puts a digest of the content into the names under assets/.
    let kept = if path.starts_with("assets/") { "max-age=31536000, immutable" } else { "no-cache" };
    let known = asked.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers = [
        (CONTENT_TYPE, file.metadata.mimetype().to_owned()),
        (CACHE_CONTROL, kept.to_owned()),
        (ETAG, tag),
    ];
    if known {
        return guarded((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    guarded((headers, file.data.into_owned()).into_response())
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
