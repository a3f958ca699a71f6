//! What is not held against the peer.

use super::*;
use crate::connection::Suspension::{Cached, Frozen, Hidden, Offline, Prerendered};

const HOUR: Duration = Duration::from_hours(1);

/// A link on which the quality is known.
fn judged() -> Bench {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.events.clear();
    bench
}

/// Time passes, and no timer fires.
fn sleep(bench: &mut Bench, duration: Duration) {
    bench.now = bench.now + duration;
}

fn answer(bench: &mut Bench) {
    let (socket, id) = bench.pings.pop().unwrap();
    bench.input(Input::Pong { socket, id });
}

fn misses(bench: &Bench) -> usize {
    let missed = |event: &&EventKind| matches!(event, EventKind::Heartbeat { rtt: None, .. });
    bench.events.iter().filter(missed).count()
}

#[test]
fn after_a_sleep_one_probe_decides_and_nothing_counts_as_missed() {
    let mut bench = judged();
    bench.pings.clear();
    sleep(&mut bench, HOUR);
    bench.input(Input::Slept(HOUR));
    bench.timeout();
    assert_eq!(bench.pings.len(), 1);
    bench.pass(Duration::from_millis(50));
    answer(&mut bench);
    bench.pass(secs(5));
    assert_eq!((bench.status(), misses(&bench)), (Status::Connected, 0));
    assert_eq!(bench.connection.state().total_disconnections, 0);
}

#[test]
fn a_peer_that_died_during_a_sleep_is_noticed_within_five_seconds_and_dialled_within_one_more() {
    let mut bench = judged();
    let socket = bench.socket();
    sleep(&mut bench, HOUR);
    bench.input(Input::Slept(HOUR));
    bench.pass(secs(5));
    assert_eq!(bench.status(), Status::Reconnecting);
    assert_eq!(bench.closed, [(socket, 4000)]);
    bench.pass(secs(1));
    assert_ne!(bench.socket(), socket, "a cause on this side is not waited for");
}

#[test]
fn a_pong_that_overlaps_a_sleep_is_no_sample() {
    let mut bench = judged();
    while bench.pings.is_empty() {
        bench.wait();
    }
    let (socket, id) = bench.pings.pop().unwrap();
    let latency = bench.connection.state().latency;
    bench.now = bench.now + HOUR;
    bench.input(Input::Slept(HOUR));
    bench.input(Input::Pong { socket, id });
    assert_eq!(bench.connection.state().latency, latency);
}

#[test]
fn a_process_that_was_stopped_holds_the_pause_against_nobody() {
    let mut bench = judged();
    while bench.pings.is_empty() {
        bench.wait();
    }
    sleep(&mut bench, secs(30));
    bench.pings.clear();
    bench.timeout();
    assert_eq!((bench.status(), misses(&bench)), (Status::Connected, 0));
    bench.pass(Duration::from_millis(100));
    answer(&mut bench);
    bench.pass(secs(5));
    assert_eq!(bench.status(), Status::Connected);
}

#[test]
fn timers_that_are_late_every_time_do_not_hide_a_dead_peer() {
    let mut bench = judged();
    let mut minutes = 0;
    while bench.status() == Status::Connected {
        minutes += 1;
        assert!(minutes < 6, "never noticed");
        sleep(&mut bench, secs(60));
        bench.timeout();
    }
    assert_eq!(bench.status(), Status::Reconnecting);
}

#[test]
fn timers_that_are_late_every_time_hold_nothing_against_a_peer_that_answers() {
    let mut bench = judged();
    for _ in 0..20 {
        sleep(&mut bench, secs(60));
        bench.timeout();
        if !bench.pings.is_empty() {
            answer(&mut bench);
        }
    }
    assert_eq!((bench.status(), misses(&bench)), (Status::Connected, 0));
}

#[test]
fn a_pause_longer_than_the_server_lets_pass_in_silence_replaces_the_link_without_a_probe() {
    let mut bench = Bench::up(|config| config.max_idle = Some(secs(60)));
    bench.pass_answering(secs(10));
    let socket = bench.socket();
    sleep(&mut bench, secs(61));
    bench.input(Input::Slept(secs(61)));
    assert_eq!(bench.closed, [(socket, 1000)]);
    bench.pass(secs(1));
    assert_ne!(bench.socket(), socket);
    assert!(
        bench.events.contains(&EventKind::Disconnected { cause: Cause::Suspended, planned: true })
    );
}

