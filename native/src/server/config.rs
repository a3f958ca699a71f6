use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::protocol::AckConfig;
use steadfast_core::protocol::server::{RegistryConfig, SessionConfig, SlotConfig};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::buffers::ensure_within;

/// What a [`Server`](super::Server) keeps, and for how long. Checked once, by
/// [`Server::new`](super::Server::new).
#[derive(Clone, Copy, Debug)]
pub struct ServerConfig {
    /// When messages of clients are acknowledged.
    pub acknowledgements: AckConfig,
    /// How long a newcomer may take, from the first byte to its [`Hello`]. Above zero and at most 10
    /// minutes; 10 s by default.
    ///
    /// [`Hello`]: steadfast_core::protocol::Hello
    pub handshake_timeout: Duration,
    /// How many messages of a client wait to be read, before nothing more is read from its socket.
    /// From 1 to 1,000,000; 64 by default. Their bytes are bounded by `max_bytes`, too.
    pub inbound: usize,
    /// The most bytes that are kept for a client that has not acknowledged them. From 1 to 2^30;
    /// 1 MiB by default. A first message always fits.
    pub max_bytes: usize,
    /// How long no byte may move on a link. From 1 s to a day, or absent for no limit; 90 s by default,
    /// since the timers of a page that is hidden run once a minute. The welcome carries it.
    pub max_idle: Option<Duration>,
    /// The longest message, in bytes. From 1 to 2^30; 16 MiB by default.
    pub max_message_size: usize,
    /// The most messages that are kept for a client that has not acknowledged them. From 1 to
    /// 1,000,000; 1000 by default.
    pub max_messages: usize,
    /// The most sessions. From 1 to 10,000,000; 10,000 by default. For a further one that session
    /// goes whose client has been away for longest.
    pub max_sessions: usize,
    /// How long a session waits for its client to come back. At most a day; 2 minutes by default.
    pub retention: Duration,
    /// What the server can take. Absent, the default, it takes every client.
    pub slots: Option<SlotConfig>,
}

/// The bytes that a socket reads, and writes, at once. What is larger gets a buffer of its own for
/// as long as it needs one.
const BUFFER: usize = 4 << 10;

impl Default for ServerConfig {
    fn default() -> Self {
        let session = SessionConfig::default();
        let registry = RegistryConfig::default();
        Self {
            acknowledgements: session.ack,
            handshake_timeout: Duration::from_secs(10),
            inbound: 64,
            max_bytes: session.max_bytes,
            max_idle: Some(Duration::from_secs(90)),
            max_message_size: 16 << 20,
            max_messages: session.max_messages,
            max_sessions: registry.max_sessions,
            retention: registry.retention,
            slots: None,
        }
    }
}

impl ServerConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        self.session().validate()?;
        self.registry().validate()?;
        self.slots.map_or(Ok(()), |slots| slots.validate())?;
        ensure_within("inbound", self.inbound, 1..=1_000_000, "1 to 1000000")?;
        let longest = self.max_message_size;
        ensure_within("maxMessageSize", longest, 1..=1 << 30, "1 to 1073741824")?;
        within(
            self.handshake_timeout,
            Duration::from_millis(1)..=Duration::from_mins(10),
            "handshakeTimeout",
            "1 to 600000 ms",
        )?;
        self.max_idle.map_or(Ok(()), |max_idle| {
            let allowed = "1000 to 86400000 ms, or none at all";
            within(max_idle, Duration::from_secs(1)..=Duration::from_hours(24), "maxIdle", allowed)
        })
    }

    pub(super) fn session(&self) -> SessionConfig {
        SessionConfig {
            max_messages: self.max_messages,
            max_bytes: self.max_bytes,
            ack: self.acknowledgements,
        }
    }

    pub(super) fn registry(&self) -> RegistryConfig {
        RegistryConfig { max_sessions: self.max_sessions, retention: self.retention }
    }

    pub(super) fn websocket(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(Some(self.max_message_size))
            .max_frame_size(Some(self.max_message_size))
    }
}

fn within(
    duration: Duration,
    range: std::ops::RangeInclusive<Duration>,
    field: &'static str,
    allowed: &'static str,
) -> Result<(), ConfigError> {
    if range.contains(&duration) {
        return Ok(());
    }
    Err(ConfigError::out_of_range(field, &duration.as_millis().to_string(), allowed))
}
