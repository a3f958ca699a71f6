use core::time::Duration;

use crate::error::{ConfigError, ensure};
use crate::heartbeat::HeartbeatConfig;
use crate::retry::RetryStrategy;
use crate::time::millis;

/// The bounds and deadlines of a [`ConnectionManager`](super::ConnectionManager). In JSON durations
/// are milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct ManagerConfig {
    /// The most sessions. From 1 to 100,000,000; 1,000,000 by default.
    pub max_sessions: usize,
    /// The most sessions of one organisation. At least 1; absent, the default, for no limit.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub max_sessions_per_organization: Option<usize>,
    /// The most sessions of one user. From 1 to 1000; absent, the default, for no limit.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub max_sessions_per_user: Option<usize>,
    /// The most outputs that wait to be polled; beyond it the oldest go. From 1 to 1,000,000;
    /// 10,000 by default.
    pub max_events: usize,
    /// What the next heartbeat's interval follows, when one is late, and how many may be missed.
    pub heartbeat: HeartbeatConfig,
    /// Whether a registered session whose heartbeats stay away is lost. True by default.
    pub expect_heartbeats: bool,
    /// How a registered session that was lost is connected again by itself; absent for not at all.
    pub reconnect: Option<ReconnectConfig>,
    /// The waits between those attempts.
    pub retry: RetryStrategy,
    /// A session without a link that nothing was heard of for so long is forgotten. From 1 s to
    /// 400 days; an hour by default. Absent for never.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    pub forget_after: Option<Duration>,
}

/// The bounds of a session's reconnection. In JSON durations are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct ReconnectConfig {
    /// The number of attempts after which the session has failed. At least 1; absent, the default, for no
    /// limit.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub max_attempts: Option<u32>,
    /// An attempt of which nothing is heard for so long has failed. From 1 ms to 10 minutes; 15 s
    /// by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub attempt_timeout: Duration,
}

impl Default for ManagerConfig {
    fn default() -> Self {
        Self {
            max_sessions: 1_000_000,
            max_sessions_per_organization: None,
            max_sessions_per_user: None,
            max_events: 10_000,
            heartbeat: HeartbeatConfig::default(),
            expect_heartbeats: true,
            reconnect: Some(ReconnectConfig::default()),
            retry: RetryStrategy::default(),
            forget_after: Some(Duration::from_hours(1)),
        }
    }
}

impl Default for ReconnectConfig {
    fn default() -> Self {
        Self { max_attempts: None, attempt_timeout: Duration::from_secs(15) }
    }
}

impl ManagerConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let (sessions, events) = (self.max_sessions, self.max_events);
        let allowed = "1 to 100000000";
        ensure((1..=100_000_000).contains(&sessions), "maxSessions", sessions, allowed)?;
        if let Some(most) = self.max_sessions_per_organization {
            ensure(most >= 1, "maxSessionsPerOrganization", most, "at least 1")?;
        }
        if let Some(most) = self.max_sessions_per_user {
            ensure((1..=1000).contains(&most), "maxSessionsPerUser", most, "1 to 1000")?;
        }
        ensure((1..=1_000_000).contains(&events), "maxEvents", events, "1 to 1000000")?;
        if let Some(after) = self.forget_after {
            let range = Duration::from_secs(1)..=Duration::from_hours(400 * 24);
            let allowed = "1000 to 34560000000 ms";
            ensure(range.contains(&after), "forgetAfter", millis(after), allowed)?;
        }
        if let Some(reconnect) = &self.reconnect {
            reconnect.validate()?;
        }
        self.retry.validate()?;
        self.heartbeat.validate()
    }
}

impl ReconnectConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if let Some(attempts) = self.max_attempts {
            let allowed = "at least 1, or none at all";
            ensure(attempts >= 1, "reconnect.maxAttempts", attempts, allowed)?;
        }
        let range = Duration::from_millis(1)..=Duration::from_mins(10);
        let timeout = self.attempt_timeout;
        let allowed = "1 to 600000 ms";
        ensure(range.contains(&timeout), "reconnect.attemptTimeout", millis(timeout), allowed)
    }
}
