//! A manager of sessions against a naive recount, under random operations.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use steadfast_core::activity::Activity;
use steadfast_core::connection::{Cause, ConnectionState, Registration, Status};
use steadfast_core::event::EventKind;
use steadfast_core::manager::{
    ConnectionManager, ManagerConfig, ManagerOutput, ReconnectConfig, Totals,
};
use steadfast_core::quality::Quality;
use steadfast_core::retry::{Fixed, RetryStrategy};
use steadfast_core::time::Instant;

const SESSIONS: usize = 12;
const USERS: usize = 3;

/// Something that a user, a client or time does.
#[derive(Clone, Debug)]
enum Step {
    Register { session: usize, user: Option<usize>, organization: usize },
    Heartbeat { session: usize, rtt: u64 },
    Status { session: usize, to: usize },
    Disconnect { session: usize, planned: bool },
    Schedule { session: usize, attempts: u32 },
    Fail { session: usize },
    Observe { session: usize, user: usize, status: usize, latency: u64, misses: u64 },
    Remove { session: usize },
    Pass { millis: u64 },
    TakeActivity,
}

fn step() -> impl Strategy<Value = Step> {
    let session = 0..SESSIONS;
    let user = 0..USERS;
    prop_oneof![
        4 => (session.clone(), prop::option::of(user.clone()), 0..2_usize)
            .prop_map(|(session, user, organization)| Step::Register { session, user, organization }),
        8 => (session.clone(), prop_oneof![1..100_u64, 500..3000_u64])
            .prop_map(|(session, rtt)| Step::Heartbeat { session, rtt }),
        4 => (session.clone(), 0..5_usize).prop_map(|(session, to)| Step::Status { session, to }),
        2 => (session.clone(), any::<bool>())
            .prop_map(|(session, planned)| Step::Disconnect { session, planned }),
        1 => (session.clone(), 1..3_u32)
            .prop_map(|(session, attempts)| Step::Schedule { session, attempts }),
        2 => session.clone().prop_map(|session| Step::Fail { session }),
        2 => (session.clone(), user, 0..5_usize, 0..5000_u64, 0..3_u64).prop_map(
            |(session, user, status, latency, misses)| Step::Observe {
                session, user, status, latency, misses,
            }
        ),
        1 => session.prop_map(|session| Step::Remove { session }),
        8 => prop_oneof![1..2000_u64, 1000..60_000_u64, 60_000..2_000_000_u64]
            .prop_map(|millis| Step::Pass { millis }),
        1 => Just(Step::TakeActivity),
    ]
}

/// What is known without the manager: whose session it is, and what the events have told of it.
#[derive(Debug, Default)]
struct Model {
    sessions: BTreeMap<String, (Option<String>, String)>,
    statuses: BTreeMap<String, Status>,
    connects: u64,
    disconnections: u64,
    reconnections: u64,
    heartbeats: u64,
    errors: u64,
}

