//! What a request asks for in its path and its query.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::openapi::{Asks, Operation};

/// The query.
#[derive(Debug)]
pub(super) struct QueryParams<T>(pub(super) T);

/// What is named in the path.
#[derive(Debug)]
pub(super) struct PathParams<T>(pub(super) T);

/// The code of what cannot be read.
pub(super) const MALFORMED: &str = "query.malformed";

/// The code of what makes no sense.
pub(super) const OUT_OF_RANGE: &str = "query.out_of_range";

/// The parameters make no sense.
pub(super) fn out_of_range(message: String) -> ApiError {
    ApiError::bad_request(OUT_OF_RANGE, message)
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParams<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(error) => Err(ApiError::bad_request(MALFORMED, error.body_text())),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for PathParams<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(named)) => Ok(Self(named)),
            Err(error) => Err(ApiError::bad_request(MALFORMED, error.body_text())),
        }
    }
}

impl<T: JsonSchema> Asks for QueryParams<T> {
    fn describe(operation: &mut Operation) {
        operation.asks_in_query::<T>();
        operation.refuses(400, &[MALFORMED]);
    }
}

impl<T: JsonSchema> Asks for PathParams<T> {
    fn describe(operation: &mut Operation) {
        operation.asks_in_path::<T>();
        operation.refuses(400, &[MALFORMED]);
    }
}
