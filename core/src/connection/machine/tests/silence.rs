//! A peer that has promised to speak.

use super::*;
use crate::connection::Suspension::{Frozen, Hidden};

/// A link without heartbeats, whose peer is never silent for longer than this.
fn promised(silence: Duration) -> Bench {
    let mut bench = Bench::up(|config| config.heartbeat = None);
    promise(&mut bench, silence);
    bench
}

fn promise(bench: &mut Bench, silence: Duration) {
    bench.input(Input::Promise { socket: bench.socket(), silence });
}

/// Time passes, and no timer fires.
fn stall(bench: &mut Bench, duration: Duration) {
    bench.now = bench.now + duration;
    bench.timeout();
}

fn speak(bench: &mut Bench) {
    bench.input(Input::Alive { socket: bench.socket() });
}

/// A link that has proved stable, so that no timer runs but the one for silence.
fn stable() -> Bench {
    let mut bench = promised(secs(45));
    bench.pass(secs(11));
    speak(&mut bench);
    bench.pass(secs(34));
    bench
}

fn is_dead(bench: &Bench) -> bool {
    let dead = EventKind::Disconnected { cause: Cause::HeartbeatTimeout, planned: false };
    bench.events.contains(&dead)
}

#[test]
fn a_peer_that_breaks_its_promise_to_speak_is_dead() {
    let mut bench = promised(secs(45));
    let socket = bench.socket();
    bench.pass(secs(44));
    assert_eq!(bench.status(), Status::Connected);
    bench.pass(secs(1));
    assert!(is_dead(&bench));
    assert_eq!((bench.status(), bench.closed), (Status::Reconnecting, [(socket, 4000)].into()));
    assert!(bench.events.contains(&EventKind::Heartbeat { rtt: None, missed: 1 }));
}

#[test]
fn whatever_comes_keeps_the_promise_and_moves_no_timer() {
    let mut bench = promised(secs(45));
    // Past the time after which the link is stable, which has a timer of its own.
    bench.pass(secs(11));
    let due = bench.connection.poll_timeout();
    for _ in 0..100 {
        bench.now = bench.now + Duration::from_millis(100);
        bench.input(Input::Received { socket: bench.socket() });
        assert_eq!(bench.connection.poll_timeout(), due);
    }
    bench.pass(secs(44));
    assert_eq!(bench.status(), Status::Connected);
    bench.pass(secs(1));
    assert!(is_dead(&bench));
}

#[test]
fn a_promise_is_of_its_link_and_the_last_one_counts() {
    let mut bench = promised(secs(10));
    promise(&mut bench, secs(60));
    bench.pass(secs(59));
    assert_eq!(bench.status(), Status::Connected);
    promise(&mut bench, Duration::ZERO);
    bench.pass(secs(3600));
    assert_eq!(bench.status(), Status::Connected, "it was taken back");
    promise(&mut bench, secs(10));
    bench.input(Input::Reconnect);
    bench.opened();
    bench.pass(secs(3600));
    assert_eq!(bench.status(), Status::Connected, "nothing was promised on this link");
}

#[test]
fn a_promise_on_a_socket_that_is_gone_is_none() {
    let mut bench = Bench::up(|config| config.heartbeat = None);
    let gone = bench.socket();
    bench.input(Input::Reconnect);
    bench.opened();
    bench.input(Input::Promise { socket: gone, silence: secs(1) });
    bench.pass(secs(3600));
    assert_eq!(bench.status(), Status::Connected);
}

#[test]
fn a_promise_of_more_than_a_day_is_one_of_a_day() {
    let mut bench = promised(Duration::MAX);
    bench.pass(secs(24 * 3600 - 1));
    assert_eq!(bench.status(), Status::Connected);
    bench.pass(secs(1));
    assert!(is_dead(&bench));
}

#[test]
fn a_silence_that_is_configured_counts_on_every_link() {
    let mut bench = Bench::up(|config| {
        config.heartbeat = None;
        config.max_silence = Some(secs(30));
    });
    for _ in 0..3 {
        bench.pass(secs(30));
        assert_eq!(bench.status(), Status::Reconnecting);
        while bench.status() != Status::Connected {
            bench.wait();
            bench.opened();
        }
    }
}

#[test]
fn a_pause_of_our_own_is_no_silence_of_the_peer() {
    let mut bench = promised(secs(45));
    bench.pass(secs(40));
    bench.now = bench.now + secs(4);
    bench.input(Input::Slept(secs(4)));
    bench.pass(secs(44));
    assert_eq!(bench.status(), Status::Connected);
    bench.pass(secs(1));
    assert!(is_dead(&bench));
}

#[test]
fn a_late_timer_gives_the_peer_its_time_again_but_only_once() {
    let mut bench = stable();
    stall(&mut bench, secs(15));
    assert_eq!(bench.status(), Status::Connected);
    stall(&mut bench, secs(49));
    assert!(is_dead(&bench), "twice there was time to speak");

    let mut bench = stable();
    stall(&mut bench, secs(15));
    speak(&mut bench);
    stall(&mut bench, secs(49));
    assert_eq!(bench.status(), Status::Connected, "it has spoken in between");
}

#[test]
fn timers_that_are_late_are_none_of_a_peer_that_speaks() {
    let mut bench = stable();
    // A hidden page: its timers run once a minute, and messages come as ever.
    bench.input(Input::Suspend(Hidden));
    for _ in 0..100 {
        for _ in 0..4 {
            bench.now = bench.now + secs(25);
            speak(&mut bench);
        }
        bench.timeout();
    }
    assert_eq!(bench.status(), Status::Connected);
    assert_eq!(bench.connection.state().total_disconnections, 0);
}

#[test]
fn a_frozen_page_hears_nothing_and_blames_nobody() {
    let mut bench = promised(secs(45));
    bench.pass(secs(44));
    bench.input(Input::Suspend(Frozen));
    assert_eq!(bench.connection.poll_timeout(), None);
    bench.now = bench.now + secs(3);
    bench.input(Input::Resume(Frozen));
    bench.pass(secs(44));
    assert_eq!(bench.status(), Status::Connected);
    bench.pass(secs(1));
    assert!(is_dead(&bench));
}

#[test]
fn a_page_that_is_looked_at_now_and_then_notices_a_silent_peer_all_the_same() {
    let mut bench = promised(secs(45));
    for _ in 0..4 {
        bench.input(Input::Suspend(Hidden));
        bench.pass(secs(6));
        bench.input(Input::Resume(Hidden));
        bench.pass(secs(6));
    }
    assert!(is_dead(&bench));
}

#[test]
fn a_promise_ends_a_link_that_also_beats() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    promise(&mut bench, secs(2));
    bench.pass(secs(2));
    assert!(is_dead(&bench));
}

#[test]
fn a_promise_is_not_saved() {
    let bench = promised(secs(45));
    let snapshot = bench.connection.snapshot();
    let mut config = ConnectionConfig::new(Registration::new("s", "test"));
    config.heartbeat = None;
    let mut next = Bench::new(|_| {});
    next.connection = Connection::restore(config, 1, next.now, snapshot).unwrap();
    next.input(Input::Open);
    next.opened();
    next.pass(secs(3600));
    assert_eq!(next.status(), Status::Connected);
}
