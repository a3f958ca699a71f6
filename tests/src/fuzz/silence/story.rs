//! A session, its driver and its peer, in simulated time.

mod outputs;

use std::time::Duration;

use steadfast_core::connection::{
    Cause, Connection, ConnectionConfig, Input, Output, Registration, SocketId, Suspension,
};
use steadfast_core::event::Event;
use steadfast_core::heartbeat::HeartbeatConfig;
use steadfast_core::outbox::MessageId;
use steadfast_core::time::Instant;

use super::bound::Bound;
use super::known::{Known, tick_after};
use super::learned::Learned;
use super::path::{Path, Pong};
use super::steps::{Setup, Step, Timed, length};

#[allow(clippy::struct_excessive_bools, reason = "each is a fact about the story by itself")]
pub(super) struct Story {
    setup: Setup,
    heartbeat: HeartbeatConfig,
    machine: Connection,
    now: Instant,
    socket: Option<SocketId>,
    dialled_at: Instant,
    path: Path,
    /// The lengths of all messages.
    lengths: Vec<u64>,
    blocked_until: Instant,
    hidden_since: Option<Instant>,
    is_offline: bool,
    has_rested: bool,
    known: Known,
    /// The interval after the last ping, at most, and when the next one is due, at the latest.
    interval: Duration,
    ping_by: Instant,
    /// The pong that is being delivered.
    delivered: Option<Pong>,
    /// When the link last showed that it lives.
    heard_at: Instant,
    /// Whether it was asked since then.
    is_asked: bool,
    /// Whether its silence since then may be judged by more than its length.
    is_doubted: bool,
    /// When a proof was last demanded.
    demanded_at: Option<Instant>,
    bound: Option<Bound>,
    lost: Option<(Instant, Cause)>,
}

/// A proof that was demanded is not demanded again for this long.
const DEMANDS_APART: Duration = Duration::from_secs(5);

/// Long enough for anything that the live link was owed.
const SETTLES_WITHIN: Duration = Duration::from_mins(5);

/// How late a timer is that is not late.
const PROMPT: Duration = Duration::from_millis(10);

/// A pause of this side of that length is noticed, unless pings are even less frequent than usual.
const NOTICED: Duration = Duration::from_secs(45);

impl Story {
    /// A session whose first link has just opened.
    pub(super) fn begin(setup: Setup) -> Self {
        let mut config = ConnectionConfig::new(Registration::new("s", "fuzz"));
        config.connect_timeout = Duration::from_mins(1);
        config.outbox.max_bytes = 64 << 20;
        let heartbeat = HeartbeatConfig::default();
        config.heartbeat = Some(heartbeat.clone());
        let machine = Connection::new(config, setup.seed.into(), Instant::ORIGIN);
        let mut story = Self {
            setup,
            known: Known::new(&heartbeat, Duration::ZERO, Learned::new()),
            heartbeat,
            machine: machine.expect("the configuration makes sense"),
            now: Instant::ORIGIN,
            socket: None,
            dialled_at: Instant::ORIGIN,
            path: Path::new(&setup, Instant::ORIGIN),
            lengths: Vec::new(),
            blocked_until: Instant::ORIGIN,
            hidden_since: None,
            is_offline: false,
            has_rested: false,
            interval: Duration::ZERO,
            ping_by: Instant::ORIGIN,
            delivered: None,
            heard_at: Instant::ORIGIN,
            is_asked: false,
            is_doubted: false,
            demanded_at: None,
            bound: None,
            lost: None,
        };
        story.input(Input::Open);
        story.open();
        story
    }

