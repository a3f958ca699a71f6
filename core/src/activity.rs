//! What happened during a stretch of time, as counters and latencies that add up.

use crate::event::EventKind;
use crate::histogram::Histogram;

/// What happened during a stretch of time, to one session or to many. Two stretches merge by
/// addition.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase"))]
pub struct Activity {
    /// Dials that brought a link up.
    pub connects: u64,
    /// Links that went down, planned or not.
    pub disconnections: u64,
    /// Those of the disconnections that nobody meant.
    pub unplanned_disconnections: u64,
    /// Dials that failed.
    pub failed_attempts: u64,
    /// Heartbeats that were answered.
    pub heartbeats: u64,
    /// Heartbeats that were missed.
    pub missed_heartbeats: u64,
    /// Those of the connects that were not a session's first.
    pub reconnections: u64,
    /// The round-trip times.
    pub latency: Histogram,
}

impl Activity {
    /// Counts an event.
    pub fn record(&mut self, event: &EventKind) {
        match event {
            EventKind::Disconnected { planned, .. } => {
                self.disconnections += 1;
                self.unplanned_disconnections += u64::from(!planned);
            }
            EventKind::Heartbeat { rtt: Some(rtt), .. } => {
                self.heartbeats += 1;
                self.latency.record(*rtt);
            }
            EventKind::Heartbeat { rtt: None, .. } => self.missed_heartbeats += 1,
            EventKind::RetryFailed { .. } => self.failed_attempts += 1,
            EventKind::RetrySuccess { attempt, .. } => {
                self.connects += 1;
                self.reconnections += u64::from(*attempt > 0);
            }
            EventKind::AlertAcknowledged(_)
            | EventKind::AlertChanged(_)
            | EventKind::AlertCreated(_)
            | EventKind::AlertResolved(_)
            | EventKind::CircuitClosed
            | EventKind::CircuitHalfOpened
            | EventKind::CircuitOpened
            | EventKind::CircuitReset
            | EventKind::Delivery { .. }
            | EventKind::Failed(_)
            | EventKind::MetricsCollected(_)
            | EventKind::QualityChanged { .. }
            | EventKind::Registered
            | EventKind::Removed
            | EventKind::RetryAttempt { .. }
            | EventKind::RetryExhausted { .. }
            | EventKind::Stale
            | EventKind::StatusChanged { .. }
            | EventKind::Unknown
            | EventKind::Unread => {}
        }
    }

    /// Adds another stretch to this one.
    pub fn merge(&mut self, other: &Self) {
        let add = |mine: &mut u64, theirs: u64| *mine = mine.saturating_add(theirs);
        add(&mut self.connects, other.connects);
        add(&mut self.disconnections, other.disconnections);
        add(&mut self.unplanned_disconnections, other.unplanned_disconnections);
        add(&mut self.failed_attempts, other.failed_attempts);
        add(&mut self.heartbeats, other.heartbeats);
        add(&mut self.missed_heartbeats, other.missed_heartbeats);
        add(&mut self.reconnections, other.reconnections);
        self.latency.merge(&other.latency);
    }

    /// The same, happened `times` times: the record of one session of many, for all that it stands
    /// for.
    #[must_use]
    pub fn times(&self, times: u32) -> Self {
        let times_u64 = u64::from(times);
        Self {
            connects: self.connects.saturating_mul(times_u64),
            disconnections: self.disconnections.saturating_mul(times_u64),
            unplanned_disconnections: self.unplanned_disconnections.saturating_mul(times_u64),
            failed_attempts: self.failed_attempts.saturating_mul(times_u64),
            heartbeats: self.heartbeats.saturating_mul(times_u64),
            missed_heartbeats: self.missed_heartbeats.saturating_mul(times_u64),
            reconnections: self.reconnections.saturating_mul(times_u64),
            latency: self.latency.times(times),
        }
    }

    /// The share of what was tried that went wrong: missed heartbeats, failed dials and unplanned
    /// disconnections, out of those and of answered heartbeats and connects. 0 … 1; zero while
    /// nothing was tried.
    #[must_use]
    pub fn error_rate(&self) -> f64 {
        self.wrong() as f64 / (self.tried() as f64).max(1.0)
    }

    /// How often something was tried, whatever came of it.
    #[must_use]
    pub fn tried(&self) -> u64 {
        self.wrong().saturating_add(self.heartbeats).saturating_add(self.connects)
    }

    fn wrong(&self) -> u64 {
        let wrong = [self.missed_heartbeats, self.failed_attempts, self.unplanned_disconnections];
        wrong.into_iter().fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Cause;
    use core::time::Duration;

    #[test]
    fn the_error_rate_is_the_share_of_what_went_wrong() {
        let mut activity = Activity::default();
        assert!(activity.error_rate().abs() < f64::EPSILON);
        activity.record(&EventKind::RetryFailed {
            attempt: 1,
            class: None,
            cause: Some(Cause::Network),
        });
        let rtt = Some(Duration::from_millis(5));
        (0..3).for_each(|_| activity.record(&EventKind::Heartbeat { rtt, missed: 0 }));
        assert!((activity.error_rate() - 0.25).abs() < 1e-12);
    }

    #[test]
    fn only_unplanned_disconnections_are_errors() {
        let mut activity = Activity::default();
        let cause = Cause::ClosedByUser;
        activity.record(&EventKind::Disconnected { cause, planned: true });
        assert_eq!((activity.disconnections, activity.unplanned_disconnections), (1, 0));
        assert!(activity.error_rate().abs() < f64::EPSILON);
    }
}
