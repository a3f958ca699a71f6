//! Events of all machines. The events together are a complete audit trail.

use alloc::boxed::Box;
use core::time::Duration;

use crate::breaker::{BreakerState, Transition};
use crate::connection::{Cause, SessionFailure, Status};
use crate::health::{Alert, HealthMetrics};
use crate::outbox::MessageId;
use crate::quality::Quality;
use crate::retry::FailureClass;
use crate::time::Instant;

/// Something that happened, and when.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// When it happened.
    pub at: Instant,
    /// What happened.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub kind: EventKind,
}

/// What happened. In JSON `name` is the dotted name and the payload stands beside it. Without the
/// feature `all-events` only those kinds can be written that a connection tells.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(tag = "name", rename_all_fields = "camelCase"))]
#[non_exhaustive]
pub enum EventKind {
    /// Somebody knows of an alert.
    #[cfg_attr(feature = "serde", serde(rename = "health.alert.acknowledged"))]
    #[cfg_attr(all(feature = "serde", not(feature = "all-events")), serde(skip_serializing))]
    AlertAcknowledged(Box<Alert>),
    /// An alert has another severity. One that grew worse fires again if it was acknowledged.
    #[cfg_attr(feature = "serde", serde(rename = "health.alert.changed"))]
    #[cfg_attr(all(feature = "serde", not(feature = "all-events")), serde(skip_serializing))]
    AlertChanged(Box<Alert>),
    /// An alert was raised.
    #[cfg_attr(feature = "serde", serde(rename = "health.alert.created"))]
    #[cfg_attr(all(feature = "serde", not(feature = "all-events")), serde(skip_serializing))]
    AlertCreated(Box<Alert>),
    /// An alert is over: resolved, or expired.
    #[cfg_attr(feature = "serde", serde(rename = "health.alert.resolved"))]
    #[cfg_attr(all(feature = "serde", not(feature = "all-events")), serde(skip_serializing))]
    AlertResolved(Box<Alert>),
    /// A breaker has closed: calls go through again.
    #[cfg_attr(feature = "serde", serde(rename = "circuit.closed"))]
    CircuitClosed,
    /// A breaker lets probes through.
    #[cfg_attr(feature = "serde", serde(rename = "circuit.half_opened"))]
    CircuitHalfOpened,
    /// A breaker has opened: calls are turned away.
    #[cfg_attr(feature = "serde", serde(rename = "circuit.opened"))]
    CircuitOpened,
    /// A breaker was closed by hand, and has forgotten everything.
    #[cfg_attr(feature = "serde", serde(rename = "circuit.reset"))]
    CircuitReset,
    /// A link went down.
    #[cfg_attr(feature = "serde", serde(rename = "connection.disconnected"))]
    Disconnected {
        /// Why.
        cause: Cause,
        /// Whether somebody meant it.
        planned: bool,
    },
    /// A heartbeat was answered, or missed. An answer that waited behind an upload measures the upload, and is not reported.
    #[cfg_attr(feature = "serde", serde(rename = "connection.heartbeat"))]
    Heartbeat {
        /// The round-trip time; absent for a miss.
        #[cfg_attr(
            feature = "serde",
            serde(
                default,
                skip_serializing_if = "Option::is_none",
                with = "crate::time::serde_millis::option"
            )
        )]
        #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Millis>"))]
        rtt: Option<Duration>,
        /// How many in a row were missed.
        missed: u32,
    },
    /// What is known of messages that did not arrive, or may not have.
    #[cfg_attr(feature = "serde", serde(rename = "message.delivery"))]
    Delivery {
        /// The outcome of these messages.
        delivery: DeliveryOutcome,
        /// How many there are.
        count: u64,
        /// The first of them.
        first: MessageId,
        /// The last of them.
        last: MessageId,
    },
    /// A session has failed: no link is dialled until the user asks for one. The change of its status
    /// follows.
    #[cfg_attr(feature = "serde", serde(rename = "connection.failed"))]
    Failed(SessionFailure),
    /// Health metrics were computed.
    #[cfg_attr(feature = "serde", serde(rename = "health.metrics.collected"))]
    #[cfg_attr(all(feature = "serde", not(feature = "all-events")), serde(skip_serializing))]
    MetricsCollected(Box<HealthMetrics>),
    /// The quality of a link became another.
    #[cfg_attr(feature = "serde", serde(rename = "connection.quality.changed"))]
    QualityChanged {
        /// What it was; absent while there was too little to judge by.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        from: Option<Quality>,
        /// What it is; absent while it cannot be judged: the page is hidden, or the session
        /// suspended.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        to: Option<Quality>,
        /// The smoothed score, 0 … 100.
        score: f64,
    },
    /// A session was registered.
    #[cfg_attr(feature = "serde", serde(rename = "connection.registered"))]
    Registered,
    /// A session was forgotten: by the user, or since nothing was heard of it.
    #[cfg_attr(feature = "serde", serde(rename = "connection.removed"))]
    #[cfg_attr(all(feature = "serde", not(feature = "all-events")), serde(skip_serializing))]
    Removed,
    /// A further attempt, to connect or of an operation, is scheduled.
    #[cfg_attr(feature = "serde", serde(rename = "retry.attempt"))]
    RetryAttempt {
        /// Its number, from 1.
        attempt: u32,
        /// The wait before it.
        #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
        delay: Duration,
    },
    /// The attempts ran out.
    #[cfg_attr(feature = "serde", serde(rename = "retry.exhausted"))]
    RetryExhausted {
        /// How many there were.
        attempts: u32,
    },
    /// An attempt, to connect or of an operation, failed.
    #[cfg_attr(feature = "serde", serde(rename = "retry.failed"))]
    RetryFailed {
        /// Its number; 0 for the very first dial, 1 for the first attempt of an operation.
        attempt: u32,
        /// What kind of failure it was; absent for one that would come again.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        class: Option<FailureClass>,
        /// Why, if it was an attempt to connect.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        cause: Option<Cause>,
    },
    /// An attempt, to connect or of an operation, succeeded.
    #[cfg_attr(feature = "serde", serde(rename = "retry.success"))]
    RetrySuccess {
        /// Its number; 0 for the very first dial, 1 for the first attempt of an operation.
        attempt: u32,
        /// How long it took.
        #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
        took: Duration,
    },
    /// A session was not heard of for three times as long as it may be silent, and has not ended:
    /// it counts as neither connected nor healthy until it is heard of again.
    #[cfg_attr(feature = "serde", serde(rename = "connection.stale"))]
    #[cfg_attr(all(feature = "serde", not(feature = "all-events")), serde(skip_serializing))]
    Stale,
    /// The status became another.
    #[cfg_attr(feature = "serde", serde(rename = "connection.status.changed"))]
    StatusChanged {
        /// What it was.
        from: Status,
        /// What it is.
        to: Status,
    },
    /// Nothing can be read from a link because the program does not read the messages that came, so
    /// that no answer of the peer is seen: while that lasts, a dead peer is not noticed. Told once a
    /// link.
    #[cfg_attr(feature = "serde", serde(rename = "connection.unread"))]
    Unread,
    /// An event of a later version, or one that cannot be read for another reason. Only a report that
    /// was read has such events.
    #[cfg_attr(feature = "serde", serde(skip))]
    Unknown,
}

