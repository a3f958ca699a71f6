use alloc::collections::VecDeque;

use self::closing::Closing;
use self::credentials::Credentials;
use self::hastening::Hastening;
use self::offering::Offer;
use self::offline::Offline;
use super::config::ConnectionConfig;
use super::input::Input;
use super::link::LinkState;
use super::output::{Deadline, Output, SocketId, Timer};
use super::state::{ConnectionState, Status};
use super::suspension::Suspensions;
use crate::breaker::{CircuitBreaker, Permit};
use crate::error::ConfigError;
use crate::event::{Event, EventKind};
use crate::heartbeat::{Patience, PingId};
use crate::outbox::{MessageId, Outbox, OutboxError};
use crate::protocol::DeliveryTracker;
use crate::protocol::Hint;
use crate::quality::QualityTracker;
use crate::report::ReportToken;
use crate::retry::{Backoff, RetryStrategy};
use crate::rng::SeededRandom;
use crate::time::{Instant, earlier};

mod acknowledging;
mod closing;
mod credentials;
mod dialling;
mod hastening;
mod judging;
mod obliging;
mod offering;
mod offline;
mod pausing;
mod probing;
mod saving;
mod sending;
#[cfg(test)]
mod tests;

/// Keeps one connection up: dials, probes, judges, and decides when to try again.
///
/// It has no clock, no socket and no task. A driver
///
/// 1. tells it what happened, with [`handle_input`](Self::handle_input), and that time has passed,
///    with [`handle_timeout`](Self::handle_timeout);
/// 2. then does what [`poll_output`](Self::poll_output) says until it says nothing more;
/// 3. then asks [`poll_timeout`](Self::poll_timeout) when to call `handle_timeout` next.
///
/// Extra calls do nothing and are safe. Time that runs backwards is taken as standing still. The
/// user's code is to be called only after the machine was let go of.
///
/// A dead link with heartbeats is given up within the longest interval of its pings, `max_missed · late_max`, and the time
/// that the bytes which were sent take at [`HeartbeatConfig::SLOWEST_RATE`]: by default 27.5 s, 60 s and a second for every
/// 16 KiB. Without lateness in its past it is 7.2 s instead of 60 s. Where links of the session were silent for longer than
/// 60 s and yet alive, or were given up one after the other, it is up to 20 min for the answer to a message; in the second case
/// up to 3 min if an earlier message of the link has arrived, and 60 s if the server says that the last link was cut. The first event that
/// demands a proof (a change of the network, a clock that was set, a page that is seen) adds the time of one proof at most,
/// further ones nothing. Pauses of this side come on top, and a proof after each of the first three in a row.
///
/// [`HeartbeatConfig::SLOWEST_RATE`]: crate::heartbeat::HeartbeatConfig::SLOWEST_RATE
///
/// [`pass`](Self::pass) is a short cut for messages that need not wait.
///
/// Getters: [`state`](Self::state), [`score`](Self::score), [`admit`](Self::admit),
/// [`is_closing`](Self::is_closing), [`most_buffered`](Self::most_buffered), [`waiting_messages`](Self::waiting_messages), [`waiting_bytes`](Self::waiting_bytes).
#[derive(Clone, Debug)]
pub struct Connection {
    config: ConnectionConfig,
    state: ConnectionState,
    phase: Phase,
    outbox: Outbox,
    /// Absent while nobody has asked to close, or when that is done.
    closing: Option<Closing>,
    quality: QualityTracker,
    patience: Patience,
    /// Whether the driver sees the bytes of a message move.
    sees_uploads: bool,
    backoff: Backoff,
    breaker: Option<CircuitBreaker>,
    random: SeededRandom,
    /// What is remembered for a server that acknowledges messages; absent before there was one.
    delivery: Option<DeliveryTracker>,
    /// How many messages had come when the save under way was requested.
    saving: Option<u64>,
    /// What is said to this socket once all is saved: hello, or the pong to its last ping.
    unsaid: Option<(SocketId, Unsaid)>,
    suspensions: Suspensions,
    /// Whether the system says that there is no network.
    offline: Offline,
    /// When the first of the present suspensions began.
    suspended_at: Instant,
    /// Whether the page is hidden, and when the link is let go of for that.
    hidden: bool,
    let_go_at: Option<Instant>,
    /// The server's hint, from the messages on the present link.
    hint: Hint,
    /// The end of the last wait that the server asked for.
    not_before: Option<Instant>,
    credentials: Credentials,
    hastening: Hastening,
    offer: Offer,
    /// Whether a probe whose answer was waited for during a pause was sent again, or a dial that was
    /// under way was given a moment more.
    asked_again: bool,
    now: Instant,
    next_socket: u32,
    next_ping: u32,
    /// The number that the next message has, as far as this machine knows.
    next_message: MessageId,
    /// Where an earlier life of the session stood, until it is opened.
    restored: Option<(Backoff, u32)>,
    /// What shows to a collector that reports are of this session.
    report_token: Option<ReportToken>,
    outputs: VecDeque<Output>,
}

