//! Whether one session is healthy: what the share of healthy sessions counts.

use super::Liveness;
use crate::connection::Status;
use crate::quality::Quality;

/// Whether a live session is healthy. One that is stale or has ended is none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum SessionHealth {
    /// Connected, and of good or excellent quality.
    Healthy,
    /// Reconnecting, failed, or connected with poor or critical quality.
    Unhealthy,
    /// Suspended, or connected with unknown quality.
    Unjudged,
}

impl SessionHealth {
    /// All three, in alphabetical order.
    pub const ALL: [Self; 3] = [Self::Healthy, Self::Unhealthy, Self::Unjudged];

    /// The health of such a session; `None` unless the session is live.
    #[must_use]
    pub fn of(liveness: Liveness, status: Status, quality: Option<Quality>) -> Option<Self> {
        if liveness != Liveness::Live {
            return None;
        }
        match (status, quality) {
            (Status::Connected, Some(Quality::Poor | Quality::Critical))
            | (Status::Reconnecting | Status::Failed, _) => Some(Self::Unhealthy),
            (Status::Connected, Some(Quality::Good | Quality::Excellent)) => Some(Self::Healthy),
            (Status::Connected, None) | (Status::Suspended, _) => Some(Self::Unjudged),
            (Status::Disconnected, _) => None,
        }
    }

    /// The name on the wire: `HEALTHY`, `UNHEALTHY`, `UNJUDGED`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "HEALTHY",
            Self::Unhealthy => "UNHEALTHY",
            Self::Unjudged => "UNJUDGED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_healthy_only_while_it_is_live_connected_and_good() {
        let of = |status, quality| SessionHealth::of(Liveness::Live, status, quality);
        let good = [Quality::Good, Quality::Excellent].map(Some);
        let bad = [Quality::Poor, Quality::Critical].map(Some);
        for quality in good {
            assert_eq!(of(Status::Connected, quality), Some(SessionHealth::Healthy));
            assert_eq!(of(Status::Failed, quality), Some(SessionHealth::Unhealthy));
            assert_eq!(of(Status::Suspended, quality), Some(SessionHealth::Unjudged));
            for gone in [Liveness::Stale, Liveness::Ended] {
                assert_eq!(SessionHealth::of(gone, Status::Connected, quality), None);
            }
        }
        for quality in bad {
            assert_eq!(of(Status::Connected, quality), Some(SessionHealth::Unhealthy));
        }
        assert_eq!(of(Status::Connected, None), Some(SessionHealth::Unjudged));
        assert_eq!(of(Status::Reconnecting, None), Some(SessionHealth::Unhealthy));
    }
}
