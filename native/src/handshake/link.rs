use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::connector::{Dial, Lost, Payload};
use crate::message::Message;

/// A new link, while a [handshake](crate::Builder::handshake) has it to itself.
///
/// What is sent here goes out before every message of the connection, and what is received here is
/// no message of the connection. Messages that come and are not received here are given to the
/// connection's reader afterwards. After the handshake has ended every call fails.
#[derive(Clone)]
pub struct HandshakeLink<I = Message, O = Message> {
    link: Arc<dyn Talk<I, O>>,
    dial: Dial,
}

impl<I, O: Payload> HandshakeLink<I, O> {
    pub(super) fn new(link: Arc<dyn Talk<I, O>>, dial: Dial) -> Self {
        Self { link, dial }
    }

    /// Sends something, and waits until the link has taken it.
    ///
    /// # Errors
    ///
    /// If the link is lost, or the handshake has ended.
    pub async fn send(&self, message: impl Into<O>) -> Result<(), Lost> {
        let mut message = Some(message.into());
        poll_fn(|cx| self.link.poll_send(cx, &mut message)).await
    }

    /// Waits for the next that comes. Cancelling the wait loses nothing.
    ///
    /// # Errors
    ///
    /// If the link is lost and everything that came was received, or if the handshake has ended.
    pub async fn receive(&self) -> Result<I, Lost> {
        poll_fn(|cx| self.link.poll_receive(cx)).await
    }

    /// The attempt that opened the link. With [`Dial::refresh`] the server has said that the last
    /// credentials have expired: get new ones.
    #[must_use]
    pub fn dial(&self) -> Dial {
        self.dial
    }
}

impl<I, O> fmt::Debug for HandshakeLink<I, O> {
    // Not what is sent: it is most often secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandshakeLink").field("dial", &self.dial).finish_non_exhaustive()
    }
}

/// What a handshake does on a link, whatever the link is.
pub(super) trait Talk<I, O>: Send + Sync {
    /// Sends the message, if it is still there, and waits until the link has taken it.
    fn poll_send(&self, cx: &mut Context<'_>, message: &mut Option<O>) -> Poll<Result<(), Lost>>;

    /// The next message.
    fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Result<I, Lost>>;
}
