//! Takes the organisation of a request from its key. A handler that asks for one of these cannot
//! be reached without.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::error::ApiError;
use crate::auth::{AuthError, KeyKind, OrganizationId};
use crate::state::App;

/// The organisation of a request with a publishable key.
#[derive(Debug)]
pub(super) struct Writes(pub(super) OrganizationId);

/// The organisation of a request with a secret key.
#[derive(Debug)]
pub(super) struct Reads(pub(super) OrganizationId);

impl FromRequestParts<App> for Writes {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(authenticate(parts, app, KeyKind::Publishable).await?))
    }
}

impl FromRequestParts<App> for Reads {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Ok(Self(authenticate(parts, app, KeyKind::Secret).await?))
    }
}

async fn authenticate(
    parts: &Parts,
    app: &App,
    needed: KeyKind,
) -> Result<OrganizationId, AuthError> {
    let header = parts.headers.get(AUTHORIZATION).ok_or(AuthError::Missing)?;
    let key = header.to_str().ok().and_then(bearer).ok_or(AuthError::Missing)?;
    app.authenticator.authenticate(key, needed).await
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
