use super::*;

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
