//! The records of many sessions, whose deadlines the manager keeps by itself.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake};
use std::time::{Duration, SystemTime};

use futures::{Stream as _, StreamExt as _};
use steadfast::core::manager::ManagerError as Refusal;
use steadfast::{
    Activity, Cause, ConnectionManager, EventKind, Events, EventsMissed, Fixed, Heartbeat,
    Intervals, Liveness, ManagerConfig, ManagerError, ManagerOutput, Quality, ReconnectConfig,
    Registration, Status,
};
use tokio::runtime::Handle;

const SECOND: Duration = Duration::from_secs(1);

fn manager() -> ConnectionManager {
    ConnectionManager::new(ManagerConfig::default()).unwrap()
}

/// Of which heartbeats are expected every second, and the second that is missed is the last.
fn strict() -> ConnectionManager {
    let late = Duration::from_millis(100);
    let heartbeat = Heartbeat {
        intervals: Intervals::fixed(SECOND),
        late_min: late,
        late_max: late,
        max_missed: 2,
        ..Heartbeat::default()
    };
    let retry = Fixed { delay: SECOND, ..Fixed::default() }.into();
    let reconnect = Some(ReconnectConfig { max_attempts: Some(2), attempt_timeout: 5 * SECOND });
    let config = ManagerConfig { heartbeat, retry, reconnect, ..ManagerConfig::default() };
    ConnectionManager::new(config).unwrap()
}

fn session(id: &str, user: &str, organization: &str) -> Registration {
    Registration {
        user_id: Some(user.into()),
        organization_id: organization.into(),
        ..Registration::new(id, "web")
    }
}

fn ago(millis: u64) -> SystemTime {
    SystemTime::now() - Duration::from_millis(millis)
}

/// The name of what is told next, or `reconnect` and the number of the attempt.
async fn told(events: &mut Events<ManagerOutput>) -> (String, String) {
    let next = tokio::time::timeout(Duration::from_mins(1), events.next());
    match next.await.unwrap().unwrap().unwrap() {
        ManagerOutput::Event { session_id, event } => (session_id, event.kind.name().into()),
        ManagerOutput::Reconnect { session_id, attempt } => {
            (session_id, format!("reconnect {attempt}"))
        }
        _ => unreachable!(),
    }
}

/// All that runs beside the test has ended.
async fn nothing_runs() {
    let alive = || Handle::current().metrics().num_alive_tasks();
    for _ in 0..1000 {
        if alive() == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} tasks go on", alive());
}

#[tokio::test]
async fn a_registered_session_has_a_record_and_counts() {
    let manager = manager();
    let state = manager.register_connection(session("s1", "u1", "acme")).unwrap();
    assert_eq!((state.status, state.session_id.as_str()), (Status::Connected, "s1"));
    assert_eq!(manager.connection("s1"), Some(state.clone()));
    let totals = manager.totals();
    assert_eq!((totals.sessions(), totals.live(), totals.connects), (1, 1, 1));
    assert_eq!(manager.remove("s1").unwrap(), state);
    assert_eq!((manager.connection("s1"), manager.totals().sessions()), (None, 0));
}

#[tokio::test]
async fn sessions_are_found_by_user_and_by_organisation() {
    let manager = manager();
    for (id, user, organization) in [("s1", "u1", "acme"), ("s2", "u1", "b"), ("s3", "u2", "acme")]
    {
        manager.register_connection(session(id, user, organization)).unwrap();
    }
    let ids = |states: Vec<steadfast::ConnectionState>| -> Vec<String> {
        states.into_iter().map(|state| state.session_id).collect()
    };
    assert_eq!(ids(manager.connections_of_user("u1")), ["s2", "s1"]);
    assert_eq!(ids(manager.connections_of_organization("acme")), ["s3", "s1"]);
    assert_eq!(ids(manager.connections()), ["s1", "s2", "s3"]);
    assert_eq!(ids(manager.connections_of_user("nobody")), [""; 0]);
}

