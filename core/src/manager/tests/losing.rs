use super::*;

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
        ManagerConfig { forget_after: Some(Duration::from_mins(10)), ..ManagerConfig::default() };
    let mut manager = manager_with(config);
    for id in ["closed", "asleep", "lost", "beating", "observed"] {
        register(&mut manager, id).unwrap();
    }
    manager.update_status(at(0), "closed", Status::Disconnected).unwrap();
    manager.update_status(at(0), "asleep", Status::Suspended).unwrap();
    let told_of = manager.remove("observed").unwrap();
    manager.observe(at(0), &told_of, &Activity::default(), HALF_A_MINUTE).unwrap();
    for secs in (0..1000).step_by(20) {
        pass(&mut manager, at(secs));
        manager.update_heartbeat(at(secs), "beating", at(secs)).unwrap();
    }
    assert_eq!(ids(manager.connections()), ["beating"]);
    let removed = told(&mut manager).iter().filter(|name| *name == "connection.removed").count();
    assert_eq!(removed, 5);
    assert_eq!(manager.totals().sessions(), 1);
}