#[test]
fn a_link_that_cannot_be_probed_is_kept_over_a_short_pause_and_replaced_after_a_long_one() {
    for (pause, kept) in [(4, true), (6, false)] {
        let mut bench = Bench::up(|config| config.heartbeat = None);
        bench.pass(secs(60));
        let socket = bench.socket();
        bench.input(Input::Suspend(Frozen));
        bench.pass(secs(pause));
        bench.input(Input::Resume(Frozen));
        bench.pass(secs(1));
        assert_eq!(bench.socket() == socket, kept, "{pause} s");
        assert_eq!(bench.status() == Status::Connected, kept);
    }
}

#[test]
fn what_was_closed_by_the_user_stays_closed_whatever_comes_back() {
    let mut bench = judged();
    bench.input(Input::Close);
    for why in [Offline, Frozen, Hidden, Cached, Prerendered] {
        bench.input(Input::Suspend(why));
        bench.input(Input::Resume(why));
    }
    bench.input(Input::Slept(HOUR));
    bench.input(Input::NetworkChanged);
    assert_eq!((bench.status(), bench.connection.poll_timeout()), (Status::Disconnected, None));
}

#[test]
fn a_page_in_the_cache_has_no_link_and_gets_one_within_a_second_of_its_return() {
    let mut bench = judged();
    let socket = bench.socket();
    bench.input(Input::Suspend(Cached));
    assert_eq!(
        (bench.closed.as_slice(), bench.status()),
        ([(socket, 1000)].as_slice(), Status::Suspended)
    );
    bench.pass(HOUR);
    bench.input(Input::Resume(Cached));
    assert_eq!(bench.status(), Status::Reconnecting);
    bench.pass(secs(1));
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
    let cause = Cause::Suspended;
    assert!(bench.events.contains(&EventKind::Disconnected { cause, planned: true }));
}

#[test]
fn a_hidden_page_keeps_its_link_beating_and_unjudged_and_is_probed_when_it_is_seen() {
    let mut bench = judged();
    bench.input(Input::Suspend(Hidden));
    let state = bench.connection.state();
    assert_eq!((state.status, state.connection_quality), (Status::Connected, None));
    bench.pass_answering(secs(120));
    assert!(bench.events.iter().any(|event| matches!(event, EventKind::Heartbeat { .. })));
    assert_eq!(bench.connection.state().connection_quality, None);
    bench.pings.clear();
    bench.input(Input::Resume(Hidden));
    answer(&mut bench);
    assert_eq!(bench.connection.state().connection_quality, Some(Quality::Excellent));
}

#[test]
fn a_page_that_stays_hidden_lets_go_of_its_link_where_that_is_wanted() {
    let mut bench = Bench::up(|config| config.suspend_hidden_after = Some(secs(60)));
    bench.pass_answering(secs(10));
    let socket = bench.socket();
    bench.input(Input::Suspend(Hidden));
    bench.pass_answering(secs(59));
    assert_eq!(bench.status(), Status::Connected);
    bench.pass_answering(secs(2));
    assert_eq!(
        (bench.status(), bench.closed.as_slice()),
        (Status::Suspended, [(socket, 1000)].as_slice())
    );
    bench.input(Input::Resume(Hidden));
    bench.pass(secs(1));
    assert_ne!(bench.socket(), socket);
}

#[test]
fn a_change_of_network_asks_the_peer_at_once() {
    let mut bench = judged();
    bench.pings.clear();
    bench.input(Input::NetworkChanged);
    assert_eq!(bench.pings.len(), 1);
    bench.pass(secs(5));
    assert_eq!(bench.status(), Status::Reconnecting, "the old address is gone");
}

