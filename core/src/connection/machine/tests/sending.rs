//! What goes out.

use super::*;
use crate::event::DeliveryOutcome;
use crate::outbox::Overflow;

#[test]
fn messages_wait_while_the_link_is_down_and_go_out_once_in_order() {
    let mut bench = Bench::up(|_| {});
    bench.send(1);
    bench.sent(1);
    bench.send(2);
    bench.lost(Cause::Network);
    bench.send(3);
    assert_eq!(bench.transmitted, [MessageId(1), MessageId(2)]);
    assert_eq!((bench.connection.waiting_messages(), bench.connection.waiting_bytes()), (2, 20));
    bench.transmitted.clear();
    bench.pass(secs(1));
    bench.opened();
    bench.sent(2);
    bench.sent(3);
    assert_eq!(bench.transmitted, [MessageId(2), MessageId(3)], "2 was never taken by a socket");
    assert_eq!(bench.connection.waiting_messages(), 0);
}

#[test]
fn a_full_outbox_refuses_and_what_waits_stays() {
    let outbox = OutboxConfig { max_messages: 2, max_bytes: 1000, ..OutboxConfig::default() };
    let mut bench = Bench::new(|config| config.outbox = outbox);
    bench.send(1);
    bench.send(2);
    assert_eq!(bench.connection.admit(10).unwrap_err().code(), "outbox.full");
    bench.send(3);
    bench.input(Input::Open);
    bench.opened();
    bench.sent(1);
    bench.sent(2);
    assert_eq!(bench.transmitted, [MessageId(1), MessageId(2)]);
}

