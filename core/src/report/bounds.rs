//! What one report may claim.

use core::time::Duration;

use super::batch::ReportWindow;
use super::error::ReportError;
use crate::activity::Activity;
use crate::time::millis;

/// How many links may have come up, gone down, or failed to come up, in a second; of each kind.
const LINKS_PER_SECOND: u64 = 5;

/// How many heartbeats may have been answered, or missed, in a second; of each kind.
const HEARTBEATS_PER_SECOND: u64 = 20;

/// What may happen at once, in addition: as much as in ten seconds.
const BURST_MILLIS: u64 = 10_000;

/// A longer window allows for no more than one of a day.
const LONGEST_WINDOW_MILLIS: u64 = 86_400_000;

/// The longest round-trip time: an hour.
const LONGEST_LATENCY: Duration = Duration::from_hours(1);

/// Refuses an activity that no session can have had within that window, and names what is too much.
///
/// The bounds are far beyond what links do that work, so that they cut nothing off that anybody would miss:
/// a [`Reporter`](super::Reporter) counts no more than they allow.
pub(super) fn ensure_possible(
    activity: &Activity,
    window: ReportWindow,
) -> Result<(), ReportError> {
    let length = window.end.as_millis().saturating_sub(window.start.as_millis());
    let millis_allowed = length.min(LONGEST_WINDOW_MILLIS) + BURST_MILLIS;
    let links = LINKS_PER_SECOND * millis_allowed / 1000;
    let heartbeats = HEARTBEATS_PER_SECOND * millis_allowed / 1000;
    let Activity { connects, disconnections, latency, .. } = activity;
    for (field, value, max) in [
        ("connects", *connects, links),
        ("disconnections", *disconnections, links),
        ("unplannedDisconnections", activity.unplanned_disconnections, *disconnections),
        ("failedAttempts", activity.failed_attempts, links),
        ("heartbeats", activity.heartbeats, heartbeats),
        ("missedHeartbeats", activity.missed_heartbeats, heartbeats),
        ("reconnections", activity.reconnections, *connects),
        ("latency", latency.count(), activity.heartbeats),
    ] {
        if value > max {
            return Err(ReportError::Count { field, value, max });
        }
    }
    let max = millis(LONGEST_LATENCY);
    if latency.sum_millis() > max * latency.count() as f64 || latency.max_millis() > max {
        return Err(ReportError::Latency { millis: latency.max_millis(), max });
    }
    Ok(())
}
