//! A manager of sessions against a naive recount, whatever is done to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use arbitrary::Arbitrary;
use steadfast_core::activity::Activity;
use steadfast_core::connection::{Cause, ConnectionState, Registration, Status};
use steadfast_core::event::EventKind;
use steadfast_core::manager::{
    ConnectionManager, Liveness, ManagerConfig, ManagerOutput, ReconnectConfig, Totals,
};
use steadfast_core::quality::Quality;
use steadfast_core::retry::{Fixed, RetryStrategy};
use steadfast_core::time::Instant;

use super::judged::Judged;
use super::{at, case};

/// How many sessions steps speak of: two more than the manager has room for.
pub const SESSIONS: u8 = 12;
/// How many users they belong to.
pub const USERS: u8 = 3;

/// Something that a user, a client or time does. Numbers of sessions, users, organisations and
/// statuses are taken modulo how many there are.
#[derive(Arbitrary, Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Step {
    Disconnect {
        session: u8,
        planned: bool,
    },
    Fail {
        session: u8,
    },
    Heartbeat {
        session: u8,
        rtt: u16,
    },
    /// It becomes so late, unless it is later already.
    Leap {
        nanos: u64,
    },
    Observe {
        session: u8,
        user: u8,
        status: u8,
        latency: u32,
        misses: u8,
    },
    Pass {
        millis: u32,
    },
    Register {
        session: u8,
        user: Option<u8>,
        organization: u8,
    },
    Remove {
        session: u8,
    },
    Schedule {
        session: u8,
        attempts: u8,
    },
    Status {
        session: u8,
        to: u8,
    },
    TakeActivity,
}

/// A longer story tells nothing more.
const MAX_STEPS: usize = 500;

/// Totals and lists always equal a naive recount.
///
/// # Panics
///
/// If not.
pub fn manager(bytes: &[u8]) {
    let steps: Option<Vec<Step>> = case(bytes);
    run(steps.unwrap_or_default().into_iter().take(MAX_STEPS));
}

/// What is known without the manager: whose session it is, and what the events have told of it.
#[derive(Debug, Default)]
struct Model {
    sessions: BTreeMap<String, (Option<String>, String)>,
    statuses: BTreeMap<String, Status>,
    judged: BTreeMap<String, Judged>,
    /// Those that were reported as stale, and unchanged since.
    stale: BTreeSet<String>,
    connects: u64,
    disconnections: u64,
    reconnections: u64,
    heartbeats: u64,
    errors: u64,
    endings: u64,
}

impl Model {
    /// Something was done to a session on this side, or told of it by another.
    fn touch(&mut self, session_id: &str, done: bool) {
        if done {
            self.stale.remove(session_id);
        }
    }

    fn hear(&mut self, manager: &mut ConnectionManager) {
        while let Some(output) = manager.poll_output() {
            let ManagerOutput::Event { session_id, event } = output else { continue };
            self.judged.entry(session_id.clone()).or_default().note(&event.kind);
            match event.kind {
                EventKind::Disconnected { planned, .. } => {
                    self.disconnections += 1;
                    self.errors += u64::from(!planned);
                }
                EventKind::Heartbeat { rtt: None, .. } | EventKind::RetryFailed { .. } => {
                    self.errors += 1;
                }
                EventKind::Stale => {
                    self.stale.insert(session_id);
                }
                EventKind::Registered => {
                    self.statuses.insert(session_id, Status::Connected);
                }
                EventKind::Removed => {
                    let was = self.statuses.remove(&session_id);
                    let ended = was == Some(Status::Disconnected);
                    self.endings += u64::from(!ended && !self.stale.contains(&session_id));
                    self.judged.remove(&session_id);
                    self.stale.remove(&session_id);
                    self.sessions.remove(&session_id);
                }
                EventKind::StatusChanged { from, to } => {
                    let known = self.statuses.insert(session_id, to);
                    assert_eq!(known, Some(from), "the events tell every change");
                    self.endings += u64::from(to == Status::Disconnected);
                }
                _ => {}
            }
        }
    }