fn deliveries(bench: &Bench) -> Vec<(DeliveryOutcome, u64, u64, u64)> {
    let events = bench.events.iter();
    events
        .filter_map(|event| match event {
            EventKind::Delivery { delivery, count, first, last } => {
                Some((*delivery, *count, first.0, last.0))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn what_a_lost_link_had_taken_and_no_pong_has_proved_is_reported_as_unknown() {
    let mut bench = Bench::up(|_| {});
    for id in 0..3 {
        bench.send(id);
        bench.sent(id);
    }
    bench.pings.clear();
    bench.pass(secs(2));
    let (socket, id) = bench.pings.pop().unwrap();
    bench.input(Input::Pong { socket, id });
    for id in 3..5 {
        bench.send(id);
        bench.sent(id);
    }
    bench.send(5);
    bench.lost(Cause::Network);
    assert_eq!(deliveries(&bench), [(DeliveryOutcome::Unknown, 2, 3, 4)]);
    assert_eq!(bench.released.len(), 5);
}

#[test]
fn where_the_newest_is_dropped_those_that_wait_stay() {
    let overflow = Overflow::DropNewest;
    let outbox = OutboxConfig { max_messages: 2, overflow, ..OutboxConfig::default() };
    let mut bench = Bench::new(|config| config.outbox = outbox);
    (1..=3).for_each(|id| bench.send(id));
    assert_eq!(bench.dropped, [MessageId(3)]);
    assert_eq!(deliveries(&bench), [(DeliveryOutcome::Dropped, 1, 3, 3)]);
}

#[test]
fn where_the_oldest_is_dropped_it_makes_room_by_count_and_by_bytes() {
    let overflow = Overflow::DropOldest;
    let outbox =
        OutboxConfig { max_messages: 3, max_bytes: 25, overflow, ..OutboxConfig::default() };
    let mut bench = Bench::new(|config| config.outbox = outbox);
    (1..=4).for_each(|id| bench.send(id));
    assert_eq!(bench.dropped, [MessageId(1), MessageId(2)]);
    assert_eq!(bench.connection.waiting_bytes(), 20);
    assert_eq!(bench.connection.admit(26).unwrap_err().code(), "outbox.full", "it never fits");
}

#[test]
fn behind_a_slow_socket_the_oldest_is_dropped_and_never_the_newest() {
    for max_messages in [1, 3] {
        let overflow = Overflow::DropOldest;
        let outbox = OutboxConfig { max_messages, overflow, ..OutboxConfig::default() };
        let mut bench = Bench::up(|config| config.outbox = outbox);
        (0..10).for_each(|id| bench.send(id));
        assert_eq!(bench.transmitted, [MessageId(0)], "the socket has not taken it yet");
        let newest = 10 - max_messages as u64;
        let dropped: Vec<_> = (1..newest).map(MessageId).collect();
        assert_eq!(bench.dropped, dropped);
        bench.sent(0);
        (newest..10).for_each(|id| bench.sent(id));
        assert_eq!(bench.connection.waiting_messages(), 0);
    }
}

#[test]
fn what_a_lost_socket_was_taking_waits_again_and_the_oldest_make_room_for_it() {
    let overflow = Overflow::DropOldest;
    let outbox = OutboxConfig { max_messages: 2, overflow, ..OutboxConfig::default() };
    let mut bench = Bench::up(|config| config.outbox = outbox);
    (0..3).for_each(|id| bench.send(id));
    assert_eq!((bench.dropped.len(), bench.connection.waiting_messages()), (0, 3));
    bench.lost(Cause::Network);
    assert_eq!(bench.dropped, [MessageId(0)]);
}

#[test]
fn a_message_expires_behind_a_socket_that_takes_nothing() {
    let mut bench = Bench::up(|config| config.heartbeat = None);
    bench.send(0);
    let ttl = Some(Duration::from_millis(500));
    bench.input(Input::Send { message: MessageId(1), bytes: 10, ttl });
    bench.send(2);
    bench.pass(secs(1));
    assert_eq!(bench.dropped, [MessageId(1)]);
    bench.sent(0);
    assert_eq!(bench.transmitted, [MessageId(0), MessageId(2)]);
}

#[test]
fn a_message_that_waited_for_too_long_is_dropped_and_the_others_go_out() {
    let ttl = Some(secs(60));
    let outbox = OutboxConfig { ttl, ..OutboxConfig::default() };
    let mut bench = Bench::new(|config| config.outbox = outbox);
    bench.send(1);
    let ttl = Some(secs(300));
    bench.input(Input::Send { message: MessageId(2), bytes: 10, ttl });
    bench.pass(secs(61));
    assert_eq!(bench.dropped, [MessageId(1)]);
    assert_eq!(deliveries(&bench), [(DeliveryOutcome::Expired, 1, 1, 1)]);
    bench.input(Input::Open);
    bench.opened();
    assert_eq!(bench.transmitted, [MessageId(2)]);
}

#[test]
fn a_message_passes_at_once_where_nothing_waits_and_is_watched_like_any_other() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(10));
    bench.input(Input::Received { socket: bench.socket() });
    assert!(bench.connection.pass(bench.now, MessageId(0), 10));
    bench.pings.clear();
    bench.pass(secs(1));
    assert_eq!(bench.pings.len(), 1, "nothing came back, so a ping follows");
    bench.lost(Cause::Network);
    assert_eq!(deliveries(&bench), [(DeliveryOutcome::Unknown, 1, 0, 0)]);
}

#[test]
fn no_message_passes_those_that_wait_or_a_link_that_is_not_there() {
    let mut bench = Bench::up(|_| {});
    bench.send(0);
    assert!(!bench.connection.pass(bench.now, MessageId(1), 10), "one waits for its socket");
    bench.sent(0);
    assert!(bench.connection.pass(bench.now, MessageId(1), 10));
    bench.lost(Cause::Network);
    assert!(!bench.connection.pass(bench.now, MessageId(2), 10));
}

#[test]
fn a_message_that_a_listener_sends_does_not_pass_the_ping_of_a_new_link() {
    let mut bench = Bench::up(|_| {});
    bench.lost(Cause::Network);
    bench.pass(secs(2));
    let socket = bench.socket();
    bench.connection.handle_input(bench.now, Input::Opened { socket, reliable: false });
    while let Some(output) = bench.connection.poll_output() {
        if matches!(output, Output::Ping { .. }) {
            break;
        }
        assert!(!bench.connection.pass(bench.now, MessageId(0), 10), "before the ping: {output:?}");
    }
    bench.drain();
    assert!(bench.connection.pass(bench.now, MessageId(0), 10));
}

#[test]
fn a_message_that_the_socket_refuses_is_dropped_and_the_others_go_on() {
    let mut bench = Bench::up(|_| {});
    (1..=3).for_each(|id| bench.send(id));
    bench.sent(1);
    bench.refused(2);
    bench.sent(3);
    assert_eq!(bench.dropped, [MessageId(2)]);
    assert_eq!(bench.released, [MessageId(1), MessageId(3)]);
    assert_eq!(deliveries(&bench), [(DeliveryOutcome::Dropped, 1, 2, 2)]);
    assert_eq!((bench.connection.waiting_messages(), bench.connection.waiting_bytes()), (0, 0));
    bench.lost(Cause::Network);
    bench.transmitted.clear();
    bench.pass(secs(1));
    bench.opened();
    assert_eq!(bench.transmitted, [], "no other socket is given it");
}

#[test]
fn a_message_that_was_let_through_and_refused_is_not_reported_as_unknown() {
    let mut bench = Bench::up(|_| {});
    for id in 0..3 {
        assert!(bench.connection.pass(bench.now, MessageId(id), 10));
    }
    bench.refused(2);
    bench.lost(Cause::Network);
    let expected = [(DeliveryOutcome::Dropped, 1, 2, 2), (DeliveryOutcome::Unknown, 2, 0, 1)];
    assert_eq!(deliveries(&bench), expected);
    assert_eq!(bench.dropped, [], "no payload was kept");
}

#[test]
fn only_the_next_message_of_the_present_socket_can_be_refused() {
    let mut bench = Bench::up(|_| {});
    bench.send(1);
    let dead = SocketId(bench.socket().0 + 1);
    bench.input(Input::Refused { socket: dead, message: MessageId(1) });
    bench.refused(2);
    bench.sent(1);
    bench.refused(0);
    assert_eq!(deliveries(&bench), []);
    bench.lost(Cause::Network);
    assert_eq!(deliveries(&bench), [(DeliveryOutcome::Unknown, 1, 1, 1)]);
}

fn held_back(outbox: OutboxConfig) -> Bench {
    let mut bench = Bench::up(|config| (config.outbox, config.heartbeat) = (outbox, None));
    bench.send(0);
    bench.blocked(0);
    bench
}

#[test]
fn what_a_full_buffer_is_not_handed_can_be_dropped_for_younger_messages() {
    let overflow = Overflow::DropOldest;
    let mut bench = held_back(OutboxConfig { max_messages: 2, overflow, ..<_>::default() });
    (1..4).for_each(|id| bench.send(id));
    assert_eq!(bench.dropped, [MessageId(0), MessageId(1)]);
    assert_eq!(bench.transmitted, [MessageId(0)], "nothing else is announced meanwhile");
    bench.pass(Duration::from_millis(10));
    assert_eq!(bench.transmitted, [MessageId(0), MessageId(2)]);
    bench.sent(2);
    assert_eq!(bench.transmitted, [MessageId(0), MessageId(2), MessageId(3)]);
}

#[test]
fn what_a_full_buffer_is_not_handed_expires() {
    let ttl = Some(Duration::from_millis(500));
    let mut bench = held_back(OutboxConfig { ttl, ..<_>::default() });
    while bench.dropped.is_empty() {
        let due = bench.connection.poll_timeout().unwrap();
        assert!(due.at <= Instant::ORIGIN + Duration::from_millis(500));
        bench.now = due.at;
        bench.timeout();
        if due.timer == Timer::Drain && bench.dropped.is_empty() {
            bench.blocked(0);
        }
    }
    // 10 + 20 + 40 + 80 ms, and then every 100.
    assert_eq!((bench.transmitted.len(), bench.now.since_origin().as_millis()), (8, 500));
    bench.pass(secs(1));
    let due = bench.connection.poll_timeout().map(|due| due.timer);
    assert!(due != Some(Timer::Drain), "nothing waits, so nothing is looked at");
}

#[test]
fn where_messages_wait_for_a_buffer_none_is_refused_that_it_would_have_taken() {
    let ttl = Some(secs(60));
    let mut bench = held_back(OutboxConfig { max_messages: 2, ttl, ..<_>::default() });
    bench.send(1);
    assert_eq!(bench.connection.most_buffered(), 1 << 16);
    assert_eq!(bench.connection.admit(10), Ok(()));
    bench.send(2);
    assert_eq!(bench.connection.most_buffered(), usize::MAX);
    assert_eq!(bench.transmitted, [MessageId(0), MessageId(0)], "the oldest is handed over");
    assert!(bench.connection.admit(10).is_err(), "it was not taken yet");
    bench.sent(0);
    bench.blocked(1);
    assert_eq!(bench.connection.admit(10), Ok(()));
    assert_eq!(bench.dropped, []);
}

#[test]
fn messages_that_can_neither_expire_nor_be_dropped_are_not_held_back() {
    let bench = Bench::up(|_| {});
    assert_eq!(bench.connection.most_buffered(), usize::MAX);
    let mut limited = Bench::up(|_| {});
    let (message, ttl) = (MessageId(0), Some(secs(1)));
    limited.input(Input::Send { message, bytes: 10, ttl });
    assert_eq!(limited.connection.most_buffered(), 1 << 16);
}

#[test]
fn a_close_hands_over_what_was_held_back() {
    let mut bench = held_back(OutboxConfig { ttl: Some(secs(60)), ..<_>::default() });
    bench.input(Input::CloseWithin(secs(3)));
    assert_eq!(bench.connection.most_buffered(), usize::MAX);
    assert_eq!(bench.transmitted, [MessageId(0), MessageId(0)]);
    bench.sent(0);
    bench.timeout();
    assert_eq!(bench.status(), Status::Disconnected);
}

#[test]
fn a_message_that_is_sent_while_another_is_announced_is_held_back_all_the_same() {
    let overflow = Overflow::DropOldest;
    let mut bench = Bench::up(|config| {
        config.outbox = OutboxConfig { max_messages: 2, overflow, ..<_>::default() };
    });
    (0..3).for_each(|id| bench.send(id));
    assert_eq!(bench.connection.most_buffered(), 1 << 16, "one is being taken, and two wait");
    bench.blocked(0);
    assert_eq!(bench.dropped, [MessageId(0)]);
}
