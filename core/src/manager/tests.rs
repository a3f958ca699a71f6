use alloc::string::{String, ToString};
use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::activity::Activity;
use crate::connection::{Cause, ConnectionState, Registration, Status};
use crate::event::EventKind;
use crate::quality::Quality;
use crate::retry::{Fixed, RetryStrategy};
use crate::time::Instant;

fn manager(max_sessions: usize) -> ConnectionManager {
    manager_with(ManagerConfig { max_sessions, ..ManagerConfig::default() })
}

fn manager_with(config: ManagerConfig) -> ConnectionManager {
    ConnectionManager::new(config, 1).unwrap()
}

fn at(secs: u64) -> Instant {
    Instant::ORIGIN + Duration::from_secs(secs)
}

fn register(manager: &mut ConnectionManager, id: &str) -> Result<(), ManagerError> {
    manager.register_connection(at(0), Registration::new(id, "web")).map(drop)
}

fn of(id: &str, user: &str, organization: &str) -> Registration {
    Registration {
        user_id: Some(user.into()),
        organization_id: organization.into(),
        ..Registration::new(id, "web")
    }
}

fn ids(connections: impl Iterator<Item = ConnectionState>) -> Vec<String> {
    connections.map(|state| state.session_id).collect()
}

/// What the manager has to say, as names.
fn told(manager: &mut ConnectionManager) -> Vec<String> {
    std::iter::from_fn(|| manager.poll_output())
        .map(|output| match output {
            ManagerOutput::Event { event, .. } => event.kind.name().to_string(),
            ManagerOutput::Reconnect { attempt, .. } => std::format!("reconnect {attempt}"),
        })
        .collect()
}

/// Lets time pass, as a driver does.
fn pass(manager: &mut ConnectionManager, until: Instant) {
    while let Some(due) = manager.poll_timeout().filter(|&due| due <= until) {
        manager.handle_timeout(due);
        assert!(manager.poll_timeout().is_none_or(|next| next > due));
    }
    manager.handle_timeout(until);
}

#[test]
fn a_registered_session_is_connected_and_counted() {
    let mut manager = manager(10);
    register(&mut manager, "a").unwrap();
    assert_eq!(manager.connection("a").unwrap().status, Status::Connected);
    assert_eq!((manager.totals().sessions(), manager.totals().healthy), (1, 1));
    assert_eq!(manager.totals().connects, 1);
    let Some(ManagerOutput::Event { session_id, event }) = manager.poll_output() else { panic!() };
    assert_eq!((session_id.as_str(), event.kind), ("a", EventKind::Registered));
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut manager = manager(1);
    register(&mut manager, "a").unwrap();
    let before = manager.totals();
    let code = |refused: Result<(), ManagerError>| refused.unwrap_err().code();
    assert_eq!(code(register(&mut manager, "a")), "manager.duplicate_session");
    assert_eq!(code(register(&mut manager, "")), "config.text");
    assert_eq!(code(register(&mut manager, "b")), "manager.too_many_sessions");
    let future = manager.update_heartbeat(at(0), "a", at(9)).map(drop);
    assert_eq!(code(future), "manager.timestamp_in_future");
    let unknown = manager.update_status(at(0), "x", Status::Failed).map(drop);
    assert_eq!(code(unknown), "manager.unknown_session");
    let illegal = manager.update_status(at(0), "a", Status::Connected).map(drop);
    assert_eq!(code(illegal), "status.illegal_transition");
    let not_lost = manager.reconnection_failed(at(0), "a", Cause::Network).map(drop);
    assert_eq!(code(not_lost), "manager.not_reconnecting");
    let never = ReconnectConfig { max_attempts: Some(0), ..ReconnectConfig::default() };
    let retry = RetryStrategy::default();
    let senseless = manager.schedule_reconnection(at(0), "a", never, retry).map(drop);
    assert_eq!(code(senseless), "config.out_of_range");
    let nameless = ConnectionState::new(Registration::new("", "web"));
    assert_eq!(code(manager.observe(at(0), &nameless, &Activity::default())), "config.text");
    assert_eq!(manager.totals(), before);
}