#[test]
fn a_user_who_asks_gets_a_fresh_link_at_once_whatever_the_status() {
    let mut up = judged();
    let first = up.socket();
    up.input(Input::Reconnect);
    assert_ne!(up.socket(), first);
    assert_eq!(up.closed, [(first, 1000)]);

    let mut waiting = Bench::up(|_| {});
    waiting.lost(Cause::Network);
    let last = waiting.socket();
    waiting.input(Input::Reconnect);
    assert_ne!(waiting.socket(), last);

    let mut failed = Bench::up(|config| config.max_reconnect_attempts = Some(1));
    failed.lost(Cause::Network);
    failed.wait();
    failed.lost(Cause::Network);
    assert_eq!(failed.status(), Status::Failed);
    failed.input(Input::Reconnect);
    failed.opened();
    assert_eq!(failed.status(), Status::Connected);

    let mut closed = judged();
    closed.input(Input::Close);
    closed.input(Input::Reconnect);
    closed.opened();
    assert_eq!(closed.status(), Status::Connected);

    let mut offline = judged();
    offline.input(Input::Suspend(Offline));
    offline.input(Input::Reconnect);
    offline.opened();
    assert_eq!(offline.status(), Status::Connected, "a link proves more than the system says");
}

#[test]
fn a_pause_ends_no_dial_and_proves_no_link_stable() {
    let mut dialling = Bench::new(|_| {});
    dialling.input(Input::Open);
    sleep(&mut dialling, HOUR);
    dialling.input(Input::Slept(HOUR));
    dialling.timeout();
    assert_eq!((dialling.status(), dialling.closed.len()), (Status::Reconnecting, 0));

    let mut young = Bench::up(|_| {});
    young.lost(Cause::Network);
    young.wait();
    young.opened();
    young.pass_answering(secs(2));
    sleep(&mut young, HOUR);
    young.input(Input::Slept(HOUR));
    young.pass_answering(secs(5));
    assert_eq!(young.connection.state().reconnect_attempts, 1, "it was up for seven seconds");
    young.pass_answering(secs(4));
    assert_eq!(young.connection.state().reconnect_attempts, 0);
}

#[test]
fn what_is_sent_while_suspended_waits_until_the_link_has_proved_itself() {
    let mut bench = judged();
    bench.input(Input::Suspend(Frozen));
    bench.transmitted.clear();
    bench.send(1);
    bench.pings.clear();
    bench.input(Input::Resume(Frozen));
    assert!(bench.transmitted.is_empty());
    answer(&mut bench);
    assert_eq!(bench.status(), Status::Connected);
    assert_eq!(bench.transmitted.len(), 1);
}

#[test]
fn several_suspensions_hold_until_the_last_is_over() {
    let mut bench = judged();
    bench.input(Input::Suspend(Offline));
    bench.input(Input::Suspend(Frozen));
    bench.pings.clear();
    bench.input(Input::Resume(Offline));
    assert_eq!((bench.status(), bench.pings.len()), (Status::Suspended, 0));
    bench.input(Input::Resume(Frozen));
    answer(&mut bench);
    assert_eq!(bench.status(), Status::Connected);
}

#[test]
fn what_is_sent_while_frozen_goes_out_at_once_on_a_link_that_cannot_be_probed() {
    let mut bench = Bench::up(|config| config.heartbeat = None);
    bench.input(Input::Suspend(Frozen));
    bench.transmitted.clear();
    bench.send(1);
    assert!(bench.transmitted.is_empty());
    bench.input(Input::Resume(Frozen));
    assert_eq!(bench.transmitted.len(), 1);
}

#[test]
fn a_session_that_had_failed_and_is_wanted_again_waits_until_its_page_runs() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    bench.lost(Cause::Rejected { status: 403 });
    assert_eq!(bench.status(), Status::Failed);
    bench.input(Input::Suspend(Frozen));
    bench.input(Input::Open);
    assert_eq!(bench.status(), Status::Suspended);
    bench.input(Input::Resume(Frozen));
    assert_eq!(bench.status(), Status::Reconnecting);
}

#[test]
fn a_page_that_is_prerendered_dials_once_it_is_activated_and_counts_no_attempt_before() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Suspend(Prerendered));
    bench.input(Input::Open);
    bench.pass(HOUR);
    assert_eq!((bench.status(), bench.socket), (Status::Suspended, None));
    assert_eq!(bench.connection.state().reconnect_attempts, 0);
    bench.input(Input::Resume(Prerendered));
    bench.pass(secs(1));
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
}
