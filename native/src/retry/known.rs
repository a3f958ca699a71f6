//! What is known of values and errors, found by their type. The comparisons are settled when a
//! classification is compiled for its type.

use std::any::Any;
use std::error::Error;
use std::io;

use http::StatusCode;
use tokio::time::error::Elapsed;

use super::answer;
use super::classify::Class;

type Boxed = Box<dyn Error + Send + Sync>;

pub(super) fn value<T: 'static>(value: &T) -> Class {
    let value: &dyn Any = value;
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
    let error: &dyn Any = error;
    if let Some(boxed) = error.downcast_ref::<Boxed>() {
        return cause(&**boxed);
    }
    if let Some(status) = error.downcast_ref::<StatusCode>() {
        return answer::status(*status);
    }
    #[cfg(feature = "tonic")]
    if let Some(code) = error.downcast_ref::<tonic::Code>() {
        return super::grpc::code(*code);
    }
    known(error).unwrap_or(Class::TRANSPORT)
}

/// The class of the first error in a chain that is known.
fn cause(error: &(dyn Error + 'static)) -> Class {
    let mut chain = std::iter::successors(Some(error), |&error| error.source());
    chain.find_map(known).unwrap_or(Class::TRANSPORT)
}

fn known(error: &(impl Downcast + ?Sized)) -> Option<Class> {
    let known = error.downcast().map(io_error);
    let known = known.or_else(|| error.downcast().map(reqwest_error));
    let known = known.or_else(|| error.downcast::<Elapsed>().map(|_| Class::OVERLOAD));
    #[cfg(feature = "tonic")]
    let known = known.or_else(|| error.downcast().map(super::grpc::status));
    known
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

fn reqwest_error(error: &reqwest::Error) -> Class {
    if error.is_timeout() {
        return Class::OVERLOAD;
    }
    if let Some(status) = error.status() {
        return answer::status(status);
    }
    if error.is_builder() || error.is_redirect() || error.is_decode() {
        return Class::Final;
    }
    Class::TRANSPORT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_known_by_their_type_also_in_a_box_and_as_a_cause() {
        #[derive(Debug, thiserror::Error)]
        #[error("wrapped")]
        struct Wrapped(#[source] io::Error);

        let missing = || io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(error(&missing()), Class::Final);
        assert_eq!(error(&io::Error::from(io::ErrorKind::ConnectionReset)), Class::TRANSPORT);
        assert_eq!(error(&io::Error::from(io::ErrorKind::TimedOut)), Class::OVERLOAD);
        assert_eq!(error(&Boxed::from(Wrapped(missing()))), Class::Final);
        assert_eq!(error(&StatusCode::SERVICE_UNAVAILABLE), Class::OVERLOAD);
        assert_eq!(error(&"whatever"), Class::TRANSPORT);
    }

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
