use std::future::{IntoFuture as _, Pending};
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::calls::Calls;
use crate::retry::{
    Alone, Classify, HttpAnswers, Known, Retry, RetryError, RetryOptions, Retrying, Silent,
};

/// Tries calls again. Requests and the service are cloned for each attempt.
#[derive(Clone, Debug)]
pub struct RetryLayer<C = Known> {
    options: RetryOptions,
    classify: C,
}

/// A service whose calls are tried again, from [`RetryLayer`].
#[derive(Clone, Debug)]
pub struct RetryService<S, C = Known> {
    service: S,
    options: RetryOptions,
    classify: C,
}

impl RetryLayer {
    /// Tries calls as these options say, and judges their results by [`Known`].
    #[must_use]
    pub fn new(options: RetryOptions) -> Self {
        Self { options, classify: Known }
    }

    /// The same for services of HTTP, whatever their bodies: by status and `Retry-After`.
    #[must_use]
    pub fn http(options: RetryOptions) -> RetryLayer<HttpAnswers> {
        RetryLayer { options, classify: HttpAnswers }
    }
}

impl<C> RetryLayer<C> {
    /// Judges results by this instead.
    #[must_use]
    pub fn classify<D>(self, classify: D) -> RetryLayer<D> {
        RetryLayer { options: self.options, classify }
    }
}

impl<S, C: Clone> Layer<S> for RetryLayer<C> {
    type Service = RetryService<S, C>;

    fn layer(&self, service: S) -> RetryService<S, C> {
        let (options, classify) = (self.options.clone(), self.classify.clone());
        RetryService { service, options, classify }
    }
}

impl<S, R, C> Service<R> for RetryService<S, C>
where
    S: Service<R> + Clone,
    R: Clone,
    C: Classify<S::Response, S::Error> + Clone,
{
    type Response = S::Response;
    type Error = RetryError<S::Error>;
    type Future = Retrying<Calls<S, R>, C, Silent, Pending<()>, Alone>;

    /// Each attempt waits by itself until a clone of the service is ready: a service that is not
    /// is no reason to hold back who would only wait for another attempt.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        let retry = Retry::new(Calls::new(self.service.clone(), request));
        retry.options(self.options.clone()).classify(self.classify.clone()).into_future()
    }
}
