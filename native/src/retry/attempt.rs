use std::future::Future;

/// What [`retry`](crate::retry()) makes attempts of. Closures become one by
/// [`retry`](crate::retry()) and [`retry_with`](crate::retry_with); other crates need not implement
/// it.
pub trait Operation {
    /// What a success gives.
    type Value;
    /// What a failure gives.
    type Error;
    /// One attempt.
    type Future: Future<Output = Result<Self::Value, Self::Error>>;

    /// Makes an attempt.
    fn attempt(&mut self, attempt: Attempt) -> Self::Future;
}

/// Which attempt an operation is asked to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Attempt {
    /// From 1.
    pub number: u32,
}

/// An operation that is the same at every attempt.
#[derive(Clone, Copy, Debug)]
pub struct Plain<F>(pub(crate) F);

/// An operation that is told which attempt it makes.
#[derive(Clone, Copy, Debug)]
pub struct Numbered<F>(pub(crate) F);

impl<F, A, T, E> Operation for Plain<F>
where
    F: FnMut() -> A,
    A: Future<Output = Result<T, E>>,
{
    type Value = T;
    type Error = E;
    type Future = A;

    fn attempt(&mut self, _: Attempt) -> A {
        (self.0)()
    }
}

impl<F, A, T, E> Operation for Numbered<F>
where
    F: FnMut(Attempt) -> A,
    A: Future<Output = Result<T, E>>,
{
    type Value = T;
    type Error = E;
    type Future = A;

    fn attempt(&mut self, attempt: Attempt) -> A {
        (self.0)(attempt)
    }
}
