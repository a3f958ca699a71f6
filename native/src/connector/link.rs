use std::future::{self, Future};
use std::task::{Context, Poll};
use std::time::Duration;

use steadfast_core::heartbeat::PingId;
use steadfast_core::protocol::{Frame, Hint};

use super::lost::Lost;
use super::payload::Payload;

/// One open link to a peer: see the [module](super).
///
/// Things are sent one by one: after a [`start_send`](Self::start_send) comes no other before
/// [`poll_flush`](Self::poll_flush) was ready. So it is known of each whether the peer can have got
/// it: what was cut off by a dying link is given to the next one, and what went out whole is not.
///
/// Whatever is waited for has to wake the task, as ever with [`Poll::Pending`].
pub trait Link: Send + 'static {
    /// What is sent.
    type Outgoing: Payload;
    /// What comes.
    type Incoming: Send + 'static;

    /// Takes one thing to send.
    ///
    /// # Errors
    ///
    /// If nothing can be sent any more. What came before is still received.
    fn start_send(&mut self, item: Outgoing<Self::Outgoing>) -> Result<(), Lost>;

    /// Ready once what was taken is out of this program's hands: a buffer of its own would only
    /// hide what was sent and what was not.
    ///
    /// # Errors
    ///
    /// If nothing can be sent any more. What came before is still received.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>>;

    /// The next that came. Not called while the user is behind with reading, so that the peer has
    /// to wait.
    ///
    /// # Errors
    ///
    /// When the link is gone, and everything that came was given.
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Incoming<Self::Incoming>, Lost>>;

    /// Says goodbye, with a close code of WebSocket (RFC 6455, 7.4) for what has such. Happens in
    /// the background, may take a second at most, and may also never be called. By default the
    /// link is dropped.
    fn close(self, code: u16) -> impl Future<Output = ()> + Send
    where
        Self: Sized,
    {
        let _ = (self, code);
        future::ready(())
    }

    /// Whether the peer has agreed to acknowledge messages, under `steadfast.v1`: then the link is
    /// given [`Outgoing::Control`], and gives [`Incoming::Control`]. It does not by default.
    fn is_reliable(&self) -> bool {
        false
    }

    /// Whether the peer can be asked for a sign of life. It can by default.
    fn answers_pings(&self) -> bool {
        true
    }

    /// Number of bytes that have been read from the peer, parts of messages included; 0 if that is
    /// not known. While it grows, the peer lives, although a long message is not whole and the pong
    /// behind it cannot come. Looked at when a timer of the connection fires.
    fn received(&self) -> u64 {
        0
    }

    /// How many bytes the peer's side has made room for, as far as that is known. If it grows while
    /// a long message is on its way, the peer lives, although no pong can come.
    fn written(&self) -> u64 {
        0
    }

    /// Whether [`written`](Self::written) tells of the peer: so little fits into buffers of this side that they are full soon,
    /// and take more only as the peer's side does. Then a link that dies during an upload is given up as soon as any other. If
    /// not, the default, it is given as long as the upload takes at 16 KiB/s.
    fn shows_uploads(&self) -> bool {
        false
    }
}

/// What a [`Link`] is given to send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outgoing<M> {
    /// A frame of `steadfast.v1`. Given to a link that is [reliable](Link::is_reliable) only.
    Control(Frame),
    /// A message of the user's.
    Message(M),
    /// A question for a sign of life, which [`Incoming::Pong`] answers. Never given to a link that
    /// does not [answer pings](Link::answers_pings).
    Ping(PingId),
}

/// What a [`Link`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incoming<M> {
    /// The peer lives, and said nothing else.
    Alive,
    /// A frame of `steadfast.v1`.
    Control(Frame),
    /// The peer sent a hint.
    Hint(Hint),
    /// A message for the user.
    Message(M),
    /// The answer to a ping.
    Pong(PingId),
    /// The peer has promised to be silent for no longer than this, from now on: see
    /// [`Builder::max_silence`](crate::Builder::max_silence). Up to a day; zero takes it back.
    Promise(Duration),
}
