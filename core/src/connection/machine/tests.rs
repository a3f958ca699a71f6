//! The machine by itself, on simulated time. What it does over a network is in `tests/sim`.

use super::*;
use crate::connection::{Cause, Hint, MessageId, OutboxConfig, Registration};
use crate::heartbeat::{HeartbeatConfig, PingId};
use crate::protocol::Frame;
use crate::quality::Quality;
use crate::retry::{Exponential, Guarded, Jitter, RetryStrategy};
use core::time::Duration;
use std::vec::Vec;

const RTT: Duration = Duration::from_millis(30);

/// A connection, its time, and what it has said.
struct Bench {
    connection: Connection,
    now: Instant,
    events: Vec<EventKind>,
    transmitted: Vec<MessageId>,
    released: Vec<MessageId>,
    dropped: Vec<MessageId>,
    pings: Vec<(SocketId, PingId)>,
    closed: Vec<(SocketId, u16)>,
    frames: Vec<Frame>,
    socket: Option<SocketId>,
}

impl Bench {
    fn new(change: impl FnOnce(&mut ConnectionConfig)) -> Self {
        let mut config = ConnectionConfig::new(Registration::new("s", "test"));
        let jitter = Jitter::None;
        config.retry = Exponential { jitter, ..Exponential::default() }.into();
        change(&mut config);
        let now = Instant::ORIGIN;
        let connection = Connection::new(config, 7, now).unwrap();
        let (events, transmitted, released, dropped, pings, closed, frames) = <_>::default();
        let mut bench = Self {
            connection,
            now,
            events,
            transmitted,
            released,
            dropped,
            pings,
            closed,
            frames,
            socket: None,
        };
        bench.drain();
        bench
    }

    fn up(change: impl FnOnce(&mut ConnectionConfig)) -> Self {
        let mut bench = Self::new(change);
        bench.input(Input::Open);
        bench.opened();
        bench
    }

    fn socket(&self) -> SocketId {
        self.socket.unwrap()
    }

    fn input(&mut self, input: Input) {
        self.connection.handle_input(self.now, input);
        self.drain();
    }

    fn opened(&mut self) {
        self.input(Input::Opened { socket: self.socket(), reliable: false });
        self.timeout();
    }

    fn lost(&mut self, cause: Cause) {
        self.lost_with(cause, Hint::NONE);
    }

    fn lost_with(&mut self, cause: Cause, hint: Hint) {
        self.input(Input::Lost { socket: self.socket(), cause, hint });
    }

    fn timeout(&mut self) {
        self.connection.handle_timeout(self.now);
        self.drain();
        let next = self.connection.poll_timeout();
        assert!(next.is_none_or(|next| next.at > self.now), "{next:?} is not later");
    }

    /// Lets time pass, stopping at every deadline on the way.
    fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.connection.poll_timeout().filter(|next| next.at <= end) {
            self.now = next.at;
            self.timeout();
        }
        self.now = end;
    }

    /// Lets time pass until the next deadline.
    fn wait(&mut self) {
        if let Some(next) = self.connection.poll_timeout() {
            self.now = next.at;
            self.timeout();
        }
    }

    /// Lets time pass with a peer that answers every ping after [`RTT`].
    fn pass_answering(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            let pings = core::mem::take(&mut self.pings);
            if !pings.is_empty() {
                self.pass(RTT);
                for (socket, id) in pings {
                    self.input(Input::Pong { socket, id });
                }
            }
            let Some(next) = self.connection.poll_timeout().filter(|next| next.at <= end) else {
                break;
            };
            self.now = next.at;
            self.timeout();
        }
        self.now = end;
    }

    fn drain(&mut self) {
        while let Some(output) = self.connection.poll_output() {
            match output {
                Output::Close { socket, code } => self.closed.push((socket, code)),
                Output::Control { frame, .. } => self.frames.push(frame),
                Output::Dial { socket, .. } => self.socket = Some(socket),
                Output::Event(event) => self.events.push(event.kind),
                Output::Ping { socket, id } => self.pings.push((socket, id)),
                Output::Drop { message, .. } => self.dropped.push(message),
                Output::Release { message } => self.released.push(message),
                Output::Transmit { socket, message } => {
                    assert_eq!(Some(socket), self.socket, "only the present socket is written to");
                    self.transmitted.push(message);
                }
            }
        }
    }

    fn send(&mut self, id: u64) {
        self.input(Input::Send { message: MessageId(id), bytes: 10, ttl: None });
    }

    fn sent(&mut self, id: u64) {
        self.input(Input::Sent { socket: self.socket(), message: MessageId(id) });
    }

    fn status(&self) -> Status {
        self.connection.state().status
    }

    fn delays(&self) -> Vec<u64> {
        let delay = |event: &EventKind| match event {
            EventKind::RetryAttempt { delay, .. } => Some(delay.as_secs()),
            _ => None,
        };
        self.events.iter().filter_map(delay).collect()
    }
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