    /// What the totals would be, counted session by session.
    fn recount(&self, manager: &ConnectionManager) -> Totals {
        let mut totals = Totals {
            connects: self.connects,
            disconnections: self.disconnections,
            heartbeats: self.heartbeats,
            errors: self.errors,
            reconnections: self.reconnections,
            endings: self.endings,
            // No event tells that a report is missing.
            reporting: manager.totals().reporting,
            ..Totals::default()
        };
        for state in manager.connections() {
            let is_stale = self.stale.contains(&state.session_id);
            assert_eq!(
                manager.liveness(&state.session_id) == Some(Liveness::Stale),
                is_stale && state.status != Status::Disconnected,
                "the events tell who is stale"
            );
            if is_stale {
                totals.stale += 1;
                continue;
            }
            let statuses = &mut totals.by_status;
            *match state.status {
                Status::Connected => &mut statuses.connected,
                Status::Disconnected => &mut statuses.disconnected,
                Status::Failed => &mut statuses.failed,
                Status::Reconnecting => &mut statuses.reconnecting,
                Status::Suspended => &mut statuses.suspended,
            } += 1;
            if state.status == Status::Disconnected {
                continue;
            }
            let qualities = &mut totals.by_quality;
            *match state.connection_quality {
                Some(Quality::Critical) => &mut qualities.critical,
                Some(Quality::Poor) => &mut qualities.poor,
                Some(Quality::Good) => &mut qualities.good,
                Some(Quality::Excellent) => &mut qualities.excellent,
                None => &mut qualities.unknown,
            } += 1;
            let poor = state.connection_quality.is_some_and(|quality| quality < Quality::Good);
            match state.status {
                Status::Connected if poor => totals.unhealthy += 1,
                Status::Connected if state.connection_quality.is_some() => totals.healthy += 1,
                Status::Failed | Status::Reconnecting => totals.unhealthy += 1,
                Status::Connected | Status::Disconnected | Status::Suspended => {}
            }
            if let Some(latency) = state.latency {
                totals.measured += 1;
                totals.latency_micros += u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
            }
        }
        assert!(totals.reporting <= totals.live());
        totals
    }

    /// Connects and reconnections have no event of their own: they follow from the records.
    fn count_connects(&mut self, before: &[ConnectionState], manager: &ConnectionManager) {
        for state in manager.connections().filter(|state| state.status == Status::Connected) {
            let id = &state.session_id;
            match before.iter().find(|before| before.session_id == *id) {
                None => self.connects += 1,
                Some(before) if before.status != Status::Connected => {
                    self.connects += 1;
                    self.reconnections += u64::from(before.disconnected_at.is_some());
                }
                Some(_) => {}
            }
        }
    }
}

