//! One link, its driver and its peer, in simulated time.

use std::collections::VecDeque;
use std::time::Duration;

use steadfast_core::connection::{
    Cause, Connection, ConnectionConfig, Input, Output, Registration, SocketId, Suspension,
};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::heartbeat::{HeartbeatConfig, PingId};
use steadfast_core::outbox::MessageId;
use steadfast_core::time::Instant;

use super::bound::{Bound, longest_interval};
use super::known::{Known, tick_after};
use super::steps::{Setup, Step, Timed};

pub(super) struct Story {
    setup: Setup,
    heartbeat: HeartbeatConfig,
    machine: Connection,
    now: Instant,
    socket: Option<SocketId>,
    pongs: VecDeque<Pong>,
    /// When the path has taken all that was sent.
    free_at: Instant,
    /// How many bytes were sent, and how many of them have arrived for certain.
    sent: u64,
    proved: u64,
    next_message: u64,
    /// The lengths of the messages that no socket has taken.
    waiting: VecDeque<(MessageId, u64)>,
    blocked_until: Instant,
    hidden_since: Option<Instant>,
    is_offline: bool,
    known: Known,
    /// When the next ping is due, at the latest.
    ping_by: Instant,
    /// The pong that is being delivered.
    delivered: Option<Pong>,
    /// When a proof was last demanded.
    demanded_at: Option<Instant>,
    bound: Option<Bound>,
    lost: Option<(Instant, Cause)>,
}

/// An answer on its way.
#[derive(Clone, Copy, Debug)]
struct Pong {
    id: PingId,
    arrives_at: Instant,
    sent_at: Instant,
    /// How many bytes went out before its ping.
    after: u64,
}

/// A proof that was demanded is not demanded again for this long.
const DEMANDS_APART: Duration = Duration::from_secs(5);

/// Long enough for anything that the live link was owed.
const SETTLES_WITHIN: Duration = Duration::from_mins(5);

