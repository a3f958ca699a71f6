use super::*;

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
