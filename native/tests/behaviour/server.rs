//! WebSocket servers of a few lines.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, Ordering};

use futures::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// The server's end of a connection.
pub(crate) type Peer = WebSocketStream<TcpStream>;

/// Serves until it is dropped, and then cuts all connections.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Every connection that is upgraded is handed to `serve`.
    pub(crate) async fn start<F>(serve: impl Fn(Peer) -> F + Clone + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        Self::start_at(free_address().await, serve).await
    }

    pub(crate) async fn start_at<F>(
        address: SocketAddr,
        serve: impl Fn(Peer) -> F + Clone + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send,
    {
        Self::start_raw(address, move |stream| {
            let serve = serve.clone();
            async move {
                if let Ok(peer) = accept_async(stream).await {
                    serve(peer).await;
                }
            }
        })
        .await
    }

    /// Every connection is handed to `serve` as it comes.
    pub(crate) async fn start_raw<F>(
        address: SocketAddr,
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(serve(stream));
            }
        });
        Self { address, task }
    }

    /// Cuts all connections, and frees the address.
    pub(crate) async fn stop(mut self) -> SocketAddr {
        self.task.abort();
        let _ = (&mut self.task).await;
        self.address
    }

    pub(crate) fn url(&self) -> String {
        url(self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn url(address: SocketAddr) -> String {
    format!("ws://{address}/live?token=secret")
}

/// An address at which nobody listens. Its port lies below those that the system gives to clients,
/// so that no dial in vain meets itself.
pub(crate) async fn free_address() -> SocketAddr {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let process = u16::try_from(std::process::id() % 100).unwrap();
    loop {
        let port = 20_000 + process * 100 + TAKEN.fetch_add(1, Ordering::Relaxed);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).await.is_ok() {
            return address;
        }
    }
}

/// Gives every text back.
pub(crate) async fn echo(mut peer: Peer) {
    while let Some(Ok(message)) = peer.next().await {
        if message.is_text() && peer.send(message).await.is_err() {
            return;
        }
    }
}

/// Reads and answers nothing, and stays.
pub(crate) async fn ignore(peer: Peer) {
    std::future::pending::<()>().await;
    drop(peer);
}

/// Tells of every text, in the order in which they come.
pub(crate) fn collect(
    texts: mpsc::UnboundedSender<String>,
) -> impl Fn(Peer) -> futures::future::BoxFuture<'static, ()> + Clone + Send {
    move |mut peer| {
        let texts = texts.clone();
        Box::pin(async move {
            while let Some(Ok(message)) = peer.next().await {
                if let Message::Text(text) = message {
                    texts.send(text.to_string()).unwrap();
                }
            }
        })
    }
}
