use super::*;

/// The record of a session that is connected and good.
fn good(id: &str) -> ConnectionState {
    let mut state = ConnectionState::new(Registration::new(id, "web"));
    state.status = Status::Connected;
    state.connection_quality = Some(Quality::Good);
    state.latency = Some(Duration::from_millis(20));
    state
}

fn observe(manager: &mut ConnectionManager, secs: u64, state: &ConnectionState) {
    manager.observe(at(secs), state, &Activity::default(), HALF_A_MINUTE).unwrap();
}

fn counted(manager: &ConnectionManager) -> (u64, u64, u64, u64) {
    let totals = manager.totals();
    (totals.live(), totals.healthy, totals.stale, totals.ended())
}

#[test]
fn a_session_not_heard_of_for_three_intervals_is_stale_and_counts_as_nothing_else() {
    let mut manager = manager(10);
    observe(&mut manager, 0, &good("gone"));
    observe(&mut manager, 60, &good("there"));
    pass(&mut manager, at(89));
    assert_eq!(counted(&manager), (2, 2, 0, 0));
    pass(&mut manager, at(91));
    assert_eq!(counted(&manager), (1, 1, 1, 0));
    let totals = manager.totals();
    assert_eq!((totals.sessions(), totals.by_status.connected, totals.measured), (2, 1, 1));
    assert_eq!((totals.by_quality.good, totals.by_quality.unknown), (1, 0));
    assert_eq!(manager.liveness("gone"), Some(Liveness::Stale));
    assert_eq!(manager.last_heard("gone"), Some(at(0)));
    let record = manager.connection("gone").unwrap();
    assert_eq!(record.status, Status::Connected, "its last record stays what it was");
    let told = told(&mut manager);
    assert_eq!(told.iter().filter(|name| *name == "connection.stale").count(), 1, "{told:?}");
}

#[test]
fn a_stale_session_that_is_heard_of_again_is_live_at_once() {
    let mut manager = manager(1);
    observe(&mut manager, 0, &good("s"));
    pass(&mut manager, at(200));
    assert_eq!(counted(&manager), (0, 0, 1, 0));
    observe(&mut manager, 200, &good("s"));
    assert_eq!(counted(&manager), (1, 1, 0, 0));
    assert_eq!(manager.last_heard("s"), Some(at(200)));
    pass(&mut manager, at(289));
    assert_eq!(counted(&manager), (1, 1, 0, 0), "its time begins anew");
    pass(&mut manager, at(291));
    assert_eq!(counted(&manager), (0, 0, 1, 0));
}

#[test]
fn a_session_that_says_it_will_be_silent_for_long_is_given_three_times_that() {
    let mut manager = manager(1);
    let hour = Duration::from_hours(1);
    manager.observe(at(0), &good("s"), &Activity::default(), hour).unwrap();
    pass(&mut manager, at(3 * 3600 - 1));
    assert_eq!(manager.liveness("s"), Some(Liveness::Live));
    pass(&mut manager, at(3 * 3600 + 1));
    assert_eq!(manager.liveness("s"), None, "it was to be forgotten after an hour without a sign");
}

#[test]
fn a_session_that_has_ended_never_grows_stale_and_is_neither_healthy_nor_judged() {
    let mut manager = manager(1);
    let ended = ConnectionState { status: Status::Disconnected, ..good("s") };
    observe(&mut manager, 0, &ended);
    pass(&mut manager, at(1000));
    assert_eq!(counted(&manager), (0, 0, 0, 1));
    assert_eq!(manager.totals().by_quality, QualityDistribution::default());
    assert_eq!(manager.liveness("s"), Some(Liveness::Ended));
    observe(&mut manager, 1000, &good("s"));
    assert_eq!(counted(&manager), (1, 1, 0, 0), "it was opened again");
}

#[test]
fn a_session_of_unknown_quality_is_neither_healthy_nor_unhealthy() {
    let mut manager = manager(1);
    observe(&mut manager, 0, &ConnectionState { connection_quality: None, ..good("s") });
    let totals = manager.totals();
    assert_eq!((totals.live(), totals.healthy, totals.unhealthy), (1, 0, 0));
    assert_eq!(totals.by_quality.unknown, 1);
}

#[test]
fn a_stale_session_that_this_side_hears_itself_is_live() {
    let mut manager = manager(2);
    for id in ["beating", "changed"] {
        observe(&mut manager, 0, &good(id));
    }
    pass(&mut manager, at(100));
    assert_eq!(counted(&manager), (0, 0, 2, 0));
    manager.update_heartbeat(at(100), "beating", at(100)).unwrap();
    manager.update_status(at(100), "changed", Status::Suspended).unwrap();
    assert_eq!((manager.totals().live(), manager.totals().stale), (2, 0));
}

#[test]
fn a_session_that_is_registered_here_is_never_stale() {
    let config = ManagerConfig { expect_heartbeats: false, ..ManagerConfig::default() };
    let mut manager = manager_with(config);
    register(&mut manager, "s").unwrap();
    pass(&mut manager, at(100_000));
    assert_eq!(manager.liveness("s"), Some(Liveness::Live));
}

#[test]
fn a_session_that_is_forgotten_was_told_to_be_stale_before() {
    let config =
        ManagerConfig { forget_after: Some(Duration::from_mins(10)), ..ManagerConfig::default() };
    let mut manager = manager_with(config);
    observe(&mut manager, 0, &good("s"));
    pass(&mut manager, at(700));
    let told = told(&mut manager);
    assert_eq!(told, ["connection.registered", "connection.stale", "connection.removed"]);
    assert_eq!(counted(&manager), (0, 0, 0, 0));
}

#[test]
fn a_session_counts_as_reporting_until_its_second_report_is_missing() {
    let mut manager = manager(2);
    observe(&mut manager, 0, &good("s"));
    pass(&mut manager, at(59));
    assert_eq!((manager.totals().reporting, manager.totals().live()), (1, 1));
    pass(&mut manager, at(61));
    assert_eq!((manager.totals().reporting, manager.totals().live()), (0, 1));
    observe(&mut manager, 70, &good("s"));
    assert_eq!(manager.totals().reporting, 1);
    manager.handle_timeout(at(300));
    assert_eq!((manager.totals().reporting, manager.totals().stale), (0, 1), "at one stroke");
}

#[test]
fn the_ends_of_live_sessions_are_counted() {
    let mut manager = manager(4);
    for id in ["stale", "closed", "removed", "there"] {
        observe(&mut manager, if id == "stale" { 0 } else { 60 }, &good(id));
    }
    pass(&mut manager, at(100));
    observe(&mut manager, 100, &ConnectionState { status: Status::Disconnected, ..good("closed") });
    for id in ["closed", "removed", "stale"] {
        manager.remove(id).unwrap();
    }
    assert_eq!((manager.totals().endings, manager.totals().reporting), (2, 1));
}
