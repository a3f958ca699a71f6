use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString};
use core::mem;
use core::time::Duration;

use super::error::ManagerError;
use super::totals::Totals;
use crate::activity::Activity;
use crate::connection::{ConnectionState, Registration, Status};
use crate::error::{ConfigError, ensure};
use crate::event::{Event, EventKind};
use crate::heartbeat::{HeartbeatConfig, Rtt, interval};
use crate::quality::{Quality, QualityTracker};
use crate::rng::SeededRandom;
use crate::time::Instant;

/// Holds the records of many sessions, with running totals: those of one program, or of a whole
/// fleet.
///
/// Sessions come in by [`register_connection`](Self::register_connection), when this side holds
/// their sockets and hears their heartbeats itself, or by [`observe`](Self::observe), when another
/// side does and tells.
#[derive(Clone, Debug)]
pub struct ConnectionManager {
    config: ManagerConfig,
    sessions: BTreeMap<String, Session>,
    totals: Totals,
    activity: Activity,
    events: VecDeque<(String, Event)>,
    random: SeededRandom,
}

/// The bounds of a [`ConnectionManager`].
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct ManagerConfig {
    /// The most sessions. From 1 to 100,000,000; 1,000,000 by default.
    pub max_sessions: usize,
    /// The most events that wait to be polled; beyond it the oldest go. From 1 to 1,000,000;
    /// 10,000 by default.
    pub max_events: usize,
    /// What the next heartbeat's interval follows.
    pub heartbeat: HeartbeatConfig,
}

/// What a heartbeat changed.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct HeartbeatUpdate {
    /// The round-trip time of this heartbeat.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub rtt: Duration,
    /// The running average (RFC 6298's `SRTT`).
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub latency: Duration,
    /// How good the link is; absent while there is too little to judge by.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub quality: Option<Quality>,
    /// The time until the next heartbeat.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub next_interval: Duration,
}

#[derive(Clone, Debug)]
struct Session {
    state: ConnectionState,
    rtt: Rtt,
    quality: QualityTracker,
}

impl Default for ManagerConfig {
    fn default() -> Self {
        Self { max_sessions: 1_000_000, max_events: 10_000, heartbeat: HeartbeatConfig::default() }
    }
}

impl ManagerConfig {
    fn validate(&self) -> Result<(), ConfigError> {
        let (sessions, events) = (self.max_sessions, self.max_events);
        let allowed = "1 to 100000000";
        ensure((1..=100_000_000).contains(&sessions), "maxSessions", sessions, allowed)?;
        ensure((1..=1_000_000).contains(&events), "maxEvents", events, "1 to 1000000")?;
        self.heartbeat.validate()
    }
}

