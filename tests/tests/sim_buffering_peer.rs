//! A client sends at a steady pace to a socket that takes every message and sends more slowly, as that of
//! a browser does: what leaves, in which order, and how old it is.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::collections::VecDeque;
use std::time::Duration;

use steadfast_core::connection::{
    Connection, ConnectionConfig, Input, Output, Registration, SocketId,
};
use steadfast_core::outbox::{MessageId, OutboxConfig, Overflow};
use steadfast_core::time::Instant;

const MESSAGES: u64 = 2000;
const BYTES: usize = 4096;
/// Between two messages: 400 KiB/s.
const PACE: Duration = Duration::from_millis(10);
const SOCKET: SocketId = SocketId(0);

/// The numbers of the messages that left, how long each had waited at most, and how many were refused.
struct Left {
    messages: Vec<u64>,
    oldest: Duration,
    refused: usize,
}

/// The socket sends a message in `each`.
fn run(each: Duration, outbox: OutboxConfig) -> Left {
    let mut config = ConnectionConfig::new(Registration::new("one", "sim"));
    (config.outbox, config.heartbeat) = (outbox, None);
    let mut now = Instant::ORIGIN;
    let mut machine = Connection::new(config, 1, now).unwrap();
    machine.handle_input(now, Input::Open);
    machine.handle_input(now, Input::Opened { socket: SOCKET, reliable: false });
    let mut left = Left { messages: vec![], oldest: Duration::ZERO, refused: 0 };
    let mut buffer: VecDeque<MessageId> = VecDeque::new();
    let mut leaves_at = None;
    let sent_at = |message: u64| Instant::ORIGIN + PACE * u32::try_from(message).unwrap();
    let mut next = 0;
    loop {
        while let Some(output) = machine.poll_output() {
            let Output::Transmit { socket, message } = output else { continue };
            if buffer.len() * BYTES > machine.most_buffered() {
                machine.handle_input(now, Input::Blocked { socket, message });
                continue;
            }
            buffer.push_back(message);
            leaves_at = leaves_at.or(Some(now + each));
            machine.handle_input(now, Input::Sent { socket, message });
        }
        let sends = (next < MESSAGES).then(|| sent_at(next));
        let is_over = sends.is_none() && buffer.is_empty() && machine.waiting_messages() == 0;
        let timer = machine.poll_timeout().map(|due| due.at);
        let Some(at) = [sends, leaves_at, timer].into_iter().flatten().min().filter(|_| !is_over)
        else {
            return left;
        };
        now = now.max(at);
        machine.handle_timeout(now);
        if leaves_at.is_some_and(|at| at <= now) {
            let message = buffer.pop_front().unwrap();
            left.messages.push(message.0);
            left.oldest = left.oldest.max(now.saturating_since(sent_at(message.0)));
            leaves_at = (!buffer.is_empty()).then(|| now + each);
        } else if sends.is_some_and(|at| at <= now) {
            left.refused += usize::from(machine.admit(BYTES).is_err());
            let message = MessageId(next);
            next += 1;
            machine.handle_input(now, Input::Send { message, bytes: BYTES, ttl: None });
        }
    }
}

/// What lies in the buffer beyond reach: 64 KiB and one message, at so much for each.
fn beyond_reach(each: Duration) -> Duration {
    each * 18
}

#[test]
fn a_message_leaves_no_later_than_it_is_worth_anything_and_the_buffer_takes_to_send() {
    let ttl = Duration::from_millis(500);
    for each in [5, 20, 100, 1000].map(Duration::from_millis) {
        let left = run(each, OutboxConfig { ttl: Some(ttl), ..OutboxConfig::default() });
        println!("{each:?}: {} of {MESSAGES}, {:?}", left.messages.len(), left.oldest);
        assert!(left.messages.is_sorted_by(|one, next| one < next), "in order, and once");
        assert!(left.oldest <= ttl + beyond_reach(each), "{each:?}: {:?}", left.oldest);
        assert_eq!(left.refused, 0);
        assert!(each > PACE || left.messages.len() as u64 == MESSAGES, "a fast one loses nothing");
    }
}

#[test]
fn the_newest_leave_where_the_oldest_are_dropped() {
    let (max_messages, overflow) = (20, Overflow::DropOldest);
    for each in [5, 20, 100].map(Duration::from_millis) {
        let left = run(each, OutboxConfig { max_messages, overflow, ..OutboxConfig::default() });
        println!("{each:?}: {} of {MESSAGES}, {:?}", left.messages.len(), left.oldest);
        let newest: Vec<_> = (MESSAGES - max_messages as u64..MESSAGES).collect();
        assert!(left.messages.ends_with(&newest));
        assert!(left.oldest <= PACE * 21 + beyond_reach(each) + each * 20, "{:?}", left.oldest);
    }
}

#[test]
fn without_a_limit_nothing_is_held_back_or_refused() {
    let left = run(Duration::from_millis(20), OutboxConfig::default());
    assert_eq!((left.messages.len() as u64, left.refused), (MESSAGES, 0));
}
