use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tower_service::Service;

use crate::retry::{Attempt, Called, Operation};

/// The operation of calling a service with copies of a request.
pub struct Calls<S, R>(PhantomData<fn(S, R)>);

/// A service, and the request that it is called with.
#[derive(Clone, Copy, Debug)]
pub struct Prepared<S, R> {
    service: S,
    request: R,
}

impl<S, R> Calls<S, R> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<S, R> Prepared<S, R> {
    pub(super) fn new(service: S, request: R) -> Self {
        Self { service, request }
    }
}

impl<S: Service<R> + Clone, R: Clone> Operation for Calls<S, R> {
    type Callee = Prepared<S, R>;
    type Value = S::Response;
    type Error = S::Error;
    type Future = Called<Prepared<S, R>, Call<S, R>>;

    fn attempt(&self, callee: Prepared<S, R>, _: Attempt, limit: Option<Duration>) -> Self::Future {
        let (service, request) = (callee.service.clone(), Some(callee.request.clone()));
        Called::new(callee, Call { phase: Phase::Waiting { service, request } }, limit)
    }
}

impl<S, R> fmt::Debug for Calls<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Calls")
    }
}

pin_project! {
    /// One call, as soon as the service is ready for it.
    pub struct Call<S, R>
    where
        S: Service<R>,
    {
        #[pin]
        phase: Phase<S, R>,
    }
}

pin_project! {
    #[project = PhaseProjection]
    enum Phase<S, R>
    where
        S: Service<R>,
    {
        Waiting { service: S, request: Option<R> },
        Running { #[pin] call: S::Future },
    }
}

impl<S: Service<R>, R> Future for Call<S, R> {
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut phase = self.project().phase;
        loop {
            match phase.as_mut().project() {
                PhaseProjection::Waiting { service, request } => {
                    ready!(service.poll_ready(cx))?;
                    let Some(request) = request.take() else { return Poll::Pending };
                    let call = service.call(request);
                    phase.set(Phase::Running { call });
                }
                PhaseProjection::Running { call } => return call.poll(cx),
            }
        }
    }
}

impl<S: Service<R>, R> fmt::Debug for Call<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match self.phase {
            Phase::Running { .. } => "running",
            Phase::Waiting { .. } => "waiting",
        };
        f.debug_struct("Call").field("phase", &phase).finish_non_exhaustive()
    }
}
