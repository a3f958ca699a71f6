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

    /// The same with each count reduced to this share of it, from 0 to 1, and rounded down: the record
    /// of a session that counts for less than it claims. 1 or more changes nothing.
    #[must_use]
    pub fn reduced(&self, share: f64) -> Self {
        if share >= 1.0 {
            return self.clone();
        }
        let reduced = |count: u64| crate::histogram::share_of(count, share);
        Self {
            connects: reduced(self.connects),
            disconnections: reduced(self.disconnections),
            unplanned_disconnections: reduced(self.unplanned_disconnections),
            failed_attempts: reduced(self.failed_attempts),
            heartbeats: reduced(self.heartbeats),
            missed_heartbeats: reduced(self.missed_heartbeats),
            reconnections: reduced(self.reconnections),
            latency: self.latency.reduced(share),
        }
    }

    /// How many events are counted: heartbeats, answered and missed, and links that came up, went down
    /// and failed to come up. All other counts are parts of these.
    #[must_use]
    pub fn events(&self) -> u64 {
        let links = [self.connects, self.disconnections, self.failed_attempts];
        let heartbeats = [self.heartbeats, self.missed_heartbeats];
        links.into_iter().chain(heartbeats).fold(0, u64::saturating_add)
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
    fn a_reduced_activity_keeps_its_parts_within_their_wholes() {
        let mut activity = Activity {
            connects: 9,
            reconnections: 9,
            disconnections: 7,
            unplanned_disconnections: 5,
            failed_attempts: 3,
            missed_heartbeats: 1,
            ..Activity::default()
        };
        let rtt = |millis| Some(Duration::from_millis(millis));
        for millis in [5, 5, 5, 5, 900, 900] {
            activity.record(&EventKind::Heartbeat { rtt: rtt(millis), missed: 0 });
        }
        assert_eq!(activity.events(), 9 + 7 + 3 + 6 + 1);
        assert_eq!(activity.reduced(1.0), activity);
        assert_eq!(activity.reduced(0.0), Activity::default());
        assert_eq!(activity.reduced(f64::NAN), Activity::default());
        let half = activity.reduced(0.5);
        let counts = (half.connects, half.disconnections, half.unplanned_disconnections);
        assert_eq!(counts, (4, 3, 2));
        assert_eq!((half.heartbeats, half.latency.count(), half.missed_heartbeats), (3, 3, 0));
        assert_eq!(half.latency.mean(), activity.latency.mean());
        for percent in 0_u8..100 {
            let reduced = activity.reduced(f64::from(percent) / 100.0);
            assert!(reduced.latency.count() <= reduced.heartbeats, "{percent} %");
            assert!(reduced.unplanned_disconnections <= reduced.disconnections, "{percent} %");
            assert!(reduced.events() as f64 <= 26.0 * f64::from(percent) / 100.0, "{percent} %");
        }
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