#[test]
fn it_dials_when_asked_to_and_is_connected_once_the_socket_opens() {
    let mut bench = Bench::new(|_| {});
    assert_eq!(bench.status(), Status::Disconnected);
    bench.input(Input::Open);
    assert_eq!(bench.status(), Status::Reconnecting);
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
    assert_eq!(bench.connection.state().connected_at, Some(bench.now));
    let socket = bench.socket();
    bench.input(Input::Open);
    assert_eq!(bench.socket(), socket, "a second wish opens no second socket");
}

#[test]
fn a_failed_first_dial_is_retried_with_growing_waits() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    for _ in 0..5 {
        bench.lost(Cause::Network);
        bench.wait();
    }
    assert_eq!(bench.delays(), [1, 2, 4, 8, 16]);
    assert_eq!(bench.status(), Status::Reconnecting);
}

#[test]
fn a_dial_that_takes_too_long_is_given_up_and_its_socket_closed() {
    let mut bench = Bench::new(|_| {});
    bench.input(Input::Open);
    let first = bench.socket();
    bench.pass(secs(15));
    assert_eq!(bench.closed, [(first, 1000)]);
    bench.pass(secs(1));
    assert_ne!(bench.socket(), first);
    bench.input(Input::Opened { socket: first, reliable: false });
    assert_eq!(bench.status(), Status::Reconnecting, "what a dead socket says late is ignored");
}

#[test]
fn by_default_dials_that_time_out_get_more_time_and_longer_waits() {
    let mut bench = Bench::new(|config| config.retry = RetryStrategy::default());
    bench.input(Input::Open);
    let mut timeouts = Vec::new();
    for _ in 0..4 {
        let Some(Deadline { at, timer: Timer::ConnectTimeout }) = bench.connection.poll_timeout()
        else {
            panic!("no dial is under way");
        };
        timeouts.push(at.saturating_since(bench.now).as_secs());
        bench.wait();
        bench.wait();
    }
    assert_eq!(timeouts, [15, 30, 60, 60]);
    let rungs = [5, 10, 20, 40];
    assert!(bench.delays().iter().zip(rungs).all(|(wait, rung)| (rung / 2..=rung).contains(wait)));
}

#[test]
fn behind_a_breaker_no_dial_is_made_while_it_is_open() {
    let backoff = Exponential { jitter: Jitter::None, ..Exponential::default() };
    let guarded = Guarded { backoff, threshold: 3, timeout: secs(60) };
    let mut bench = Bench::new(|config| config.retry = guarded.into());
    bench.input(Input::Open);
    for _ in 0..3 {
        bench.lost(Cause::Network);
        bench.wait();
    }
    assert!(bench.events.contains(&EventKind::CircuitOpened));
    let opened = bench.now;
    let next = bench.connection.poll_timeout().unwrap();
    assert_eq!(next.timer, Timer::Reconnect);
    assert!(next.at > opened + secs(50), "{next:?} is within the minute that it stays open");
    bench.wait();
    bench.opened();
    let circuit = |event: &&EventKind| event.name().starts_with("circuit.");
    let names: Vec<_> = bench.events.iter().filter(circuit).map(EventKind::name).collect();
    assert_eq!(names, ["circuit.opened", "circuit.half_opened", "circuit.closed"]);
}

#[test]
fn a_server_that_accepts_and_closes_again_is_met_with_growing_waits() {
    let mut bench = Bench::up(|_| {});
    for _ in 0..4 {
        bench.lost(Cause::ClosedByPeer { code: 1011 });
        bench.wait();
        bench.opened();
    }
    assert_eq!(bench.delays(), [1, 2, 4, 8]);
    assert_eq!(bench.connection.state().total_disconnections, 4);
}

#[test]
fn attempts_are_forgotten_only_after_the_link_was_stable() {
    let mut bench = Bench::up(|_| {});
    bench.lost(Cause::Network);
    bench.pass(secs(1));
    bench.opened();
    bench.pass_answering(secs(9));
    assert_eq!(bench.connection.state().reconnect_attempts, 1);
    bench.pass_answering(secs(1));
    assert_eq!(bench.connection.state().reconnect_attempts, 0);
    bench.lost(Cause::Network);
    assert_eq!(bench.delays(), [1, 1]);
}

