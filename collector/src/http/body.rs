//! Reads bodies, within bounds: of length, also once unpacked, and of time.

use std::io::Read as _;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, StatusCode};
use flate2::read::MultiGzDecoder;
use http_body_util::LengthLimitError;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::openapi::{Asks, Operation};

/// How long a client may take to send a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// The codes of what is wrong with a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Codes {
    pub(super) broken: &'static str,
    pub(super) encoding: &'static str,
    pub(super) late: &'static str,
    pub(super) malformed: &'static str,
    pub(super) too_large: &'static str,
}

/// Those of any body but a report's.
const CODES: Codes = Codes {
    broken: "body.broken",
    encoding: "body.content_encoding",
    late: "body.timeout",
    malformed: "body.malformed",
    too_large: "body.too_large",
};

/// A body of JSON.
#[derive(Debug)]
pub(super) struct JsonBody<T>(pub(super) T);

/// A body of JSON, or none.
#[derive(Debug)]
pub(super) struct MaybeGiven<T>(pub(super) T);

/// The longest of these that is read: a hundred origins fit in.
const MAX_BYTES: usize = 64 * 1024;

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body, MAX_BYTES, CODES).await?;
        Ok(Self(from_json(&bytes, CODES)?))
    }
}

impl<S: Sync, T: Default + DeserializeOwned> FromRequest<S> for MaybeGiven<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body, MAX_BYTES, CODES).await?;
        Ok(Self(if bytes.is_empty() { T::default() } else { from_json(&bytes, CODES)? }))
    }
}

impl<T: JsonSchema> Asks for JsonBody<T> {
    fn describe(operation: &mut Operation) {
        operation.asks_for_json::<T>(true);
        CODES.describe(operation);
    }
}

impl<T: JsonSchema> Asks for MaybeGiven<T> {
    fn describe(operation: &mut Operation) {
        operation.asks_for_json::<T>(false);
        CODES.describe(operation);
    }
}

impl Codes {
    /// How a body is refused.
    pub(super) fn describe(&self, operation: &mut Operation) {
        operation.refuses(400, &[self.broken, self.malformed]);
        operation.refuses(408, &[self.late]);
        operation.refuses(413, &[self.too_large]);
        operation.refuses(415, &[self.encoding]);
    }
}

/// Reads a body of a limited number of bytes, both as it comes and unpacked, and for no longer than it
/// should take.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    max: usize,
    codes: Codes,
) -> Result<Bytes, ApiError> {
    is_packed(headers, codes)?;
    let read = tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(body, max)).await;
    let bytes = match read {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) if is_too_long(&error) => return Err(too_large(max, codes)),
        Ok(Err(error)) => {
            let message = format!("the body broke off: {error}");
            return Err(ApiError::bad_request(codes.broken, message));
        }
        Err(_) => {
            let message = format!("the body took longer than {} s", BODY_TIMEOUT.as_secs());
            return Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, codes.late, message));
        }
    };
    unpack(headers, bytes, max, codes)
}

/// Unpacks a body, if it is packed, to a limited number of bytes.
pub(super) fn unpack(
    headers: &HeaderMap,
    bytes: Bytes,
    max: usize,
    codes: Codes,
) -> Result<Bytes, ApiError> {
    if bytes.len() > max {
        return Err(too_large(max, codes));
    }
    if !is_packed(headers, codes)? {
        return Ok(bytes);
    }
    match unpacked(&bytes, max) {
        Ok(Some(bytes)) => Ok(bytes.into()),
        Ok(None) => Err(too_large(max, codes)),
        Err(error) => {
            Err(ApiError::bad_request(codes.broken, format!("the body is no gzip: {error}")))
        }
    }
}

fn too_large(max: usize, codes: Codes) -> ApiError {
    let message = format!("the body is longer than {max} bytes");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, codes.too_large, message)
}

/// Says where and which field, if it cannot be read.
pub(super) fn from_json<'de, T: Deserialize<'de>>(
    bytes: &'de [u8],
    codes: Codes,
) -> Result<T, ApiError> {
    Ok(from_json_of_any_version(bytes, codes)?.0)
}

/// The same, and how many fields there were that are not known.
pub(super) fn from_json_of_any_version<'de, T: Deserialize<'de>>(
    bytes: &'de [u8],
    codes: Codes,
) -> Result<(T, u64), ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let malformed = |message| ApiError::bad_request(codes.malformed, message);
    let (mut track, mut unknown) = (serde_path_to_error::Track::new(), 0);
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let read = serde_ignored::deserialize(tracked, |_| unknown += 1).map_err(|reason| {
        let path = track.path().to_string();
        // A path of "." is the body as a whole.
        malformed(if path == "." { reason.to_string() } else { format!("{path}: {reason}") })
    })?;
    json.end().map_err(|error| malformed(error.to_string()))?;
    Ok((read, unknown))
}

/// Unpacks no more than `max` bytes, however many there would be; nothing if there are more.
fn unpacked(packed: &[u8], max: usize) -> std::io::Result<Option<Vec<u8>>> {
    let most = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::with_capacity(max.min(packed.len().saturating_mul(8)));
    MultiGzDecoder::new(packed).take(most).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= max).then_some(bytes))
}

fn is_packed(headers: &HeaderMap, codes: Codes) -> Result<bool, ApiError> {
    let Some(value) = headers.get(CONTENT_ENCODING) else {
        return Ok(false);
    };
    match value.to_str().unwrap_or("").to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Ok(true),
        "identity" => Ok(false),
        _ => {
            let message = format!("content-encoding is {value:?}; allowed is gzip");
            Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, codes.encoding, message))
        }
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<LengthLimitError>)
}
