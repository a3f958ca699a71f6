use alloc::string::String;
use core::fmt;
use core::time::Duration;

use super::failure::SessionFailure;
use super::metadata::Metadata;
use super::registration::Registration;
use crate::quality::Quality;
use crate::time::{Dates, Instant};

/// The record of a session: what is known of it now.
///
/// In JSON instants are Unix timestamps and durations numbers, both in milliseconds; what is
/// absent is left out.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct ConnectionState {
    /// See [`Registration::session_id`].
    pub session_id: String,
    /// See [`Registration::user_id`].
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub user_id: Option<String>,
    /// See [`Registration::organization_id`].
    pub organization_id: String,
    /// Whether there is a link.
    pub status: Status,
    /// See [`Registration::client_type`].
    pub client_type: String,
    /// When the present or the last link came up; absent before the first.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub connected_at: Option<Instant>,
    /// When the peer last showed that it lives.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub last_heartbeat: Option<Instant>,
    /// When the last link went down; absent while one is up.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub disconnected_at: Option<Instant>,
    /// The attempts to connect again since the last link that proved stable.
    pub reconnect_attempts: u32,
    /// The number of attempts to connect again after which the session has failed; absent for no limit.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub max_reconnect_attempts: Option<u32>,
    /// Why the session has failed; absent unless [`status`](Self::status) is [`Status::Failed`]. A
    /// [manager](crate::manager) does not keep it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub failure: Option<SessionFailure>,
    /// How good the link is; absent while there is too little to judge by.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub connection_quality: Option<Quality>,
    /// The running average of the round-trip time (RFC 6298's `SRTT`); absent without a sample.
    #[cfg_attr(
        feature = "serde",
        serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "crate::time::serde_millis::option"
        )
    )]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Millis>"))]
    pub latency: Option<Duration>,
    /// How many heartbeats in a row were missed.
    pub missed_heartbeats: u32,
    /// How often a link was lost or closed.
    pub total_disconnections: u32,
    /// See [`Registration::metadata`].
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Metadata::is_empty"))]
    pub metadata: Metadata,
}

impl ConnectionState {
    /// The record of a session that was never connected.
    #[must_use]
    pub fn new(registration: Registration) -> Self {
        let Registration { session_id, user_id, organization_id, client_type, metadata } =
            registration;
        Self {
            session_id,
            user_id,
            organization_id,
            status: Status::Disconnected,
            client_type,
            connected_at: None,
            last_heartbeat: None,
            disconnected_at: None,
            reconnect_attempts: 0,
            max_reconnect_attempts: None,
            failure: None,
            connection_quality: None,
            latency: None,
            missed_heartbeats: 0,
            total_disconnections: 0,
            metadata,
        }
    }

    /// The same record with dates in the place of instants.
    #[must_use]
    pub fn dated(&self, dates: Dates) -> Self {
        let date = |instant: Option<Instant>| instant.map(|instant| dates.date(instant));
        Self {
            connected_at: date(self.connected_at),
            last_heartbeat: date(self.last_heartbeat),
            disconnected_at: date(self.disconnected_at),
            ..self.clone()
        }
    }
}

/// Whether a session has a link, and the next step if not.
///
/// ```text
///               open                 link up
/// DISCONNECTED ──────▶ RECONNECTING ────────▶ CONNECTED
///      ▲                 │  ▲   ▲  ◀────────      │
///      │ close           │  │   │   link lost     │
///      ├─────────────────┤  │   └─ FAILED ◀───────┤  given up, or told not to come back
///      └── from anywhere ┘  └───── SUSPENDED ◀────┘  the machine or the page sleeps or is offline
/// ```
///
/// The legal transitions are those of [`Status::may_become`]; every other one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum Status {
    /// A link is up.
    Connected,
    /// No link, and none is wanted.
    Disconnected,
    /// No link, and none will come by itself: the attempts ran out, or the peer forbade it.
    Failed,
    /// No link yet, and one is being worked on; the first dial counts as this too.
    Reconnecting,
    /// Nothing is tried for the moment, and nothing is known to live: the page or the machine
    /// cannot do anything, or the system says that there is no network.
    Suspended,
}

/// A status cannot follow another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllegalTransition {
    /// The status as it is.
    pub from: Status,
    /// The status that was refused.
    pub to: Status,
}

impl Status {
    /// All five, in alphabetical order.
    pub const ALL: [Self; 5] =
        [Self::Connected, Self::Disconnected, Self::Failed, Self::Reconnecting, Self::Suspended];

    /// Whether `next` may follow this status. No status follows itself.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use Status::{Connected, Disconnected, Failed, Reconnecting, Suspended};
        match self {
            Connected => matches!(next, Disconnected | Failed | Reconnecting | Suspended),
            Disconnected => matches!(next, Reconnecting | Suspended),
            Failed => matches!(next, Disconnected | Reconnecting),
            Reconnecting => matches!(next, Connected | Disconnected | Failed | Suspended),
            Suspended => matches!(next, Connected | Disconnected | Failed | Reconnecting),
        }
    }

    /// The status that follows.
    ///
    /// # Errors
    ///
    /// When [`Status::may_become`] says no.
    pub fn become_legally(self, next: Self) -> Result<Self, IllegalTransition> {
        if self.may_become(next) {
            Ok(next)
        } else {
            Err(IllegalTransition { from: self, to: next })
        }
    }

    /// The name on the wire: `CONNECTED`, `DISCONNECTED`, `FAILED`, `RECONNECTING`, `SUSPENDED`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "CONNECTED",
            Self::Disconnected => "DISCONNECTED",
            Self::Failed => "FAILED",
            Self::Reconnecting => "RECONNECTING",
            Self::Suspended => "SUSPENDED",
        }
    }
}

impl IllegalTransition {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "status.illegal_transition"
    }

    /// What the error says, put together without the formatter, which takes much code.
    #[must_use]
    pub fn message(&self) -> String {
        let (from, to) = (self.from.as_str(), self.to.as_str());
        let mut message = ["status ", to, " cannot follow ", from, "; allowed are"].concat();
        for next in Status::ALL {
            if self.from.may_become(next) {
                message.push(' ');
                message.push_str(next.as_str());
            }
        }
        message
    }
}

impl fmt::Display for IllegalTransition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for IllegalTransition {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn an_illegal_transition_says_what_would_be_legal() {
        let refused = Status::Failed.become_legally(Status::Connected).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "status CONNECTED cannot follow FAILED; allowed are DISCONNECTED RECONNECTING"
        );
    }

    #[test]
    fn from_every_status_the_user_can_close_and_no_status_follows_itself() {
        for status in Status::ALL {
            assert!(!status.may_become(status));
            assert!(status == Status::Disconnected || status.may_become(Status::Disconnected));
        }
    }
}
