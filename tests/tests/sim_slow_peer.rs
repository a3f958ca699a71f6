//! A client sends at a steady pace to a socket that takes messages more slowly, over many seeds: what
//! arrives, in which order, and how old it is.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::time::Duration;

use steadfast_core::connection::{
    Connection, ConnectionConfig, Input, Output, Registration, SocketId,
};
use steadfast_core::outbox::{MessageId, OutboxConfig, Overflow};
use steadfast_core::rng::{Random as _, SeededRandom};
use steadfast_core::time::Instant;

const MESSAGES: u64 = 500;
const MAX_MESSAGES: usize = 20;
/// Between two messages.
const PACE: Duration = Duration::from_millis(10);
const SEEDS: u64 = 50;

/// What a socket took of the messages, and how long each had waited.
struct Taken {
    messages: Vec<u64>,
    oldest: Duration,
}

/// The socket takes a message in up to `slowness`.
fn run(seed: u64, slowness: Duration, outbox: OutboxConfig) -> Taken {
    let mut config = ConnectionConfig::new(Registration::new("one", "sim"));
    (config.outbox, config.heartbeat) = (outbox, None);
    let mut now = Instant::ORIGIN;
    let mut machine = Connection::new(config, seed, now).unwrap();
    let mut random = SeededRandom::new(seed);
    machine.handle_input(now, Input::Open);
    machine.handle_input(now, Input::Opened { socket: SocketId(0), reliable: false });
    let mut taken = Taken { messages: vec![], oldest: Duration::ZERO };
    // The message that the socket is taking, and until when.
    let mut taking: Option<(MessageId, Instant)> = None;
    let sent_at = |message: u64| Instant::ORIGIN + PACE * u32::try_from(message).unwrap();
    let mut next = 0;
    loop {
        while let Some(output) = machine.poll_output() {
            if let Output::Transmit { message, .. } = output {
                assert!(taking.is_none(), "seed {seed}: one at a time");
                taken.messages.push(message.0);
                taken.oldest = taken.oldest.max(now.saturating_since(sent_at(message.0)));
                taking = Some((message, now + slowness.mul_f64(random.next_unit())));
            }
        }
        let sends = (next < MESSAGES).then(|| sent_at(next));
        let done = taking.map(|(_, at)| at);
        let timer = machine.poll_timeout().map(|due| due.at);
        let Some(at) = sends.into_iter().chain(done).chain(timer.filter(|_| done.is_some())).min()
        else {
            return taken;
        };
        now = now.max(at);
        machine.handle_timeout(now);
        if let Some((message, _)) = taking.filter(|(_, at)| *at <= now) {
            taking = None;
            machine.handle_input(now, Input::Sent { socket: SocketId(0), message });
        } else if sends.is_some_and(|at| at <= now) {
            let message = MessageId(next);
            next += 1;
            machine.handle_input(now, Input::Send { message, bytes: 100, ttl: None });
        }
    }
}

/// For each slowness in milliseconds: how many messages arrive of 500 on average, and how long the
/// oldest had waited at most, in milliseconds.
fn table(outbox: &OutboxConfig, check: impl Fn(&Taken)) -> Vec<(u64, u64, u128)> {
    [5, 40, 200]
        .map(|slowness| {
            let (mut arrived, mut oldest) = (0, Duration::ZERO);
            for seed in 0..SEEDS {
                let taken = run(seed, Duration::from_millis(slowness), outbox.clone());
                assert!(taken.messages.is_sorted_by(|one, next| one < next), "in order, and once");
                check(&taken);
                arrived += taken.messages.len() as u64;
                oldest = oldest.max(taken.oldest);
            }
            (slowness, arrived / SEEDS, oldest.as_millis())
        })
        .to_vec()
}

#[test]
fn behind_a_slow_socket_the_newest_arrive_where_the_oldest_are_dropped() {
    let overflow = Overflow::DropOldest;
    let outbox = OutboxConfig { max_messages: MAX_MESSAGES, overflow, ..OutboxConfig::default() };
    let newest: Vec<_> = (MESSAGES - MAX_MESSAGES as u64..MESSAGES).collect();
    let table = table(&outbox, |taken| assert!(taken.messages.ends_with(&newest)));
    println!("{table:?}");
    assert_eq!(table[0].1, MESSAGES, "a fast socket loses nothing");
    // No more than what the socket takes while twenty younger ones come.
    assert!(table.iter().all(|(slowness, _, oldest)| *oldest <= 21 * u128::from(*slowness) + 210));
}

#[test]
fn behind_a_slow_socket_nothing_arrives_that_is_worth_nothing_any_more() {
    let ttl = Duration::from_millis(500);
    let outbox = OutboxConfig { ttl: Some(ttl), ..OutboxConfig::default() };
    let table = table(&outbox, |taken| assert!(taken.oldest <= ttl, "{:?}", taken.oldest));
    println!("{table:?}");
    assert_eq!(table[0].1, MESSAGES, "a fast socket loses nothing");
}
