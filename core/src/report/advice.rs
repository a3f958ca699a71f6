use core::time::Duration;

/// What a collector asks for with the answer to a report: to be told less often, or of fewer
/// windows. It follows the collector's load, and holds until the next answer.
///
/// In JSON the interval is in milliseconds. What is out of range counts as the nearest that is
/// not, and an absent value as no advice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Advice {
    /// The shortest time between two reports, at most [`Advice::LONGEST_INTERVAL`]. It never makes
    /// a client report more often than it was configured to.
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "crate::time::serde_millis::option"
        )
    )]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Millis>"))]
    pub interval: Option<Duration>,
    /// The share of windows to report, from [`Advice::LEAST_SAMPLING`] to 1. A client reports one
    /// window of every n, where 1/n is nearest to the share, and one an hour at least.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub sampling: Option<f64>,
}

impl Advice {
    /// No advice.
    pub const NONE: Self = Self { interval: None, sampling: None };

    /// The longest that a collector may ask to be left alone for: an hour.
    pub const LONGEST_INTERVAL: Duration = Duration::from_hours(1);

    /// The smallest share that a collector ever asks for: one window of every ten. So a forged
    /// report weighs at most ten windows.
    pub const LEAST_SAMPLING: f64 = 0.1;

    /// The time between two reports of a client that was configured to `wanted`.
    pub(super) fn interval(self, wanted: Duration) -> Duration {
        let asked = self.interval.unwrap_or_default();
        wanted.max(asked.min(Self::LONGEST_INTERVAL))
    }

    /// The n of "one window of every n": nearest to `1 / share`, and limited so that a session reports once an
    /// hour at least, or at its configured interval if that is longer. It is a whole number, since a report
    /// stands for n windows.
    pub(super) fn windows(share: f64, interval: Duration) -> u32 {
        let most = Self::LONGEST_INTERVAL.as_secs() / interval.as_secs().max(1);
        // A cast from a float saturates, and takes NaN to zero; there is at least one.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let windows = (1.0 / share.max(Self::LEAST_SAMPLING) + 0.5) as u32;
        windows.min(u32::try_from(most).unwrap_or(u32::MAX)).max(1)
    }

    /// The share of windows to report.
    pub(super) fn share(self) -> f64 {
        match self.sampling {
            // A value that is not a number is no advice.
            Some(share) if share < 1.0 => share.max(Self::LEAST_SAMPLING),
            _ => 1.0,
        }
    }
}