#[test]
fn limits_hold_for_each_organisation_and_each_user() {
    let mut manager = manager_with(ManagerConfig {
        max_sessions_per_organization: Some(3),
        max_sessions_per_user: Some(2),
        ..ManagerConfig::default()
    });
    let mut add = |id, user, organization| {
        let added = manager.register_connection(at(0), of(id, user, organization));
        added.map_err(|refused| refused.code()).map(drop)
    };
    assert_eq!(add("a", "u", "acme"), Ok(()));
    assert_eq!(add("b", "u", "acme"), Ok(()));
    assert_eq!(add("c", "u", "other"), Err("manager.too_many_sessions_of_user"));
    assert_eq!(add("c", "v", "acme"), Ok(()));
    assert_eq!(add("d", "w", "acme"), Err("manager.too_many_sessions_of_organization"));
    manager.remove("b").unwrap();
    assert_eq!(manager.register_connection(at(0), of("d", "u", "acme")).map(drop), Ok(()));
}

#[test]
fn sessions_are_found_by_user_and_by_organisation() {
    let mut manager = manager(10);
    for (id, user, organization) in
        [("a", "u", "acme"), ("b", "v", "acme"), ("c", "u", "other"), ("d", "u", "acme")]
    {
        manager.register_connection(at(0), of(id, user, organization)).unwrap();
    }
    assert_eq!(ids(manager.connections_of_user("u")), ["d", "c", "a"]);
    assert_eq!(ids(manager.connections_of_organization("acme")), ["d", "b", "a"]);
    assert_eq!(ids(manager.connections()), ["a", "b", "c", "d"]);
    manager.remove("d").unwrap();
    manager.remove("a").unwrap();
    assert_eq!(ids(manager.connections_of_user("u")), ["c"]);
    assert_eq!(ids(manager.connections_of_organization("acme")), ["b"]);
    assert_eq!(manager.sessions_of_organization("acme"), 1);
    manager.remove("c").unwrap();
    assert_eq!(ids(manager.connections_of_user("u")), [""; 0]);
    assert_eq!(ids(manager.connections_of_organization("other")), [""; 0]);
}

#[test]
fn a_heartbeat_tells_latency_quality_and_the_next_interval() {
    let mut manager = manager(1);
    register(&mut manager, "a").unwrap();
    let mut beat = |secs| {
        let sent = at(secs) - Duration::from_millis(40);
        manager.update_heartbeat(at(secs), "a", sent).unwrap()
    };
    assert_eq!(beat(1).quality, None);
    beat(2);
    let third = beat(3);
    assert_eq!(third.latency, Duration::from_millis(40));
    assert_eq!(third.quality, Some(Quality::Excellent));
    assert!((22.5..=27.5).contains(&third.next_interval.as_secs_f64()));
    assert_eq!(manager.activity().latency.count(), 3);
    assert_eq!(manager.totals().average_latency(), Some(Duration::from_millis(40)));
}

#[test]
fn only_a_loss_that_nobody_meant_counts_as_unplanned() {
    let mut manager = manager(2);
    register(&mut manager, "a").unwrap();
    register(&mut manager, "b").unwrap();
    manager.update_status(at(1), "a", Status::Reconnecting).unwrap();
    manager.disconnect(at(1), "b", Cause::ClosedByUser).unwrap();
    manager.update_status(at(2), "a", Status::Connected).unwrap();
    let activity = manager.take_activity();
    assert_eq!((activity.disconnections, activity.unplanned_disconnections), (2, 1));
    assert_eq!(activity.reconnections, 1);
    assert_eq!(manager.connection("a").unwrap().total_disconnections, 1);
    assert_eq!(manager.connection("b").unwrap().status, Status::Disconnected);
    assert_eq!(manager.totals().reconnections, 1, "what was taken still counts");
}

#[test]
fn heartbeats_that_stay_away_are_counted_lower_the_quality_and_end_in_a_reconnect() {
    let mut manager = manager(1);
    register(&mut manager, "a").unwrap();
    for secs in 1..=3 {
        manager.update_heartbeat(at(secs), "a", at(secs)).unwrap();
    }
    told(&mut manager);
    let mut seen = Vec::new();
    while manager.connection("a").unwrap().status == Status::Connected {
        let due = manager.poll_timeout().unwrap();
        manager.handle_timeout(due);
        let state = manager.connection("a").unwrap();
        if seen.last().is_none_or(|&(missed, _)| missed != state.missed_heartbeats) {
            seen.push((state.missed_heartbeats, state.connection_quality));
        }
    }
    assert_eq!(seen[1].0, 1);
    assert!(seen[1].1 <= Some(Quality::Good));
    assert_eq!(seen.last(), Some(&(3, Some(Quality::Critical))));
    let told = told(&mut manager);
    let end = ["connection.disconnected", "connection.status.changed", "retry.attempt"];
    assert_eq!(told[told.len() - 3..], end);
    let lost_after = manager.connection("a").unwrap().disconnected_at.unwrap();
    // 22.5 to 27.5 s until the next one, and three times 2 s.
    assert!((28.0..36.0).contains(&lost_after.saturating_since(at(3)).as_secs_f64()));
    assert_eq!(manager.totals().errors, 4, "three misses and a loss");
}

