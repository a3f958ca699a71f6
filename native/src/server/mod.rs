//! The server's half: connections that survive the reconnects of their clients.
//!
//! A server that speaks WebSocket sees a link end and another begin, and has to find out by itself
//! what the client has missed. With this module it gets a [`ServerConnection`] instead, which
//! outlives its links: while the client is away what is sent to it is kept, and when it comes back
//! both sides send again what the other has not got. Each message arrives once and in order. For
//! that the client has to speak the sub-protocol `steadfast.v1`, as the clients of this project do
//! (`docs/protocol.md` describes it for others). Any other WebSocket client is served as well; its
//! connection ends with its link.
//!
//! ```no_run
//! use futures::StreamExt as _;
//! use steadfast::server::{Server, ServerConfig};
//! use tokio::net::TcpListener;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::new(ServerConfig::default())?;
//! let listener = TcpListener::bind("127.0.0.1:9000").await?;
//! loop {
//!     let (stream, _) = listener.accept().await?;
//!     let server = server.clone();
//!     tokio::spawn(async move {
//!         // None: a client came back to its connection, which is served already.
//!         if let Ok(Some(mut connection)) = server.accept(stream).await {
//!             while let Some(message) = connection.next().await {
//!                 if connection.send(message).await.is_err() {
//!                     break;
//!                 }
//!             }
//!         }
//!     });
//! }
//! # }
//! ```
//!
//! With the feature `axum` there is also the extractor `Upgrade`, which needs no more than a
//! [`Server`] in the state of the router.
//!
//! # What holds
//!
//! - **Bounds.** Of each session as many messages and bytes are kept as [`ServerConfig`] says, and
//!   there is a maximum number of sessions. A sender waits while its client is behind. A client waits
//!   while nobody reads what it sends.
//! - **Nothing is believed.** Tokens are random, and compared in constant time. A session is resumed
//!   only by the owner that the server itself has named: see [`Server::accept_with`]. A count that
//!   cannot be closes the link.
//! - **Dead clients are noticed.** A client that is silent for half of [`max_idle`](ServerConfig::max_idle)
//!   gets a WebSocket ping, which every client answers. After all of it the link is closed.
//! - **Restarts are no stampede.** [`Server::goodbye`] tells every client over how long a window to
//!   come back. With [`slots`](ServerConfig::slots) a server that gets more newcomers than it can
//!   take tells each when to come back, and lets it in then. Slots are the farther apart the longer a
//!   refusal keeps a processor busy, which is measured.
//! - Sessions live in memory. A process that ends takes them along; its clients begin new ones, and
//!   learn which of their messages nobody can vouch for.

mod accept;
mod busy;
mod clock;
mod config;
mod connection;
mod directory;
mod error;
mod link;
mod sender;
mod session;
#[cfg(feature = "axum")]
mod upgrade;

pub use accept::Server;
pub use config::ServerConfig;
pub use connection::ServerConnection;
pub use error::AcceptError;
pub use sender::ServerSender;
pub use session::EndReason;
#[cfg(feature = "axum")]
pub use upgrade::{Upgrade, UpgradeRejection};

pub use steadfast_core::protocol::AckConfig as Acknowledgements;
pub use steadfast_core::protocol::Hint;
pub use steadfast_core::protocol::server::{Refusal, SlotConfig, Slots};
pub use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request};
