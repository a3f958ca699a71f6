//! The only notion of time in this crate: an [`Instant`] that a driver hands in.

use core::ops::{Add, Sub};
use core::time::Duration;

mod clock;

pub use clock::{Clock, Dates, Reading, Sleep};

/// A point in time, as the time since the driver's origin, in nanoseconds.
///
/// The origin is the driver's choice. The drivers of this project take the Unix epoch, read once
/// at start-up and carried on by a monotonic clock, so that instants also read as timestamps as long
/// as nobody sets the wall clock (see [`Clock::dates`]) and never run backwards. Tests and simulations start at [`Instant::ORIGIN`].
///
/// All arithmetic saturates, at the origin below and 584 years above it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    nanos: u64,
}

impl Instant {
    /// The driver's origin, where simulated time starts.
    pub const ORIGIN: Self = Self { nanos: 0 };

    /// The last one there is. What is due then never comes, as there is no later time to wait for.
    pub(crate) const END: Self = Self { nanos: u64::MAX };

    /// The instant that lies `elapsed` after the origin.
    #[must_use]
    pub const fn from_origin(elapsed: Duration) -> Self {
        Self { nanos: saturating_nanos(elapsed) }
    }

    /// The instant that lies `millis` milliseconds after the origin.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self { nanos: millis.saturating_mul(1_000_000) }
    }

    /// The instant that lies `millis` milliseconds after the origin; the origin for what is
    /// negative or not a number.
    #[must_use]
    pub const fn from_fractional_millis(millis: f64) -> Self {
        // A cast from a float saturates and takes NaN to zero.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let nanos = (millis * 1e6) as u64;
        Self { nanos }
    }

    /// Whole milliseconds since the origin: a Unix timestamp where the origin is the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.nanos / 1_000_000
    }

    /// The time since the origin.
    #[must_use]
    pub const fn since_origin(self) -> Duration {
        Duration::from_nanos(self.nanos)
    }

    /// The time from `earlier` to this instant; zero if `earlier` is later.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanos.saturating_sub(earlier.nanos))
    }

    /// Nanoseconds since the origin.
    pub(crate) const fn as_nanos(self) -> u64 {
        self.nanos
    }

    /// The instant that lies `nanos` nanoseconds after the origin.
    pub(crate) const fn from_nanos(nanos: u64) -> Self {
        Self { nanos }
    }

    /// Whole milliseconds from `earlier` to this instant; 0 if `earlier` is later.
    pub(crate) const fn millis_since(self, earlier: Self) -> u64 {
        self.nanos.saturating_sub(earlier.nanos) / 1_000_000
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self { nanos: self.nanos.saturating_add(saturating_nanos(duration)) }
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self { nanos: self.nanos.saturating_sub(saturating_nanos(duration)) }
    }
}

/// The earlier of two instants that may be absent. (`Option`'s own `min` lets `None` win.)
pub(crate) fn earlier<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// A duration in milliseconds, with its fraction.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The duration of `millis` milliseconds; zero for what is negative or not a number, and at most
/// what an [`Instant`] can hold.
#[must_use]
pub fn duration_from_millis(millis: f64) -> Duration {
    // A cast from a float saturates and takes NaN to zero. It cuts off, and the nearest is meant: what
    // was given in milliseconds would lose a nanosecond each time.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Duration::from_nanos((millis * 1e6 + 0.5) as u64)
}

/// `factor` times as long; saturates where `Duration::mul_f64` would panic.
pub(crate) fn scaled(duration: Duration, factor: f64) -> Duration {
    duration_from_millis(millis(duration) * factor)
}

/// In 64 bits: `as_nanos` takes 128, which costs, and some machines have to put them together.
pub(crate) const fn saturating_nanos(duration: Duration) -> u64 {
    let whole = duration.as_secs().saturating_mul(1_000_000_000);
    // A cast keeps what it has: fractions of seconds are less than 2^32 ns.
    whole.saturating_add(duration.subsec_nanos() as u64)
}

#[cfg(feature = "serde")]
impl serde::Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.as_millis())
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self::from_millis)
    }
}

/// Durations as numbers of milliseconds, for `#[serde(with = …)]`.
#[cfg(feature = "serde")]
pub(crate) mod serde_millis {
    use core::time::Duration;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_f64(super::millis(*duration))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
        f64::deserialize(d).map(super::duration_from_millis)
    }

    pub(crate) mod option {
        use core::time::Duration;
        use serde::{Deserialize, Deserializer, Serializer};

        // The signature is serde's.
        #[allow(clippy::ref_option)]
        pub(crate) fn serialize<S: Serializer>(
            duration: &Option<Duration>,
            s: S,
        ) -> Result<S::Ok, S::Error> {
            match duration {
                Some(duration) => super::serialize(duration, s),
                None => s.serialize_none(),
            }
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            d: D,
        ) -> Result<Option<Duration>, D::Error> {
            Ok(Option::<f64>::deserialize(d)?.map(crate::time::duration_from_millis))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        assert_eq!(Instant::ORIGIN - Duration::MAX, Instant::ORIGIN);
        let end = Instant::ORIGIN + Duration::MAX;
        assert_eq!(end + Duration::from_secs(1), end);
        assert_eq!(Instant::ORIGIN.saturating_since(end), Duration::ZERO);
    }

    #[test]
    fn milliseconds_from_floats_take_nonsense_to_the_nearest_bound() {
        assert_eq!(duration_from_millis(f64::NAN), Duration::ZERO);
        assert_eq!(duration_from_millis(-1.0), Duration::ZERO);
        assert_eq!(duration_from_millis(1.5), Duration::from_micros(1500));
        let told = Duration::from_nanos(40_000_008);
        assert_eq!(duration_from_millis(millis(told)), told);
        assert_eq!(duration_from_millis(f64::INFINITY), Duration::from_nanos(u64::MAX));
    }
}
