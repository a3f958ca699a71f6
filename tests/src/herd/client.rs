use std::time::Duration;

use steadfast_core::connection::{Cause, Connection, ConnectionConfig, Registration, Status};
use steadfast_core::protocol::Hint;
use steadfast_core::time::Instant;

use super::server::Refusal;

/// What a client sees of a dial that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// A browser: every dial that fails looks alike (close code 1006).
    Browser,
    /// A native program: it sees HTTP statuses.
    Native,
}

impl Platform {
    /// What this platform calls a refusal, and what it learns by it.
    pub(super) fn cause(self, refusal: Refusal) -> (Cause, Hint) {
        let slot = |seconds| Hint::slot(Duration::from_secs(seconds));
        match (self, refusal) {
            (_, Refusal::TryLater(seconds)) => (Cause::ClosedByPeer { code: 1013 }, slot(seconds)),
            (Self::Browser, _) | (Self::Native, Refusal::Reset) => (Cause::Network, Hint::NONE),
            (Self::Native, Refusal::GatewayTimeout) => {
                (Cause::Rejected { status: 504 }, Hint::NONE)
            }
            (Self::Native, Refusal::Unavailable(seconds)) => {
                (Cause::Rejected { status: 503 }, seconds.map_or(Hint::NONE, slot))
            }
        }
    }
}

/// The machine of one client. It sends no heartbeats: the links of a herd do not break.
pub(super) fn client(seed: u64, platform: Platform) -> Connection {
    let registration = Registration::new(seed.to_string(), "simulated");
    let mut config = ConnectionConfig { heartbeat: None, ..ConnectionConfig::new(registration) };
    if platform == Platform::Native {
        config.connect_timeout = Duration::from_secs(90);
        config.reach_timeout = Some(Duration::from_millis(8500));
    }
    #[allow(clippy::expect_used, reason = "the defaults are valid")]
    Connection::new(config, seed, Instant::ORIGIN).expect("the defaults are valid")
}

/// Whether a client has a link.
pub(super) fn is_connected(client: &Connection) -> bool {
    client.state().status == Status::Connected
}
