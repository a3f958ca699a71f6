//! Whether the peer lives.

use super::*;
use crate::protocol::close;

#[test]
fn heartbeats_measure_latency_and_three_of_them_give_a_quality() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(4));
    let state = bench.connection.state();
    assert_eq!(state.latency, Some(RTT));
    assert_eq!(state.connection_quality, Some(Quality::Excellent));
    let events = bench.events.iter();
    let changes = events.filter(|event| matches!(event, EventKind::QualityChanged { .. }));
    assert_eq!(changes.count(), 1);
}

#[test]
fn the_interval_follows_the_quality_within_its_jitter() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(10));
    let before = bench.now;
    let Some(Deadline { at, timer: Timer::Ping }) = bench.connection.poll_timeout() else {
        bench.pass_answering(secs(1));
        return;
    };
    let wait = at.saturating_since(before).as_secs_f64();
    assert!(wait <= 27.5, "{wait}");
    bench.pass_answering(secs(600));
    let beats = bench.events.iter().filter(|e| matches!(e, EventKind::Heartbeat { .. })).count();
    assert!((22..=32).contains(&beats), "{beats} in ten minutes at 25 s");
}

#[test]
fn three_late_pongs_in_a_row_mean_that_the_peer_is_dead() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(10));
    let socket = bench.socket();
    let silent_since = bench.now;
    bench.pass(secs(40));
    assert_eq!(bench.closed, [(socket, 4000)]);
    let cause = Cause::HeartbeatTimeout;
    assert!(bench.events.contains(&EventKind::Disconnected { cause, planned: false }));
    let missed = |n| EventKind::Heartbeat { rtt: None, missed: n };
    for n in 1..=3 {
        assert!(bench.events.contains(&missed(n)), "{n} missed");
    }
    let noticed = bench.connection.state().disconnected_at.unwrap();
    assert!(noticed.saturating_since(silent_since) < secs(34));
    assert_eq!(bench.status(), Status::Reconnecting);
}

#[test]
fn a_dead_peer_is_noticed_within_eight_seconds_of_a_message_to_it() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.send(1);
    bench.sent(1);
    let sent_at = bench.now;
    bench.pass(secs(20));
    let noticed = bench.connection.state().disconnected_at.unwrap();
    assert!(noticed.saturating_since(sent_at) < secs(8));
}

#[test]
fn messages_to_a_peer_that_answers_cause_no_extra_pings() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    // One goes ahead of the first, which follows a silence.
    bench.send(0);
    bench.sent(0);
    bench.pass(RTT);
    assert_eq!(bench.pings.len(), 1);
    bench.input(Input::Received { socket: bench.socket() });
    bench.pings.clear();
    for id in 1..8 {
        bench.send(id);
        bench.sent(id);
        bench.pass(RTT);
        bench.input(Input::Received { socket: bench.socket() });
    }
    let deadline = bench.connection.poll_timeout().unwrap();
    assert_eq!(bench.pings, []);
    assert!(deadline.at.saturating_since(bench.now) > secs(2), "{deadline:?}");
}

#[test]
fn any_message_proves_life_but_does_not_postpone_the_next_ping() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(10));
    bench.pings.clear();
    for _ in 0..60 {
        bench.input(Input::Received { socket: bench.socket() });
        bench.pass(secs(1));
    }
    assert_eq!(bench.status(), Status::Connected);
    assert!(bench.pings.len() >= 2, "{:?}", bench.pings);
    assert_eq!(bench.connection.state().missed_heartbeats, 0);
}

#[test]
fn a_passive_connection_sends_nothing_of_its_own() {
    let mut bench = Bench::up(|config| config.heartbeat = None);
    bench.pass(secs(3600));
    assert_eq!((bench.pings.len(), bench.status()), (0, Status::Connected));
    assert_eq!(bench.connection.state().connection_quality, None);
}

#[test]
fn a_heartbeat_can_be_turned_on_and_off_while_the_link_is_up() {
    let mut bench = Bench::up(|config| config.heartbeat = None);
    bench.pass(secs(60));
    assert_eq!(bench.pings.len(), 0);
    bench.connection.set_heartbeat(bench.now, Some(HeartbeatConfig::default())).unwrap();
    bench.timeout();
    assert_eq!(bench.pings.len(), 1, "the first ping is due at once");
    bench.connection.set_heartbeat(bench.now, None).unwrap();
    bench.pass(secs(60));
    assert_eq!(bench.pings.len(), 1, "the one in flight is not missed, and none follows");
    assert_eq!(bench.connection.state().status, Status::Connected);
    let nonsense = HeartbeatConfig { max_missed: 0, ..HeartbeatConfig::default() };
    assert!(bench.connection.set_heartbeat(bench.now, Some(nonsense)).is_err());
    bench.pass(secs(60));
    assert_eq!(bench.pings.len(), 1, "what is refused changes nothing");
}

#[test]
fn a_peer_whose_answers_cannot_be_read_is_not_judged_and_the_user_is_told_once() {
    let mut bench = Bench::up(|_| {});
    let socket = bench.socket();
    assert!(bench.connection.awaits_answer(), "the first ping is out");
    for _ in 0..20 {
        bench.pass(secs(1));
        bench.input(Input::Unread { socket });
        assert!(!bench.connection.awaits_answer());
    }
    assert_eq!((bench.closed.len(), bench.connection.state().missed_heartbeats), (0, 0));
    let told = bench.events.iter().filter(|event| matches!(event, EventKind::Unread)).count();
    assert_eq!(told, 1);
    bench.input(Input::Unread { socket: SocketId(77) });
    bench.pass(secs(60));
    assert_eq!(bench.closed.first(), Some(&(socket, close::AWAY)), "read again, it is judged");
}
