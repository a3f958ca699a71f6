//! A WebSocket client that stays connected, and retries and circuit breakers for everything else.
//!
//! Links break: servers restart, laptops sleep, routers forget. A [`Connection`] of this crate is
//! what a program wants instead of a link: it is opened once, dials again whenever its link is
//! lost, notices when the peer is dead although nothing was closed, keeps what is sent meanwhile,
//! says how good the link is, and reports all of that to a collector if there is one.
//!
//! ```no_run
//! use futures::StreamExt as _;
//! use steadfast::{Exponential, Heartbeat, ReportTo};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let mut connection = steadfast::connect("wss://api.example/live")
//!     .organization("acme")
//!     .user("u1")
//!     .heartbeat(Heartbeat::default())
//!     .retry(Exponential::default())
//!     .header("authorization", "Bearer …")
//!     .report_to(ReportTo::new("https://collector.example/v1/reports", "pk_…"))
//!     .open()?;
//!
//! connection.send("hello").await?;
//! while let Some(message) = connection.next().await {
//!     println!("{:?}", message.as_text());
//! }
//! // The stream ends when the connection was closed, or has failed for good.
//! println!("{}", connection.state().status.as_str());
//! # Ok(())
//! # }
//! ```
//!
//! # What holds
//!
//! - [`open`](Builder::open) returns at once, and refuses only what makes no sense. A server that
//!   is not there yet is what this crate is for.
//! - Messages go out in the order in which they were sent. One that was sent while there was no
//!   link waits in the outbox. None is handed to two links whole: what a dying link had taken may
//!   be lost with it, and what it had not taken goes out on the next one.
//! - Everything that grows has a bound. A full outbox makes senders wait, or is an error for
//!   [`try_send`](Connection::try_send); a slow reader makes the peer wait.
//! - A heartbeat is a WebSocket ping, which every server answers. None counts as missed that
//!   overlaps a sleep of the machine or a stop of the process: one probe decides afterwards.
//! - A connection that was closed or has failed can be told to [`reconnect`](Connection::reconnect).
//! - The log (by `tracing`, one span a connection) has no URL but its host, no token, no message.
//!
//! # Everything else that may fail
//!
//! [`retry()`] tries any other operation again, with the same decisions; a [`CircuitBreaker`] turns
//! calls away while most of them fail, and a [`RetryManager`] lists operations, cancels them and
//! remembers how they went. With the feature `tower` both are layers, and with `tonic` the codes of
//! gRPC are known.
//!
//! ```
//! use steadfast::{BreakerConfig, CircuitBreaker, Exponential};
//!
//! # async fn fetch() -> Result<String, std::io::Error> { Ok(String::new()) }
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let breaker = CircuitBreaker::new(BreakerConfig::default())?;
//! let page = steadfast::retry(|| fetch()).strategy(Exponential::default()).breaker(&breaker).await?;
//! # Ok(()) }
//! ```
//!
//! # Many sessions
//!
//! A server that holds the sockets of others has a [`ConnectionManager`] for their records and
//! deadlines, and a [`HealthMonitor`] for how they are doing: metrics, alerts and trends.
//!
//! # How it is made
//!
//! All decisions are those of [`core`], on which this crate puts a clock, sockets and a task: one
//! task a connection, which owns the machine. TLS is rustls with ring. Certificates are judged as
//! the platform does; [`Builder::tls`] takes another configuration.

mod breaker;
mod buffers;
mod builder;
mod clock;
mod closed;
mod connection;
pub mod connector;
mod control;
mod counted;
mod driver;
mod driver_handle;
#[cfg(feature = "report")]
mod endpoint;
mod error;
mod event_publisher;
mod events;
mod failure;
mod goodbye;
mod handshake;
mod health;
mod manager;
mod message;
#[cfg(all(feature = "netlink", target_os = "linux"))]
pub mod netlink;
mod outbox;
mod panics;
#[cfg(feature = "report")]
mod post;
mod random;
#[cfg(feature = "report")]
mod report_to;
#[cfg_attr(not(feature = "report"), path = "no_reporter.rs")]
mod reporter;
pub mod retry;
mod runtime;
mod seed;
mod sender;
#[cfg(feature = "server")]
pub mod server;
mod sleep;
mod snapshot;
mod socket;
pub mod store;
#[cfg(feature = "sysinfo")]
mod system;
#[cfg(feature = "tower")]
pub mod tower;
mod trace;
mod transport;
mod url;
mod websocket;

