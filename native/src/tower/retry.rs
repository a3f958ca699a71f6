use std::future::Pending;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::calls::{Calls, Prepared};
use super::repeat::{AnyRequest, Idempotent, OfRequest, Repeat};
use crate::failure::{Classify, HttpAnswers, Known};
use crate::retry::{Alone, Retry, RetryError, RetryOptions, Silent};

/// Tries calls again. Requests and the service are cloned for each attempt.
#[derive(Clone, Debug)]
pub struct RetryLayer<C = Known, M = AnyRequest> {
    options: RetryOptions,
    classify: C,
    repeat: M,
}

/// A service whose calls are tried again, from [`RetryLayer`].
#[derive(Clone, Debug)]
pub struct RetryService<S, C = Known, M = AnyRequest> {
    service: S,
    options: RetryOptions,
    classify: C,
    repeat: M,
}

impl RetryLayer {
    /// Tries calls as these options say, and judges their results by [`Known`].
    ///
    /// Every call may be repeated, unless [`repeat`](Self::repeat) says otherwise: a service of
    /// gRPC that does more than answer needs that, or calls that do no harm twice.
    #[must_use]
    pub fn new(options: RetryOptions) -> Self {
        Self { options, classify: Known, repeat: AnyRequest }
    }

    /// The same for services of HTTP, whatever their bodies: by status and `Retry-After`.
    ///
    /// As in the clients of AWS and Google, a request is sent again only if that does no harm: if
    /// its method is idempotent, if it has an `Idempotency-Key`, or if there was no connection that
    /// it could have been sent on. For a `POST` or `PATCH` that may be repeated without such a
    /// header there is [`repeat`](RetryLayer::repeat).
    #[must_use]
    pub fn http(options: RetryOptions) -> RetryLayer<HttpAnswers, Idempotent> {
        RetryLayer { options, classify: HttpAnswers, repeat: Idempotent }
    }
}

impl<C, M> RetryLayer<C, M> {
    /// Judges results by this instead.
    #[must_use]
    pub fn classify<D>(self, classify: D) -> RetryLayer<D, M> {
        RetryLayer { options: self.options, classify, repeat: self.repeat }
    }

    /// Decides by this which requests may be sent again although the server may have processed
    /// them: [`Idempotent`], [`AnyRequest`], or a function from a request to a `bool`.
    ///
    /// ```
    /// use http::Request;
    /// use steadfast::RetryOptions;
    /// use steadfast::tower::RetryLayer;
    ///
    /// // A search changes nothing, although it is a POST.
    /// let layer = RetryLayer::http(RetryOptions::new())
    ///     .repeat(|request: &Request<String>| request.uri().path() == "/search");
    /// ```
    #[must_use]
    pub fn repeat<L>(self, repeat: L) -> RetryLayer<C, L> {
        RetryLayer { options: self.options, classify: self.classify, repeat }
    }
}

impl<S, C: Clone, M: Clone> Layer<S> for RetryLayer<C, M> {
    type Service = RetryService<S, C, M>;

    fn layer(&self, service: S) -> RetryService<S, C, M> {
        let (options, classify) = (self.options.clone(), self.classify.clone());
        RetryService { service, options, classify, repeat: self.repeat.clone() }
    }
}

impl<S, R, C, M> Service<R> for RetryService<S, C, M>
where
    S: Service<R> + Clone,
    S::Error: 'static,
    R: Clone,
    C: Classify<S::Response, S::Error> + Clone,
    M: Repeat<R>,
{
    type Response = S::Response;
    type Error = RetryError<S::Error>;
    type Future = Retry<Calls<S, R>, OfRequest<C>, Silent, Pending<()>, Alone>;

    /// Each attempt waits by itself until a clone of the service is ready: a service that is not
    /// is no reason to hold back who would only wait for another attempt.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        let repeatable = self.repeat.may_repeat(&request);
        let classify = OfRequest { inner: self.classify.clone(), repeatable };
        let callee = Prepared::new(self.service.clone(), request);
        Retry::new(Calls::new(), callee).options(self.options.clone()).classify(classify)
    }
}
