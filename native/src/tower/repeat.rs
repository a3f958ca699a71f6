use http::Method;
use http::header::HeaderName;

use crate::failure::{Class, Classify, was_never_sent};

/// Says which requests may be sent again after an attempt that the server may have processed.
///
/// A function from a request to a `bool` is one. A request for which no connection came up was
/// never sent, and is sent again whatever this says.
pub trait Repeat<R> {
    /// Whether this request may be sent again.
    fn may_repeat(&self, request: &R) -> bool;
}

/// Every request may be sent again.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnyRequest;

/// Requests of HTTP may be sent again if that does no harm: those whose method is idempotent (RFC
/// 9110, 9.2.2: `GET`, `HEAD`, `OPTIONS`, `TRACE`, `PUT` and `DELETE`), and those with an
/// `Idempotency-Key`, by which the server knows a request that it has processed already.
#[derive(Clone, Copy, Debug, Default)]
pub struct Idempotent;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

impl<R> Repeat<R> for AnyRequest {
    fn may_repeat(&self, _: &R) -> bool {
        true
    }
}

impl<B> Repeat<http::Request<B>> for Idempotent {
    fn may_repeat(&self, request: &http::Request<B>) -> bool {
        let key = request.headers().get(IDEMPOTENCY_KEY);
        request.method().is_idempotent() && *request.method() != Method::CONNECT
            || key.is_some_and(|key| !key.is_empty())
    }
}

impl<R, F: Fn(&R) -> bool> Repeat<R> for F {
    fn may_repeat(&self, request: &R) -> bool {
        self(request)
    }
}

/// A classification of the results of one request.
#[derive(Clone, Copy, Debug)]
pub struct OfRequest<C> {
    pub(super) inner: C,
    /// Whether the request may be sent again after the server may have processed it.
    pub(super) repeatable: bool,
}

impl<T, E: 'static, C: Classify<T, E>> Classify<T, E> for OfRequest<C> {
    fn classify(&self, result: &Result<T, E>) -> Class {
        match (self.inner.classify(result), result) {
            (class, _) if self.repeatable => class,
            (class, Err(error)) if was_never_sent(error) => class,
            // It counts for a breaker and a throttle all the same.
            (Class::Failed(failure), _) => Class::Failed(failure.not_repeatable()),
            (class, _) => class,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeated(method: &str, key: Option<&str>) -> bool {
        let mut request = http::Request::builder().method(method);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        Idempotent.may_repeat(&request.body(()).unwrap())
    }

    #[test]
    fn requests_are_repeated_if_that_does_no_harm() {
        for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"] {
            assert!(repeated(method, None), "{method}");
        }
        for method in ["POST", "PATCH", "CONNECT", "LOCK", "post"] {
            assert!(!repeated(method, None), "{method}");
            assert!(!repeated(method, Some("")), "{method}");
            assert!(repeated(method, Some("8e03978e-40d5-43dd-bc93-6894a57f9324")), "{method}");
        }
    }
}
