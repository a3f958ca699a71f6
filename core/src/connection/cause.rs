use core::fmt;

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
    /// The browser does not allow the address: a content security policy forbids it, a page with TLS
    /// dials without, or the port is a blocked one. JavaScript only.
    Blocked,
    /// The server's certificate was not accepted: unknown authority, wrong name, expired, revoked.
    Certificate,
    /// The peer closed with this WebSocket close code (RFC 6455, 7.4); 1005 if it gave none.
    ClosedByPeer {
        /// The close code.
        code: u16,
    },
    /// The user closed.
    ClosedByUser,
    /// The dial took longer than the connect timeout, or did not reach the server within the reach
    /// timeout.
    ConnectTimeout,
    /// The host's name could not be resolved to an address.
    Dns,
    /// The user's handshake on the new link failed.
    HandshakeFailed {
        /// The WebSocket close code that it gave; it counts as if the peer had closed with it.
        #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
        code: Option<u16>,
    },
    /// Too many heartbeats in a row stayed unanswered.
    HeartbeatTimeout,
    /// The peer sent a message that is longer than this side takes. The close code 1009 says so.
    MessageTooLong,
    /// The user's function for the address, the sub-protocols or the headers failed, or gave
    /// something that makes no sense.
    NoAddress,
    /// The network failed: refused, reset, unreachable, closed without a close frame, or with
    /// frames that are none.
    Network,
    /// The peer's answer to the upgrade is not one of a WebSocket server.
    NotWebSocket,
    /// The page was left: closed, reloaded, or gone elsewhere. JavaScript only, and only in reports.
    PageLeft,
    /// Code of the user's panicked: a function for the address, the sub-protocols or the headers, a
    /// connector, or a link. Rust only.
    Panicked,
    /// The peer broke the sub-protocol that it had chosen.
    ProtocolViolation,
    /// The proxy did not let the connection through.
    Proxy,
    /// The user asked for a new link.
    ReconnectRequested,
    /// The server redirected the upgrade to where it may not be followed: too often, in a circle,
    /// from TLS to plain text, to another host in plain text, or to no valid address.
    Redirect,
    /// The server answered the WebSocket upgrade with another HTTP status.
    Rejected {
        /// The HTTP status.
        status: u16,
    },
    /// The server chose a sub-protocol that was not offered, or none where the platform demands one.
    Subprotocol,
    /// The link was let go of because the page or the machine could not use it.
    Suspended,
    /// The TLS handshake failed, but not for the server's certificate: it was cut off, or the two
    /// sides have nothing in common.
    Tls,
    /// The port expects TLS, and the address says plain text.
    TlsExpected,
    /// The address says TLS, and the port does not speak it.
    TlsUnsupported,
}

impl Cause {
    /// The cause of a link that ended with this close code, as a platform tells it: what no close
    /// frame may have (RFC 6455, 7.4: below 1000, 1004, 1006, 1015 to 2999, 5000 and above) says
    /// nothing of the peer's reason.
    #[must_use]
    pub fn of_close_code(code: u16) -> Self {
        match code {
            1000..=1003 | 1005 | 1007..=1014 | 3000..=4999 => Self::ClosedByPeer { code },
            _ => Self::Network,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Certificate => "certificate",
            Self::ClosedByPeer { .. } => "closed_by_peer",
            Self::ClosedByUser => "closed_by_user",
            Self::ConnectTimeout => "connect_timeout",
            Self::Dns => "dns",
            Self::HandshakeFailed { .. } => "handshake_failed",
            Self::HeartbeatTimeout => "heartbeat_timeout",
            Self::MessageTooLong => "message_too_long",
            Self::Network => "network",
            Self::NoAddress => "no_address",
            Self::NotWebSocket => "not_web_socket",
            Self::PageLeft => "page_left",
            Self::Panicked => "panicked",
            Self::ProtocolViolation => "protocol_violation",
            Self::Proxy => "proxy",
            Self::ReconnectRequested => "reconnect_requested",
            Self::Redirect => "redirect",
            Self::Rejected { .. } => "rejected",
            Self::Subprotocol => "subprotocol",
            Self::Suspended => "suspended",
            Self::Tls => "tls",
            Self::TlsExpected => "tls_expected",
            Self::TlsUnsupported => "tls_unsupported",
        }
    }

