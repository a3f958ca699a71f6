use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use steadfast_core::breaker::Rejection;
use tower_layer::Layer;
use tower_service::Service;

use crate::breaker::{Admission, CircuitBreaker, outcome};
use crate::failure::CircuitError;
use crate::failure::{Classify, HttpAnswers, Known};

/// Puts calls behind a breaker, which other services may share.
#[derive(Clone, Debug)]
pub struct BreakerLayer<C = Known> {
    breaker: CircuitBreaker,
    classify: C,
}

/// A service whose calls are made behind a breaker, from [`BreakerLayer`].
#[derive(Clone, Debug)]
pub struct BreakerService<S, C = Known> {
    service: S,
    breaker: CircuitBreaker,
    classify: C,
}

impl BreakerLayer {
    /// Puts calls behind this breaker, and judges their results by [`Known`].
    #[must_use]
    pub fn new(breaker: &CircuitBreaker) -> Self {
        Self { breaker: breaker.clone(), classify: Known }
    }

    /// The same for services of HTTP, whatever their bodies: by status.
    #[must_use]
    pub fn http(breaker: &CircuitBreaker) -> BreakerLayer<HttpAnswers> {
        BreakerLayer { breaker: breaker.clone(), classify: HttpAnswers }
    }
}

impl<C> BreakerLayer<C> {
    /// Judges results by this instead.
    #[must_use]
    pub fn classify<D>(self, classify: D) -> BreakerLayer<D> {
        BreakerLayer { breaker: self.breaker, classify }
    }
}

impl<S, C: Clone> Layer<S> for BreakerLayer<C> {
    type Service = BreakerService<S, C>;

    fn layer(&self, service: S) -> BreakerService<S, C> {
        let (breaker, classify) = (self.breaker.clone(), self.classify.clone());
        BreakerService { service, breaker, classify }
    }
}

impl<S, R, C> Service<R> for BreakerService<S, C>
where
    S: Service<R>,
    C: Classify<S::Response, S::Error> + Clone,
{
    type Response = S::Response;
    type Error = CircuitError<S::Error>;
    type Future = Guarded<S::Future, C>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.service.poll_ready(cx).map_err(CircuitError::Failed)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let mut admission = Admission::new(self.breaker.clone());
        let phase = match admission.admit() {
            Ok(()) => {
                let (call, classify) = (self.service.call(request), self.classify.clone());
                Phase::Running { call, admission, classify }
            }
            Err(rejection) => Phase::Rejected { rejection },
        };
        Guarded { phase }
    }
}

pin_project! {
    /// A call behind a breaker. Dropped before it ends, it teaches the breaker nothing.
    #[must_use = "futures do nothing unless polled"]
    pub struct Guarded<F, C> {
        #[pin]
        phase: Phase<F, C>,
    }
}

pin_project! {
    #[project = PhaseProjection]
    enum Phase<F, C> {
        Rejected { rejection: Rejection },
        Running { #[pin] call: F, admission: Admission, classify: C },
    }
}

impl<F, T, E, C> Future for Guarded<F, C>
where
    F: Future<Output = Result<T, E>>,
    C: Classify<T, E>,
{
    type Output = Result<T, CircuitError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().phase.project() {
            PhaseProjection::Rejected { rejection } => Poll::Ready(Err((*rejection).into())),
            PhaseProjection::Running { call, admission, classify } => {
                let result = ready!(call.poll(cx));
                admission.ended(outcome(classify.classify(&result)));
                Poll::Ready(result.map_err(CircuitError::Failed))
            }
        }
    }
}

impl<F, C> fmt::Debug for Guarded<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match self.phase {
            Phase::Rejected { .. } => "rejected",
            Phase::Running { .. } => "running",
        };
        f.debug_struct("Guarded").field("phase", &phase).finish_non_exhaustive()
    }
}
