//! A login, or whatever else a server expects first on each new link.

mod error;
mod link;
mod shared;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use futures::future::BoxFuture;
use steadfast_core::connection::Cause;
use steadfast_core::protocol::close;

use crate::connector::{Dial, Link, Lost};
use crate::panics::{caught_async, log};
use crate::socket::Socket;

pub use self::error::HandshakeError;
pub use self::link::HandshakeLink;
pub(crate) use self::shared::Shared;

/// The user's function.
pub(crate) type Handshake<L> = Arc<
    dyn Fn(HandshakeLink<<L as Link>::Incoming, <L as Link>::Outgoing>) -> Running + Send + Sync,
>;

type Running = BoxFuture<'static, Result<(), HandshakeError>>;

/// Runs the handshake on a link that has just been opened, and gives the link as it is afterwards:
/// with the messages that the handshake has not received. `shared` has the link meanwhile, so that
/// somebody else can take it out if the handshake takes too long.
///
/// The link is read all the time: pings are answered, and a loss ends the handshake.
pub(crate) async fn run<L: Link>(
    handshake: &Handshake<L>,
    shared: &Arc<Shared<L>>,
    dial: Dial,
) -> Result<Socket<L>, Lost> {
    let link = HandshakeLink::new(Arc::clone(shared) as _, dial);
    let outcome = {
        let handshake = Arc::clone(handshake);
        let mut running = pin!(caught_async(async move { handshake(link).await }));
        poll_fn(|cx| {
            if let Poll::Ready(outcome) = running.as_mut().poll(cx) {
                return Poll::Ready(Some(outcome));
            }
            if !shared.poll_read(cx) {
                return Poll::Pending;
            }
            // Lost. A receiver gets this before everything ends.
            let _ = running.as_mut().poll(cx);
            Poll::Ready(None)
        })
        .await
    };
    match outcome {
        Some(Some(Ok(()))) => {
            shared.flushed().await?;
            shared.finish()
        }
        Some(failed) => Err(refused(shared, failed.and_then(Result::err))),
        None => {
            let lost = shared.take_lost();
            if let Some(socket) = shared.take() {
                // The peer may wait for the answer to its goodbye.
                tokio::spawn(socket.close(close::AWAY));
            }
            Err(lost)
        }
    }
}

/// The handshake has failed, or panicked: says goodbye, and why.
fn refused<L: Link>(shared: &Arc<Shared<L>>, error: Option<HandshakeError>) -> Lost {
    let lost = match shared.finish() {
        Ok(socket) => {
            let code = error.as_ref().and_then(HandshakeError::close_code);
            tokio::spawn(socket.close(code.filter(|code| is_sent(*code)).unwrap_or(close::AWAY)));
            Lost::from(Cause::HandshakeFailed { code })
        }
        // It failed because of that.
        Err(lost) => return lost,
    };
    let Some(error) = error else {
        log("the handshake");
        return lost.with_source("the handshake panicked");
    };
    lost.with_source(error.into_source())
}

/// Whether a close frame may have this code (RFC 6455, 7.4).
fn is_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}
