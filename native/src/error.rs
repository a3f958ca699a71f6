use std::fmt;
use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::connection::ConnectionState;
use steadfast_core::outbox::OutboxError;

use crate::runtime::Missing;

/// A connection could not be opened, because an option makes no sense. Nothing was
/// started. That a server cannot be reached is not such an error: see
/// [`Connection`](crate::Connection).
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// An option makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A header of the upgrade request cannot be sent.
    #[error("header {name:?}: {reason}")]
    Header {
        /// The header's name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A sub-protocol cannot be offered.
    #[error("protocol {name:?}: {reason}")]
    Protocol {
        /// The sub-protocol.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The proxy's URL makes no sense.
    #[error("proxy: {0}")]
    Proxy(String),
    /// The system gave no random numbers to seed the machines with.
    #[error("the system's random numbers could not be read")]
    Random(#[source] getrandom::Error),
    /// The collector's key cannot be sent, or its client could not be set up.
    #[error("report: {0}")]
    Report(String),
    /// The collector's URL cannot be posted to.
    #[error("report URL: {0}")]
    ReportUrl(String),
    /// There is no tokio runtime to keep the connection on.
    #[error("no tokio runtime: open() has to be called from within one")]
    Runtime,
    /// The tokio runtime has no timers, or no IO, without which no connection can be kept up.
    #[error("{0}")]
    RuntimeIncomplete(&'static str),
    /// TLS could not be set up, for instance because the system has no trusted certificates.
    #[error("TLS could not be set up")]
    Tls(#[source] tokio_rustls::rustls::Error),
    /// The URL cannot be connected to.
    #[error("URL: {0}")]
    Url(String),
}

impl From<Missing> for OpenError {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Runtime => Self::Runtime,
            missing => Self::RuntimeIncomplete(missing.message()),
        }
    }
}

impl OpenError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::Header { .. } => "config.header",
            Self::Protocol { .. } => "config.protocol",
            Self::Proxy(_) => "config.proxy",
            Self::Random(_) => "system.random",
            Self::Report(_) => "config.report",
            Self::ReportUrl(_) => "config.report_url",
            Self::Runtime | Self::RuntimeIncomplete(_) => "system.runtime",
            Self::Tls(_) => "config.tls",
            Self::Url(_) => "config.url",
        }
    }
}

/// The record of a session will not become as wanted by itself: the connection was closed, has failed,
/// or its runtime has ended.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the connection has ended with the status {}", .state.status.as_str())]
pub struct WaitError {
    /// The record as it is.
    pub state: Box<ConnectionState>,
}

impl WaitError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "connection.closed"
    }
}

/// A message was not taken. Nothing of it will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The connection was closed, or has failed for good.
    #[error("the connection is closed")]
    Closed,
    /// The message waited for room for longer than it is worth anything.
    #[error("the message expired before there was room for it")]
    Expired,
    /// The outbox is full, or others wait for room already.
    #[error(transparent)]
    Full(#[from] OutboxError),
    /// The transport would take it for something of its own: see
    /// [`Connector::accepts`](crate::connector::Connector::accepts). Under `steadfast.v1` that is a
    /// text that begins with `{"steadfast":`.
    #[error("the message begins as those do that the transport keeps for itself")]
    Reserved,
    /// The message was given a time to live of nothing, or of more than a day.
    #[error("ttl is {} ms; allowed is more than 0 ms and at most a day", .given.as_millis())]
    Ttl {
        /// The time to live.
        given: Duration,
    },
}

impl SendError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed => "connection.closed",
            Self::Expired => "message.expired",
            Self::Full(error) => error.code(),
            Self::Reserved => "message.reserved",
            Self::Ttl { .. } => "config.out_of_range",
        }
    }
}

/// A message was not taken at once, and is given back. Nothing of it will be sent.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrySendError<M> {
    /// The message.
    pub message: M,
    /// Why it was not taken.
    pub reason: SendError,
}

impl<M> TrySendError<M> {
    pub(crate) fn new(message: M, reason: SendError) -> Self {
        Self { message, reason }
    }

    /// The message.
    #[must_use]
    pub fn into_inner(self) -> M {
        self.message
    }

    /// The stable name of the refusal: [`SendError::code`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// Whether there may be room later.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self.reason, SendError::Full(_))
    }

    /// Whether nothing can be sent any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.reason == SendError::Closed
    }
}

impl<M> From<TrySendError<M>> for SendError {
    fn from(error: TrySendError<M>) -> Self {
        error.reason
    }
}

impl<M> fmt::Debug for TrySendError<M> {
    // Not the message, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrySendError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<M> fmt::Display for TrySendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl<M> std::error::Error for TrySendError<M> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}
