//! A wall clock that is set, which looks like a sleep where the platform tells of none.

use super::*;

const HOUR: Duration = Duration::from_hours(1);

#[test]
fn a_link_that_was_heard_within_the_grace_is_kept_and_probed_if_it_can_be() {
    let mut passive = Bench::up(|config| config.heartbeat = None);
    passive.pass(secs(60));
    let socket = passive.socket();
    passive.input(Input::Received { socket });
    passive.pass(Duration::from_millis(100));
    for jump in [secs(10), HOUR] {
        passive.input(Input::MayHaveSlept(jump));
        passive.pass(secs(1));
        assert_eq!((passive.status(), passive.socket()), (Status::Connected, socket));
    }

    let mut probed = Bench::up(|config| config.max_idle = Some(secs(60)));
    probed.pass_answering(secs(10));
    let socket = probed.socket();
    probed.pings.clear();
    probed.input(Input::MayHaveSlept(HOUR));
    assert_eq!(probed.pings.len(), 1);
    probed.pass_answering(secs(60));
    assert_eq!((probed.status(), probed.socket()), (Status::Connected, socket));
    assert_eq!(probed.connection.state().total_disconnections, 0);
}

#[test]
fn a_link_that_was_not_heard_for_as_long_and_cannot_be_probed_is_replaced() {
    let mut bench = Bench::up(|config| config.heartbeat = None);
    bench.pass(secs(60));
    let socket = bench.socket();
    bench.input(Input::MayHaveSlept(HOUR));
    bench.pass(secs(1));
    assert_ne!(bench.socket(), socket);
}

#[test]
fn a_peer_that_died_meanwhile_is_noticed_within_five_seconds() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.input(Input::MayHaveSlept(HOUR));
    bench.pass(secs(5));
    assert_eq!(bench.status(), Status::Reconnecting);
}

#[test]
fn no_message_expires_by_it() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    bench.lost(Cause::Network);
    let ttl = Some(secs(600));
    bench.input(Input::Send { message: MessageId(1), bytes: 10, ttl });
    bench.input(Input::MayHaveSlept(HOUR));
    bench.pass(secs(599));
    assert!(bench.dropped.is_empty());
    bench.pass(secs(1));
    assert_eq!(bench.dropped, [MessageId(1)]);
}

#[test]
fn a_wait_that_the_server_asked_for_is_kept() {
    let mut bench = Bench::up(|_| {});
    bench.lost_with(Cause::Rejected { status: 503 }, Hint::slot(secs(600)));
    let socket = bench.socket();
    bench.input(Input::MayHaveSlept(HOUR));
    bench.pass(secs(599));
    assert_eq!(bench.socket(), socket);
    bench.pass(secs(1));
    assert_ne!(bench.socket(), socket);
}

#[test]
fn a_dial_gets_no_more_time_and_a_link_is_proved_stable_no_later() {
    let mut dialling = Bench::new(|_| {});
    dialling.input(Input::Open);
    dialling.input(Input::MayHaveSlept(HOUR));
    dialling.pass(secs(45));
    assert_ne!(dialling.closed, []);

    let mut young = Bench::up(|_| {});
    young.lost(Cause::Network);
    young.wait();
    young.opened();
    young.pass_answering(secs(5));
    young.input(Input::MayHaveSlept(HOUR));
    young.pass_answering(secs(6));
    assert_eq!(young.connection.state().reconnect_attempts, 0);
}

#[test]
fn a_dial_times_out_however_often_a_clock_is_set_or_the_network_changes() {
    for news in [Input::MayHaveSlept(HOUR), Input::NetworkChanged] {
        let mut bench = Bench::new(|_| {});
        bench.input(Input::Open);
        for _ in 0..90 {
            assert_eq!(bench.closed, []);
            bench.input(news.clone());
            bench.pass(Duration::from_millis(499));
        }
        bench.pass(secs(1));
        assert_ne!(bench.closed, [], "{news:?}");
    }
}

#[test]
fn a_link_that_spoke_just_before_a_pause_of_the_process_ended_is_not_replaced() {
    let mut bench = Bench::up(|config| config.heartbeat = None);
    bench.pass(secs(60));
    let socket = bench.socket();
    bench.now = bench.now + secs(20);
    bench.input(Input::Received { socket });
    bench.input(Input::Slept(secs(20)));
    bench.pass(secs(1));
    assert_eq!(bench.socket(), socket);
}

#[test]
fn dates_of_a_snapshot_follow_the_wall_clock_and_what_is_restored_lives_as_long_as_it_had_left() {
    use crate::time::Dates;
    let mut bench = Bench::new(|_| {});
    bench.now = bench.now + HOUR;
    bench.input(Input::Open);
    bench.lost(Cause::Network);
    let ttl = Some(secs(600));
    bench.input(Input::Send { message: MessageId(1), bytes: 10, ttl });
    let config = || ConnectionConfig::new(Registration::new("s", "test"));
    let day = Duration::from_hours(24);
    let set = bench.now + day;
    let saved = bench.connection.snapshot().dated(Dates::between(bench.now, set));
    assert_eq!(saved.saved_at(), set);
    // The next process starts by the same clock, or by one that was set back meanwhile.
    for now in [set + secs(60), set - HOUR] {
        let mut next = Connection::restore(config(), 7, now, saved.clone()).unwrap();
        next.handle_timeout(now + secs(500));
        assert_eq!(next.waiting_messages(), 1);
        next.handle_timeout(now + secs(601));
        assert_eq!(next.waiting_messages(), 0);
    }
}