#[test]
fn a_session_that_beats_in_time_is_never_lost() {
    let mut manager = manager(1);
    register(&mut manager, "a").unwrap();
    let mut now = at(0);
    for _ in 0..200 {
        let update = manager.update_heartbeat(now, "a", now).unwrap();
        now = now + update.next_interval + Duration::from_millis(1900);
        pass(&mut manager, now);
    }
    assert_eq!(manager.connection("a").unwrap().missed_heartbeats, 0);
    assert_eq!(manager.activity().missed_heartbeats, 0);
}

#[test]
fn without_expected_heartbeats_no_session_is_lost() {
    let config = ManagerConfig { expect_heartbeats: false, ..ManagerConfig::default() };
    let mut manager = manager_with(config);
    register(&mut manager, "a").unwrap();
    pass(&mut manager, at(1_000_000));
    assert_eq!(manager.connection("a").unwrap().status, Status::Connected);
}

fn every_second() -> RetryStrategy {
    RetryStrategy::Fixed(Fixed { delay: Duration::from_secs(1), ..Fixed::default() })
}

#[test]
fn attempts_are_announced_when_due_and_run_out() {
    let mut manager = manager(1);
    register(&mut manager, "a").unwrap();
    told(&mut manager);
    let config = ReconnectConfig { max_attempts: Some(2), attempt_timeout: Duration::from_secs(5) };
    let first = manager.schedule_reconnection(at(10), "a", config, every_second()).unwrap();
    assert_eq!((first.attempt, first.at), (1, at(11)));
    assert_eq!(manager.connection("a").unwrap().max_reconnect_attempts, Some(2));
    let begun = ["connection.disconnected", "connection.status.changed", "retry.attempt"];
    assert_eq!(told(&mut manager), begun);
    pass(&mut manager, at(10));
    assert_eq!(told(&mut manager), [""; 0]);
    pass(&mut manager, at(12));
    assert_eq!(told(&mut manager), ["reconnect 1"]);
    // It takes too long.
    pass(&mut manager, at(17));
    assert_eq!(told(&mut manager), ["retry.failed", "retry.attempt"]);
    pass(&mut manager, at(19));
    assert_eq!(told(&mut manager), ["reconnect 2"]);
    assert_eq!(manager.reconnection_failed(at(19), "a", Cause::Network), Ok(None));
    let given_up = ["retry.failed", "retry.exhausted", "connection.status.changed"];
    assert_eq!(told(&mut manager), given_up);
    assert_eq!(manager.connection("a").unwrap().status, Status::Failed);
    // The user may begin anew.
    let again =
        manager.schedule_reconnection(at(20), "a", ReconnectConfig::default(), every_second());
    assert_eq!(again.unwrap().attempt, 1);
}

#[test]
fn a_lost_session_is_connected_again_by_itself_and_counts_anew_once_it_is_stable() {
    let mut manager = manager(1);
    register(&mut manager, "a").unwrap();
    manager.disconnect(at(1), "a", Cause::ClosedByPeer { code: 1006 }).unwrap();
    told(&mut manager);
    pass(&mut manager, at(3));
    assert_eq!(told(&mut manager), ["reconnect 1"]);
    let second = manager.reconnection_failed(at(3), "a", Cause::Network).unwrap().unwrap();
    assert_eq!(second.attempt, 2);
    assert!(second.delay <= Duration::from_secs(1));
    pass(&mut manager, second.at + Duration::from_millis(34));
    manager.update_status(at(5), "a", Status::Connected).unwrap();
    let told = told(&mut manager);
    assert_eq!(told[2..], ["reconnect 2", "retry.success", "connection.status.changed"]);
    manager.update_heartbeat(at(8), "a", at(8)).unwrap();
    assert_eq!(manager.connection("a").unwrap().reconnect_attempts, 2);
    manager.update_heartbeat(at(16), "a", at(16)).unwrap();
    assert_eq!(manager.connection("a").unwrap().reconnect_attempts, 0);
}