#[test]
fn after_the_last_attempt_it_has_failed_and_a_new_wish_starts_afresh() {
    let mut bench = Bench::new(|config| config.max_reconnect_attempts = Some(2));
    bench.input(Input::Open);
    for _ in 0..3 {
        assert_eq!(bench.status(), Status::Reconnecting);
        bench.lost(Cause::Network);
        bench.wait();
    }
    assert_eq!(bench.status(), Status::Failed);
    assert!(bench.events.contains(&EventKind::RetryExhausted { attempts: 2 }));
    assert_eq!(bench.connection.poll_timeout(), None);
    bench.input(Input::Open);
    bench.opened();
    assert_eq!(bench.status(), Status::Connected);
}

#[test]
fn a_fatal_close_code_ends_it_and_another_does_not() {
    let mut bench = Bench::up(|_| {});
    bench.lost(Cause::ClosedByPeer { code: 1000 });
    assert_eq!(bench.status(), Status::Reconnecting);
    bench.pass(secs(1));
    bench.opened();
    bench.lost(Cause::ClosedByPeer { code: 1008 });
    assert_eq!(bench.status(), Status::Failed);
}

#[test]
fn closing_is_done_at_once_and_nothing_is_dialled_any_more() {
    let mut bench = Bench::up(|_| {});
    let socket = bench.socket();
    bench.input(Input::Close);
    assert_eq!(
        (bench.status(), bench.closed.as_slice()),
        (Status::Disconnected, &[(socket, 1000)][..])
    );
    bench.lost(Cause::ClosedByPeer { code: 1000 });
    bench.input(Input::Close);
    bench.pass(secs(3600));
    assert_eq!((bench.status(), bench.socket()), (Status::Disconnected, socket));
    assert_eq!(bench.connection.state().total_disconnections, 1);
}

#[test]
fn closing_while_it_waits_or_dials_ends_that_too() {
    let mut waiting = Bench::up(|_| {});
    waiting.lost(Cause::Network);
    waiting.input(Input::Close);
    assert_eq!((waiting.status(), waiting.connection.poll_timeout()), (Status::Disconnected, None));

    let mut dialling = Bench::new(|_| {});
    dialling.input(Input::Open);
    dialling.input(Input::Close);
    assert_eq!(dialling.closed, [(dialling.socket(), 1000)]);
    assert_eq!(dialling.connection.poll_timeout(), None);
}

#[test]
fn heartbeats_measure_latency_and_three_of_them_give_a_quality() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(4));
    let state = bench.connection.state();
    assert_eq!(state.latency, Some(RTT));
    assert_eq!(state.connection_quality, Some(Quality::Excellent));
    let events = bench.events.iter();
    let changes = events.filter(|event| matches!(event, EventKind::QualityChanged { .. }));
    assert_eq!(changes.count(), 1);
}

#[test]
fn the_interval_follows_the_quality_within_its_jitter() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(10));
    let before = bench.now;
    let Some(Deadline { at, timer: Timer::Ping }) = bench.connection.poll_timeout() else {
        bench.pass_answering(secs(1));
        return;
    };
    let wait = at.saturating_since(before).as_secs_f64();
    assert!(wait <= 27.5, "{wait}");
    bench.pass_answering(secs(600));
    let beats = bench.events.iter().filter(|e| matches!(e, EventKind::Heartbeat { .. })).count();
    assert!((22..=32).contains(&beats), "{beats} in ten minutes at 25 s");
}

#[test]
fn three_late_pongs_in_a_row_mean_that_the_peer_is_dead() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(10));
    let socket = bench.socket();
    let silent_since = bench.now;
    bench.pass(secs(40));
    assert_eq!(bench.closed, [(socket, 4000)]);
    let cause = Cause::HeartbeatTimeout;
    assert!(bench.events.contains(&EventKind::Disconnected { cause, planned: false }));
    let missed = |n| EventKind::Heartbeat { rtt: None, missed: n };
    for n in 1..=3 {
        assert!(bench.events.contains(&missed(n)), "{n} missed");
    }
    let noticed = bench.connection.state().disconnected_at.unwrap();
    assert!(noticed.saturating_since(silent_since) < secs(34));
    assert_eq!(bench.status(), Status::Reconnecting);
}

#[test]
fn a_dead_peer_is_noticed_within_eight_seconds_of_a_message_to_it() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.send(1);
    bench.sent(1);
    let sent_at = bench.now;
    bench.pass(secs(20));
    let noticed = bench.connection.state().disconnected_at.unwrap();
    assert!(noticed.saturating_since(sent_at) < secs(8));
}

