//! What is known of values and errors, found by their type. The comparisons are settled when a
//! classification is compiled for its type.

use std::any::Any;
use std::error::Error;
use std::io;

use futures::future::Aborted;
use http::StatusCode;
use steadfast_core::ConfigError;
use steadfast_core::breaker::Rejection;
use tokio::task::JoinError;
use tokio::time::error::Elapsed;
use tokio_tungstenite::tungstenite;

use super::answer;
use super::circuit::CircuitError;
use super::classify::Class;

type Boxed = Box<dyn Error + Send + Sync>;

/// How many causes of an error are looked at.
const DEEPEST: usize = 32;

pub(super) fn value<T: 'static>(value: &T) -> Class {
    let value: &dyn Any = value;
    #[cfg(feature = "reqwest")]
    if let Some(response) = value.downcast_ref::<reqwest::Response>() {
        return answer::answer(response.status(), response.headers());
    }
    if let Some(status) = value.downcast_ref::<StatusCode>() {
        return match answer::status(*status) {
            Class::Final => Class::Succeeded,
            class => class,
        };
    }
    Class::Succeeded
}

pub(super) fn error<E: 'static>(error: &E) -> Class {
    match call_error(error) {
        Call::Failed(error) => judge(error).unwrap_or(Class::TRANSPORT),
        Call::NotMade => Class::Final,
    }
}

/// Whether it is certain that the peer has seen nothing of the request, because there was no
/// connection that it could have been sent on.
#[cfg(feature = "tower")]
pub(crate) fn was_never_sent<E: 'static>(error: &E) -> bool {
    let error = match call_error(error) {
        Call::Failed(error) => error,
        Call::NotMade => return true,
    };
    if let Some(boxed) = error.downcast_ref::<Boxed>() {
        return chain(&**boxed).any(was_not_connected);
    }
    #[cfg(feature = "tower")]
    if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
        return chain(error).any(was_not_connected);
    }
    was_not_connected(error)
}

#[cfg(feature = "tower")]
fn was_not_connected(error: &(impl Downcast + ?Sized)) -> bool {
    use io::ErrorKind as Kind;
    let unreachable = |error: &io::Error| {
        matches!(
            error.kind(),
            Kind::AddrNotAvailable
                | Kind::ConnectionRefused
                | Kind::HostUnreachable
                | Kind::NetworkDown
                | Kind::NetworkUnreachable
        )
    };
    let is = error.downcast().is_some_and(unreachable)
        || error.downcast().is_some_and(hyper::Error::is_canceled)
        || error.downcast().is_some_and(hyper_util::client::legacy::Error::is_connect);
    #[cfg(feature = "reqwest")]
    let is = is || error.downcast().is_some_and(reqwest::Error::is_connect);
    is
}

/// A call that may have been behind a breaker.
enum Call<'a> {
    Failed(&'a dyn Any),
    NotMade,
}

/// Looks into a [`CircuitError`] of what is known.
fn call_error<E: 'static>(error: &E) -> Call<'_> {
    fn within<E: 'static>(error: &dyn Any) -> Option<Call<'_>> {
        Some(match error.downcast_ref::<CircuitError<E>>()? {
            CircuitError::Failed(error) => Call::Failed(error),
            CircuitError::Config(_) | CircuitError::Open(_) => Call::NotMade,
        })
    }
    let error: &dyn Any = error;
    let found = within::<Boxed>(error)
        .or_else(|| within::<io::Error>(error))
        .or_else(|| within::<tungstenite::Error>(error));
    #[cfg(feature = "__hyper")]
    let found = found.or_else(|| within::<hyper::Error>(error));
    #[cfg(feature = "reqwest")]
    let found = found.or_else(|| within::<reqwest::Error>(error));
    #[cfg(feature = "tonic")]
    let found = found.or_else(|| within::<tonic::Status>(error));
    #[cfg(feature = "tower")]
    let found = found.or_else(|| within::<hyper_util::client::legacy::Error>(error));
    found.unwrap_or(Call::Failed(error))
}

fn judge(error: &dyn Any) -> Option<Class> {
    if let Some(boxed) = error.downcast_ref::<Boxed>() {
        return cause(&**boxed);
    }
    if let Some(status) = error.downcast_ref::<StatusCode>() {
        return Some(answer::status(*status));
    }
    #[cfg(feature = "tonic")]
    if let Some(code) = error.downcast_ref::<tonic::Code>() {
        return Some(super::grpc::code(*code));
    }
    #[cfg(feature = "tower")]
    if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
        return cause(error);
    }
    known(error)
}

