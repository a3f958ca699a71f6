use super::*;
use proptest::prelude::*;

fn manager(max_sessions: usize) -> ConnectionManager {
    let config = ManagerConfig { max_sessions, ..ManagerConfig::default() };
    ConnectionManager::new(config, 1).unwrap()
}

fn at(secs: u64) -> Instant {
    Instant::ORIGIN + Duration::from_secs(secs)
}

fn register(manager: &mut ConnectionManager, id: &str) -> Result<(), ManagerError> {
    manager.register_connection(at(0), Registration::new(id, "web")).map(drop)
}

#[test]
fn a_registered_session_is_connected_and_counted() {
    let mut manager = manager(10);
    register(&mut manager, "a").unwrap();
    assert_eq!(manager.connection("a").unwrap().status, Status::Connected);
    assert_eq!((manager.totals().sessions(), manager.totals().healthy), (1, 1));
    let (session, event) = manager.poll_output().unwrap();
    assert_eq!((session.as_str(), event.kind), ("a", EventKind::Registered));
}

#[test]
fn what_is_refused_changes_nothing() {
    let mut manager = manager(1);
    register(&mut manager, "a").unwrap();
    let before = *manager.totals();
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
    assert_eq!(*manager.totals(), before);
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
}

#[test]
fn only_a_loss_that_nobody_meant_counts_as_unplanned() {
    let mut manager = manager(2);
    register(&mut manager, "a").unwrap();
    register(&mut manager, "b").unwrap();
    manager.update_status(at(1), "a", Status::Reconnecting).unwrap();
    manager.update_status(at(1), "b", Status::Disconnected).unwrap();
    manager.update_status(at(2), "a", Status::Connected).unwrap();
    let activity = manager.take_activity();
    assert_eq!((activity.disconnections, activity.unplanned_disconnections), (2, 1));
    assert_eq!(activity.reconnections, 1);
    assert_eq!(manager.connection("a").unwrap().total_disconnections, 1);
}

#[test]
fn events_that_nobody_polls_are_bounded() {
    let config = ManagerConfig { max_events: 2, ..ManagerConfig::default() };
    let mut manager = ConnectionManager::new(config, 1).unwrap();
    for id in ["a", "b", "c"] {
        register(&mut manager, id).unwrap();
    }
    assert_eq!(manager.poll_output().unwrap().0, "b");
}

proptest! {
    #[test]
    fn running_totals_equal_a_naive_recount(
        steps in proptest::collection::vec((0_u8..4, 0_u8..6, 0_usize..5, 0_u64..2000), 1..200),
    ) {
        let mut manager = manager(5);
        for (second, (what, session, status, millis)) in (1..).zip(steps) {
            let id = session.to_string();
            let now = at(second);
            // Refusals are part of the game: they must not touch the totals.
            match what {
                0 => drop(register(&mut manager, &id)),
                1 => drop(manager.update_status(now, &id, Status::ALL[status])),
                2 => drop(manager.remove(&id)),
                _ => {
                    let sent = now - Duration::from_millis(millis);
                    drop(manager.update_heartbeat(now, &id, sent));
                }
            }
        }
        let mut recount = Totals::default();
        manager.connections().for_each(|state| recount.add(state));
        prop_assert_eq!(*manager.totals(), recount);
    }
}
