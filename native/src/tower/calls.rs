use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_service::Service;

use crate::retry::{Attempt, Operation};

/// The operation of calling a service with copies of a request.
#[derive(Clone, Copy, Debug)]
pub struct Calls<S, R> {
    service: S,
    request: R,
}

impl<S, R> Calls<S, R> {
    pub(super) fn new(service: S, request: R) -> Self {
        Self { service, request }
    }
}

impl<S: Service<R> + Clone, R: Clone> Operation for Calls<S, R> {
    type Value = S::Response;
    type Error = S::Error;
    type Future = Call<S, R>;

    fn attempt(&mut self, _: Attempt) -> Call<S, R> {
        let (service, request) = (self.service.clone(), Some(self.request.clone()));
        Call { phase: Phase::Waiting { service, request } }
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
