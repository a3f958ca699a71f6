use alloc::vec::Vec;
use core::time::Duration;

use super::registration::Registration;
use crate::error::{ConfigError, ensure};
use crate::heartbeat::HeartbeatConfig;
use crate::outbox::OutboxConfig;
use crate::protocol::Hint;
use crate::retry::RetryStrategy;
use crate::time::millis;

/// How one connection is kept up. Checked once, by [`Connection::new`](super::Connection::new).
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionConfig {
    /// Who the session is.
    pub registration: Registration,
    /// The waits between attempts.
    pub retry: RetryStrategy,
    /// The number of attempts to connect again without a stable link after which the session has failed. At
    /// least 1; absent, the default, for no limit. Does not count attempts that fail while the
    /// system reports no network ([`Suspension::Offline`](super::Suspension::Offline)).
    pub max_reconnect_attempts: Option<u32>,
    /// How long a dial may take. Above zero and at most 10 minutes; 45 s by default, for a driver
    /// that does not see whether the server was reached. With the adaptive strategy it doubles after
    /// each dial that took longer, up to 5 minutes.
    pub connect_timeout: Duration,
    /// How long it may take until the server's TCP answers, for a driver that tells
    /// ([`Input::Reached`](super::Input::Reached)); absent, the default, for one that cannot see it.
    /// Above zero and at most 10 minutes. A dial that has reached nothing by then is tried again soon:
    /// giving it up costs the server nothing, unlike a place in its queue. After seven failures one
    /// such dial has four times as long.
    pub reach_timeout: Option<Duration>,
    /// How long a link has to hold before the attempts are forgotten. At most a day; 10 s by
    /// default. A server that accepts and closes again is thereby met with growing waits.
    pub stable_after: Duration,
    /// How the peer's life is probed; absent for a passive connection, which sends nothing of its
    /// own and takes every message that comes as a sign of life.
    pub heartbeat: Option<HeartbeatConfig>,
    /// What may wait while the link is down.
    pub outbox: OutboxConfig,
    /// The WebSocket close codes that end it for good. By default those that would come again at
    /// once: 1002, 1003, 1007, 1008, 1009 and 1010 (RFC 6455, 7.4.1), and 4409, by which a server
    /// says that someone else has taken the session over.
    pub fatal_close_codes: Vec<u16>,
    /// The HTTP statuses of a refused upgrade that end it for good: by default 401 and 403.
    pub fatal_statuses: Vec<u16>,
    /// The WebSocket close codes that say that the credentials are not, or no longer, good: by
    /// default 1008 (RFC 6455: policy violation), 3000 and 3003 (IANA: unauthorised, forbidden), and
    /// 4401 and 4403, by which many servers say the same. A refused upgrade with status 401 or 403
    /// says it, too. Only where [`refreshable`](Self::refreshable).
    pub expired_close_codes: Vec<u16>,
    /// Whether the driver can get fresh credentials. False by default.
    ///
    /// If so, an answer that says that they have expired leads to one immediate dial that asks for
    /// fresh ones, before it counts as a failure. The next immediate one needs a link that was
    /// stable in between. Every dial asks until one that did has opened. A code or status that is
    /// also among the final ones ends the session only if the credentials were fresh.
    ///
    /// A dial that failed without a reason of the server
    /// ([`Cause::Network`](super::Cause::Network), [`Cause::ConnectTimeout`](super::Cause::ConnectTimeout)),
    /// before it opened, or afterwards before a message came and before the link was stable, may have
    /// been refused for its credentials: no browser tells. So the dial after the second such failure in
    /// a row asks for fresh ones, and then those after the 4th, the 8th and the 16th, and from then on one
    /// every three minutes.
    pub refreshable: bool,
    /// How long the server lets a link be silent; absent, the default, if nobody knows. Pings are
    /// never farther apart, and a link that was paused for longer is replaced. From 1 s to a day.
    pub max_idle: Option<Duration>,
    /// Whether what has come is acknowledged, under `steadfast.v1`, only once it was saved that it
    /// has: then [`Output::Save`](super::Output::Save) has to be answered. False by default.
    pub save_before_ack: bool,
    /// How long the peer is ever silent, if it has promised to speak; absent, the default, if it has
    /// not. A link over which nothing came for longer is dead, with heartbeats or without. What the
    /// peer promises on a link itself ([`Input::Promise`](super::Input::Promise)) counts instead.
    /// From 1 s to a day.
    pub max_silence: Option<Duration>,
    /// The longest wait that the server may ask for, by a `Retry-After`, a close reason or a
    /// message, its window included ([`Hint::within`](crate::protocol::Hint::within)). From 0, with which no
    /// wait is granted, to a day, the default.
    pub max_server_wait: Duration,
    /// How long a page may be hidden before its link is let go of; absent, the default, for ever.
    /// At most a day.
    pub suspend_hidden_after: Option<Duration>,
}

