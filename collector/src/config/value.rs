//! Values as they are written.

use std::ops::RangeInclusive;
use std::time::Duration;

use hyper::Uri;
use hyper::header::{HeaderName, HeaderValue};

use crate::breakdown::MAX_METADATA_KEYS;
use crate::webhooks::Secret;

/// A number within a range.
pub(super) fn number(text: &str, range: RangeInclusive<usize>) -> Option<usize> {
    text.parse().ok().filter(|number| range.contains(number))
}

/// A number of which something holds.
pub(super) fn decimal(text: &str, holds: fn(f64) -> bool) -> Option<f64> {
    text.parse().ok().filter(|number| holds(*number))
}

/// A secret of at least that many characters; empty is none.
#[allow(clippy::option_option, reason = "nothing is a value, too; what is none is no value")]
pub(super) fn secret(text: &str, shortest: usize) -> Option<Option<String>> {
    let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    match text.len() {
        0 => Some(None),
        length if (shortest..=256).contains(&length) && is_visible => Some(Some(text.to_owned())),
        _ => None,
    }
}

/// The address of something that speaks HTTP; empty is none.
#[allow(clippy::option_option, reason = "nothing is a value, too; what is none is no value")]
pub(super) fn web_url(text: &str) -> Option<Option<String>> {
    if text.is_empty() {
        return Some(None);
    }
    let url: Uri = text.parse().ok()?;
    let is_web = matches!(url.scheme_str(), Some("http" | "https"));
    (is_web && url.host().is_some_and(|host| !host.is_empty())).then(|| Some(text.to_owned()))
}

/// Headers as `name=value`, with commas between them.
pub(super) fn headers(text: &str) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let header = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim().parse().ok()?, value.trim().parse().ok()?))
    };
    pairs.map(header).collect()
}

/// Keys of metadata with commas between them; empty is none.
pub(super) fn metadata_keys(text: &str) -> Option<Vec<String>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let keys: Vec<_> = text.split(',').map(|key| key.trim().to_owned()).collect();
    let is_key = |key: &String| (1..=64).contains(&key.len()) && !key.chars().any(char::is_control);
    let are_different = (1..keys.len()).all(|place| !keys[..place].contains(&keys[place]));
    (keys.len() <= MAX_METADATA_KEYS && keys.iter().all(is_key) && are_different).then_some(keys)
}

/// What webhooks are signed with; empty is nothing.
#[allow(clippy::option_option, reason = "nothing is a value, too; what is none is no value")]
pub(super) fn webhook_secret(text: &str) -> Option<Option<String>> {
    match text {
        "" => Some(None),
        _ => text.parse::<Secret>().ok().map(|_| Some(text.to_owned())),
    }
}

/// What durations are counted in, the longest unit first.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1)];

/// A whole number and its unit, such as `250ms`, `5s`, `10min`, `1h` or `7d`; nothing if it is
/// none, or out of range.
#[must_use]
pub fn duration(text: &str, range: RangeInclusive<Duration>) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let duration = Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(*millis)?);
    range.contains(&duration).then_some(duration)
}

/// The same, as it is written in the longest unit that needs no fraction.
pub(super) fn duration_text(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    let unit = UNITS.iter().find(|(_, unit)| millis % unit == 0);
    let (name, unit) = unit.copied().unwrap_or(("ms", 1));
    format!("{}{name}", millis / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_four_keys_of_metadata_are_taken_each_once() {
        let keys = |text| metadata_keys(text).map(|keys| keys.join("+"));
        assert_eq!(keys("").as_deref(), Some(""));
        assert_eq!(keys("region, release").as_deref(), Some("region+release"));
        assert_eq!(keys("a,b,c,d").as_deref(), Some("a+b+c+d"));
        for text in ["a,b,c,d,e", "a,", "a,a", "a\nb", &"x".repeat(65)] {
            assert_eq!(keys(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_duration_is_a_whole_number_and_its_unit() {
        let any = Duration::ZERO..=Duration::MAX;
        for text in ["0s", "250ms", "5s", "90s", "10min", "1h", "7d"] {
            assert_eq!(duration_text(duration(text, any.clone()).unwrap()), text);
        }
        let huge = format!("{}d", u64::MAX);
        for text in ["", "5", "s", "1.5s", "-1s", "5 s", "5sec", "5S", &huge] {
            assert_eq!(duration(text, any.clone()), None, "{text:?}");
        }
        assert_eq!(duration("2h", Duration::ZERO..=Duration::from_hours(1)), None);
    }
}