impl Model {
    fn hear(&mut self, manager: &mut ConnectionManager) {
        while let Some(output) = manager.poll_output() {
            let ManagerOutput::Event { session_id, event } = output else { continue };
            match event.kind {
                EventKind::Disconnected { planned, .. } => {
                    self.disconnections += 1;
                    self.errors += u64::from(!planned);
                }
                EventKind::Heartbeat { rtt: None, .. } | EventKind::RetryFailed { .. } => {
                    self.errors += 1;
                }
                EventKind::Registered => {
                    self.statuses.insert(session_id, Status::Connected);
                }
                EventKind::Removed => {
                    self.statuses.remove(&session_id);
                    self.sessions.remove(&session_id);
                }
                EventKind::StatusChanged { from, to } => {
                    let known = self.statuses.insert(session_id, to);
                    assert_eq!(known, Some(from), "the events tell every change");
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
            ..Totals::default()
        };
        for state in manager.connections() {
            let statuses = &mut totals.by_status;
            *match state.status {
                Status::Connected => &mut statuses.connected,
                Status::Disconnected => &mut statuses.disconnected,
                Status::Failed => &mut statuses.failed,
                Status::Reconnecting => &mut statuses.reconnecting,
                Status::Suspended => &mut statuses.suspended,
            } += 1;
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
                Status::Connected if !poor => totals.healthy += 1,
                Status::Connected | Status::Failed | Status::Reconnecting => totals.unhealthy += 1,
                Status::Disconnected | Status::Suspended => {}
            }
            if let Some(latency) = state.latency {
                totals.measured += 1;
                totals.latency_micros += u64::try_from(latency.as_micros()).unwrap();
            }
        }
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

fn run(steps: Vec<Step>) {
    let config = ManagerConfig {
        max_sessions: 10,
        stale_after: Some(Duration::from_mins(20)),
        reconnect: Some(ReconnectConfig { max_attempts: Some(4), ..ReconnectConfig::default() }),
        ..ManagerConfig::default()
    };
    let mut manager = ConnectionManager::new(config, 7).unwrap();
    let mut model = Model::default();
    let mut now = Instant::from_millis(1_700_000_000_000);
    for step in steps {
        let before: Vec<_> = manager.connections().collect();
        let mut observed = false;
        match step {
            Step::Register { session, user, organization } => {
                let registration = Registration {
                    user_id: user.map(|user| format!("u{user}")),
                    organization_id: format!("o{organization}"),
                    ..Registration::new(format!("s{session}"), "web")
                };
                let names = (registration.user_id.clone(), registration.organization_id.clone());
                let id = registration.session_id.clone();
                if manager.register_connection(now, registration).is_ok() {
                    model.sessions.insert(id, names);
                }
            }
            Step::Heartbeat { session, rtt } => {
                let sent = now - Duration::from_millis(rtt);
                let beat = manager.update_heartbeat(now, &format!("s{session}"), sent);
                model.heartbeats += u64::from(beat.is_ok());
            }
            Step::Status { session, to } => {
                drop(manager.update_status(now, &format!("s{session}"), Status::ALL[to]));
            }
            Step::Disconnect { session, planned } => {
                let cause = if planned { Cause::ClosedByUser } else { Cause::Network };
                drop(manager.disconnect(now, &format!("s{session}"), cause));
            }
            Step::Schedule { session, attempts } => {
                let config =
                    ReconnectConfig { max_attempts: Some(attempts), ..ReconnectConfig::default() };
                let retry = RetryStrategy::Fixed(Fixed::default());
                drop(manager.schedule_reconnection(now, &format!("s{session}"), config, retry));
            }
            Step::Fail { session } => {
                drop(manager.reconnection_failed(now, &format!("s{session}"), Cause::Network));
            }
            Step::Observe { session, user, status, latency, misses } => {
                let id = format!("s{session}");
                let mut state = ConnectionState::new(Registration {
                    user_id: Some(format!("u{user}")),
                    ..Registration::new(id.clone(), "web")
                });
                state.status = Status::ALL[status];
                state.latency = (latency > 0).then(|| Duration::from_micros(latency));
                let activity = Activity { missed_heartbeats: misses, ..Activity::default() };
                if manager.observe(now, &state, &activity).is_ok() {
                    model.errors += misses;
                    model.sessions.insert(id.clone(), (state.user_id, state.organization_id));
                    observed = true;
                    // It comes in with whatever status it has.
                    model.hear(&mut manager);
                    model.statuses.insert(id, Status::ALL[status]);
                }
            }
            Step::Remove { session } => drop(manager.remove(&format!("s{session}"))),
            Step::Pass { millis } => {
                now = now + Duration::from_millis(millis);
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn totals_and_lists_always_equal_a_naive_recount(
        steps in prop::collection::vec(step(), 1..200),
    ) {
        run(steps);
    }
}