#[tokio::test]
async fn a_heartbeat_gives_the_latency_and_the_next_interval_and_three_of_them_a_quality() {
    let manager = manager();
    manager.register_connection(session("s1", "u1", "acme")).unwrap();
    let first = manager.update_heartbeat("s1", ago(40)).unwrap();
    assert!(first.rtt >= Duration::from_millis(39), "{:?}", first.rtt);
    assert_eq!(first.quality, None);
    assert!(first.next_interval > Duration::ZERO);
    manager.update_heartbeat("s1", ago(40)).unwrap();
    let third = manager.update_heartbeat("s1", ago(40)).unwrap();
    assert!(third.quality >= Some(Quality::Good), "{:?}", third.quality);
    assert_eq!(manager.connection("s1").unwrap().connection_quality, third.quality);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_the_code_that_javascript_has_and_nothing_changes() {
    let manager =
        ConnectionManager::new(ManagerConfig { max_sessions: 1, ..ManagerConfig::default() });
    let manager = manager.unwrap();
    let before = manager.register_connection(session("s1", "u1", "acme")).unwrap();
    let reconnect = ReconnectConfig::default;
    let soon = SystemTime::now() + Duration::from_mins(1);
    let none = ReconnectConfig { max_attempts: Some(0), ..reconnect() };
    let short = Fixed { delay: Duration::ZERO, ..Fixed::default() };
    let register = |id| manager.register_connection(session(id, "u1", "acme")).map(drop);
    let schedule = |id, config, strategy| {
        manager.schedule_reconnection(id, config, strategy).map(drop).unwrap_err()
    };
    let fixed = Fixed::default;
    for (refused, code) in [
        (register("s1").unwrap_err(), "manager.duplicate_session"),
        (register("s2").unwrap_err(), "manager.too_many_sessions"),
        (register("").unwrap_err(), "config.text"),
        (manager.update_heartbeat("s2", ago(1)).unwrap_err(), "manager.unknown_session"),
        (manager.update_heartbeat("s1", soon).unwrap_err(), "manager.timestamp_in_future"),
        (manager.update_status("s1", Status::Connected).unwrap_err(), "status.illegal_transition"),
        (manager.update_status("s2", Status::Failed).unwrap_err(), "manager.unknown_session"),
        (manager.disconnect("s2", Cause::Network).unwrap_err(), "manager.unknown_session"),
        (manager.remove("s2").unwrap_err(), "manager.unknown_session"),
        (schedule("s2", reconnect(), fixed()), "manager.unknown_session"),
        (schedule("s1", none, fixed()), "config.out_of_range"),
        (schedule("s1", reconnect(), short), "config.out_of_range"),
        (
            manager.reconnection_failed("s1", Cause::Network).unwrap_err(),
            "manager.not_reconnecting",
        ),
    ] {
        assert_eq!(refused.code(), code, "{refused}");
    }
    assert_eq!(manager.connections(), [before]);
    let refused = ConnectionManager::new(ManagerConfig { max_events: 0, ..Default::default() });
    assert_eq!(refused.unwrap_err().code(), "config.out_of_range");
}

#[test]
fn without_a_runtime_there_is_no_manager() {
    let refused = ConnectionManager::new(ManagerConfig::default()).unwrap_err();
    assert_eq!(refused.code(), "system.runtime");
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_heartbeats_stay_away_is_lost_and_its_attempts_are_announced() {
    let manager = strict();
    let mut events = manager.events();
    manager.register_connection(session("s1", "u1", "acme")).unwrap();
    for expected in [
        "connection.registered",
        "connection.heartbeat",
        "connection.heartbeat",
        "connection.disconnected",
        "connection.status.changed",
        "retry.attempt",
        "reconnect 1",
        "retry.failed",
        "retry.attempt",
        "reconnect 2",
        "retry.failed",
        "retry.exhausted",
        "connection.status.changed",
    ] {
        assert_eq!(told(&mut events).await, ("s1".into(), expected.into()));
    }
    let state = manager.connection("s1").unwrap();
    assert_eq!((state.status, state.reconnect_attempts), (Status::Failed, 2));
    assert_eq!(manager.totals().unhealthy, 1);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_that_come_keep_a_session_connected() {
    let manager = strict();
    manager.register_connection(session("s1", "u1", "acme")).unwrap();
    for _ in 0..100 {
        tokio::time::sleep(SECOND / 2).await;
        manager.update_heartbeat("s1", ago(10)).unwrap();
    }
    let state = manager.connection("s1").unwrap();
    assert_eq!((state.status, state.missed_heartbeats), (Status::Connected, 0));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_is_earlier_than_the_one_waited_for_is_met_in_its_time() {
    let manager = manager();
    let mut events = manager.events();
    manager.register_connection(session("late", "u1", "acme")).unwrap();
    // The task waits for the first heartbeat by now.
    tokio::time::sleep(SECOND).await;
    manager.register_connection(session("soon", "u1", "acme")).unwrap();
    let began = tokio::time::Instant::now();
    let fixed = Fixed { delay: SECOND, ..Fixed::default() };
    let scheduled = manager.schedule_reconnection("soon", ReconnectConfig::default(), fixed);
    assert_eq!(scheduled.unwrap().attempt, 1);
    while told(&mut events).await.1 != "reconnect 1" {}
    let waited = began.elapsed();
    assert!(waited >= SECOND && waited < SECOND + Duration::from_millis(50), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_succeeds_or_fails_is_told_and_the_next_one_follows() {
    let manager = manager();
    manager.register_connection(session("s1", "u1", "acme")).unwrap();
    let lost = manager.disconnect("s1", Cause::ClosedByPeer { code: 1006 }).unwrap();
    assert_eq!((lost.status, lost.reconnect_attempts), (Status::Reconnecting, 1));
    let next = manager.reconnection_failed("s1", Cause::Network).unwrap().unwrap();
    assert_eq!(next.attempt, 2);
    let mut events = manager.events();
    manager.update_heartbeat("s1", ago(10)).unwrap();
    assert_eq!(told(&mut events).await.1, "retry.success");
    assert_eq!(manager.connection("s1").unwrap().status, Status::Connected);
    assert_eq!(manager.totals().reconnections, 1);

    let closed = manager.disconnect("s1", Cause::ClosedByUser).unwrap();
    assert_eq!(closed.status, Status::Disconnected);
    let again = manager.update_status("s1", Status::Reconnecting).unwrap();
    assert_eq!(again.status, Status::Reconnecting);
}

#[tokio::test(start_paused = true)]
async fn a_session_of_which_nothing_is_heard_is_forgotten_in_the_end() {
    let manager = manager();
    let mut events = manager.events();
    manager.register_connection(session("s1", "u1", "acme")).unwrap();
    manager.disconnect("s1", Cause::ClosedByUser).unwrap();
    tokio::time::sleep(Duration::from_mins(59)).await;
    assert_eq!(manager.totals().sessions(), 1);
    tokio::time::sleep(Duration::from_mins(2)).await;
    assert_eq!(manager.totals().sessions(), 0);
    while told(&mut events).await.1 != "connection.removed" {}
}

#[tokio::test]
async fn every_listener_hears_everything_in_order_and_one_that_lags_is_told_how_much_it_missed() {
    let config = ManagerConfig { max_events: 4, ..ManagerConfig::default() };
    let manager = ConnectionManager::new(config).unwrap();
    let (mut slow, mut quick) = (manager.events(), manager.events());
    for number in 0..10 {
        manager.register_connection(session(&number.to_string(), "u1", "acme")).unwrap();
        assert_eq!(told(&mut quick).await.0, number.to_string());
    }
    assert_eq!(slow.next().await, Some(Err(EventsMissed { count: 6 })));
    assert_eq!(told(&mut slow).await.0, "6");
}

#[tokio::test(start_paused = true)]
async fn what_was_lost_before_it_could_be_told_is_counted_too() {
    let config = ManagerConfig { max_events: 4, ..ManagerConfig::default() };
    let manager = ConnectionManager::new(config).unwrap();
    for number in 0..10 {
        manager.register_connection(session(&number.to_string(), "u1", "acme")).unwrap();
    }
    let mut events = manager.events();
    // Nobody beats: in one turn, ten heartbeats are missed.
    assert_eq!(events.next().await, Some(Err(EventsMissed { count: 6 })));
    for _ in 0..4 {
        assert_eq!(told(&mut events).await.1, "connection.heartbeat");
    }
}

/// Wakes by calling back, as a careless executor may.
struct CallsBack(ConnectionManager, AtomicUsize);

impl Wake for CallsBack {
    fn wake(self: Arc<Self>) {
        let seen = self.0.totals().sessions();
        self.1.fetch_add(usize::try_from(seen).unwrap(), Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_listener_may_call_back_while_it_is_woken() {
    let manager = manager();
    let mut events = manager.events();
    let waker = Arc::new(CallsBack(manager.clone(), AtomicUsize::new(0)));
    let std_waker = Arc::clone(&waker).into();
    let mut context = Context::from_waker(&std_waker);
    assert_eq!(std::pin::Pin::new(&mut events).poll_next(&mut context), Poll::Pending);
    manager.register_connection(session("s1", "u1", "acme")).unwrap();
    assert_eq!(waker.1.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_share_a_manager_hear_each_sessions_events_in_order() {
    let manager = manager();
    let mut events = manager.events();
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let manager = manager.clone();
            tokio::spawn(async move {
                for number in 0..200 {
                    let id = format!("{task}-{number}");
                    manager.register_connection(session(&id, "u1", "acme")).unwrap();
                    manager.remove(&id).unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    manager.close();
    let mut open = std::collections::BTreeSet::new();
    let mut heard = 0;
    while let Some(event) = events.next().await {
        let ManagerOutput::Event { session_id, event } = event.unwrap() else { unreachable!() };
        heard += 1;
        match event.kind {
            EventKind::Registered => assert!(open.insert(session_id)),
            _ => assert!(open.remove(&session_id)),
        }
    }
    assert_eq!((heard, open.len()), (1600, 0));
}

#[tokio::test]
async fn the_task_of_a_manager_ends_when_its_last_clone_is_dropped() {
    let manager = manager();
    let clone = manager.clone();
    let mut events = clone.events();
    tokio::task::yield_now().await;
    drop(manager);
    clone.register_connection(session("s1", "u1", "acme")).unwrap();
    assert_eq!(told(&mut events).await.1, "connection.registered");
    drop(clone);
    assert_eq!(events.next().await, None);
    nothing_runs().await;
}

#[tokio::test]
async fn a_manager_that_was_closed_lets_go_of_everything_and_refuses_what_would_change_it() {
    let manager = manager();
    let mut events = manager.events();
    manager.register_connection(session("s1", "u1", "acme")).unwrap();
    tokio::time::sleep(Duration::from_millis(10)).await;
    manager.close();
    manager.close();
    assert_eq!(told(&mut events).await.1, "connection.registered");
    assert_eq!(events.next().await, None);
    assert_eq!(manager.events().next().await, None);
    assert_eq!((manager.connection("s1"), manager.totals().sessions()), (None, 0));
    let refused = manager.register_connection(session("s2", "u1", "acme")).unwrap_err();
    assert_eq!((refused.code(), refused), ("manager.closed", ManagerError::Closed));
    nothing_runs().await;
}

#[tokio::test]
async fn what_is_refused_is_told_as_a_type_and_managers_may_cross_threads() {
    static SHARED: OnceLock<ConnectionManager> = OnceLock::new();
    let manager = SHARED.get_or_init(manager);
    let refused = manager.remove("s1").unwrap_err();
    assert_eq!(refused, ManagerError::Refused(Refusal::UnknownSession("s1".into())));
    manager.close();
}

#[tokio::test(start_paused = true)]
async fn an_observed_session_that_is_not_told_of_for_three_intervals_is_stale() {
    let manager = manager();
    let mut events = manager.events();
    let mut state = steadfast::ConnectionState::new(session("s1", "u1", "acme"));
    state.status = Status::Connected;
    manager.observe(&state, &Activity::default(), Duration::from_secs(10)).unwrap();
    assert_eq!(manager.liveness("s1"), Some(Liveness::Live));
    while told(&mut events).await.1 != "connection.stale" {}
    assert_eq!(manager.liveness("s1"), Some(Liveness::Stale));
    assert_eq!((manager.totals().live(), manager.totals().stale), (0, 1));
    manager.observe(&state, &Activity::default(), Duration::from_secs(10)).unwrap();
    assert_eq!((manager.totals().live(), manager.totals().stale), (1, 0));
}