#[test]
fn messages_to_a_peer_that_answers_cause_no_extra_pings() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(60));
    bench.pings.clear();
    for id in 0..8 {
        bench.send(id);
        bench.sent(id);
        bench.pass(RTT);
        bench.input(Input::Received { socket: bench.socket() });
    }
    let deadline = bench.connection.poll_timeout().unwrap();
    assert_eq!(bench.pings, []);
    assert!(deadline.at.saturating_since(bench.now) > secs(2), "{deadline:?}");
}

#[test]
fn any_message_proves_life_but_does_not_postpone_the_next_ping() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(10));
    bench.pings.clear();
    for _ in 0..60 {
        bench.input(Input::Received { socket: bench.socket() });
        bench.pass(secs(1));
    }
    assert_eq!(bench.status(), Status::Connected);
    assert!(bench.pings.len() >= 2, "{:?}", bench.pings);
    assert_eq!(bench.connection.state().missed_heartbeats, 0);
}

#[test]
fn a_passive_connection_sends_nothing_of_its_own() {
    let mut bench = Bench::up(|config| config.heartbeat = None);
    bench.pass(secs(3600));
    assert_eq!((bench.pings.len(), bench.status()), (0, Status::Connected));
    assert_eq!(bench.connection.state().connection_quality, None);
}

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
    assert_eq!(bench.transmitted, [MessageId(2), MessageId(3)], "2 was never taken by a socket");
    bench.sent(2);
    bench.sent(3);
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
    assert_eq!(bench.transmitted, [MessageId(1), MessageId(2)]);
}

#[test]
fn a_clock_that_runs_backwards_stands_still() {
    let mut bench = Bench::up(|_| {});
    bench.pass_answering(secs(10));
    let next = bench.connection.poll_timeout();
    bench.connection.handle_timeout(Instant::ORIGIN);
    bench.connection.handle_input(Instant::ORIGIN, Input::Received { socket: bench.socket() });
    assert_eq!(bench.connection.poll_timeout(), next);
    assert_eq!(bench.connection.state().last_heartbeat, Some(bench.now));
}

#[test]
fn the_same_seed_and_inputs_give_the_same_outputs() {
    let run = |seed| {
        let config = ConnectionConfig::new(Registration::new("s", "test"));
        let mut connection = Connection::new(config, seed, Instant::ORIGIN).unwrap();
        connection.handle_input(Instant::ORIGIN, Input::Open);
        for _ in 0..20 {
            let now = connection.poll_timeout().unwrap().at;
            connection.handle_timeout(now);
        }
        core::iter::from_fn(|| connection.poll_output()).collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn every_status_it_takes_on_is_a_legal_successor() {
    let mut bench = Bench::up(|config| config.max_reconnect_attempts = Some(1));
    bench.lost(Cause::Network);
    bench.pass(secs(1));
    bench.lost(Cause::Network);
    bench.input(Input::Open);
    bench.opened();
    bench.input(Input::Close);
    let transitions: Vec<_> = bench
        .events
        .iter()
        .filter_map(|event| match event {
            EventKind::StatusChanged { from, to } => Some((*from, *to)),
            _ => None,
        })
        .collect();
    assert_eq!(transitions.len(), 7);
    assert!(transitions.iter().all(|(from, to)| from.may_become(*to)), "{transitions:?}");
    assert!(transitions.windows(2).all(|pair| pair[0].1 == pair[1].0), "{transitions:?}");
}

#[test]
fn a_heartbeat_can_be_turned_on_and_off_while_the_link_is_up() {
    let mut bench = Bench::up(|config| config.heartbeat = None);
    bench.pass(secs(60));
    assert_eq!(bench.pings.len(), 0);
    bench.connection.set_heartbeat(bench.now, Some(HeartbeatConfig::default())).unwrap();
    bench.timeout();
    assert_eq!(bench.pings.len(), 1, "the first ping is due at once");
    bench.connection.set_heartbeat(bench.now, None).unwrap();
    bench.pass(secs(60));
    assert_eq!(bench.pings.len(), 1, "the one in flight is not missed, and none follows");
    assert_eq!(bench.connection.state().status, Status::Connected);
    let nonsense = HeartbeatConfig { max_missed: 0, ..HeartbeatConfig::default() };
    assert!(bench.connection.set_heartbeat(bench.now, Some(nonsense)).is_err());
    bench.pass(secs(60));
    assert_eq!(bench.pings.len(), 1, "what is refused changes nothing");
}
