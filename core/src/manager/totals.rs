use crate::connection::{ConnectionState, Status};
use crate::quality::Quality;

/// How many sessions there are, of which kind. Kept as things happen, never recounted: reading
/// them costs the same for ten sessions and for a million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// By status.
    pub by_status: StatusDistribution,
    /// By quality.
    pub by_quality: QualityDistribution,
    /// Connected, and not known to be poor.
    pub healthy: u64,
    /// Reconnecting, failed, or connected with a poor or critical quality. Sessions that are
    /// disconnected or suspended are neither healthy nor unhealthy.
    pub unhealthy: u64,
}

/// Sessions by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
#[allow(missing_docs)] // The names are those of `Status`.
pub struct StatusDistribution {
    pub connected: u64,
    pub disconnected: u64,
    pub failed: u64,
    pub reconnecting: u64,
    pub suspended: u64,
}

/// Sessions by quality.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
#[allow(missing_docs)] // The names are those of `Quality`.
pub struct QualityDistribution {
    pub critical: u64,
    pub excellent: u64,
    pub good: u64,
    pub poor: u64,
    /// Too little is known to judge by.
    pub unknown: u64,
}

impl Totals {
    /// All sessions.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        let StatusDistribution { connected, disconnected, failed, reconnecting, suspended } =
            self.by_status;
        connected + disconnected + failed + reconnecting + suspended
    }

    /// A record came in.
    pub(super) fn add(&mut self, state: &ConnectionState) {
        self.slots(state).into_iter().flatten().for_each(|slot| *slot += 1);
    }

    /// A record goes out, as it was when it came in.
    pub(super) fn subtract(&mut self, state: &ConnectionState) {
        self.slots(state).into_iter().flatten().for_each(|slot| *slot -= 1);
    }

    /// Every counter that counts a session with this record.
    fn slots(&mut self, state: &ConnectionState) -> [Option<&mut u64>; 3] {
        let status = match state.status {
            Status::Connected => &mut self.by_status.connected,
            Status::Disconnected => &mut self.by_status.disconnected,
            Status::Failed => &mut self.by_status.failed,
            Status::Reconnecting => &mut self.by_status.reconnecting,
            Status::Suspended => &mut self.by_status.suspended,
        };
        let quality = match state.connection_quality {
            Some(Quality::Critical) => &mut self.by_quality.critical,
            Some(Quality::Excellent) => &mut self.by_quality.excellent,
            Some(Quality::Good) => &mut self.by_quality.good,
            Some(Quality::Poor) => &mut self.by_quality.poor,
            None => &mut self.by_quality.unknown,
        };
        let health = match (state.status, state.connection_quality) {
            (Status::Connected, Some(Quality::Poor | Quality::Critical))
            | (Status::Reconnecting | Status::Failed, _) => Some(&mut self.unhealthy),
            (Status::Connected, _) => Some(&mut self.healthy),
            (Status::Disconnected | Status::Suspended, _) => None,
        };
        [Some(status), Some(quality), health]
    }
}
