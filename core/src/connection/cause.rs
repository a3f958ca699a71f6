use crate::retry::{Failure, FailureClass};

/// Why a link was lost, or did not come up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "serde",
    serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")
)]
#[non_exhaustive]
pub enum Cause {
    /// The peer closed with this WebSocket close code (RFC 6455, 7.4); 1005 if it gave none.
    ClosedByPeer {
        /// The close code.
        code: u16,
    },
    /// The user closed.
    ClosedByUser,
    /// The dial took longer than the connect timeout.
    ConnectTimeout,
    /// Too many heartbeats in a row stayed unanswered.
    HeartbeatTimeout,
    /// The user's function for the address, the sub-protocols or the headers failed, or gave
    /// something that makes no sense.
    NoAddress,
    /// The network failed: refused, reset, unreachable, no TLS, or closed without a close frame.
    Network,
    /// The peer broke the sub-protocol that it had chosen.
    ProtocolViolation,
    /// The user asked for a new link.
    ReconnectRequested,
    /// The server answered the WebSocket upgrade with another HTTP status.
    Rejected {
        /// The HTTP status.
        status: u16,
    },
    /// The link was let go of because the page or the machine could not use it.
    Suspended,
}

impl Cause {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClosedByPeer { .. } => "closed_by_peer",
            Self::ClosedByUser => "closed_by_user",
            Self::ConnectTimeout => "connect_timeout",
            Self::HeartbeatTimeout => "heartbeat_timeout",
            Self::Network => "network",
            Self::NoAddress => "no_address",
            Self::ProtocolViolation => "protocol_violation",
            Self::ReconnectRequested => "reconnect_requested",
            Self::Rejected { .. } => "rejected",
            Self::Suspended => "suspended",
        }
    }

    /// What it means for the next attempt.
    #[must_use]
    pub fn failure(self) -> Failure {
        Failure::new(match self {
            Self::ClosedByPeer { code: 1013 }
            | Self::ConnectTimeout
            | Self::Rejected { status: 429 | 503 } => FailureClass::Overload,
            Self::ClosedByPeer { .. }
            | Self::ClosedByUser
            | Self::HeartbeatTimeout
            | Self::Network
            | Self::NoAddress
            | Self::ProtocolViolation
            | Self::ReconnectRequested
            | Self::Rejected { .. }
            | Self::Suspended => FailureClass::Transport,
        })
    }

    /// Whether somebody meant it: the user, this side because it was suspended, or a peer that said
    /// goodbye (1000, 1001, 1012).
    #[must_use]
    pub fn is_planned(self) -> bool {
        matches!(
            self,
            Self::ClosedByPeer { code: 1000 | 1001 | 1012 }
                | Self::ClosedByUser
                | Self::ReconnectRequested
                | Self::Suspended
        )
    }
}
