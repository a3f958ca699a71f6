use std::time::{Duration, SystemTime};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use super::classify::Class;

/// What an error of this status means.
pub(super) fn status(status: StatusCode) -> Class {
    match status.as_u16() {
        429 | 503 => Class::OVERLOAD,
        408 | 425 | 500 | 502 | 504 => Class::TRANSPORT,
        _ => Class::Final,
    }
}

/// What an answer means: one that is not worth another attempt is handed on.
pub(super) fn answer(of: StatusCode, headers: &HeaderMap) -> Class {
    match status(of) {
        Class::Cancelled | Class::Final | Class::Succeeded => Class::Succeeded,
        failed @ Class::Failed(_) => {
            failed.with_retry_after(retry_after(headers, SystemTime::now()))
        }
    }
}

/// How long `Retry-After` asks to wait (RFC 9110, 10.2.3): seconds, or a date, whose past asks for
/// nothing. Absent if it is missing or is neither. A date is compared with the `Date` of the same
/// answer, which is by the same clock, and with `now` only where there is none.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let told =
        headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Some(date.duration_since(told.unwrap_or(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(value: &str) -> Option<Duration> {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:00 GMT").unwrap();
        let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
        retry_after(&headers, now)
    }

    #[test]
    fn retry_after_is_understood_in_seconds_and_as_a_date() {
        assert_eq!(asked("90"), Some(Duration::from_secs(90)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(37)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn a_date_is_judged_by_the_clock_that_it_is_of() {
        let date = |text: &str| text.parse().unwrap();
        let headers = HeaderMap::from_iter([
            (RETRY_AFTER, date("Sun, 06 Nov 1994 08:50:00 GMT")),
            (DATE, date("Sun, 06 Nov 1994 08:49:00 GMT")),
        ]);
        for skew in [0, 3600, 86_400 * 365 * 40] {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(skew);
            assert_eq!(retry_after(&headers, now), Some(Duration::from_mins(1)));
        }
    }

    #[test]
    fn a_retry_after_that_is_neither_asks_for_nothing() {
        for nonsense in ["", "-1", "1.5", "soon", "NaN"] {
            assert_eq!(asked(nonsense), None, "{nonsense}");
        }
        assert_eq!(asked("99999999999999999999"), Some(Duration::from_secs(u64::MAX)));
    }

    #[test]
    fn only_a_status_that_may_pass_is_tried_again() {
        for code in 100..600 {
            let class = status(StatusCode::from_u16(code).unwrap());
            let expected = match code {
                429 | 503 => Class::OVERLOAD,
                408 | 425 | 500 | 502 | 504 => Class::TRANSPORT,
                _ => Class::Final,
            };
            assert_eq!(class, expected, "{code}");
        }
    }
}
