use steadfast_core::protocol::FrameError;
use steadfast_core::protocol::server::{Refusal, Violation};
use tokio_tungstenite::tungstenite;

/// A client was refused. It got an answer, if that could be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// Its first frame was none.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// It did not speak WebSocket, or left.
    #[error("handshake: {0}")]
    Handshake(#[source] Box<tungstenite::Error>),
    /// It chose the sub-protocol, and did not begin with a hello.
    #[error("the first message was no hello")]
    NoHello,
    /// The system gave no random numbers to make a token of.
    #[error("the system's random numbers could not be read")]
    Random(#[source] getrandom::Error),
    /// There was no room for it, or it has to come back later.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It took longer than [`handshake_timeout`](super::ServerConfig::handshake_timeout).
    #[error("the handshake took too long")]
    TimedOut,
    /// It claimed what cannot be.
    #[error(transparent)]
    Violation(#[from] Violation),
}

impl AcceptError {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Frame(error) => error.code(),
            Self::Handshake(_) => "accept.handshake",
            Self::NoHello => "accept.no_hello",
            Self::Random(_) => "system.random",
            Self::Refused(_) => "accept.refused",
            Self::TimedOut => "accept.timed_out",
            Self::Violation(error) => error.code(),
        }
    }
}

impl From<tungstenite::Error> for AcceptError {
    fn from(error: tungstenite::Error) -> Self {
        Self::Handshake(Box::new(error))
    }
}
