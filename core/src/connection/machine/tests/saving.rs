//! What has come is acknowledged once it is saved.

use super::*;
use crate::protocol::{Token, Welcome};

fn welcome(resumed: bool) -> Frame {
    let token = Token::new("t").unwrap();
    Frame::Welcome(Welcome { token, received: 0, resumed, max_idle: None })
}

fn greet(bench: &mut Bench, resumed: bool) {
    bench.input(Input::Opened { socket: bench.socket(), reliable: true });
    bench.input(Input::Control { socket: bench.socket(), frame: welcome(resumed) });
    bench.frames.clear();
}

/// A link to a server that acknowledges, of a session that is saved.
fn saving() -> Bench {
    let mut bench = Bench::new(|config| {
        config.save_before_ack = true;
        config.heartbeat = None;
    });
    bench.input(Input::Open);
    greet(&mut bench, false);
    bench
}

fn receive(bench: &mut Bench, count: usize) {
    for _ in 0..count {
        bench.input(Input::Received { socket: bench.socket() });
    }
}

fn ack(received: u64) -> Frame {
    Frame::Ack { received }
}

fn hellos(bench: &Bench) -> Vec<u64> {
    let hello = |frame: &Frame| match frame {
        Frame::Hello(hello) => Some(hello.received),
        _ => None,
    };
    bench.frames.iter().filter_map(hello).collect()
}

#[test]
fn an_acknowledgement_waits_for_the_save_and_no_longer() {
    let mut bench = saving();
    receive(&mut bench, 3);
    assert_eq!(bench.saves, 0, "acknowledgements are batched, and so are saves");
    bench.pass(Duration::from_millis(200));
    assert_eq!((bench.saves, bench.frames.len()), (1, 0));
    bench.input(Input::Saved);
    assert_eq!(bench.frames, [ack(3)]);
}

#[test]
fn what_comes_during_a_save_is_acknowledged_by_the_next() {
    let mut bench = saving();
    receive(&mut bench, 16);
    assert_eq!((bench.saves, bench.frames.len()), (1, 0));
    receive(&mut bench, 16);
    assert_eq!(bench.saves, 1, "one save at a time");
    bench.input(Input::Saved);
    assert_eq!((bench.saves, bench.frames.as_slice()), (2, [ack(16)].as_slice()));
    bench.input(Input::Saved);
    assert_eq!(bench.frames, [ack(16), ack(32)]);
}

#[test]
fn a_hello_tells_only_of_what_is_saved() {
    let mut bench = saving();
    receive(&mut bench, 3);
    bench.lost(Cause::Network);
    assert_eq!(bench.saves, 1, "it is saved while the next link is dialled");
    bench.pass(secs(1));
    bench.input(Input::Opened { socket: bench.socket(), reliable: true });
    assert!(hellos(&bench).is_empty());
    bench.input(Input::Saved);
    assert_eq!(hellos(&bench), [3]);
}

#[test]
fn a_hello_does_not_wait_for_what_is_saved_already() {
    let mut bench = saving();
    receive(&mut bench, 3);
    bench.lost(Cause::Network);
    bench.input(Input::Saved);
    bench.pass(secs(1));
    bench.input(Input::Opened { socket: bench.socket(), reliable: true });
    assert_eq!((bench.saves, hellos(&bench)), (1, [3].into()));
}

#[test]
fn a_save_that_was_under_way_when_more_came_is_followed_by_another_before_the_hello() {
    let mut bench = saving();
    receive(&mut bench, 16);
    receive(&mut bench, 3);
    bench.lost(Cause::Network);
    bench.pass(secs(1));
    bench.input(Input::Opened { socket: bench.socket(), reliable: true });
    bench.input(Input::Saved);
    assert_eq!((bench.saves, hellos(&bench).len()), (2, 0));
    bench.input(Input::Saved);
    assert_eq!(hellos(&bench), [19]);
}

#[test]
fn a_pong_still_tells_that_all_is_acknowledged_which_came_before_its_ping() {
    let mut bench = saving();
    receive(&mut bench, 3);
    for id in [7, 8] {
        let frame = Frame::Ping { id: PingId(id) };
        bench.input(Input::Control { socket: bench.socket(), frame });
    }
    assert_eq!((bench.saves, bench.frames.len()), (1, 0));
    bench.input(Input::Saved);
    assert_eq!(bench.frames, [ack(3), Frame::Pong { id: PingId(8) }]);
    let frame = Frame::Ping { id: PingId(9) };
    bench.input(Input::Control { socket: bench.socket(), frame });
    assert_eq!(bench.frames.len(), 3, "with nothing to save a pong does not wait");
}

#[test]
fn a_save_of_one_session_says_nothing_of_the_next() {
    let mut bench = saving();
    receive(&mut bench, 16);
    bench.input(Input::Saved);
    bench.input(Input::Reconnect);
    greet(&mut bench, false);
    receive(&mut bench, 16);
    assert_eq!((bench.saves, bench.frames.len()), (2, 0), "16 of another session were saved");
    bench.input(Input::Saved);
    assert_eq!(bench.frames, [ack(16)]);
}

#[test]
fn a_welcome_before_the_hello_is_none() {
    let mut bench = saving();
    receive(&mut bench, 3);
    bench.input(Input::Reconnect);
    greet(&mut bench, true);
    assert_eq!(bench.status(), Status::Reconnecting);
    bench.input(Input::Saved);
    assert_eq!(hellos(&bench), [3]);
    bench.input(Input::Control { socket: bench.socket(), frame: welcome(true) });
    assert_eq!(bench.status(), Status::Connected);
}

#[test]
fn a_goodbye_waits_for_nothing() {
    let mut bench = saving();
    receive(&mut bench, 3);
    bench.input(Input::Close);
    assert_eq!(bench.frames, [ack(3)]);
}

#[test]
fn a_session_that_is_not_saved_is_acknowledged_as_ever() {
    let mut bench = Bench::new(|config| config.heartbeat = None);
    bench.input(Input::Open);
    greet(&mut bench, false);
    receive(&mut bench, 16);
    assert_eq!((bench.saves, bench.frames.as_slice()), (0, [ack(16)].as_slice()));
    bench.input(Input::Saved);
    assert_eq!(bench.frames.len(), 1, "a save that nobody asked for");
}

#[test]
fn what_was_saved_in_an_earlier_life_is_told_at_once() {
    let mut bench = saving();
    receive(&mut bench, 3);
    let snapshot = bench.connection.snapshot();
    let mut config = ConnectionConfig::new(Registration::new("s", "test"));
    config.save_before_ack = true;
    let mut next = Bench::new(|_| {});
    next.connection = Connection::restore(config, 1, next.now, snapshot).unwrap();
    next.input(Input::Open);
    next.input(Input::Opened { socket: next.socket(), reliable: true });
    assert_eq!((next.saves, hellos(&next)), (0, [3].into()));
    next.input(Input::Control { socket: next.socket(), frame: welcome(true) });
    receive(&mut next, 16);
    assert_eq!(next.saves, 1);
}
