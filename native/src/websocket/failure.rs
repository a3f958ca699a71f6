//! What a failed dial means.

use std::error::Error;
use std::io;
use std::time::SystemTime;

use steadfast_core::connection::Cause;
use steadfast_core::protocol::Hint;
use tokio_rustls::rustls;
use tokio_tungstenite::tungstenite::{self, error::CapacityError};

use super::head::HeadError;
use super::redirect::RedirectError;
use super::upgrade::UpgradeError;
use crate::connector::{ConnectError, Lost};
use crate::failure::retry_after;

/// One attempt to open a WebSocket has failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The user's function that gives a stream.
    #[error("the given function has opened no stream")]
    Custom(#[source] io::Error),
    #[cfg(feature = "proxy")]
    #[error(transparent)]
    Proxy(#[from] super::proxy::ProxyError),
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    #[error("the TLS handshake failed")]
    Tls(#[source] io::Error),
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
}

impl DialError {
    fn cause(&self) -> Cause {
        match self {
            Self::Connect(error) if error.is_unresolved() => Cause::Dns,
            Self::Connect(_) | Self::Custom(_) => Cause::Network,
            #[cfg(feature = "proxy")]
            Self::Proxy(error) => error.cause(),
            Self::Redirect(_) => Cause::Redirect,
            Self::Tls(error) => tls(error),
            Self::Upgrade(UpgradeError::Head(HeadError::Io(error))) => io(error),
            Self::Upgrade(UpgradeError::Head(HeadError::Tls)) => Cause::TlsExpected,
            Self::Upgrade(UpgradeError::Request(_)) => Cause::NoAddress,
            Self::Upgrade(UpgradeError::Head(_) | UpgradeError::Invalid(_)) => Cause::NotWebSocket,
            Self::Upgrade(UpgradeError::Status(head)) => {
                Cause::Rejected { status: head.status.as_u16() }
            }
            Self::Upgrade(UpgradeError::Subprotocol(_)) => Cause::Subprotocol,
        }
    }

    fn hint(&self) -> Hint {
        match self {
            Self::Upgrade(UpgradeError::Status(head)) => {
                let Some(wait) = retry_after(&head.headers, SystemTime::now()) else {
                    return Hint::NONE;
                };
                let spread = head.headers.get(Hint::SPREAD_HEADER);
                let spread = spread.and_then(|value| Hint::read_spread(value.to_str().ok()?));
                Hint { spread, ..Hint::retry_after(wait) }
            }
            _ => Hint::NONE,
        }
    }
}

impl From<DialError> for Lost {
    fn from(error: DialError) -> Self {
        Self::hinted(error.cause(), error.hint()).with_source(error)
    }
}

/// What a link means that could not be read from or written to any more.
pub(crate) fn broken(error: tungstenite::Error) -> Lost {
    let cause = match &error {
        tungstenite::Error::Capacity(CapacityError::MessageTooLong { .. }) => Cause::MessageTooLong,
        tungstenite::Error::Io(error) => io(error),
        _ => Cause::Network,
    };
    Lost::from(cause).with_source(error)
}

/// An error of a stream that may be one of TLS: since TLS 1.3 a client hears of a refusal late.
fn io(error: &io::Error) -> Cause {
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(error) => handshake(error),
        None => Cause::Network,
    }
}

pub(crate) fn tls(error: &io::Error) -> Cause {
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(error) => handshake(error),
        // It was cut off in the midst.
        None => Cause::Tls,
    }
}

fn handshake(error: &rustls::Error) -> Cause {
    match error {
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::InvalidCertRevocationList(_)
        | rustls::Error::NoCertificatesPresented
        | rustls::Error::UnsupportedNameType => Cause::Certificate,
        // What came is no TLS at all.
        rustls::Error::InvalidMessage(_) => Cause::TlsUnsupported,
        _ => Cause::Tls,
    }
}

/// An error and what lies behind it, in one line, for the log.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let said = source.to_string();
        // Some errors quote their source.
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = source.source();
    }
    text
}