    /// The next link opens, after a dial of two round trips.
    pub(super) fn open(&mut self) {
        (self.lost, self.bound) = (None, None);
        while self.socket.is_none() {
            self.pass(Duration::from_secs(1));
        }
        let Some(socket) = self.socket else { return };
        self.now = self.now.max(self.dialled_at + self.setup.rtt() * 2);
        let dial = self.now.saturating_since(self.dialled_at);
        self.path = Path::new(&self.setup, self.now);
        self.path.hold_until(self.now + self.setup.greeting());
        self.known.learned.opened(self.now);
        self.known = Known::new(&self.heartbeat, dial, self.known.learned);
        (self.has_rested, self.demanded_at) = (false, None);
        self.heard();
        self.input(Input::Opened { socket, reliable: false });
        self.timeout();
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    pub(super) fn follow(&mut self, steps: &[Timed]) {
        for timed in steps {
            self.pass(timed.after());
            if self.lost.is_none() && self.may_take(timed.step) {
                self.take(timed.step);
            }
        }
    }

    /// Nothing else happens while the link lives.
    pub(super) fn settle(&mut self) {
        self.pass(SETTLES_WITHIN);
    }

    /// Nothing that the peer says arrives from now on.
    pub(super) fn die(&mut self) {
        self.path.die();
        let (ping_by, unproved) = (self.ping_by, self.unproved());
        self.bound = Some(Bound::new(self.now, ping_by, self.known, self.is_asked, unproved));
    }

    /// Nothing else happens until the link is given up.
    pub(super) fn end(&mut self) {
        while self.lost.is_none() {
            self.pass(Duration::from_secs(1));
        }
    }

    fn is_dead(&self) -> bool {
        self.bound.is_some()
    }

    /// The number of bytes that may not have arrived, or gone out.
    fn unproved(&self) -> u64 {
        self.path.unproved() + self.machine.waiting_bytes() as u64
    }

    /// A proof that is demanded of a link which is busy with its first message may take less than that message.
    fn may_take(&self, step: Step) -> bool {
        let is_greeting = !self.setup.greeting().is_zero() && !self.known.has_answered();
        let demands_none = matches!(step, Step::Blocks(_) | Step::Hides | Step::Send(_));
        self.setup.has(step) && (demands_none || !is_greeting || self.is_dead())
    }

    fn take(&mut self, step: Step) {
        let Some(socket) = self.socket else { return };
        match step {
            Step::Blocks(millis) => {
                self.blocked_until = self.now + Duration::from_millis(millis.into());
            }
            Step::ClockSet(seconds) => {
                self.demand(Input::MayHaveSlept(Duration::from_secs(seconds.into())));
            }
            Step::Freezes(pause) => {
                self.input(Input::Suspend(Suspension::Frozen));
                self.now = self.now + pause.duration();
                self.resumed(pause.duration(), Some(Input::Resume(Suspension::Frozen)), false);
            }
            Step::Hides => {
                self.hidden_since.get_or_insert(self.now);
                self.is_doubted = true;
                self.demands_late(self.ping_by);
                self.input(Input::Suspend(Suspension::Hidden));
            }
            Step::HoldsBack(pause) if self.setup.varies => {
                self.path.hold_back_until(self.now + pause.duration());
            }
            Step::NetworkChanged => self.demand(Input::NetworkChanged),
            Step::Offline if !self.is_offline => {
                self.is_offline = true;
                self.demand(Input::Suspend(Suspension::Offline));
            }
            Step::Offline => self.input(Input::Suspend(Suspension::Offline)),
            Step::Online if self.is_offline => {
                self.is_offline = false;
                self.demand(Input::Resume(Suspension::Offline));
            }
            Step::Online => self.input(Input::Resume(Suspension::Offline)),
            Step::Rests(hours) if self.setup.rests() && !self.has_rested => {
                self.has_rested = true;
                self.pass(Duration::from_hours(u64::from(hours) / 4));
            }
            Step::Send(share) => self.send(length(share)),
            Step::Shows => self.show(),
            Step::Sleeps(pause) => {
                self.now = self.now + pause.duration();
                self.resumed(pause.duration(), Some(Input::Slept(pause.duration())), false);
            }
            Step::Speaks if !self.is_dead() => {
                self.heard();
                self.input(Input::Received { socket });
            }
            Step::HoldsBack(_) | Step::Rests(_) | Step::Speaks => {}
            Step::StandsStill(pause, reads_first) => {
                self.now = self.now + pause.duration();
                self.resumed(pause.duration(), None, reads_first);
            }
        }
    }

    fn send(&mut self, bytes: usize) {
        if self.machine.admit(bytes).is_ok() {
            let message = MessageId(self.lengths.len() as u64);
            self.lengths.push(bytes as u64);
            self.input(Input::Send { message, bytes, ttl: None });
        }
    }

    /// The page is seen again: what it did while it was hidden was late, as after a pause.
    fn show(&mut self) {
        let shown = Input::Resume(Suspension::Hidden);
        let Some(since) = self.hidden_since.take() else { return self.input(shown) };
        let hidden_for = self.now.saturating_since(since);
        let unproved = self.unproved();
        if let Some(bound) = &mut self.bound {
            bound.shown(self.now, hidden_for, unproved);
        }
        self.demand(shown);
    }

    /// A proof is demanded by this.
    fn demand(&mut self, input: Input) {
        let is_late = |at: Instant| self.now >= at + DEMANDS_APART;
        let settles = self.demanded_at.is_none_or(is_late);
        let unproved = self.unproved();
        match &mut self.bound {
            Some(bound) => bound.demanded(self.now, settles, unproved),
            None => self.demanded_at = Some(self.now),
        }
        self.is_doubted = true;
        self.input(input);
    }

    /// This side goes on after a pause.
    fn resumed(&mut self, pause: Duration, told: Option<Input>, reads_first: bool) {
        let unproved = self.unproved();
        if let Some(bound) = &mut self.bound {
            let is_noticed = told.is_some() || pause > NOTICED.max(self.interval * 2);
            bound.paused(self.now, pause, is_noticed, unproved);
        }
        if !self.is_dead() {
            self.demanded_at = Some(self.now);
        }
        self.is_doubted = true;
        if let Some(told) = told {
            self.input(told);
        }
        // A page's messages were queued as they came, and so before its throttled timers. A timer that is late by less
        // than any clock tells says nothing.
        let due = self.machine.poll_timeout().filter(|due| due.at <= self.now);
        let is_prompt = due.is_some_and(|due| self.now <= due.at + PROMPT);
        if reads_first || is_prompt || self.hidden_since.is_some() {
            self.read();
            self.timeout();
        } else {
            self.timeout();
            self.read();
        }
    }

    /// Delivers what has arrived.
    fn read(&mut self) {
        while let Some(socket) = self.socket
            && let Some(pong) = self.path.arrived(self.now)
        {
            self.delivered = Some(pong);
            self.heard();
            self.input(Input::Pong { socket, id: pong.id });
            self.delivered = None;
        }
    }

    /// The peer has shown that it lives.
    fn heard(&mut self) {
        (self.heard_at, self.is_asked) = (self.now, false);
        self.is_doubted = self.hidden_since.is_some();
    }

    fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.lost.is_none() {
            let pong = self.path.next();
            let due = self.machine.poll_timeout().map(|due| self.runs_at(due.at));
            let next = pong.into_iter().chain(due).min().filter(|at| *at <= end);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            self.read();
            if due.is_some_and(|due| due <= self.now) {
                self.timeout();
            }
            self.is_kept_in_time();
        }
        self.now = self.now.max(end);
        self.is_kept_in_time();
    }

    /// When a timer that is due then runs.
    fn runs_at(&self, due: Instant) -> Instant {
        if self.hidden_since.is_some() {
            tick_after(due, Instant::ORIGIN, self.setup.tick())
        } else {
            due
        }
    }

    fn is_kept_in_time(&self) {
        let Some(bound) = &self.bound else { return };
        let by = if self.hidden_since.is_some() {
            bound.ticked(Instant::ORIGIN, self.setup.tick())
        } else {
            bound.by()
        };
        let at = self.lost.map_or(self.now, |(at, _)| at);
        assert!(at <= by, "dead at {at:?}, by {by:?}: {bound:?}");
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
                Output::Dial { socket, .. } => {
                    (self.socket, self.dialled_at) = (Some(socket), self.now);
                }
                Output::Event(Event { at, kind }) => self.note(at, &kind),
                Output::Ping { id, .. } => self.pinged(id),
                Output::Transmit { socket, message } if self.now < self.blocked_until => {
                    self.machine.handle_input(self.now, Input::Blocked { socket, message });
                }
                Output::Transmit { socket, message } => self.handed(socket, message),
                _ => {}
            }
        }
    }
}