impl ConnectionManager {
    /// A manager without sessions. `seed` spreads the heartbeats of its sessions.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: ManagerConfig, seed: u64) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            config,
            sessions: BTreeMap::new(),
            totals: Totals::default(),
            activity: Activity::default(),
            events: VecDeque::new(),
            random: SeededRandom::new(seed),
        })
    }

    /// The record of a session.
    #[must_use]
    pub fn connection(&self, session_id: &str) -> Option<&ConnectionState> {
        self.sessions.get(session_id).map(|session| &session.state)
    }

    /// All records, ordered by session id.
    pub fn connections(&self) -> impl Iterator<Item = &ConnectionState> {
        self.sessions.values().map(|session| &session.state)
    }

    /// How many sessions there are, of which kind.
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// What happened since [`take_activity`](Self::take_activity) was last called.
    #[must_use]
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// What happened since the last call.
    #[must_use]
    pub fn take_activity(&mut self) -> Activity {
        mem::take(&mut self.activity)
    }

    /// The next event, with the session it belongs to.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<(String, Event)> {
        self.events.pop_front()
    }

    /// A session has connected.
    ///
    /// # Errors
    ///
    /// If it makes no sense, exists already, or is one too many.
    pub fn register_connection(
        &mut self,
        now: Instant,
        registration: Registration,
    ) -> Result<&ConnectionState, ManagerError> {
        registration.validate()?;
        if self.sessions.contains_key(&registration.session_id) {
            return Err(ManagerError::DuplicateSession(registration.session_id));
        }
        self.ensure_room()?;
        let session_id = registration.session_id.clone();
        let mut state = ConnectionState::new(registration);
        state.status = Status::Connected;
        state.connected_at = Some(now);
        state.last_heartbeat = Some(now);
        self.totals.add(&state);
        self.activity.connects += 1;
        let session = Session { state, rtt: Rtt::new(), quality: QualityTracker::default() };
        self.emit(&session_id, now, EventKind::Registered);
        Ok(&self.sessions.entry(session_id).or_insert(session).state)
    }

    /// A heartbeat of a session came in. `client_timestamp` is when it set out, by the clock that
    /// also gives `now`.
    ///
    /// # Errors
    ///
    /// If there is no such session, or the time stamp lies in the future.
    pub fn update_heartbeat(
        &mut self,
        now: Instant,
        session_id: &str,
        client_timestamp: Instant,
    ) -> Result<HeartbeatUpdate, ManagerError> {
        if client_timestamp > now {
            let ahead = client_timestamp.saturating_since(now);
            let ahead_millis = u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX);
            return Err(ManagerError::TimestampInFuture { ahead_millis });
        }
        let session = find(&mut self.sessions, session_id)?;
        let rtt = now.saturating_since(client_timestamp);
        session.rtt.sample(rtt);
        let change = session.quality.answered(now, rtt);
        let latency = session.rtt.srtt().unwrap_or(rtt);
        let quality = session.quality.quality();

        self.totals.subtract(&session.state);
        session.state.last_heartbeat = Some(now);
        session.state.missed_heartbeats = 0;
        session.state.latency = Some(latency);
        session.state.connection_quality = quality;
        self.totals.add(&session.state);

        let heartbeat = EventKind::Heartbeat { rtt: Some(rtt), missed: 0 };
        self.activity.record(&heartbeat);
        if let Some(change) = change {
            let (from, to, score) = (change.from, change.to, change.score);
            self.emit(session_id, now, EventKind::QualityChanged { from, to, score });
        }
        let next_interval = interval(&self.config.heartbeat, quality, None, &mut self.random);
        Ok(HeartbeatUpdate { rtt, latency, quality, next_interval })
    }

    /// The status of a session becomes another.
    ///
    /// # Errors
    ///
    /// If there is no such session, or [`Status::may_become`] says no.
    pub fn update_status(
        &mut self,
        now: Instant,
        session_id: &str,
        to: Status,
    ) -> Result<&ConnectionState, ManagerError> {
        let session = find(&mut self.sessions, session_id)?;
        let from = session.state.status;
        let to = from.become_legally(to)?;
        self.totals.subtract(&session.state);
        let state = &mut session.state;
        state.status = to;
        if from == Status::Connected && to != Status::Suspended {
            let planned = to == Status::Disconnected;
            state.disconnected_at = Some(now);
            state.total_disconnections = state.total_disconnections.saturating_add(1);
            self.activity.disconnections += 1;
            if !planned {
                self.activity.unplanned_disconnections += 1;
                session.quality.disconnected(now);
            }
        }
        if to == Status::Connected {
            let was_down = session.state.disconnected_at.take().is_some();
            session.state.connected_at = Some(now);
            self.activity.connects += 1;
            self.activity.reconnections += u64::from(was_down);
        }
        self.totals.add(&session.state);
        self.emit(session_id, now, EventKind::StatusChanged { from, to });
        Ok(&find(&mut self.sessions, session_id)?.state)
    }

    /// The side that holds a session's socket tells its record, and what happened since it last
    /// told. The record replaces the one known so far: what lies between the two was seen there.
    ///
    /// # Errors
    ///
    /// If the session is new and one too many.
    pub fn observe(
        &mut self,
        now: Instant,
        state: ConnectionState,
        activity: &Activity,
    ) -> Result<(), ManagerError> {
        let session_id = state.session_id.clone();
        let from = if let Some(session) = self.sessions.get_mut(&session_id) {
            self.totals.subtract(&session.state);
            self.totals.add(&state);
            Some(mem::replace(&mut session.state, state).status)
        } else {
            self.ensure_room()?;
            self.totals.add(&state);
            let session = Session { state, rtt: Rtt::new(), quality: QualityTracker::default() };
            self.sessions.insert(session_id.clone(), session);
            None
        };
        self.activity.merge(activity);
        let to = self.connection(&session_id).map(|state| state.status);
        match (from, to) {
            (None, _) => self.emit(&session_id, now, EventKind::Registered),
            (Some(from), Some(to)) if from != to => {
                self.emit(&session_id, now, EventKind::StatusChanged { from, to });
            }
            _ => {}
        }
        Ok(())
    }

    /// Forgets a session, and gives its last record.
    ///
    /// # Errors
    ///
    /// If there is no such session.
    pub fn remove(&mut self, session_id: &str) -> Result<ConnectionState, ManagerError> {
        let removed = self.sessions.remove(session_id);
        let Session { state, .. } = removed.ok_or_else(|| unknown(session_id))?;
        self.totals.subtract(&state);
        Ok(state)
    }

    fn ensure_room(&self) -> Result<(), ManagerError> {
        let max = self.config.max_sessions;
        if self.sessions.len() < max { Ok(()) } else { Err(ManagerError::TooManySessions { max }) }
    }

    fn emit(&mut self, session_id: &str, at: Instant, kind: EventKind) {
        if self.events.len() >= self.config.max_events {
            self.events.pop_front();
        }
        self.events.push_back((session_id.to_string(), Event { at, kind }));
    }
}

fn find<'a>(
    sessions: &'a mut BTreeMap<String, Session>,
    session_id: &str,
) -> Result<&'a mut Session, ManagerError> {
    sessions.get_mut(session_id).ok_or_else(|| unknown(session_id))
}

fn unknown(session_id: &str) -> ManagerError {
    ManagerError::UnknownSession(session_id.to_string())
}

#[cfg(test)]
mod tests;