/// An error and its causes.
pub(super) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        // Its own `source` is the one of what it wraps.
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    })
    .take(DEEPEST)
}

/// The class of the first error in a chain that is known.
pub(super) fn cause(error: &(dyn Error + 'static)) -> Option<Class> {
    chain(error).find_map(known)
}

fn known(error: &(impl Downcast + ?Sized)) -> Option<Class> {
    let found = error.downcast().map(io_error);
    let found = found.or_else(|| error.downcast::<Elapsed>().map(|_| Class::OVERLOAD));
    let found = found.or_else(|| error.downcast::<Aborted>().map(|_| Class::Cancelled));
    let found = found.or_else(|| error.downcast().map(join_error));
    let found = found.or_else(|| error.downcast().map(socket_error));
    let found = found.or_else(|| error.downcast::<Rejection>().map(|_| Class::Final));
    let found = found.or_else(|| error.downcast::<ConfigError>().map(|_| Class::Final));
    #[cfg(feature = "__hyper")]
    let found = found.or_else(|| error.downcast().map(hyper_error));
    #[cfg(feature = "reqwest")]
    let found = found.or_else(|| error.downcast().map(reqwest_error));
    #[cfg(feature = "tonic")]
    let found = found.or_else(|| error.downcast().map(super::grpc::status));
    found
}

/// What can be asked whether it is an error of a certain type.
trait Downcast {
    fn downcast<T: Error + 'static>(&self) -> Option<&T>;
}

impl Downcast for dyn Any {
    fn downcast<T: Error + 'static>(&self) -> Option<&T> {
        self.downcast_ref()
    }
}

impl Downcast for dyn Error {
    fn downcast<T: Error + 'static>(&self) -> Option<&T> {
        self.downcast_ref()
    }
}

fn io_error(error: &io::Error) -> Class {
    use io::ErrorKind as Kind;
    // An error of another layer that had to pass through one of this type.
    let inner = error.get_ref().filter(|_| error.kind() == Kind::Other);
    if let Some(class) = inner.and_then(|inner| cause(inner)) {
        return class;
    }
    match error.kind() {
        Kind::TimedOut => Class::OVERLOAD,
        Kind::AlreadyExists
        | Kind::ArgumentListTooLong
        | Kind::DirectoryNotEmpty
        | Kind::FileTooLarge
        | Kind::InvalidData
        | Kind::InvalidInput
        | Kind::IsADirectory
        | Kind::NotADirectory
        | Kind::NotFound
        | Kind::OutOfMemory
        | Kind::PermissionDenied
        | Kind::ReadOnlyFilesystem
        | Kind::Unsupported => Class::Final,
        _ => Class::TRANSPORT,
    }
}

fn join_error(error: &JoinError) -> Class {
    if error.is_cancelled() { Class::Cancelled } else { Class::TRANSPORT }
}

fn socket_error(error: &tungstenite::Error) -> Class {
    use tungstenite::Error as Of;
    match error {
        Of::Io(error) => io_error(error),
        Of::Http(response) => {
            let class = answer::status(response.status());
            class.with_retry_after(answer::retry_after(
                response.headers(),
                std::time::SystemTime::now(),
            ))
        }
        Of::Capacity(_) | Of::HttpFormat(_) | Of::Tls(_) | Of::Url(_) | Of::Utf8(_) => Class::Final,
        _ => Class::TRANSPORT,
    }
}

/// A request that was cancelled had not been sent: its connection was gone. Its caller would hear
/// nothing any more.
#[cfg(feature = "__hyper")]
fn hyper_error(error: &hyper::Error) -> Class {
    if error.is_timeout() {
        Class::OVERLOAD
    } else if error.is_user() {
        Class::Final
    } else {
        error.source().and_then(cause).unwrap_or(Class::TRANSPORT)
    }
}

