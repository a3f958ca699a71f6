use crate::rng::Random;

/// How a delay is spread, so that clients that failed together do not come back together.
///
/// A delay is drawn *inside* the cap, never clamped after the draw: clamped delays all end at the
/// cap, and a fleet that failed together marches in step.
///
/// In JSON `false`, `true` (which is `"full"`), or a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Jitter {
    /// Drawn uniformly between the base delay and three times the previous delay
    /// ("decorrelated jitter": Brooker, "Exponential Backoff And Jitter", AWS, 2015).
    Decorrelated,
    /// Half of the delay, and a uniform draw from the other half ("equal jitter", ibid.).
    Equal,
    /// Drawn uniformly from zero to the delay ("full jitter", ibid.).
    #[default]
    Full,
    /// Exactly the delay.
    None,
}

impl Jitter {
    /// The delay to wait, in ms: `nominal` spread, at least zero and at most `max`.
    pub(super) fn spread(
        self,
        nominal: f64,
        base: f64,
        previous: f64,
        max: f64,
        random: &mut impl Random,
    ) -> f64 {
        match self {
            Self::Decorrelated => {
                let high = (previous.max(base) * 3.0).min(max);
                // A base near the cap would leave nothing to draw from.
                random.next_between(base.min(high / 3.0), high)
            }
            Self::Equal => random.next_between(nominal / 2.0, nominal),
            Self::Full => random.next_between(0.0, nominal),
            Self::None => nominal,
        }
    }
}

/// `d·U(1 − range, 1 + range)`, scaled and not clamped: the widest draw of the largest delay ends
/// at `max`.
pub(super) fn spread_within(nominal: f64, range: f64, max: f64, random: &mut impl Random) -> f64 {
    let centre = nominal.min(max / (1.0 + range));
    random.next_between(centre * (1.0 - range), centre * (1.0 + range))
}

#[cfg(feature = "serde")]
mod wire {
    use core::fmt;

    use serde::de::{Error, Unexpected, Visitor};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Jitter;

    const NAMES: [(&str, Jitter); 4] = [
        ("decorrelated", Jitter::Decorrelated),
        ("equal", Jitter::Equal),
        ("full", Jitter::Full),
        ("none", Jitter::None),
    ];

    impl Serialize for Jitter {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Full => serializer.serialize_bool(true),
                Self::None => serializer.serialize_bool(false),
                Self::Decorrelated => serializer.serialize_str("decorrelated"),
                Self::Equal => serializer.serialize_str("equal"),
            }
        }
    }

    impl<'de> Deserialize<'de> for Jitter {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(BoolOrName)
        }
    }

    struct BoolOrName;

    impl Visitor<'_> for BoolOrName {
        type Value = Jitter;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true, false, \"decorrelated\", \"equal\", \"full\" or \"none\"")
        }

        fn visit_bool<E: Error>(self, jitter: bool) -> Result<Jitter, E> {
            Ok(if jitter { Jitter::Full } else { Jitter::None })
        }

        fn visit_str<E: Error>(self, name: &str) -> Result<Jitter, E> {
            let known = NAMES.into_iter().find(|(known, _)| *known == name);
            let known = known.map(|(_, jitter)| jitter);
            known.ok_or_else(|| E::invalid_value(Unexpected::Str(name), &self))
        }
    }
}
