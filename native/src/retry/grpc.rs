use std::time::Duration;

use tonic::{Code, Status};

use super::classify::Class;

/// What an error of this code means, as the codes' own documentation says when to try again.
pub(super) fn code(code: Code) -> Class {
    match code {
        Code::Aborted | Code::Unavailable => Class::TRANSPORT,
        Code::DeadlineExceeded | Code::ResourceExhausted => Class::OVERLOAD,
        _ => Class::Final,
    }
}

/// The same with `grpc-retry-pushback-ms` (gRPC proposal A6): a number is how long to wait at
/// least, anything else asks not to try again.
pub(super) fn status(status: &Status) -> Class {
    let class = code(status.code());
    let Some(pushback) = status.metadata().get("grpc-retry-pushback-ms") else { return class };
    match pushback.to_str().ok().and_then(|millis| millis.parse().ok()) {
        Some(millis) => class.with_retry_after(Some(Duration::from_millis(millis))),
        None => Class::Final,
    }
}

#[cfg(test)]
mod tests {
    use steadfast_core::retry::{Failure, FailureClass};

    use super::*;

    #[test]
    fn a_pushback_is_how_long_to_wait_or_to_give_up() {
        let pushed = |value: &str| {
            let mut unavailable = Status::unavailable("");
            let value = value.parse().unwrap();
            unavailable.metadata_mut().insert("grpc-retry-pushback-ms", value);
            status(&unavailable)
        };
        let retry_after = Some(Duration::from_millis(1500));
        let class = FailureClass::Transport;
        assert_eq!(pushed("1500"), Class::Failed(Failure { retry_after, ..Failure::new(class) }));
        assert_eq!(pushed("-1"), Class::Final);
        assert_eq!(status(&Status::not_found("")), Class::Final);
        assert_eq!(status(&Status::resource_exhausted("")), Class::OVERLOAD);
    }
}