/// Does all this to a manager, and recounts after each step.
///
/// # Panics
///
/// If the manager counts otherwise, or a deadline that it told is over and was not met.
pub fn run(steps: impl IntoIterator<Item = Step>) {
    let config = ManagerConfig {
        max_sessions: 10,
        forget_after: Some(Duration::from_mins(20)),
        reconnect: Some(ReconnectConfig { max_attempts: Some(4), ..ReconnectConfig::default() }),
        ..ManagerConfig::default()
    };
    let mut manager = ConnectionManager::new(config, 7).expect("it makes sense");
    let mut model = Model::default();
    let mut now = Instant::from_millis(1_700_000_000_000);
    let name = |session: u8| format!("s{}", session % SESSIONS);
    let status = |status: u8| Status::ALL[usize::from(status) % Status::ALL.len()];
    for step in steps {
        let before: Vec<_> = manager.connections().collect();
        let mut observed = false;
        match step {
            Step::Register { session, user, organization } => {
                let registration = Registration {
                    user_id: user.map(|user| format!("u{}", user % USERS)),
                    organization_id: format!("o{}", organization % 2),
                    ..Registration::new(name(session), "web")
                };
                let names = (registration.user_id.clone(), registration.organization_id.clone());
                let id = registration.session_id.clone();
                if manager.register_connection(now, registration).is_ok() {
                    model.sessions.insert(id, names);
                }
            }
            Step::Heartbeat { session, rtt } => {
                let sent = now - Duration::from_millis(rtt.into());
                let beat = manager.update_heartbeat(now, &name(session), sent);
                model.heartbeats += u64::from(beat.is_ok());
                model.touch(&name(session), beat.is_ok());
            }
            Step::Status { session, to } => {
                let changed = manager.update_status(now, &name(session), status(to));
                model.touch(&name(session), changed.is_ok());
            }
            Step::Disconnect { session, planned } => {
                let cause = if planned { Cause::ClosedByUser } else { Cause::Network };
                let lost = manager.disconnect(now, &name(session), cause);
                model.touch(&name(session), lost.is_ok());
            }
            Step::Schedule { session, attempts } => {
                let config = ReconnectConfig {
                    max_attempts: Some(u32::from(attempts).max(1)),
                    ..ReconnectConfig::default()
                };
                let retry = RetryStrategy::Fixed(Fixed::default());
                let scheduled = manager.schedule_reconnection(now, &name(session), config, retry);
                model.touch(&name(session), scheduled.is_ok());
            }
            Step::Fail { session } => {
                drop(manager.reconnection_failed(now, &name(session), Cause::Network));
            }
            Step::Observe { session, user, status: told, latency, misses } => {
                let id = name(session);
                let mut state = ConnectionState::new(Registration {
                    user_id: Some(format!("u{}", user % USERS)),
                    ..Registration::new(id.clone(), "web")
                });
                state.status = status(told);
                state.latency = (latency > 0).then(|| Duration::from_micros(latency.into()));
                let activity = Activity { missed_heartbeats: misses.into(), ..Activity::default() };
                let next_in = Duration::from_secs(misses.into());
                if manager.observe(now, &state, &activity, next_in).is_ok() {
                    model.errors += u64::from(misses);
                    model.sessions.insert(id.clone(), (state.user_id, state.organization_id));
                    observed = true;
                    model.touch(&id, true);
                    // It comes in with whatever status it has.
                    model.hear(&mut manager);
                    model.statuses.insert(id, status(told));
                }
            }
            Step::Remove { session } => drop(manager.remove(&name(session))),
            Step::Leap { nanos } => {
                now = now.max(at(nanos));
                manager.handle_timeout(now);
                assert!(manager.poll_timeout().is_none_or(|due| due > now));
            }
            Step::Pass { millis } => {
                now = now + Duration::from_millis(millis.into());
                manager.handle_timeout(now);
                assert!(manager.poll_timeout().is_none_or(|due| due > now));
            }
            Step::TakeActivity => drop(manager.take_activity()),
        }
        if !observed {
            model.count_connects(&before, &manager);
        }
        model.hear(&mut manager);
        assert_eq!(manager.totals(), model.recount(&manager));
        same_sessions(&manager, &model);
    }
}

fn same_sessions(manager: &ConnectionManager, model: &Model) {
    let ids = |states: &mut dyn Iterator<Item = ConnectionState>| {
        let mut ids: Vec<_> = states.map(|state| state.session_id).collect();
        ids.sort();
        ids
    };
    let expected: Vec<_> = model.sessions.keys().cloned().collect();
    assert_eq!(ids(&mut manager.connections()), expected);
    for (id, status) in &model.statuses {
        assert_eq!(manager.status(id), Some(*status));
    }
    for user in (0..USERS).map(|user| format!("u{user}")) {
        let of_user = model.sessions.iter().filter(|(_, (of, _))| of.as_ref() == Some(&user));
        let expected: Vec<_> = of_user.map(|(id, _)| id.clone()).collect();
        assert_eq!(ids(&mut manager.connections_of_user(&user)), expected);
    }
    for organization in ["o0", "o1", "default"] {
        let theirs = model.sessions.iter().filter(|(_, (_, of))| of == organization);
        let expected: Vec<_> = theirs.map(|(id, _)| id.clone()).collect();
        assert_eq!(manager.sessions_of_organization(organization), expected.len());
        assert_eq!(ids(&mut manager.connections_of_organization(organization)), expected);
    }
}
