use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use steadfast::server::Server;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::control::Mode;
use super::{http, socket};

/// The most connections at a time; further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 10_000;

/// The wait after the system had no descriptor to spare for a connection.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(50);

/// The server, listening. The [module](super) says what it does.
#[derive(Debug)]
pub struct EchoServer {
    listener: TcpListener,
    shared: Arc<Shared>,
}

/// What the connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) sessions: Server,
    mode: watch::Sender<Mode>,
    /// A change of it ends every open WebSocket, each of which listens: so its listeners are their
    /// number too.
    dropped: watch::Sender<u64>,
    /// How many messages were sent back.
    pub(super) echoed: AtomicU64,
}

impl EchoServer {
    /// Listens at this address; at a free port if its port is 0.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened at.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let sessions = Server::new(socket::config()).map_err(io::Error::other)?;
        let shared = Arc::new(Shared {
            sessions,
            mode: watch::Sender::new(Mode::Normal),
            dropped: watch::Sender::new(0),
            echoed: AtomicU64::new(0),
        });
        Ok(Self { listener, shared })
    }

    /// The address, with the real port.
    ///
    /// # Errors
    ///
    /// If the system does not know it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until it is dropped; connections that are open by then go on.
    pub async fn serve(self) {
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        // The semaphore is never closed.
        while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let (slot, shared) = (Arc::new(slot), Arc::clone(&self.shared));
                    tokio::spawn(connection(stream, slot, shared));
                }
                Err(_) => tokio::time::sleep(OUT_OF_DESCRIPTORS).await,
            }
        }
    }
}

impl Shared {
    /// The mode, now and as it changes.
    pub(super) fn mode(&self) -> watch::Receiver<Mode> {
        self.mode.subscribe()
    }

    pub(super) fn set_mode(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// A socket is open, and stays so until what is returned changes.
    pub(super) fn opened(&self) -> watch::Receiver<u64> {
        self.dropped.subscribe()
    }

    /// How many sockets are open.
    pub(super) fn connections(&self) -> usize {
        self.dropped.receiver_count()
    }

    /// Ends every open socket, and says how many there were.
    pub(super) fn drop_all(&self) -> usize {
        let connections = self.connections();
        self.dropped.send_modify(|times| *times = times.wrapping_add(1));
        connections
    }

    pub(super) fn echoed(&self) -> u64 {
        self.echoed.load(Ordering::Relaxed)
    }
}

/// Serves the HTTP requests of one connection; the slot goes on with a WebSocket it becomes.
async fn connection(stream: TcpStream, slot: Arc<OwnedSemaphorePermit>, shared: Arc<Shared>) {
    // A delayed acknowledgement would look like a slow server; should it fail, no more than that.
    let _ = stream.set_nodelay(true);
    let service =
        service_fn(|request| http::answer(request, Arc::clone(&slot), Arc::clone(&shared)));
    // What goes wrong here is the client's own: it went away, or does not speak HTTP.
    let _ =
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}
