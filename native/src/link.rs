use std::future::{self, Future, poll_fn};
use std::pin::Pin;

use steadfast_core::connection::{Cause, SocketId};

use crate::socket::{Socket, SocketEvent};

type Dial = Pin<Box<dyn Future<Output = Result<Box<Socket>, Cause>> + Send>>;

/// The one socket that a connection has or wants.
pub(crate) enum Link {
    Dialling { id: SocketId, dial: Dial },
    None,
    Up { id: SocketId, socket: Box<Socket> },
}

/// What a link has to say.
pub(crate) enum LinkEvent {
    Dialled(SocketId, Result<Box<Socket>, Cause>),
    Socket(SocketId, SocketEvent),
}

impl Link {
    /// What happens next; nothing ever on no link. Cancelling the wait loses nothing.
    pub(crate) async fn next(&mut self, readable: bool) -> LinkEvent {
        match self {
            Self::Dialling { id, dial } => LinkEvent::Dialled(*id, dial.await),
            Self::None => future::pending().await,
            Self::Up { id, socket } => {
                let event = poll_fn(|cx| socket.poll(cx, readable)).await;
                LinkEvent::Socket(*id, event)
            }
        }
    }

    /// The open socket, if it is this one.
    pub(crate) fn socket(&mut self, wanted: SocketId) -> Option<&mut Socket> {
        match self {
            Self::Up { id, socket } if *id == wanted => Some(socket),
            _ => None,
        }
    }

    /// Ends the link, if it is this one, and says goodbye in the background.
    pub(crate) fn close(&mut self, wanted: SocketId, code: u16) {
        let (Self::Dialling { id, .. } | Self::Up { id, .. }) = self else { return };
        if *id == wanted
            && let Self::Up { socket, .. } = std::mem::replace(self, Self::None)
        {
            tokio::spawn(socket.close(code));
        }
    }
}
