use std::fmt;
use std::marker::PhantomData;
use std::task::{Context, Poll, ready};

use futures::{Sink, SinkExt as _, Stream, StreamExt as _};
use steadfast_core::connection::Cause;
use steadfast_core::heartbeat::PingId;

use super::link::{Incoming, Link, Outgoing};
use super::lost::Lost;
use super::payload::Payload;

/// A [`Link`] made of a stream and a sink in one, such as tokio's `Framed`.
///
/// `I` is what comes and `O` what is sent. The link is lost, to [`Cause::Network`], when either end
/// fails or the stream ends. Without [`pings`](Self::pings) it is kept up passively.
pub struct Duplex<S, I, O> {
    transport: S,
    /// What waits until the transport is ready for it.
    sending: Option<O>,
    pings: Option<Pings<I, O>>,
    incoming: PhantomData<fn() -> I>,
}

type Ping<O> = Box<dyn Fn(PingId) -> O + Send>;
type Pong<I> = Box<dyn Fn(&I) -> Option<PingId> + Send>;
type Pings<I, O> = (Ping<O>, Pong<I>);

impl<S, I, O> Duplex<S, I, O>
where
    S: Stream + Sink<O> + Unpin + Send + 'static,
{
    /// A link over this transport.
    #[must_use]
    pub fn new<E>(transport: S) -> Self
    where
        S: Stream<Item = Result<I, E>>,
    {
        Self { transport, sending: None, pings: None, incoming: PhantomData }
    }

    /// How to ask this peer for a sign of life: `ask` makes the message that asks, and `knows`
    /// finds the id in its answer, which is then not given to the user.
    #[must_use]
    pub fn pings(
        mut self,
        ask: impl Fn(PingId) -> O + Send + 'static,
        knows: impl Fn(&I) -> Option<PingId> + Send + 'static,
    ) -> Self {
        self.pings = Some((Box::new(ask), Box::new(knows)));
        self
    }
}

impl<S, I, O, E> Link for Duplex<S, I, O>
where
    S: Stream<Item = Result<I, E>> + Sink<O> + Unpin + Send + 'static,
    I: Send + 'static,
    O: Payload,
{
    type Outgoing = O;
    type Incoming = I;

    fn start_send(&mut self, item: Outgoing<O>) -> Result<(), Lost> {
        self.sending = match item {
            Outgoing::Message(message) => Some(message),
            Outgoing::Ping(id) => self.pings.as_ref().map(|(ping, _)| ping(id)),
            Outgoing::Control(_) => None,
        };
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        if self.sending.is_some() {
            ready!(self.transport.poll_ready_unpin(cx)).map_err(network)?;
            if let Some(message) = self.sending.take() {
                self.transport.start_send_unpin(message).map_err(network)?;
            }
        }
        self.transport.poll_flush_unpin(cx).map_err(network)
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming<I>, Lost>> {
        let Some(next) = ready!(self.transport.poll_next_unpin(cx)) else {
            return Poll::Ready(Err(Cause::Network.into()));
        };
        let message = next.map_err(network)?;
        let pong = self.pings.as_ref().and_then(|(_, pong)| pong(&message));
        Poll::Ready(Ok(pong.map_or(Incoming::Message(message), Incoming::Pong)))
    }

    async fn close(mut self, _: u16) {
        // Fails if the peer closed first.
        let _ = self.transport.close().await;
    }

    fn answers_pings(&self) -> bool {
        self.pings.is_some()
    }
}

impl<S, I, O> fmt::Debug for Duplex<S, I, O> {
    // Not what is being sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Duplex").field("pings", &self.pings.is_some()).finish_non_exhaustive()
    }
}

/// What exactly failed stays unsaid: the error is not ours, and may quote what was sent.
fn network<E>(_: E) -> Lost {
    Cause::Network.into()
}
