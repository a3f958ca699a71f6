use std::time::Duration;

use steadfast_core::retry::{Failure, FailureClass};

use super::{answer, known};

/// Says what the result of an attempt means for the next.
///
/// A function from a result to a [`Class`] is one.
pub trait Classify<T, E> {
    /// The class of this result.
    fn classify(&self, result: &Result<T, E>) -> Class;
}

/// What the result of an attempt means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// Its caller gave it up: there is no other attempt, and it counts neither for a breaker nor for
    /// a throttle.
    Cancelled,
    /// It failed, and another attempt may succeed. When no other is made, the result is handed on:
    /// an answer as it is, an error within a [`RetryError`](crate::RetryError). A failure that is
    /// not [repeatable](Failure::repeatable) counts, but is the last.
    Failed(Failure),
    /// It failed as it would fail again.
    Final,
    /// It succeeded, or at least has its answer.
    Succeeded,
}

/// What is known of errors and answers by default.
///
/// | what | is |
/// |---|---|
/// | `http::StatusCode`, or an answer with it, of 429 or 503 | overload |
/// | … of 408, 425, 500, 502 or 504 | a failure of the transport |
/// | … of any other kind | final as an error; as an answer it is handed on |
/// | `Retry-After` in seconds or as a date, of a `reqwest::Response` (feature `reqwest`) | a floor under the wait |
/// | `reqwest::Error` (feature `reqwest`): a time-out; a status; nothing to send, redirects; a body that was cut off; one that cannot be decoded; others | overload; as above; final; transport; final; transport |
/// | `hyper::Error` (features `report`, `reqwest`, `tonic` or `tower`): a time-out; what the program did wrong; others | overload; final; transport |
/// | `std::io::Error`: a time-out; missing, forbidden, invalid, unsupported; others | overload; final; transport. One that only wraps another error is as that is |
/// | `tungstenite::Error`: of the socket or the answer; what the program did wrong; others | as `io::Error`, as the status; final; transport |
/// | `tokio::time::error::Elapsed` | overload |
/// | `tokio::task::JoinError` of a task that was aborted, `futures::future::Aborted` | cancelled |
/// | `tonic::Status`, `tonic::Code` (feature `tonic`): `Unavailable`, `Aborted`; `ResourceExhausted`, `DeadlineExceeded`; `Cancelled`; others | transport; overload; cancelled; final |
/// | a `tonic::Status` that the client made because its connection broke (`Unknown`, `Internal` or `Cancelled` with a source) | by the first source that is known, otherwise transport |
/// | a `CircuitError` of one of these: turned away; the call's own | final; as above |
/// | a boxed error | by the first cause that is known |
/// | any other error | a failure of the transport |
/// | any other value | a success |
///
/// What it has to recognise must not borrow; for what does, give a function of your own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known;

/// Answers of any body by their status and `Retry-After`, and errors as [`Known`] does: what
/// `tower` services of HTTP need.
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpAnswers;

/// A classification whose retries have to pass a test.
#[derive(Clone, Copy, Debug)]
pub struct RetryIf<C, F> {
    pub(crate) inner: C,
    pub(crate) test: F,
}

/// A classification with a hint that is found in the error.
#[derive(Clone, Copy, Debug)]
pub struct RetryAfter<C, F> {
    pub(crate) inner: C,
    pub(crate) hint: F,
}

impl Class {
    /// A failure of the transport: another attempt may succeed.
    pub const TRANSPORT: Self = Self::Failed(Failure::new(FailureClass::Transport));
    /// A sign of overload: trying again soon makes it worse.
    pub const OVERLOAD: Self = Self::Failed(Failure::new(FailureClass::Overload));

    /// The same, with what the other side asked for; nothing where it does not matter.
    #[must_use]
    pub fn with_retry_after(self, retry_after: Option<Duration>) -> Self {
        match self {
            Self::Failed(failure) => Self::Failed(Failure {
                retry_after: retry_after.or(failure.retry_after),
                ..failure
            }),
            other => other,
        }
    }
}

impl<T, E, F: Fn(&Result<T, E>) -> Class> Classify<T, E> for F {
    fn classify(&self, result: &Result<T, E>) -> Class {
        self(result)
    }
}

impl<T: 'static, E: 'static> Classify<T, E> for Known {
    fn classify(&self, result: &Result<T, E>) -> Class {
        match result {
            Ok(value) => known::value(value),
            Err(error) => known::error(error),
        }
    }
}

impl<B, E: 'static> Classify<http::Response<B>, E> for HttpAnswers {
    fn classify(&self, result: &Result<http::Response<B>, E>) -> Class {
        match result {
            Ok(response) => answer::answer(response.status(), response.headers()),
            Err(error) => known::error(error),
        }
    }
}

impl<T, E, C: Classify<T, E>, F: Fn(&E) -> bool> Classify<T, E> for RetryIf<C, F> {
    fn classify(&self, result: &Result<T, E>) -> Class {
        match result {
            Err(error) if !(self.test)(error) => Class::Final,
            // Who asks for a retry gets one, also of what is otherwise final.
            Err(_) => match self.inner.classify(result) {
                Class::Cancelled => Class::Cancelled,
                Class::Failed(failure) => Class::Failed(Failure { repeatable: true, ..failure }),
                Class::Final | Class::Succeeded => Class::TRANSPORT,
            },
            Ok(_) => self.inner.classify(result),
        }
    }
}

impl<T, E, C, F> Classify<T, E> for RetryAfter<C, F>
where
    C: Classify<T, E>,
    F: Fn(&E) -> Option<Duration>,
{
    fn classify(&self, result: &Result<T, E>) -> Class {
        let class = self.inner.classify(result);
        match result {
            Err(error) => class.with_retry_after((self.hint)(error)),
            Ok(_) => class,
        }
    }
}