/// The outcome of messages that did not arrive, or may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum DeliveryOutcome {
    /// They were dropped: for want of room, or because a socket refused them with an error.
    Dropped,
    /// They waited for longer than they are worth anything, and were dropped.
    Expired,
    /// They were handed to a link that was lost before the peer showed that it had got them.
    Unknown,
}

impl EventKind {
    /// The dotted name: `connection.status.changed`, `retry.attempt`, …
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::AlertAcknowledged(_) => "health.alert.acknowledged",
            Self::AlertChanged(_) => "health.alert.changed",
            Self::AlertCreated(_) => "health.alert.created",
            Self::AlertResolved(_) => "health.alert.resolved",
            Self::CircuitClosed => "circuit.closed",
            Self::CircuitHalfOpened => "circuit.half_opened",
            Self::CircuitOpened => "circuit.opened",
            Self::CircuitReset => "circuit.reset",
            Self::Delivery { .. } => "message.delivery",
            Self::Disconnected { .. } => "connection.disconnected",
            Self::Failed(_) => "connection.failed",
            Self::Heartbeat { .. } => "connection.heartbeat",
            Self::MetricsCollected(_) => "health.metrics.collected",
            Self::QualityChanged { .. } => "connection.quality.changed",
            Self::Registered => "connection.registered",
            Self::Removed => "connection.removed",
            Self::RetryAttempt { .. } => "retry.attempt",
            Self::RetryExhausted { .. } => "retry.exhausted",
            Self::RetryFailed { .. } => "retry.failed",
            Self::RetrySuccess { .. } => "retry.success",
            Self::Stale => "connection.stale",
            Self::StatusChanged { .. } => "connection.status.changed",
            Self::Unknown => "unknown",
            Self::Unread => "connection.unread",
        }
    }
}

impl From<Transition> for EventKind {
    fn from(transition: Transition) -> Self {
        match transition.to {
            BreakerState::Closed => Self::CircuitClosed,
            BreakerState::HalfOpen => Self::CircuitHalfOpened,
            BreakerState::Open => Self::CircuitOpened,
        }
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn in_json_an_event_has_its_dotted_name_and_its_payload_beside_it() {
        let event = Event {
            at: Instant::from_millis(1500),
            kind: EventKind::Disconnected {
                cause: Cause::ClosedByPeer { code: 1012 },
                planned: true,
            },
        };
        let json = serde_json::to_value(&event).unwrap();
        let expected = serde_json::json!({
            "at": 1500, "name": "connection.disconnected",
            "cause": { "kind": "closed_by_peer", "code": 1012 }, "planned": true,
        });
        assert_eq!(json, expected);
        assert_eq!(json["name"], event.kind.name());
        assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
    }
}
