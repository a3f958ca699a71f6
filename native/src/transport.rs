use std::future::{self, Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use steadfast_core::connection::{Cause, SocketId};

use tokio::sync::watch;

use crate::connector::{Connector, Dial, Link, Lost, Progress, Stage};
use crate::goodbye::Goodbye;
use crate::handshake::{self, Handshake, Shared};
use crate::panics::{caught_async, log};
use crate::socket::{Socket, SocketEvent};

type Dialling<L> = Pin<Box<dyn Future<Output = Result<Box<Socket<L>>, Lost>> + Send>>;

/// The one socket that a connection has or wants.
pub(crate) enum Transport<L: Link> {
    /// `shared` has the link once it is open, if there is a handshake.
    Dialling {
        id: SocketId,
        dial: Dialling<L>,
        shared: Arc<Shared<L>>,
        progress: watch::Receiver<Stage>,
    },
    None,
    Up {
        id: SocketId,
        socket: Box<Socket<L>>,
    },
}

/// What a line has to say.
pub(crate) enum TransportEvent<L: Link> {
    Dialled(SocketId, Result<Box<Socket<L>>, Lost>),
    Progress(SocketId, Stage),
    Socket(SocketId, SocketEvent<L::Incoming>),
}

impl<L: Link> Transport<L> {
    /// Begins to open a socket, and to run the handshake on it if there is one.
    pub(crate) fn dial<C>(
        connector: &Arc<C>,
        handshake: Option<&Handshake<L>>,
        id: SocketId,
        dial: Dial,
    ) -> Self
    where
        C: Connector<Link = L>,
    {
        let (connector, handshake) = (Arc::clone(connector), handshake.cloned());
        let shared = Arc::<Shared<L>>::default();
        let opened = Arc::clone(&shared);
        let (telling, progress) = Progress::new();
        let dial = Box::pin(async move {
            // A panic may come from any function of the user that the connector asks.
            let connected = caught_async(async {
                let link = connector.connect_telling(dial, telling).await?;
                let Some(handshake) = handshake else { return Ok(Socket::new(link)) };
                opened.open(link);
                handshake::run(&handshake, &opened, dial).await
            });
            let connected = connected.await.unwrap_or_else(|| {
                log("the dial");
                Err(Cause::Panicked.into())
            });
            connected.map(Box::new)
        });
        Self::Dialling { id, dial, shared, progress }
    }

    /// What happens next; nothing ever on no line. Cancelling the wait loses nothing.
    pub(crate) async fn next(&mut self, readable: bool) -> TransportEvent<L> {
        match self {
            Self::Dialling { id, dial, progress, .. } => {
                let id = *id;
                tokio::select! {
                    biased;
                    stage = told(progress) => TransportEvent::Progress(id, stage),
                    result = dial => TransportEvent::Dialled(id, result),
                }
            }
            Self::None => future::pending().await,
            Self::Up { id, socket } => {
                let event = poll_fn(|cx| socket.poll(cx, readable)).await;
                TransportEvent::Socket(*id, event)
            }
        }
    }

    /// Of the socket that is open or being opened.
    pub(crate) fn id(&self) -> Option<SocketId> {
        match self {
            Self::Dialling { id, .. } | Self::Up { id, .. } => Some(*id),
            Self::None => None,
        }
    }

    /// The open socket, if it is this one.
    pub(crate) fn socket(&mut self, wanted: SocketId) -> Option<&mut Socket<L>> {
        match self {
            Self::Up { id, socket } if *id == wanted => Some(socket),
            _ => None,
        }
    }

    /// Ends the line, if it is this one, and says goodbye in the background.
    pub(crate) fn close(&mut self, wanted: SocketId, code: u16, goodbye: &mut Goodbye) {
        if self.id() == Some(wanted)
            && let Some(socket) = self.take()
        {
            goodbye.say(socket, code);
        }
    }

    /// Ends the line, and gives its socket if that is open.
    pub(crate) fn take(&mut self) -> Option<Socket<L>> {
        match std::mem::replace(self, Self::None) {
            Self::Dialling { dial, shared, .. } => {
                // The handshake ends first.
                drop(dial);
                shared.take()
            }
            Self::None => None,
            Self::Up { socket, .. } => Some(*socket),
        }
    }
}

/// The next stage of a dial that tells; nothing ever once it has told all.
async fn told(progress: &mut watch::Receiver<Stage>) -> Stage {
    if progress.changed().await.is_err() {
        future::pending::<()>().await;
    }
    *progress.borrow_and_update()
}