pub use breaker::{CircuitBreaker, Guard};
pub use builder::Builder;
pub use closed::Closed;
pub use connection::Connection;
pub use control::Control;
pub use error::{OpenError, SendError, TrySendError, WaitError};
pub use events::{Events, EventsMissed};
pub use failure::CircuitError;
pub use failure::{Class, Classify, Known};
pub use handshake::{HandshakeError, HandshakeLink};
pub use health::{HealthError, HealthMonitor};
pub use manager::{ConnectionManager, ManagerError, StartError};
pub use message::Message;
#[cfg(feature = "report")]
pub use report_to::ReportTo;
pub use retry::{
    Attempt, AttemptError, Retry, RetryError, RetryEvent, RetryManager, RetryOptions, Throttle,
    retry, retry_mut, retry_with, strategy_fn,
};
pub use sender::Sender;
#[cfg(feature = "sysinfo")]
pub use system::SystemProbe;
#[cfg(feature = "proxy")]
pub use websocket::proxy::Proxy;
pub use websocket::{WebSocket, WebSocketLink};

pub use bytes::Bytes;
pub use steadfast_core as core;
pub use steadfast_core::ConfigError;
pub use steadfast_core::activity::Activity;
pub use steadfast_core::breaker::{
    BreakerConfig, BreakerSnapshot, BreakerState, Outcome, Rejection,
};
pub use steadfast_core::connection::{
    Cause, ConnectionState, DropReason, FailureReason, MetadataValue, Registration, SessionFailure,
    Status, Suspension,
};
pub use steadfast_core::event::{DeliveryOutcome, Event, EventKind};
pub use steadfast_core::health::{
    Alert, AlertKind, AlertRule, AlertState, Direction, HealthConfig, HealthMetrics, HealthSummary,
    HealthTrends, LatencySummary, OverloadRule, Severity, SystemLoad, Trend,
};
pub use steadfast_core::heartbeat::{HeartbeatConfig as Heartbeat, Intervals};
pub use steadfast_core::manager::{
    HeartbeatUpdate, Liveness, ManagerConfig, ManagerOutput, QualityDistribution, ReconnectConfig,
    ScheduledReconnection, StatusDistribution, Totals,
};
pub use steadfast_core::outbox::{MessageId, OutboxConfig as Outbox, OutboxError, Overflow};
pub use steadfast_core::protocol::Hint;
pub use steadfast_core::quality::Quality;
pub use steadfast_core::retry::{
    Adaptive, AttemptOutcome, AttemptRecord, Custom, Exponential, FailedAttempt, Failure,
    FailureClass, Fixed, Guarded, Jitter, Linear, OperationState, RetryManagerConfig, RetryStats,
    RetryStrategy, ThrottleConfig,
};
pub use tokio_rustls::rustls;
pub use tokio_tungstenite::tungstenite::Utf8Bytes;

/// A connection to this URL, whose scheme is `ws` or `wss`. Nothing happens before
/// [`Builder::open`].
pub fn connect(url: impl Into<String>) -> Builder {
    Builder::to_url(url.into())
}

/// A connection to the URL that this function gives, which is asked anew for every dial: for
/// tokens that expire, and servers that move.
///
/// It may take as long as the rest of the dial, within the connect timeout. If it fails, or gives
/// what is no URL, the attempt has failed with [`Cause::NoAddress`], and there is another one
/// later. Neither what it gives nor its error is ever logged or reported.
///
/// Each dial calls a clone of the function. What it keeps between dials, and what cannot be cloned,
/// belongs into an [`Arc`](std::sync::Arc). An async closure may use what it has captured.
///
/// [`Dial::refresh`](connector::Dial::refresh) says that a token that was kept for later must not be
/// used, and a new one is needed: the peer has called the last one expired, or dials fail and nobody
/// knows why.
///
/// ```no_run
/// # use std::sync::Arc;
/// # struct Store;
/// # impl Store { async fn token(&self) -> Result<String, std::io::Error> { Ok(String::new()) } }
/// # fn example(store: Arc<Store>) -> Result<(), steadfast::OpenError> {
/// let connection = steadfast::connect_fn(async move |_| {
///     let token = store.token().await?;
///     Ok::<_, std::io::Error>(format!("wss://api.example/live?token={token}"))
/// })
/// .open()?;
/// # Ok(()) }
/// ```
pub fn connect_fn<F, Asking, Url, E>(url: F) -> Builder
where
    F: FnOnce(connector::Dial) -> Asking + Clone + Send + Sync + 'static,
    Asking: Future<Output = Result<Url, E>> + Send + 'static,
    Url: Into<String> + 'static,
    E: 'static,
{
    Builder::to_url_fn(url)
}

/// A connection over any transport: see [`connector`]. Nothing happens before [`Builder::open`].
pub fn connect_with<C: connector::Connector>(connector: C) -> Builder<C> {
    Builder::new(connector)
}