#[test]
fn a_heartbeat_of_a_session_thought_lost_brings_it_back() {
    let mut manager = manager(1);
    register(&mut manager, "a").unwrap();
    manager.disconnect(at(1), "a", Cause::Network).unwrap();
    manager.update_heartbeat(at(2), "a", at(2)).unwrap();
    assert_eq!(manager.connection("a").unwrap().status, Status::Connected);
    assert_eq!(manager.totals().reconnections, 1);
}

#[test]
fn what_nothing_is_heard_of_is_forgotten_and_what_beats_is_not() {
    let config =
        ManagerConfig { stale_after: Some(Duration::from_mins(10)), ..ManagerConfig::default() };
    let mut manager = manager_with(config);
    for id in ["closed", "asleep", "lost", "beating", "observed"] {
        register(&mut manager, id).unwrap();
    }
    manager.update_status(at(0), "closed", Status::Disconnected).unwrap();
    manager.update_status(at(0), "asleep", Status::Suspended).unwrap();
    let told_of = manager.remove("observed").unwrap();
    manager.observe(at(0), &told_of, &Activity::default()).unwrap();
    for secs in (0..1000).step_by(20) {
        pass(&mut manager, at(secs));
        manager.update_heartbeat(at(secs), "beating", at(secs)).unwrap();
    }
    assert_eq!(ids(manager.connections()), ["beating"]);
    let removed = told(&mut manager).iter().filter(|name| *name == "connection.removed").count();
    assert_eq!(removed, 5);
    assert_eq!(manager.totals().sessions(), 1);
}

#[test]
fn a_suspended_session_has_no_quality_and_gets_it_back() {
    let mut manager = manager(1);
    register(&mut manager, "a").unwrap();
    for secs in 1..=3 {
        manager.update_heartbeat(at(secs), "a", at(secs)).unwrap();
    }
    manager.update_status(at(4), "a", Status::Suspended).unwrap();
    manager.update_heartbeat(at(5), "a", at(5)).unwrap();
    assert_eq!(manager.connection("a").unwrap().connection_quality, None);
    manager.update_status(at(6), "a", Status::Connected).unwrap();
    manager.update_heartbeat(at(7), "a", at(7)).unwrap();
    assert_eq!(manager.connection("a").unwrap().connection_quality, Some(Quality::Excellent));
}

#[test]
fn an_observed_record_comes_back_as_it_was_told() {
    let mut manager = manager(2);
    let mut state = ConnectionState::new(of("a", "u", "acme"));
    state.status = Status::Reconnecting;
    state.connected_at = Some(at(5));
    state.reconnect_attempts = 4;
    state.max_reconnect_attempts = Some(9);
    state.connection_quality = Some(Quality::Poor);
    state.latency = Some(Duration::from_micros(12_345));
    state.metadata.insert("plan".into(), "pro".into());
    manager.observe(at(9), &state, &Activity::default()).unwrap();
    assert_eq!(manager.connection("a"), Some(state.clone()));
    // Under another user, and with a link.
    state.user_id = Some("v".into());
    state.status = Status::Connected;
    manager.observe(at(9), &state, &Activity::default()).unwrap();
    assert_eq!(ids(manager.connections_of_user("u")), [""; 0]);
    assert_eq!(ids(manager.connections_of_user("v")), ["a"]);
    assert_eq!(manager.totals().sessions(), 1);
    assert_eq!(told(&mut manager), ["connection.registered", "connection.status.changed"]);
}

#[test]
fn outputs_that_nobody_polls_are_bounded_and_unwatched_ones_are_not_kept() {
    let config = ManagerConfig { max_events: 2, ..ManagerConfig::default() };
    let mut manager = manager_with(config);
    for id in ["a", "b", "c"] {
        register(&mut manager, id).unwrap();
    }
    let Some(ManagerOutput::Event { session_id, .. }) = manager.poll_output() else { panic!() };
    assert_eq!(session_id, "b");
    manager.watch(false);
    register(&mut manager, "d").unwrap();
    assert_eq!(manager.poll_output(), None);
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut manager = ConnectionManager::new(ManagerConfig::default(), seed).unwrap();
        for id in 0..50 {
            register(&mut manager, &std::format!("s{id}")).unwrap();
        }
        for secs in (0..200).step_by(7) {
            pass(&mut manager, at(secs));
            let id = std::format!("s{}", secs % 50);
            drop(manager.update_heartbeat(at(secs), &id, at(secs)));
        }
        let outputs: Vec<_> = std::iter::from_fn(|| manager.poll_output()).collect();
        (outputs, ids(manager.connections()))
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}
