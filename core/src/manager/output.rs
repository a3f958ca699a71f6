use alloc::string::String;
use core::time::Duration;

use crate::event::Event;
use crate::quality::Quality;
use crate::time::Instant;

/// What a [`ConnectionManager`](super::ConnectionManager) has to say, in order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ManagerOutput {
    /// Something happened to a session.
    Event {
        /// The session's id.
        session_id: String,
        /// What happened, and when.
        event: Event,
    },
    /// The time has come to try to connect a session again. Report its end by
    /// [`update_status`](super::ConnectionManager::update_status), a heartbeat, or
    /// [`reconnection_failed`](super::ConnectionManager::reconnection_failed).
    Reconnect {
        /// The session's id.
        session_id: String,
        /// The number of the attempt, from 1.
        attempt: u32,
    },
}

/// What a heartbeat changed.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct HeartbeatUpdate {
    /// The round-trip time of this heartbeat.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub rtt: Duration,
    /// The running average (RFC 6298's `SRTT`), in whole microseconds.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub latency: Duration,
    /// How good the link is; absent while there is too little to judge by.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub quality: Option<Quality>,
    /// The time until the next heartbeat.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub next_interval: Duration,
}

/// An attempt to connect a session again that will be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct ScheduledReconnection {
    /// Its number, from 1.
    pub attempt: u32,
    /// When it is due.
    pub at: Instant,
    /// The wait before it.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub delay: Duration,
}
