//! A server at a free port, whose connections the test gets.

use std::net::SocketAddr;

use steadfast::server::{AcceptError, Server, ServerConfig, ServerConnection};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::client::within;

pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    pub(crate) server: Server,
    accepted: mpsc::UnboundedReceiver<Accepted>,
    task: JoinHandle<()>,
}

type Accepted = Result<Option<ServerConnection>, AcceptError>;

impl Listener {
    pub(crate) async fn start(config: ServerConfig) -> Self {
        let server = Server::new(config).unwrap();
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (tell, accepted) = mpsc::unbounded_channel();
        let accepting = server.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = socket.accept().await.unwrap();
                let (server, tell) = (accepting.clone(), tell.clone());
                tokio::spawn(async move {
                    // The owner is whom the request says; a real server would check.
                    let judge = |request: &steadfast::server::Request| {
                        let owner = request.headers().get("x-owner");
                        Ok(owner.map_or("", |owner| owner.to_str().unwrap()).to_owned())
                    };
                    let _ = tell.send(server.accept_with(stream, judge).await);
                });
            }
        });
        Self { address, server, accepted, task }
    }

    /// What became of the next newcomer.
    pub(crate) async fn accepted(&mut self) -> Accepted {
        within(self.accepted.recv()).await.unwrap()
    }

    /// The next connection.
    pub(crate) async fn connection(&mut self) -> ServerConnection {
        self.accepted().await.unwrap().expect("it has come back to another")
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits until something holds.
pub(crate) async fn until(mut holds: impl FnMut() -> bool) {
    within(async {
        while !holds() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    })
    .await;
}
