use std::error::Error;
use std::time::Duration;

use steadfast_core::retry::Failure;
use tonic::{Code, Status, TimeoutExpired};

use super::classify::Class;
use super::known;

/// What an error of this code means, as the codes' own documentation says when to try again.
pub(super) fn code(code: Code) -> Class {
    match code {
        Code::Aborted | Code::Unavailable => Class::TRANSPORT,
        Code::Cancelled => Class::Cancelled,
        Code::DeadlineExceeded | Code::ResourceExhausted => Class::OVERLOAD,
        _ => Class::Final,
    }
}

/// The same with `grpc-retry-pushback-ms` (gRPC proposal A6): a number is how long to wait at
/// least, anything else asks not to try again.
pub(super) fn status(status: &Status) -> Class {
    let class = made_here(status).unwrap_or_else(|| code(status.code()));
    let Some(pushback) = status.metadata().get("grpc-retry-pushback-ms") else { return class };
    let millis = pushback.to_str().ok().and_then(|millis| millis.parse().ok());
    match (class, millis) {
        (Class::Failed(failure), Some(millis)) => {
            let retry_after = Some(Duration::from_millis(millis));
            Class::Failed(Failure { retry_after, ..failure })
        }
        (Class::Failed(failure), None) => Class::Failed(failure.not_repeatable()),
        (class, _) => class,
    }
}

/// The class of a status that no server has sent. tonic makes one where a connection breaks, with
/// whichever code it can tell, and keeps the error as the source; one that was sent has none.
fn made_here(status: &Status) -> Option<Class> {
    let source = status.source()?;
    match status.code() {
        Code::Cancelled | Code::Internal | Code::Unknown => {}
        _ => return None,
    }
    if known::chain(source).any(<dyn Error>::is::<TimeoutExpired>) {
        return Some(Class::OVERLOAD);
    }
    Some(known::cause(source).unwrap_or(Class::TRANSPORT))
}

#[cfg(test)]
mod tests {
    use std::io;

    use steadfast_core::retry::FailureClass;

    use super::*;

    const TRANSPORT: Failure = Failure::new(FailureClass::Transport);

    #[test]
    fn a_pushback_is_how_long_to_wait_or_to_give_up() {
        let pushed = |mut refused: Status, value: &str| {
            let value = value.parse().unwrap();
            refused.metadata_mut().insert("grpc-retry-pushback-ms", value);
            status(&refused)
        };
        let retry_after = Some(Duration::from_millis(1500));
        let unavailable = || Status::unavailable("");
        assert_eq!(
            pushed(unavailable(), "1500"),
            Class::Failed(Failure { retry_after, ..TRANSPORT })
        );
        // It still speaks against the server.
        for pushback in ["-1", "soon", "99999999999999999999999"] {
            let expected = Class::Failed(TRANSPORT.not_repeatable());
            assert_eq!(pushed(unavailable(), pushback), expected, "{pushback}");
        }
        assert_eq!(pushed(Status::not_found(""), "10"), Class::Final);
        assert_eq!(status(&Status::not_found("")), Class::Final);
        assert_eq!(status(&Status::resource_exhausted("")), Class::OVERLOAD);
        assert_eq!(status(&Status::cancelled("")), Class::Cancelled);
    }

    #[test]
    fn a_status_that_no_server_has_sent_is_judged_by_its_source() {
        let of = |error: Box<dyn Error + Send + Sync>| status(&Status::from_error(error));
        let kind = |kind: io::ErrorKind| of(io::Error::from(kind).into());
        assert_eq!(kind(io::ErrorKind::ConnectionReset), Class::TRANSPORT);
        assert_eq!(kind(io::ErrorKind::BrokenPipe), Class::TRANSPORT);
        assert_eq!(kind(io::ErrorKind::TimedOut), Class::OVERLOAD);
        assert_eq!(of("a transport error".into()), Class::TRANSPORT);
        assert_eq!(of(TimeoutExpired(()).into()), Class::OVERLOAD);
        assert_eq!(status(&Status::unknown("transport error")), Class::Final, "a server's own");
    }
}
