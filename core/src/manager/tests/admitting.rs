use super::*;

#[test]
fn a_registered_session_is_connected_and_counted() {
    let mut manager = manager(10);
    register(&mut manager, "a").unwrap();
    assert_eq!(manager.connection("a").unwrap().status, Status::Connected);
    assert_eq!((manager.totals().sessions(), manager.totals().by_quality.unknown), (1, 1));
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
    assert_eq!(
        code(manager.observe(at(0), &nameless, &Activity::default(), HALF_A_MINUTE)),
        "config.text"
    );
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
    manager.observe(at(9), &state, &Activity::default(), HALF_A_MINUTE).unwrap();
    assert_eq!(manager.connection("a"), Some(state.clone()));
    // Under another user, and with a link.
    state.user_id = Some("v".into());
    state.status = Status::Connected;
    manager.observe(at(9), &state, &Activity::default(), HALF_A_MINUTE).unwrap();
    assert_eq!(ids(manager.connections_of_user("u")), [""; 0]);
    assert_eq!(ids(manager.connections_of_user("v")), ["a"]);
    assert_eq!(manager.totals().sessions(), 1);
    assert_eq!(told(&mut manager), ["connection.registered", "connection.status.changed"]);
}
