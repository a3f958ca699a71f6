use core::time::Duration;

use super::health::SessionHealth;
use super::liveness::Liveness;
use super::session::Counted;
use crate::activity::Activity;
use crate::connection::Status;
use crate::quality::Quality;

/// How many sessions there are, of which kind, and what has happened to them so far. Kept as things
/// happen, never recounted: reading them costs the same for ten sessions and for a million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// By status, without stale ones. Those that have ended are the disconnected ones.
    pub by_status: StatusDistribution,
    /// Stale sessions: see [`Liveness::Stale`]. They count here and nowhere else.
    pub stale: u64,
    /// Live sessions of which no report is missing: those that are registered on this side, and those
    /// that another side reported within twice as long as it said that it would be silent.
    pub reporting: u64,
    /// Live sessions by quality.
    pub by_quality: QualityDistribution,
    /// Live, connected, and with a good or an excellent quality. One whose quality is unknown is
    /// neither healthy nor unhealthy.
    pub healthy: u64,
    /// Live, and reconnecting, failed, or connected with a poor or critical quality. Sessions that
    /// are suspended are neither healthy nor unhealthy.
    pub unhealthy: u64,
    /// How many live sessions have a latency.
    pub measured: u64,
    /// The sum of those latencies, which are running averages, in microseconds.
    pub latency_micros: u64,
    /// Sessions that ended or were removed while they were live, ever.
    pub endings: u64,
    /// Links that came up, ever.
    pub connects: u64,
    /// Links that were lost or closed, ever.
    pub disconnections: u64,
    /// Heartbeats that were answered, ever.
    pub heartbeats: u64,
    /// Heartbeats that were missed, attempts that failed and links that were lost without anybody
    /// having meant it, ever.
    pub errors: u64,
    /// Links that came back, ever.
    pub reconnections: u64,
}

/// Sessions by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// All sessions that are known: live, ended and stale ones.
    #[must_use]
    pub fn sessions(&self) -> u64 {
        let StatusDistribution { connected, disconnected, failed, reconnecting, suspended } =
            self.by_status;
        connected + disconnected + failed + reconnecting + suspended + self.stale
    }

    /// Sessions that are heard of and have not ended.
    #[must_use]
    pub fn live(&self) -> u64 {
        let StatusDistribution { connected, failed, reconnecting, suspended, .. } = self.by_status;
        connected + failed + reconnecting + suspended
    }

    /// Sessions that have ended, and are still known.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.by_status.disconnected
    }

    /// The mean of the sessions' latencies; absent if none has one.
    #[must_use]
    pub fn average_latency(&self) -> Option<Duration> {
        self.latency_micros.checked_div(self.measured).map(Duration::from_micros)
    }

    /// A session came in, or became what it is.
    pub(super) fn add(&mut self, session: Counted) {
        self.slots(session).into_iter().flatten().for_each(|slot| *slot += 1);
        self.latency_micros += u64::from(session.latency_micros.unwrap_or(0));
    }

    /// A session goes, or becomes another, as it was when it came in.
    pub(super) fn subtract(&mut self, session: Counted) {
        self.slots(session).into_iter().flatten().for_each(|slot| *slot -= 1);
        self.latency_micros -= u64::from(session.latency_micros.unwrap_or(0));
    }

    /// A session became another. Mostly it is its latency alone that has changed.
    pub(super) fn became(&mut self, from: Counted, to: Counted) {
        if let (Some(old), Some(new)) = (from.latency_micros, to.latency_micros)
            && (from.liveness, from.status, from.quality, from.is_overdue)
                == (to.liveness, to.status, to.quality, to.is_overdue)
        {
            self.latency_micros = self.latency_micros + u64::from(new) - u64::from(old);
        } else {
            self.subtract(from);
            self.add(to);
        }
    }

    /// What happened during a stretch of time is past.
    pub(super) fn happened(&mut self, activity: &Activity) {
        let errors = [
            activity.missed_heartbeats,
            activity.failed_attempts,
            activity.unplanned_disconnections,
        ];
        let add = |mine: &mut u64, theirs: u64| *mine = mine.saturating_add(theirs);
        add(&mut self.connects, activity.connects);
        add(&mut self.disconnections, activity.disconnections);
        add(&mut self.heartbeats, activity.heartbeats);
        add(&mut self.reconnections, activity.reconnections);
        errors.into_iter().for_each(|count| add(&mut self.errors, count));
    }

    /// Every counter that counts such a session.
    fn slots(&mut self, session: Counted) -> [Option<&mut u64>; 5] {
        if session.liveness == Liveness::Stale {
            return [Some(&mut self.stale), None, None, None, None];
        }
        let status = match session.status {
            Status::Connected => &mut self.by_status.connected,
            Status::Disconnected => &mut self.by_status.disconnected,
            Status::Failed => &mut self.by_status.failed,
            Status::Reconnecting => &mut self.by_status.reconnecting,
            Status::Suspended => &mut self.by_status.suspended,
        };
        if session.liveness == Liveness::Ended {
            return [Some(status), None, None, None, None];
        }
        let quality = match session.quality {
            Some(Quality::Critical) => &mut self.by_quality.critical,
            Some(Quality::Excellent) => &mut self.by_quality.excellent,
            Some(Quality::Good) => &mut self.by_quality.good,
            Some(Quality::Poor) => &mut self.by_quality.poor,
            None => &mut self.by_quality.unknown,
        };
        let health = SessionHealth::of(session.liveness, session.status, session.quality);
        let health = health.and_then(|health| match health {
            SessionHealth::Healthy => Some(&mut self.healthy),
            SessionHealth::Unhealthy => Some(&mut self.unhealthy),
            SessionHealth::Unjudged => None,
        });
        let measured = session.latency_micros.map(|_| &mut self.measured);
        let reporting = (!session.is_overdue).then_some(&mut self.reporting);
        [Some(status), Some(quality), health, measured, reporting]
    }
}
