use std::io;

use steadfast_core::connection::{Cause, Hint};

/// Why a link is gone, or never came up.
///
/// Made of a [`Cause`], which decides what happens next; an error of the network becomes
/// [`Cause::Network`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the link is lost: {}", cause.as_str())]
#[non_exhaustive]
pub struct Lost {
    /// Why.
    pub cause: Cause,
    /// What the peer wishes: when to come back, say.
    pub hint: Hint,
}

impl Lost {
    /// Lost, and the peer said when to come back.
    #[must_use]
    pub fn hinted(cause: Cause, hint: Hint) -> Self {
        Self { cause, hint }
    }
}

impl From<Cause> for Lost {
    fn from(cause: Cause) -> Self {
        Self::hinted(cause, Hint::NONE)
    }
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        tracing::debug!(kind = %error.kind(), "the network failed");
        Cause::Network.into()
    }
}