    /// What happened, as a sentence without its codes: `Display` adds those.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Blocked => "the browser does not allow the address",
            Self::Certificate => "the server's certificate was not accepted",
            Self::ClosedByPeer { code: 1009 } => "the peer closed: a message was too long for it",
            Self::ClosedByPeer { .. } => "the peer closed the connection",
            Self::ClosedByUser => "the connection was closed by this side",
            Self::ConnectTimeout => "connecting took longer than the connect timeout",
            Self::Dns => "the host's name could not be resolved",
            Self::HandshakeFailed { .. } => "the handshake failed",
            Self::HeartbeatTimeout => "the peer did not answer heartbeats",
            Self::MessageTooLong => "the peer sent a message that is longer than the limit",
            Self::Network => "the network failed",
            Self::NoAddress => "the function for the address, headers or sub-protocols failed",
            Self::NotWebSocket => "the server's answer is not that of a WebSocket server",
            Self::PageLeft => "the page was left",
            Self::Panicked => "code that was called to dial, to read or to write panicked",
            Self::ProtocolViolation => "the peer broke the sub-protocol",
            Self::Proxy => "the proxy refused the connection",
            Self::ReconnectRequested => "a new link was asked for",
            Self::Redirect => "the server's redirect cannot be followed",
            Self::Rejected { status: 404 } => "the server does not have this path",
            Self::Rejected { status: 426 } => "the server demands another protocol",
            Self::Rejected { .. } => "the server refused the WebSocket upgrade",
            Self::Subprotocol => "the server chose a sub-protocol that was not offered",
            Self::Suspended => "the connection was suspended",
            Self::Tls => "the TLS handshake failed",
            Self::TlsExpected => "the port expects TLS: use wss:// in the address",
            Self::TlsUnsupported => "the port does not speak TLS: use ws:// in the address",
        }
    }

    /// What it means for the next attempt, as far as the cause alone says. A
    /// [`Connection`](super::Connection) also looks at how far the dial had come, and how long it
    /// had taken.
    #[must_use]
    pub fn failure(self) -> Failure {
        Failure::new(match self {
            Self::ClosedByPeer { code: 1013 }
            | Self::HandshakeFailed { code: Some(1013) }
            | Self::Rejected { status: 429 | 503 } => FailureClass::Overload,
            Self::ConnectTimeout => FailureClass::Slow,
            // What may pass by itself: a time-out, a conflict, a lock, a request that came too early.
            Self::Rejected { status: 408 | 409 | 423 | 425 } => FailureClass::Transport,
            Self::Blocked
            | Self::Certificate
            | Self::ClosedByPeer { code: 1009 }
            | Self::MessageTooLong
            | Self::NotWebSocket
            | Self::Proxy
            | Self::Redirect
            | Self::Rejected { status: 100..=499 | 501 | 505 }
            | Self::Subprotocol
            | Self::TlsExpected
            | Self::TlsUnsupported => FailureClass::Persistent,
            Self::ClosedByPeer { .. }
            | Self::ClosedByUser
            | Self::Dns
            | Self::HandshakeFailed { .. }
            | Self::HeartbeatTimeout
            | Self::Network
            | Self::NoAddress
            | Self::PageLeft
            | Self::Panicked
            | Self::ProtocolViolation
            | Self::ReconnectRequested
            | Self::Rejected { .. }
            | Self::Suspended
            // A server that restarts cuts handshakes off, too.
            | Self::Tls => FailureClass::Transport,
        })
    }

    /// The close code that decides what happens next, if there is one.
    pub(crate) fn close_code(self) -> Option<u16> {
        match self {
            Self::ClosedByPeer { code } => Some(code),
            Self::HandshakeFailed { code } => code,
            _ => None,
        }
    }

    /// Whether somebody meant it: the user, this side because it was suspended or its page was left,
    /// or a peer that said goodbye (1000, 1001, 1012).
    #[must_use]
    pub fn is_planned(self) -> bool {
        matches!(
            self,
            Self::ClosedByPeer { code: 1000 | 1001 | 1012 }
                | Self::ClosedByUser
                | Self::PageLeft
                | Self::ReconnectRequested
                | Self::Suspended
        )
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())?;
        match self {
            Self::ClosedByPeer { code } | Self::HandshakeFailed { code: Some(code) } => {
                write!(f, " (close code {code})")
            }
            Self::Rejected { status } => write!(f, " (HTTP status {status})"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString as _;

    #[test]
    fn what_waiting_does_not_mend_is_persistent_and_what_may_pass_is_not() {
        let class = |cause: Cause| cause.failure().class;
        for status in [200, 302, 400, 404, 407, 410, 426, 501] {
            assert_eq!(class(Cause::Rejected { status }), FailureClass::Persistent, "{status}");
        }
        for status in [408, 425, 500, 502, 504, 521] {
            assert_eq!(class(Cause::Rejected { status }), FailureClass::Transport, "{status}");
        }
        assert_eq!(class(Cause::Certificate), FailureClass::Persistent);
        assert_eq!(class(Cause::Dns), FailureClass::Transport);
    }

    #[test]
    fn a_close_code_that_no_frame_may_have_is_a_loss_without_a_reason() {
        for code in [0, 1, 999, 1004, 1006, 1015, 1016, 2000, 2999, 5000, u16::MAX] {
            assert_eq!(Cause::of_close_code(code), Cause::Network, "{code}");
        }
        for code in [1000, 1003, 1005, 1007, 1014, 3000, 3999, 4000, 4999] {
            assert_eq!(Cause::of_close_code(code), Cause::ClosedByPeer { code });
        }
    }

    #[test]
    fn a_cause_says_its_code_after_what_happened() {
        let text = Cause::Rejected { status: 426 }.to_string();
        assert_eq!(text, "the server demands another protocol (HTTP status 426)");
        assert_eq!(Cause::Tls.to_string(), "the TLS handshake failed");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn the_name_on_the_wire_is_the_one_in_json() {
        for cause in [Cause::NotWebSocket, Cause::TlsExpected, Cause::Dns, Cause::MessageTooLong] {
            let json = serde_json::to_value(cause).unwrap();
            assert_eq!(json["kind"], cause.as_str());
        }
    }
}
