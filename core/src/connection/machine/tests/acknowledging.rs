//! Delivery that survives reconnects.

use super::*;
use crate::event::DeliveryOutcome;
use crate::outbox::Overflow;
use crate::protocol::{Token, Welcome, close};

fn welcome(received: u64, resumed: bool) -> Frame {
    let token = Token::new("t").unwrap();
    Frame::Welcome(Welcome { token, received, resumed, max_idle: None })
}

fn greeted() -> Bench {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    bench.greet(welcome(0, false));
    bench
}

impl Bench {
    fn greet(&mut self, frame: Frame) {
        self.input(Input::Opened { socket: self.socket(), reliable: true });
        self.frame(frame);
    }

    fn frame(&mut self, frame: Frame) {
        self.input(Input::Control { socket: self.socket(), frame });
    }

    fn reconnect(&mut self, frame: Frame) {
        self.lost(Cause::Network);
        self.pass(secs(1));
        self.transmitted.clear();
        self.greet(frame);
    }
}

fn ids(ids: &[u64]) -> Vec<MessageId> {
    ids.iter().copied().map(MessageId).collect()
}

#[test]
fn it_is_connected_once_the_server_has_said_welcome() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    bench.send(0);
    bench.input(Input::Opened { socket: bench.socket(), reliable: true });
    assert_eq!((bench.status(), bench.transmitted.len()), (Status::Reconnecting, 0));
    assert!(matches!(bench.frames.as_slice(), [Frame::Hello(hello)] if hello.token.is_none()));
    bench.frame(welcome(0, false));
    assert_eq!((bench.status(), bench.transmitted.len()), (Status::Connected, 1));
}

#[test]
fn a_server_that_never_says_welcome_is_given_up_like_one_that_never_opens() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    bench.input(Input::Opened { socket: bench.socket(), reliable: true });
    bench.pass(secs(45));
    assert_eq!(bench.closed, [(bench.socket(), close::AWAY)], "it may come back");
}

#[test]
fn a_payload_is_kept_until_the_server_has_acknowledged_it() {
    let mut bench = greeted();
    bench.send(0);
    bench.sent(0);
    bench.send(1);
    assert_eq!((bench.released.len(), bench.connection.waiting_messages()), (0, 2));
    bench.frame(Frame::Ack { received: 1 });
    assert_eq!(bench.released, ids(&[0]));
    bench.frame(Frame::Ack { received: 2 });
    bench.sent(1);
    assert_eq!(bench.released, ids(&[0, 1]), "an answer may overtake the socket's word");
    assert_eq!(bench.connection.waiting_messages(), 0);
}

#[test]
fn after_a_reconnect_only_what_has_not_arrived_is_sent_again_and_first() {
    let mut bench = greeted();
    for id in 0..3 {
        bench.send(id);
        bench.sent(id);
    }
    bench.lost(Cause::Network);
    bench.send(3);
    bench.pass(secs(1));
    bench.transmitted.clear();
    bench.greet(welcome(2, true));
    bench.sent(2);
    assert_eq!(bench.transmitted, ids(&[2, 3]));
    assert_eq!(bench.released, ids(&[0, 1]));
}

/// How long each of seven links in a row is silent until it is given up. On each a message went out while it answered, and
/// the server has received `received` of the number of messages so far.
fn silences(received: impl Fn(u64) -> u64) -> Vec<u64> {
    let mut bench = greeted();
    let mut silences = Vec::new();
    for sent in 0..7 {
        bench.pass_answering(RTT * 2);
        bench.send(sent);
        (0..=sent).for_each(|id| bench.sent(id));
        bench.pass_answering(RTT * 2);
        let (silent_at, socket) = (bench.now, bench.socket());
        while bench.status() == Status::Connected {
            bench.wait();
        }
        silences.push(bench.now.saturating_since(silent_at).as_secs());
        bench.pings.clear();
        while bench.socket() == socket {
            bench.wait();
        }
        bench.greet(welcome(received(sent + 1), true));
    }
    silences
}

#[test]
fn a_link_that_never_carried_its_messages_teaches_no_more_than_a_minute_of_patience() {
    let waited = silences(|_| 0);
    assert!(waited.iter().all(|silence| *silence <= 61), "{waited:?}");
    let waited = silences(|sent| sent);
    assert!(waited.last().is_some_and(|last| *last > 300), "the answer may be large: {waited:?}");
}

#[test]
fn where_the_server_has_forgotten_what_was_handed_over_is_reported_and_not_sent_again() {
    let mut bench = greeted();
    for id in 0..3 {
        bench.send(id);
    }
    bench.sent(0);
    bench.sent(1);
    bench.reconnect(welcome(0, false));
    let (first, last) = (MessageId(0), MessageId(1));
    let unknown = EventKind::Delivery { delivery: DeliveryOutcome::Unknown, count: 2, first, last };
    assert!(bench.events.contains(&unknown));
    assert_eq!(bench.transmitted, ids(&[2]), "which no socket had taken");
}

