use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::limit::{Limit, Unfinished};

/// How attempts are made of what [`retry`](crate::retry()) was given. Closures have one by
/// [`retry`](crate::retry()), [`retry_with`](crate::retry_with) and
/// [`retry_mut`](crate::retry_mut); other crates need not implement it.
///
/// An attempt owns what it calls while it runs, and gives it back when it ends. So it may borrow
/// from it.
pub trait Operation {
    /// What is called.
    type Callee;
    /// What a success gives.
    type Value;
    /// What a failure gives.
    type Error;
    /// One attempt: the callee, and the result; no result if it took longer than it was given.
    type Future: Future<
        Output = (Self::Callee, Result<Result<Self::Value, Self::Error>, Unfinished>),
    >;

    /// Makes an attempt, which may take as long as `limit`.
    fn attempt(
        &self,
        callee: Self::Callee,
        attempt: Attempt,
        limit: Option<Duration>,
    ) -> Self::Future;
}

/// Which attempt an operation is asked to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Attempt {
    /// From 1.
    pub number: u32,
}

/// An operation that is the same at every attempt.
pub struct Plain<F>(PhantomData<fn(F)>);

/// An operation that gets the attempt it makes.
pub struct Numbered<F>(PhantomData<fn(F)>);

/// An operation whose attempts are made by a function, which hands the callee back.
pub struct Lent<F, S> {
    start: S,
    callee: PhantomData<fn(F)>,
}

impl<F> Plain<F> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<F> Numbered<F> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<F, S> Lent<F, S> {
    pub(super) const fn new(start: S) -> Self {
        Self { start, callee: PhantomData }
    }
}

impl<F, A, T, E> Operation for Plain<F>
where
    F: FnMut() -> A,
    A: Future<Output = Result<T, E>>,
{
    type Callee = F;
    type Value = T;
    type Error = E;
    type Future = Called<F, A>;

    #[inline]
    fn attempt(&self, mut callee: F, _: Attempt, limit: Option<Duration>) -> Called<F, A> {
        let future = callee();
        Called::new(callee, future, limit)
    }
}

impl<F, A, T, E> Operation for Numbered<F>
where
    F: FnMut(Attempt) -> A,
    A: Future<Output = Result<T, E>>,
{
    type Callee = F;
    type Value = T;
    type Error = E;
    type Future = Called<F, A>;

    #[inline]
    fn attempt(&self, mut callee: F, attempt: Attempt, limit: Option<Duration>) -> Called<F, A> {
        let future = callee(attempt);
        Called::new(callee, future, limit)
    }
}

impl<F, S, A, T, E> Operation for Lent<F, S>
where
    S: Fn(F, Option<Duration>) -> A,
    A: Future<Output = (F, Result<Result<T, E>, Unfinished>)>,
{
    type Callee = F;
    type Value = T;
    type Error = E;
    type Future = A;

    #[inline]
    fn attempt(&self, callee: F, _: Attempt, limit: Option<Duration>) -> A {
        (self.start)(callee, limit)
    }
}

pin_project! {
    /// An attempt whose future borrows nothing from the callee.
    pub struct Called<F, A> {
        callee: Option<F>,
        #[pin]
        future: A,
        limit: Limit,
    }
}

impl<F, A> Called<F, A> {
    #[inline]
    pub(crate) fn new(callee: F, future: A, limit: Option<Duration>) -> Self {
        Self { callee: Some(callee), future, limit: Limit::new(limit) }
    }
}

impl<F, A: Future> Future for Called<F, A> {
    type Output = (F, Result<A::Output, Unfinished>);

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = match this.future.poll(cx) {
            Poll::Ready(result) => Ok(result),
            Poll::Pending => match this.limit.poll(cx) {
                Poll::Ready(ended) => Err(Unfinished(ended)),
                Poll::Pending => return Poll::Pending,
            },
        };
        match this.callee.take() {
            Some(callee) => Poll::Ready((callee, result)),
            None => Poll::Pending,
        }
    }
}

impl<F, A> fmt::Debug for Called<F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Called").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for Plain<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain")
    }
}

impl<F> fmt::Debug for Numbered<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Numbered")
    }
}

impl<F, S> fmt::Debug for Lent<F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lent")
    }
}
