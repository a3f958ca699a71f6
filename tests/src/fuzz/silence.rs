//! Links that answer at a steady round trip, and die at last, whatever happens meanwhile.

use std::time::Duration;

use arbitrary::Arbitrary;
use steadfast_core::connection::{
    Cause, Connection, ConnectionConfig, Input, MessageId, Output, Registration, SocketId,
    Suspension,
};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::heartbeat::{HeartbeatConfig, PingId};
use steadfast_core::time::Instant;

use super::case;

#[derive(Arbitrary, Debug)]
struct Case {
    seed: u64,
    /// The round trip: up to 15 s, and more often a short one.
    rtt: u8,
    /// After so many steps the link dies.
    lives_for: u8,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    Blocks,
    ClockSet(u16),
    NetworkChanged,
    Offline,
    Online,
    Send(u16),
    /// The peer says something by itself, if it lives.
    Speaks,
    /// So many sixteenths of a millisecond pass.
    Wait(u16),
}

/// A longer story tells nothing more.
const MAX_STEPS: usize = 300;

struct Story {
    machine: Connection,
    now: Instant,
    rtt: Duration,
    socket: Option<SocketId>,
    pongs: Vec<(Instant, PingId)>,
    next_message: u64,
    /// How many bytes were sent.
    bytes: u64,
    /// How many of them the patience may count: those until a second after the death, or until the first proof
    /// that is demanded after it.
    counted: u64,
    was_demanded: bool,
    died_at: Option<Instant>,
    lost: Option<(Instant, Cause)>,
}

/// A link that lives is never given up for its silence, and one that is dead within the bound that
/// [`Connection`] documents.
///
/// # Panics
///
/// If not.
pub fn silence(bytes: &[u8]) {
    let Some(Case { seed, rtt, lives_for, mut steps }) = case(bytes) else { return };
    let rtt = Duration::from_micros(u64::from(rtt).pow(2) * 230);
    let dead = steps.split_off(steps.len().min(lives_for.into()));
    let mut story = Story::begin(seed, rtt);
    story.follow(steps);
    story.pass(Duration::from_mins(5));
    assert_eq!(story.lost, None, "the link answers after {rtt:?}");
    let died_at = story.now;
    story.died_at = Some(died_at);
    story.follow(dead);
    let sent = story.counted;
    story.pass(Duration::from_hours(24));
    let noticed = story.lost.map(|(at, _)| at.saturating_since(died_at));
    let bound = bound(&HeartbeatConfig::default(), rtt, sent);
    assert!(noticed.is_some_and(|noticed| noticed <= bound), "{noticed:?} of {bound:?}");
}

/// See [`Connection`]: the interval of pings, the patience, and the time that what was sent takes at the slowest rate.
fn bound(config: &HeartbeatConfig, rtt: Duration, bytes: u64) -> Duration {
    let interval = config.intervals.excellent.mul_f64(1.0 + config.jitter);
    // 2·RTO is at most six round trips, after the first.
    let is_short = rtt * 6 < config.late_min;
    let late = if is_short { config.late_min } else { config.late_max };
    let slowest = Duration::from_secs(bytes / HeartbeatConfig::SLOWEST_RATE + 1);
    interval + late * config.max_missed + slowest
}

impl Story {
    fn begin(seed: u64, rtt: Duration) -> Self {
        let mut config = ConnectionConfig::new(Registration::new("s", "fuzz"));
        config.connect_timeout = Duration::from_mins(1);
        let machine = Connection::new(config, seed, Instant::ORIGIN);
        let mut story = Self {
            machine: machine.expect("the configuration makes sense"),
            now: Instant::ORIGIN,
            rtt,
            socket: None,
            pongs: Vec::new(),
            next_message: 0,
            bytes: 0,
            counted: 0,
            was_demanded: false,
            died_at: None,
            lost: None,
        };
        story.input(Input::Open);
        // A dial takes two round trips.
        story.now = story.now + rtt * 2;
        if let Some(socket) = story.socket {
            story.input(Input::Opened { socket, reliable: false });
        }
        story.timeout();
        story
    }

    fn follow(&mut self, steps: Vec<Step>) {
        for step in steps.into_iter().take(MAX_STEPS) {
            let Some(socket) = self.socket.filter(|_| self.lost.is_none()) else { return };
            match step {
                Step::Blocks => self.input(Input::Blocked { socket, message: MessageId(0) }),
                Step::ClockSet(seconds) => {
                    self.demand(Input::MayHaveSlept(Duration::from_secs(seconds.into())));
                }
                Step::NetworkChanged => self.demand(Input::NetworkChanged),
                Step::Offline => self.demand(Input::Suspend(Suspension::Offline)),
                Step::Online => self.demand(Input::Resume(Suspension::Offline)),
                Step::Send(bytes) => {
                    let message = MessageId(self.next_message);
                    self.next_message += 1;
                    self.bytes += u64::from(bytes);
                    let second = |at: Instant| self.now <= at + Duration::from_secs(1);
                    if self.died_at.is_none_or(second) {
                        self.counted = self.bytes;
                    }
                    self.input(Input::Send { message, bytes: bytes.into(), ttl: None });
                }
                Step::Speaks if self.died_at.is_none() => self.input(Input::Received { socket }),
                Step::Speaks => {}
                Step::Wait(time) => self.pass(Duration::from_micros(u64::from(time) * 1000 / 16)),
            }
        }
    }

    /// A proof is demanded by this.
    fn demand(&mut self, input: Input) {
        if self.died_at.is_some() && !std::mem::replace(&mut self.was_demanded, true) {
            self.counted = self.bytes;
        }
        self.input(input);
    }

    fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.lost.is_none() {
            let pong = self.pongs.first().filter(|_| self.died_at.is_none()).map(|(at, _)| *at);
            let due = self.machine.poll_timeout().map(|due| due.at);
            let Some(next) = pong.into_iter().chain(due).min().filter(|at| *at <= end) else {
                break;
            };
            self.now = self.now.max(next);
            if pong == Some(next)
                && let Some(socket) = self.socket
            {
                let (_, id) = self.pongs.remove(0);
                self.input(Input::Pong { socket, id });
            }
            self.timeout();
        }
        self.now = self.now.max(end);
    }

    fn input(&mut self, input: Input) {
        self.machine.handle_input(self.now, input);
        self.obey();
    }

    fn timeout(&mut self) {
        self.machine.handle_timeout(self.now);
        self.obey();
    }

    fn obey(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Dial { socket, .. } => self.socket = Some(socket),
                Output::Event(Event { at, kind: EventKind::Disconnected { cause, .. } }) => {
                    self.lost.get_or_insert((at, cause));
                }
                Output::Ping { id, .. } => self.pongs.push((self.now + self.rtt, id)),
                Output::Transmit { socket, message } => {
                    self.machine.handle_input(self.now, Input::Sent { socket, message });
                }
                _ => {}
            }
        }
    }
}