impl ConnectionConfig {
    /// The longest `connect_timeout`.
    pub const MAX_CONNECT_TIMEOUT: Duration = Duration::from_mins(10);

    /// The longest `stable_after`.
    pub const MAX_STABLE_AFTER: Duration = Duration::from_hours(24);

    /// The defaults, for this session.
    #[must_use]
    pub fn new(registration: Registration) -> Self {
        Self {
            registration,
            retry: RetryStrategy::default(),
            max_reconnect_attempts: None,
            connect_timeout: Duration::from_secs(45),
            reach_timeout: None,
            stable_after: Duration::from_secs(10),
            heartbeat: Some(HeartbeatConfig::default()),
            outbox: OutboxConfig::default(),
            fatal_close_codes: [1002, 1003, 1007, 1008, 1009, 1010, 4409].into(),
            fatal_statuses: [401, 403].into(),
            expired_close_codes: [1008, 3000, 3003, 4401, 4403].into(),
            refreshable: false,
            max_idle: None,
            save_before_ack: false,
            max_silence: None,
            max_server_wait: Hint::LONGEST,
            suspend_hidden_after: None,
        }
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        self.registration.validate()?;
        self.retry.validate()?;
        self.outbox.validate()?;
        if let Some(heartbeat) = &self.heartbeat {
            heartbeat.validate()?;
        }
        if let Some(attempts) = self.max_reconnect_attempts {
            ensure(attempts > 0, "maxReconnectAttempts", attempts, "at least 1, or none at all")?;
        }
        let connect = self.connect_timeout;
        ensure(
            !connect.is_zero() && connect <= Self::MAX_CONNECT_TIMEOUT,
            "connectTimeout",
            millis(connect),
            "more than 0 ms and at most 600000",
        )?;
        let reach = self.reach_timeout;
        let holds = reach.is_none_or(|reach| !reach.is_zero() && reach <= Duration::from_mins(10));
        ensure(
            holds,
            "reachTimeout",
            millis(reach.unwrap_or_default()),
            "more than 0 ms and at most 600000",
        )?;
        ensure(
            self.stable_after <= Self::MAX_STABLE_AFTER,
            "stableAfter",
            millis(self.stable_after),
            "at most 86400000 ms",
        )?;
        for (field, given) in [("maxIdle", self.max_idle), ("maxSilence", self.max_silence)] {
            let range = Duration::from_secs(1)..=Duration::from_hours(24);
            let holds = given.is_none_or(|given| range.contains(&given));
            ensure(holds, field, millis(given.unwrap_or_default()), "1000 to 86400000 ms")?;
        }
        ensure(
            self.max_server_wait <= Hint::LONGEST,
            "maxServerWait",
            millis(self.max_server_wait),
            "at most 86400000 ms",
        )?;
        if let Some(after) = self.suspend_hidden_after {
            let holds = after <= Duration::from_hours(24);
            ensure(holds, "suspendHiddenAfter", millis(after), "at most 86400000 ms")?;
        }
        let few = |field, codes: &[u16]| {
            ensure(codes.len() <= 64, field, codes.len(), "at most 64 codes")
        };
        few("fatalCloseCodes", &self.fatal_close_codes)?;
        few("fatalStatuses", &self.fatal_statuses)?;
        few("expiredCloseCodes", &self.expired_close_codes)
    }
}