#[test]
fn what_came_is_acknowledged_after_a_while_and_in_groups() {
    let mut bench = greeted();
    let socket = bench.socket();
    bench.frames.clear();
    bench.input(Input::Received { socket });
    assert_eq!(bench.frames, []);
    bench.pass(Duration::from_millis(200));
    assert_eq!(bench.frames, [Frame::Ack { received: 1 }]);
    (0..16).for_each(|_| bench.input(Input::Received { socket }));
    assert_eq!(bench.frames.last(), Some(&Frame::Ack { received: 17 }), "sixteen do not wait");
    bench.input(Input::Received { socket });
    bench.input(Input::Close);
    assert_eq!(bench.frames.last(), Some(&Frame::Ack { received: 18 }), "nor does the end");
}

#[test]
fn a_ping_of_the_server_is_answered() {
    let mut bench = greeted();
    bench.frames.clear();
    bench.frame(Frame::Ping { id: PingId(7) });
    assert_eq!(bench.frames, [Frame::Pong { id: PingId(7) }]);

    bench.frames.clear();
    bench.input(Input::Received { socket: bench.socket() });
    bench.frame(Frame::Ping { id: PingId(8) });
    let acknowledged_first = [Frame::Ack { received: 1 }, Frame::Pong { id: PingId(8) }];
    assert_eq!(bench.frames, acknowledged_first, "so that the pong proves what came before it");
}

#[test]
fn what_the_server_may_have_is_not_dropped_for_something_newer() {
    let overflow = Overflow::DropOldest;
    let outbox = OutboxConfig { max_messages: 2, overflow, ..OutboxConfig::default() };
    let mut bench = Bench::new(|config| config.outbox = outbox);
    bench.input(Input::Open);
    bench.greet(welcome(0, false));
    bench.send(0);
    bench.sent(0);
    bench.send(1);
    bench.lost(Cause::Network);
    (2..5).for_each(|id| bench.send(id));
    assert_eq!(bench.dropped, ids(&[2, 3]), "the socket may have taken 0 and 1; 4 is the newest");
    bench.pass(secs(1));
    bench.transmitted.clear();
    bench.greet(welcome(1, true));
    bench.sent(1);
    assert_eq!(bench.transmitted, ids(&[1, 4]));
}

#[test]
fn a_server_that_counts_what_cannot_be_is_left_and_dialled_anew() {
    let mut bench = greeted();
    let socket = bench.socket();
    bench.frame(Frame::Ack { received: 1 });
    assert_eq!(bench.closed, [(socket, 1002)]);
    let cause = Cause::ProtocolViolation;
    assert!(bench.events.contains(&EventKind::Disconnected { cause, planned: false }));
    assert_eq!(bench.status(), Status::Reconnecting);
}

#[test]
fn a_server_that_does_not_acknowledge_any_more_leaves_what_it_had_unknown() {
    let mut bench = greeted();
    bench.send(0);
    bench.sent(0);
    bench.lost(Cause::Network);
    bench.pass(secs(1));
    bench.transmitted.clear();
    bench.opened();
    assert_eq!((bench.status(), bench.transmitted.len()), (Status::Connected, 0));
    let (first, last) = (MessageId(0), MessageId(0));
    let unknown = EventKind::Delivery { delivery: DeliveryOutcome::Unknown, count: 1, first, last };
    assert!(bench.events.contains(&unknown));
}

#[test]
fn a_message_that_the_socket_refuses_is_not_counted() {
    let mut bench = greeted();
    (1..=3).for_each(|id| bench.send(id));
    bench.sent(1);
    bench.refused(2);
    bench.sent(3);
    bench.frame(Frame::Ack { received: 2 });
    assert_eq!((bench.dropped.clone(), bench.released.clone()), (ids(&[2]), ids(&[1, 3])));
    assert_eq!(bench.status(), Status::Connected);
    bench.frame(Frame::Ack { received: 3 });
    assert_ne!(bench.status(), Status::Connected, "no third message was sent");
}

#[test]
fn where_the_oldest_are_dropped_a_server_that_acknowledges_nothing_gets_no_more_than_the_bounds() {
    let overflow = Overflow::DropOldest;
    let mut bench = Bench::new(|config| {
        config.outbox = OutboxConfig { max_messages: 2, overflow, ..<_>::default() };
    });
    bench.input(Input::Open);
    bench.greet(welcome(0, false));
    for id in 0..10 {
        bench.send(id);
        bench.sent(id);
    }
    assert_eq!(bench.transmitted, ids(&[0, 1]));
    assert_eq!(bench.dropped, ids(&[2, 3, 4, 5, 6, 7, 8]), "the newest waits");
    bench.frame(Frame::Ack { received: 1 });
    assert_eq!(bench.transmitted, ids(&[0, 1, 9]), "there is room for it");
    // The next link gets them again, and each is handed over.
    bench.send(10);
    bench.reconnect(welcome(1, true));
    assert_eq!(bench.transmitted, ids(&[1]));
    bench.sent(1);
    bench.frame(Frame::Ack { received: 2 });
    bench.sent(9);
    assert_eq!(bench.transmitted, ids(&[1, 9, 10]));
}
