use super::*;
use crate::protocol::{Token, Welcome};

const LIMIT: Duration = Duration::from_secs(3);

#[test]
fn a_message_that_waits_is_sent_before_the_link_is_closed() {
    let mut bench = Bench::up(|_| ());
    bench.send(0);
    bench.input(Input::CloseWithin(LIMIT));
    assert_eq!((bench.status(), bench.connection.is_closing()), (Status::Connected, true));
    assert_eq!(bench.closed, []);
    let socket = bench.socket();
    bench.sent(0);
    bench.timeout();
    assert_eq!(bench.closed, [(socket, 1000)]);
    assert_eq!((bench.status(), bench.connection.is_closing()), (Status::Disconnected, false));
}

#[test]
fn a_connection_with_nothing_that_waits_is_closed_at_once() {
    for mut bench in [Bench::up(|_| ()), Bench::new(|_| ())] {
        bench.input(Input::CloseWithin(LIMIT));
        assert_eq!(bench.status(), Status::Disconnected);
    }
}

#[test]
fn a_limit_of_zero_closes_at_once_and_keeps_what_waits() {
    let mut bench = Bench::up(|_| ());
    bench.send(0);
    bench.input(Input::CloseWithin(Duration::ZERO));
    assert_eq!(bench.status(), Status::Disconnected);
    assert_eq!(bench.connection.waiting_messages(), 1);
}

#[test]
fn the_limit_ends_what_a_peer_does_not_take() {
    let mut bench = Bench::up(|_| ());
    bench.send(0);
    bench.input(Input::CloseWithin(LIMIT));
    bench.pass(LIMIT / 2);
    assert_eq!(bench.status(), Status::Connected);
    bench.pass(LIMIT / 2);
    assert_eq!(bench.status(), Status::Disconnected);
    assert_eq!(bench.connection.waiting_messages(), 1, "it is kept");
}

#[test]
fn a_message_sent_before_the_close_that_the_machine_hears_of_late_is_waited_for() {
    let mut bench = Bench::up(|_| ());
    bench.send(0);
    bench.input(Input::CloseWithin(LIMIT));
    bench.sent(0);
    bench.send(1);
    bench.timeout();
    assert_eq!(bench.status(), Status::Connected);
    bench.sent(1);
    bench.timeout();
    assert_eq!(bench.status(), Status::Disconnected);
}

#[test]
fn without_a_link_attempts_are_made_within_the_limit() {
    let mut bench = Bench::new(|config| {
        let (base_delay, max_delay) = (Duration::from_secs(20), Duration::from_secs(20));
        let jitter = Jitter::None;
        config.retry =
            Exponential { base_delay, max_delay, jitter, ..Exponential::default() }.into();
    });
    bench.input(Input::Open);
    bench.send(0);
    bench.lost(Cause::Network);
    bench.input(Input::CloseWithin(LIMIT));
    let mut attempts = 0;
    while bench.now < Instant::ORIGIN + Duration::from_secs(2) {
        bench.wait();
        bench.lost(Cause::Network);
        attempts += 1;
    }
    assert!((3..20).contains(&attempts), "{attempts} attempts");
    bench.wait();
    bench.opened();
    assert_eq!(bench.transmitted, [MessageId(0)]);
    bench.sent(0);
    bench.timeout();
    assert_eq!(bench.status(), Status::Disconnected);
}

#[test]
fn a_wait_that_the_server_asked_for_is_kept_and_ends_a_close_that_it_outlasts() {
    for (asked, expected) in [(1, Status::Reconnecting), (60, Status::Disconnected)] {
        let mut bench = Bench::up(|_| ());
        bench.lost_with(Cause::Network, Hint::slot(Duration::from_secs(asked)));
        bench.send(0);
        bench.input(Input::CloseWithin(LIMIT));
        assert_eq!(bench.status(), expected);
    }
}

#[test]
fn a_permanent_failure_ends_a_close_at_once() {
    let mut bench = Bench::new(|_| ());
    bench.input(Input::Open);
    bench.send(0);
    bench.input(Input::CloseWithin(LIMIT));
    bench.lost(Cause::Rejected { status: 403 });
    let last = bench.events.iter().rev().find_map(|event| match event {
        EventKind::StatusChanged { from, to } => Some((*from, *to)),
        _ => None,
    });
    assert_eq!(last, Some((Status::Failed, Status::Disconnected)));
}

#[test]
fn a_second_close_shortens_the_limit_and_never_lengthens_it() {
    let mut bench = Bench::up(|_| ());
    bench.send(0);
    bench.input(Input::CloseWithin(LIMIT));
    bench.input(Input::CloseWithin(LIMIT * 10));
    bench.input(Input::CloseWithin(LIMIT / 3));
    bench.pass(LIMIT / 3);
    assert_eq!(bench.status(), Status::Disconnected);
}

#[test]
fn a_wish_for_a_link_takes_the_close_back() {
    for wish in [Input::Reconnect, Input::Open] {
        let mut bench = Bench::up(|_| ());
        bench.send(0);
        bench.input(Input::CloseWithin(LIMIT));
        bench.input(wish);
        assert!(!bench.connection.is_closing());
        assert_ne!(bench.status(), Status::Disconnected);
    }
}

#[test]
fn messages_that_a_server_acknowledges_are_waited_for_until_it_has() {
    let mut bench = Bench::new(|_| ());
    bench.input(Input::Open);
    let socket = bench.socket();
    bench.input(Input::Opened { socket, reliable: true });
    let token = Token::new("t").unwrap();
    let welcome = Welcome { token, received: 0, resumed: false, max_idle: None };
    bench.input(Input::Control { socket, frame: Frame::Welcome(welcome) });
    bench.send(0);
    bench.sent(0);
    bench.input(Input::CloseWithin(LIMIT));
    assert_eq!(bench.status(), Status::Connected);
    bench.input(Input::Control { socket, frame: Frame::Ack { received: 1 } });
    bench.timeout();
    assert_eq!((bench.status(), &bench.closed[..]), (Status::Disconnected, &[(socket, 1000)][..]));
}