impl Story {
    /// A link that has just opened, after a dial of two round trips.
    pub(super) fn begin(setup: Setup) -> Self {
        let mut config = ConnectionConfig::new(Registration::new("s", "fuzz"));
        config.connect_timeout = Duration::from_mins(1);
        let heartbeat = HeartbeatConfig::default();
        config.heartbeat = Some(heartbeat.clone());
        let machine = Connection::new(config, setup.seed.into(), Instant::ORIGIN);
        let dial = setup.rtt() * 2;
        let mut story = Self {
            setup,
            known: Known::new(&heartbeat, dial),
            heartbeat,
            machine: machine.expect("the configuration makes sense"),
            now: Instant::ORIGIN,
            socket: None,
            pongs: VecDeque::new(),
            free_at: Instant::ORIGIN,
            sent: 0,
            proved: 0,
            next_message: 0,
            waiting: VecDeque::new(),
            blocked_until: Instant::ORIGIN,
            hidden_since: None,
            is_offline: false,
            ping_by: Instant::ORIGIN,
            delivered: None,
            demanded_at: None,
            bound: None,
            lost: None,
        };
        story.input(Input::Open);
        story.now = story.now + dial;
        if let Some(socket) = story.socket {
            story.input(Input::Opened { socket, reliable: false });
        }
        story.timeout();
        story
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    pub(super) fn follow(&mut self, steps: &[Timed]) {
        for timed in steps {
            self.pass(timed.after());
            if self.lost.is_none() {
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
        self.pongs.clear();
        let ping_by = self.ping_by;
        self.bound = Some(Bound::new(self.now, ping_by, self.known, self.unproved()));
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

    fn unproved(&self) -> u64 {
        self.sent - self.proved
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
                self.input(Input::Suspend(Suspension::Hidden));
            }
            Step::HoldsBack(pause) => {
                if self.setup.varies {
                    let held = self.now + pause.duration();
                    for pong in &mut self.pongs {
                        pong.arrives_at = pong.arrives_at.max(held);
                    }
                }
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
            Step::Send(bytes) => self.send(bytes.into()),
            Step::Shows => self.show(),
            Step::Sleeps(pause) => {
                self.now = self.now + pause.duration();
                self.resumed(pause.duration(), Some(Input::Slept(pause.duration())), false);
            }
            Step::Speaks if !self.is_dead() => self.input(Input::Received { socket }),
            Step::Speaks => {}
            Step::StandsStill(pause, reads_first) => {
                self.now = self.now + pause.duration();
                self.resumed(pause.duration(), None, reads_first);
            }
        }
    }

    fn send(&mut self, bytes: usize) {
        let message = MessageId(self.next_message);
        self.next_message += 1;
        if self.machine.admit(bytes).is_ok() {
            self.waiting.push_back((message, bytes as u64));
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
        self.input(input);
    }

    /// This side goes on after a pause.
    fn resumed(&mut self, pause: Duration, told: Option<Input>, reads_first: bool) {
        let unproved = self.unproved();
        if let Some(bound) = &mut self.bound {
            bound.paused(self.now, pause, unproved);
        }
        if !self.is_dead() {
            self.demanded_at = Some(self.now);
        }
        if let Some(told) = told {
            self.input(told);
        }
        // A page's messages were queued as they came, and so before its throttled timers.
        if reads_first || self.hidden_since.is_some() {
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
            && let Some(pong) = self.pongs.pop_front_if(|pong| pong.arrives_at <= self.now)
        {
            self.delivered = Some(pong);
            self.input(Input::Pong { socket, id: pong.id });
            self.delivered = None;
        }
    }

    fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.lost.is_none() {
            let pong = self.pongs.front().map(|pong| pong.arrives_at);
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
        while self.lost.is_none()
            && let Some(output) = self.machine.poll_output()
        {
            match output {
                Output::Dial { socket, .. } => self.socket = Some(socket),
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

    fn note(&mut self, at: Instant, kind: &EventKind) {
        match *kind {
            EventKind::Disconnected { cause, .. } => {
                let may_be = self.is_dead() || self.setup.varies;
                assert!(may_be, "{cause} of a link that answers: {:?}", self.setup);
                self.lost = Some((at, cause));
            }
            EventKind::Heartbeat { rtt: Some(rtt), .. } => {
                let pong = self.delivered.expect("only a pong is a sample");
                assert_eq!(rtt, self.now.saturating_since(pong.sent_at));
                self.known.answered(rtt);
                self.proved = self.proved.max(pong.after);
            }
            _ => {}
        }
    }

    fn pinged(&mut self, id: PingId) {
        let level = self.machine.state().connection_quality;
        let is_judged = self.hidden_since.is_none();
        let unproved = self.unproved();
        let longest = longest_interval(&self.heartbeat, level, is_judged, &self.known, unproved);
        self.ping_by = self.now + longest;
        if self.is_dead() {
            return;
        }
        let left_at = self.now.max(self.free_at);
        let arrives_at = left_at + self.setup.rtt();
        // What is held back holds back all that is behind it.
        let arrives_at =
            self.pongs.back().map_or(arrives_at, |last| last.arrives_at.max(arrives_at));
        self.pongs.push_back(Pong { id, arrives_at, sent_at: self.now, after: self.sent });
    }

    fn handed(&mut self, socket: SocketId, message: MessageId) {
        let (next, bytes) = self.waiting.pop_front().expect("it waits");
        assert_eq!(next, message);
        self.sent += bytes;
        if let Some(rate) = self.setup.rate() {
            let takes = Duration::from_secs_f64(bytes as f64 / rate as f64);
            self.free_at = self.free_at.max(self.now) + takes;
        }
        let unproved = self.unproved();
        if let Some(bound) = &mut self.bound {
            bound.sent(self.now, self.heartbeat.probe_after_send, unproved);
        }
        self.machine.handle_input(self.now, Input::Sent { socket, message });
    }
}
