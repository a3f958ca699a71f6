use std::error::Error;
use std::fmt;

/// Why a [handshake](crate::Builder::handshake) has failed.
///
/// Made of any error by `?`. Like `anyhow::Error` it is therefore no error itself: what it is made of
/// is the [source](Error::source) of [`Connection::last_loss`](crate::Connection::last_loss).
pub struct HandshakeError {
    code: Option<u16>,
    source: Box<dyn Error + Send + Sync>,
}

impl HandshakeError {
    /// Failed for this reason: an error, or a text. The connection tries again after a wait, as after
    /// any failed attempt.
    #[must_use]
    pub fn new(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { code: None, source: reason.into() }
    }

    /// Failed, with this WebSocket close code: see [`with_close_code`](Self::with_close_code).
    #[must_use]
    pub fn close(code: u16) -> Self {
        Self::new(format!("the handshake closed the link with {code}")).with_close_code(code)
    }

    /// Closes the link with this code, and judges the failure by it as if the peer had closed with
    /// it: a [fatal](crate::Builder::fatal_close_codes) one ends the connection for good, and after
    /// one that says that credentials [have expired](crate::Builder::expired_close_codes), such as
    /// 4401, the connection dials once more at once and asks the handshake to
    /// [refresh](super::HandshakeLink::dial). A code that no close frame may have is not sent, but judged
    /// all the same.
    #[must_use]
    pub fn with_close_code(mut self, code: u16) -> Self {
        self.code = Some(code);
        self
    }

    /// The close code, if there is one.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        self.code
    }

    pub(super) fn into_source(self) -> Box<dyn Error + Send + Sync> {
        self.source
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for HandshakeError {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

impl fmt::Debug for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandshakeError")
            .field("code", &self.code)
            .field("source", &self.source)
            .finish()
    }
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the handshake failed: {}", self.source)
    }
}
