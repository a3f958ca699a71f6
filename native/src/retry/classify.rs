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
pub enum Class {
    /// It failed, and another attempt may succeed. When no other is made, the result is handed on:
    /// an answer as it is, an error within a [`RetryError`](crate::RetryError).
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
/// | `Retry-After` in seconds or as a date, of a `reqwest::Response` | a floor under the wait |
/// | `reqwest::Error`: a time-out; a status; nothing to send, redirects, decoding; others | overload; as above; final; transport |
/// | `std::io::Error`: a time-out; missing, forbidden, invalid, unsupported; others | overload; final; transport |
/// | `tokio::time::error::Elapsed` | overload |
/// | `tonic::Status`, `tonic::Code` (feature `tonic`): `Unavailable`, `Aborted`; `ResourceExhausted`, `DeadlineExceeded`; others | transport; overload; final |
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
    pub(super) inner: C,
    pub(super) test: F,
}

/// A classification with a hint that is found in the error.
#[derive(Clone, Copy, Debug)]
pub struct RetryAfter<C, F> {
    pub(super) inner: C,
    pub(super) hint: F,
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
                Class::Failed(failure) => Class::Failed(failure),
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