/// What tells of all that has come, and so waits until that is saved.
#[derive(Clone, Copy, Debug)]
enum Unsaid {
    Hello,
    Pong(PingId),
}

/// What is under way. The status follows from it, but for `FAILED` and `DISCONNECTED`, which are
/// both idle.
#[derive(Clone, Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "one exists per connection and lives in place: a box would be an allocation per link"
)]
enum Phase {
    Idle,
    /// A link is wanted, and none can be had: the session is suspended.
    Parked,
    /// `obliged`: the server asked for this wait, and nothing on this side shortens it.
    Waiting {
        until: Instant,
        obliged: bool,
    },
    /// `is_reached`: the server's TCP has answered, or nobody can tell. `is_open`: the socket is, and
    /// the server's welcome is waited for.
    Dialling {
        socket: SocketId,
        since: Instant,
        until: Instant,
        permit: Option<Permit>,
        is_reached: bool,
        is_open: bool,
    },
    Up(LinkState),
}

impl Connection {
    /// A connection that waits for [`Input::Open`]. The whole of its chance comes from `seed`:
    /// give every connection another one, from a good source.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: ConnectionConfig, seed: u64, now: Instant) -> Result<Self, ConfigError> {
        config.validate()?;
        let breaker = match &config.retry {
            RetryStrategy::CircuitBreaker(guarded) => {
                Some(CircuitBreaker::new(guarded.breaker(), seed, now)?)
            }
            _ => None,
        };
        let mut state = ConnectionState::new(config.registration.clone());
        state.max_reconnect_attempts = config.max_reconnect_attempts;
        let mut connection = Self {
            outbox: Outbox::new(config.outbox.clone()),
            closing: None,
            config,
            state,
            phase: Phase::Idle,
            quality: QualityTracker::default(),
            patience: Patience::default(),
            sees_uploads: false,
            backoff: Backoff::new(),
            breaker,
            random: SeededRandom::new(seed),
            delivery: None,
            saving: None,
            unsaid: None,
            suspensions: Suspensions::default(),
            offline: Offline::default(),
            suspended_at: now,
            hidden: false,
            let_go_at: None,
            hint: Hint::NONE,
            not_before: None,
            credentials: Credentials::default(),
            hastening: Hastening::default(),
            offer: Offer::default(),
            asked_again: false,
            now,
            next_socket: 0,
            next_ping: 0,
            next_message: MessageId(0),
            restored: None,
            report_token: None,
            outputs: VecDeque::new(),
        };
        connection.emit(EventKind::Registered);
        Ok(connection)
    }

    /// The record of the session.
    #[must_use]
    pub fn state(&self) -> &ConnectionState {
        &self.state
    }

    /// The smoothed quality score, 0 … 100; absent while there is too little to judge by.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        self.quality.score()
    }

    /// Whether a message of this length may be sent now; if not, why.
    ///
    /// # Errors
    ///
    /// If the outbox is full.
    pub fn admit(&self, bytes: usize) -> Result<(), OutboxError> {
        if self.is_held_back() {
            return Ok(());
        }
        self.outbox.admit(bytes, matches!(self.phase, Phase::Up(_)))
    }

    /// How many messages no socket has taken yet.
    #[must_use]
    pub fn waiting_messages(&self) -> usize {
        self.outbox.len()
    }

    /// How many bytes of messages no socket has taken yet.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.outbox.bytes()
    }

    /// Takes in what happened.
    pub fn handle_input(&mut self, now: Instant, input: Input) {
        let gap = now.saturating_since(self.now);
        self.advance(now);
        if input.is_of_peer() {
            self.notice_a_pause_of_the_link(gap);
        }
        match input {
            Input::Alive { socket } => self.heard(socket),
            Input::Asks { socket, asks } => self.asks(socket, asks),
            Input::Blocked { socket, message } => self.blocked(socket, message),
            Input::Close => self.close(),
            Input::ClosedCleanly { socket } => self.closed_cleanly(socket),
            Input::CloseWithin(limit) => self.close_within(limit),
            Input::Control { socket, frame } => self.control(socket, frame),
            Input::Hint { socket, hint } if self.is_current(socket) => self.hinted(hint),
            Input::Lost { socket, cause, hint } if self.is_current(socket) => {
                self.notice_a_pause_of_the_dial();
                self.lost(cause, hint);
            }
            Input::MayHaveSlept(pause) => self.may_have_slept(pause),
            Input::NetworkChanged => self.network_changed(),
            Input::Open => self.open(),
            Input::Opened { socket, reliable } => {
                self.notice_a_pause_of_the_dial();
                self.opened(socket, reliable);
            }
            Input::Pong { socket, id } => self.ponged(socket, id),
            Input::Promise { socket, silence } => self.promised(socket, silence),
            Input::Reached { socket } => self.reached(socket),
            Input::Received { socket } => self.received(socket),
            Input::Reconnect => self.reconnect(),
            Input::Refused { socket, message } => self.refused(socket, message),
            Input::Resume(why) => self.resume(why),
            Input::Saved => self.saved(),
            Input::Send { message, bytes, ttl } => self.send(message, bytes, ttl),
            Input::Sent { socket, message } => self.sent(socket, message),
            Input::Slept(pause) => self.paused(pause),
            Input::Suspend(why) => self.suspend(why),
            Input::Unread { socket } => self.unread(socket),
            Input::Hint { .. } | Input::Lost { .. } => {}
        }
        self.note_what_waits();
    }

    /// Takes in that time has passed. Afterwards [`poll_timeout`](Self::poll_timeout) is later
    /// than `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        self.notice_a_pause();
        while let Some(Deadline { timer, .. }) =
            self.poll_timeout().filter(|due| due.at <= self.now)
        {
            match timer {
                Timer::Acknowledge => self.acknowledge(),
                Timer::Close => self.close(),
                Timer::ConnectTimeout => self.connect_timed_out(),
                Timer::Drain => self.may_have_drained(),
                Timer::Expiry => self.expire(),
                Timer::LatePong => self.pong_late(),
                Timer::Ping => self.ping(),
                Timer::Proof => self.nothing_proved(),
                Timer::Reconnect => self.dial(),
                Timer::Silence => self.was_silent(),
                Timer::Stable => self.proved_stable(),
                Timer::Suspend => self.let_go(),
            }
            self.note_what_waits();
        }
    }

    /// What to do next; nothing once all is done.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), and why.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Deadline> {
        let phase = match &self.phase {
            Phase::Idle | Phase::Parked => None,
            Phase::Waiting { until, .. } => Some(Deadline { at: *until, timer: Timer::Reconnect }),
            Phase::Dialling { until, .. } => {
                Some(Deadline { at: *until, timer: Timer::ConnectTimeout })
            }
            Phase::Up(link) => link.deadline(),
        };
        let expiry = self.outbox.next_expiry().map(|at| Deadline { at, timer: Timer::Expiry });
        let let_go = self.let_go_at.map(|at| Deadline { at, timer: Timer::Suspend });
        let own = earlier(expiry, earlier(let_go, self.close_due()));
        let due = earlier(phase, earlier(own, self.ack_due()));
        due.filter(|due| due.at < Instant::END)
    }

    /// The one place where a clock that runs backwards is stopped.
    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn is_current(&self, socket: SocketId) -> bool {
        match &self.phase {
            Phase::Dialling { socket: current, .. }
            | Phase::Up(LinkState { socket: current, .. }) => *current == socket,
            Phase::Idle | Phase::Parked | Phase::Waiting { .. } => false,
        }
    }

    fn ack_due(&self) -> Option<Deadline> {
        let Phase::Up(LinkState { reliable: true, .. }) = self.phase else { return None };
        let at = self.delivery.as_ref()?.ack_due()?;
        Some(Deadline { at, timer: Timer::Acknowledge })
    }

    fn become_status(&mut self, to: Status) {
        let from = self.state.status;
        debug_assert!(from.may_become(to), "{} to {}", from.as_str(), to.as_str());
        self.state.status = to;
        self.state.failure = self.state.failure.filter(|_| to == Status::Failed);
        self.emit(EventKind::StatusChanged { from, to });
    }

    fn emit(&mut self, kind: EventKind) {
        self.outputs.push_back(Output::Event(Event { at: self.now, kind }));
    }
}
