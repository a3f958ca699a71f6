//! What was read late, and what pauses that follow each other change.

use super::*;
use crate::connection::Suspension::{Frozen, Hidden};

const HOUR: Duration = Duration::from_hours(1);

/// A link that knows its round trip, and its present ping.
fn pinged() -> (Bench, SocketId, PingId) {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    while bench.pings.is_empty() {
        bench.wait();
    }
    let (socket, id) = bench.pings.pop().unwrap();
    (bench, socket, id)
}

#[test]
fn a_pong_that_is_read_before_the_timers_after_a_stop_is_no_sample() {
    for message_first in [false, true] {
        let (mut bench, socket, id) = pinged();
        let latency = bench.connection.state().latency;
        bench.now = bench.now + secs(60);
        if message_first {
            bench.input(Input::Received { socket });
        }
        bench.input(Input::Pong { socket, id });
        bench.timeout();
        let now = (bench.status(), bench.connection.state().latency);
        assert_eq!(now, (Status::Connected, latency), "after a message: {message_first}");
    }
}

#[test]
fn an_answer_that_came_while_this_side_stood_still_is_read_before_the_link_is_given_up() {
    for late in [secs(1), Duration::from_millis(50)] {
        let (mut bench, socket, _) = pinged();
        bench.input(Input::NetworkChanged);
        let (_, id) = bench.pings.pop().unwrap();
        // The proof was due after two seconds.
        bench.now = bench.now + secs(2) + late;
        bench.timeout();
        bench.input(Input::Pong { socket, id });
        bench.pass(secs(1));
        assert_eq!(bench.status(), Status::Connected, "late by {late:?}");
    }
}

#[test]
fn a_page_that_is_frozen_again_and_again_finds_a_dead_link() {
    let (mut bench, ..) = pinged();
    let mut awake = Duration::ZERO;
    while bench.status() != Status::Reconnecting {
        assert!(awake < secs(30), "never noticed");
        bench.input(Input::Suspend(Frozen));
        bench.pass(secs(60));
        bench.input(Input::Resume(Frozen));
        bench.pass(secs(1));
        awake += secs(1);
    }
}

#[test]
fn a_round_trip_of_ten_minutes_makes_no_proof_longer_than_the_longest_silence() {
    let (mut bench, socket, id) = pinged();
    bench.input(Input::Suspend(Hidden));
    for _ in 0..60 {
        bench.pass(secs(10));
        bench.input(Input::Received { socket });
    }
    bench.input(Input::Pong { socket, id });
    bench.input(Input::Resume(Hidden));
    bench.input(Input::Slept(HOUR));
    bench.pass(secs(61));
    assert_eq!(bench.status(), Status::Reconnecting);
}