#[cfg(feature = "reqwest")]
fn reqwest_error(error: &reqwest::Error) -> Class {
    if error.is_timeout() {
        return Class::OVERLOAD;
    }
    if let Some(status) = error.status() {
        return answer::status(status);
    }
    if error.is_builder() || error.is_redirect() {
        return Class::Final;
    }
    if error.is_decode() {
        // The body was cut off, unless it came and makes no sense.
        return error.source().and_then(cause).unwrap_or(Class::Final);
    }
    Class::TRANSPORT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("wrapped")]
    struct Wrapped(#[source] Boxed);

    fn wrapped(error: impl Into<Boxed>) -> Boxed {
        Boxed::from(Wrapped(error.into()))
    }

    #[test]
    fn errors_are_known_by_their_type_also_in_a_box_and_as_a_cause() {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(error(&missing()), Class::Final);
        assert_eq!(error(&io::Error::from(io::ErrorKind::ConnectionReset)), Class::TRANSPORT);
        assert_eq!(error(&io::Error::from(io::ErrorKind::TimedOut)), Class::OVERLOAD);
        assert_eq!(error(&wrapped(missing())), Class::Final);
        assert_eq!(error(&wrapped(wrapped(missing()))), Class::Final);
        assert_eq!(error(&StatusCode::SERVICE_UNAVAILABLE), Class::OVERLOAD);
        assert_eq!(error(&"whatever"), Class::TRANSPORT);
    }

    #[test]
    fn an_io_error_that_only_wraps_another_error_is_as_that_is() {
        let timed_out = io::Error::from(io::ErrorKind::TimedOut);
        assert_eq!(error(&io::Error::other(wrapped(timed_out))), Class::OVERLOAD);
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        let invalid = io::Error::new(io::ErrorKind::InvalidData, wrapped(reset));
        assert_eq!(error(&invalid), Class::Final, "its own kind says more");
        assert_eq!(error(&io::Error::other("whatever")), Class::TRANSPORT);
    }

    #[test]
    fn errors_of_sockets_are_known() {
        use tungstenite::Error as Of;
        use tungstenite::error::ProtocolError;
        let cut = Of::Protocol(ProtocolError::ResetWithoutClosingHandshake);
        assert_eq!(error(&wrapped(cut)), Class::TRANSPORT);
        assert_eq!(error(&Of::ConnectionClosed), Class::TRANSPORT);
        assert_eq!(error(&Of::Io(io::ErrorKind::TimedOut.into())), Class::OVERLOAD);
        let busy = http::Response::builder().status(503).header("retry-after", "7");
        let seven = Some(std::time::Duration::from_secs(7));
        let busy = Of::Http(busy.body(None).unwrap().into());
        assert_eq!(error(&busy), Class::OVERLOAD.with_retry_after(seven));
    }

    #[tokio::test]
    async fn a_call_that_was_given_up_is_known() {
        let task = tokio::spawn(std::future::pending::<()>());
        task.abort();
        assert_eq!(error(&task.await.unwrap_err()), Class::Cancelled);
        assert_eq!(error(&wrapped(Aborted)), Class::Cancelled);
    }

    #[test]
    fn errors_behind_a_breaker_are_known_and_one_that_is_open_is_final() {
        type Of = CircuitError<io::Error>;
        let state = steadfast_core::breaker::BreakerState::Open;
        let rejection = Rejection { state, retry_in: std::time::Duration::ZERO };
        assert_eq!(error(&Of::Open(rejection)), Class::Final);
        assert_eq!(error(&wrapped(Of::Open(rejection))), Class::Final);
        let timed_out = || io::Error::from(io::ErrorKind::TimedOut);
        assert_eq!(error(&Of::Failed(timed_out())), Class::OVERLOAD);
        let boxed = CircuitError::<Boxed>::Failed(wrapped(timed_out()));
        assert_eq!(error(&boxed), Class::OVERLOAD);
    }

    #[test]
    fn a_chain_of_causes_without_an_end_is_left() {
        #[derive(Debug, thiserror::Error)]
        #[error("endless")]
        struct Endless;
        #[derive(Debug)]
        struct Circle;
        impl std::fmt::Display for Circle {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("circle")
            }
        }
        impl Error for Circle {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(self)
            }
        }
        assert_eq!(error(&Boxed::from(Circle)), Class::TRANSPORT);
        assert_eq!(error(&Boxed::from(Endless)), Class::TRANSPORT);
    }

    #[cfg(feature = "reqwest")]
    #[test]
    fn an_answer_of_reqwest_is_judged_by_its_status_and_retry_after() {
        let answer = |status: u16| {
            let answer = http::Response::builder().status(status).header("retry-after", "7");
            value(&reqwest::Response::from(answer.body("").unwrap()))
        };
        let seven = Some(std::time::Duration::from_secs(7));
        assert_eq!(answer(503), Class::OVERLOAD.with_retry_after(seven));
        assert_eq!(answer(502), Class::TRANSPORT.with_retry_after(seven));
        assert_eq!(answer(404), Class::Succeeded);
        assert_eq!(answer(200), Class::Succeeded);
    }

    #[test]
    fn a_value_succeeds_unless_it_says_to_try_again() {
        assert_eq!(value(&7), Class::Succeeded);
        assert_eq!(value(&StatusCode::NOT_FOUND), Class::Succeeded);
        assert_eq!(value(&StatusCode::TOO_MANY_REQUESTS), Class::OVERLOAD);
    }
}
