use std::time::Duration;

use steadfast_core::connection::{Cause, SessionFailure};
use steadfast_core::event::{Event, EventKind};
use tracing::{debug, info, trace, warn};

/// Logs an event under the connection's span. No event carries a URL, a token or a message.
pub(crate) fn event(event: &Event) {
    match &event.kind {
        EventKind::Disconnected { cause, planned: true } => {
            info!(cause = cause.as_str(), "disconnected");
        }
        EventKind::Disconnected { cause, planned: false } => {
            warn!(cause = cause.as_str(), "link lost");
        }
        EventKind::Failed(SessionFailure { reason, cause }) => {
            warn!(reason = reason.as_str(), %cause, "failed for good");
        }
        EventKind::Heartbeat { rtt: Some(rtt), .. } => {
            trace!(rtt_ms = millis(*rtt), "heartbeat answered");
        }
        EventKind::Heartbeat { rtt: None, missed } => debug!(missed, "heartbeat missed"),
        EventKind::QualityChanged { from, to, score } => {
            info!(?from, ?to, score, "quality changed");
        }
        EventKind::RetryAttempt { attempt, delay } => {
            debug!(attempt, delay_ms = millis(*delay), "attempt scheduled");
        }
        EventKind::RetryExhausted { attempts } => warn!(attempts, "attempts ran out"),
        EventKind::RetryFailed { attempt, cause, .. } => {
            warn!(attempt, cause = cause.map(Cause::as_str), "attempt failed");
        }
        EventKind::RetrySuccess { attempt, took } => {
            debug!(attempt, took_ms = millis(*took), "link up");
        }
        EventKind::StatusChanged { from, to } => {
            info!(from = from.as_str(), to = to.as_str(), "status changed");
        }
        other => trace!(name = other.name(), "event"),
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
