//! Takes the organisation of a request from its key. A handler that asks for one of these cannot
//! be reached without.

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::{AUTHORIZATION, ORIGIN};
use axum::http::request::Parts;

use super::error::ApiError;
use super::openapi::{Asks, Credential, Operation, STORE_CODES};
use crate::auth::{AuthError, Caller, KeyDigest, OrganizationId, Permission, Presented};
use crate::state::App;

/// Who makes a request with a publishable key, in the header or in the address: what a page sends as
/// it goes (`sendBeacon`) has no header of its own.
#[derive(Debug)]
pub(super) struct PublishableKey(pub(super) Caller);

/// Who makes a request with a secret key that may change what belongs to the organisation.
#[derive(Debug)]
pub(super) struct FullSecretKey(pub(super) Caller);

/// The organisation of a request with a secret key or a read-only one, in the header.
#[derive(Debug)]
pub(super) struct SecretKey(pub(super) OrganizationId);

/// The same, and the key, for what goes on after the request.
#[derive(Debug)]
pub(super) struct SecretKeyWithDigest(pub(super) OrganizationId, pub(super) KeyDigest);

impl FromRequestParts<App> for PublishableKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let key = key_to_write(parts).ok_or(AuthError::Missing)?;
        Ok(Self(authenticate(parts, app, key, Permission::Report).await?))
    }
}

impl FromRequestParts<App> for FullSecretKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let key = key_in_header(parts).ok_or(AuthError::Missing)?;
        Ok(Self(authenticate(parts, app, key, Permission::Change).await?))
    }
}

impl FromRequestParts<App> for SecretKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let SecretKeyWithDigest(organization, _) =
            SecretKeyWithDigest::from_request_parts(parts, app).await?;
        Ok(Self(organization))
    }
}

impl FromRequestParts<App> for SecretKeyWithDigest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let key = key_in_header(parts).ok_or(AuthError::Missing)?;
        let caller = authenticate(parts, app, key, Permission::Read).await?;
        Ok(Self(caller.organization, caller.key))
    }
}

impl Asks for PublishableKey {
    fn describe(operation: &mut Operation) {
        operation.asks_for(Credential::Publishable);
        operation.asks_for(Credential::PublishableInAddress);
        describe_key(operation);
        operation.refuses(403, &["auth.origin"]);
    }
}

impl Asks for FullSecretKey {
    fn describe(operation: &mut Operation) {
        operation.asks_for(Credential::Secret);
        describe_key(operation);
    }
}

impl Asks for SecretKey {
    fn describe(operation: &mut Operation) {
        SecretKeyWithDigest::describe(operation);
    }
}

impl Asks for SecretKeyWithDigest {
    fn describe(operation: &mut Operation) {
        operation.asks_for(Credential::Secret);
        operation.asks_for(Credential::ReadOnly);
        describe_key(operation);
    }
}

/// How a key is refused.
fn describe_key(operation: &mut Operation) {
    operation.refuses(401, &["auth.expired", "auth.missing", "auth.unknown"]);
    operation.refuses(403, &["auth.kind"]);
    operation.refuses(429, &["auth.rate"]);
    operation.refuses(503, &STORE_CODES);
}

async fn authenticate(
    parts: &Parts,
    app: &App,
    key: &str,
    needed: Permission,
) -> Result<Caller, AuthError> {
    // One that cannot be read is no origin that is allowed.
    let origin = parts.headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or("null"));
    let authenticated = app.authenticator.authenticate(Presented { key, origin }, needed).await;
    authenticated.inspect_err(|refused| {
        // A rate and a database that fails say nothing about the key.
        if !matches!(refused, AuthError::Rate { .. } | AuthError::Store(_)) {
            app.refusals.tell_of_key(refused, &KeyDigest::of(key).id());
        }
    })
}

/// Whether a page of that origin may see the answer. What comes without a key that can be looked
/// up is refused anyway, and the page may know why: of a preflight nothing but the address is known.
pub(super) async fn may_see(app: App, origin: HeaderValue, key: Option<String>) -> bool {
    let (Some(key), Ok(origin)) = (key, origin.to_str()) else {
        return true;
    };
    app.authenticator.allows_origin(&key, origin).await.unwrap_or(true)
}

/// The key to hand something in with.
pub(super) fn key_to_write(parts: &Parts) -> Option<&str> {
    if parts.headers.contains_key(AUTHORIZATION) {
        return key_in_header(parts);
    }
    parts.uri.query()?.split('&').find_map(|pair| pair.strip_prefix("key="))
}

fn key_in_header(parts: &Parts) -> Option<&str> {
    parts.headers.get(AUTHORIZATION)?.to_str().ok().and_then(bearer)
}

/// The name of the scheme is case-insensitive (RFC 9110, section 11.1).
pub(super) fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("Bearer") && !key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_with_a_key_counts() {
        assert_eq!(bearer("Bearer pk_1"), Some("pk_1"));
        assert_eq!(bearer("bearer  pk_1 "), Some("pk_1"));
        for other in ["", "Bearer", "Bearer ", "Basic cGtfMQ==", "pk_1"] {
            assert_eq!(bearer(other), None, "{other:?}");
        }
    }
}
