use alloc::collections::VecDeque;

use super::config::ConnectionConfig;
use super::input::Input;
use super::link::Link;
use super::outbox::{Outbox, OutboxError};
use super::output::{Deadline, Output, SocketId, Timer};
use super::state::{ConnectionState, Status};
use crate::breaker::{CircuitBreaker, Permit};
use crate::error::ConfigError;
use crate::event::{Event, EventKind};
use crate::quality::QualityTracker;
use crate::retry::{Backoff, RetryStrategy};
use crate::rng::SeededRandom;
use crate::time::Instant;

mod dialling;
mod probing;
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
/// Getters: [`state`](Self::state), [`score`](Self::score), [`admit`](Self::admit),
/// [`waiting_messages`](Self::waiting_messages), [`waiting_bytes`](Self::waiting_bytes).
#[derive(Clone, Debug)]
pub struct Connection {
    config: ConnectionConfig,
    state: ConnectionState,
    phase: Phase,
    outbox: Outbox,
    quality: QualityTracker,
    backoff: Backoff,
    breaker: Option<CircuitBreaker>,
    random: SeededRandom,
    now: Instant,
    next_socket: u32,
    next_ping: u32,
    outputs: VecDeque<Output>,
}

/// What is under way. The status follows from it, but for `FAILED` and `DISCONNECTED`, which are
/// both idle.
#[derive(Clone, Debug)]
// One exists per connection and it lives in place: a box would cost an allocation per link.
#[allow(clippy::large_enum_variant)]
enum Phase {
    Idle,
    Waiting { until: Instant },
    Dialling { socket: SocketId, since: Instant, until: Instant, permit: Option<Permit> },
    Up(Link),
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
            config,
            state,
            phase: Phase::Idle,
            quality: QualityTracker::default(),
            backoff: Backoff::new(),
            breaker,
            random: SeededRandom::new(seed),
            now,
            next_socket: 0,
            next_ping: 0,
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
        self.advance(now);
        match input {
            Input::Close => self.close(),
            Input::Lost { socket, cause, hint } if self.is_current(socket) => {
                self.lost(cause, hint);
            }
            Input::Open => self.open(),
            Input::Opened { socket } => self.opened(socket),
            Input::Pong { socket, id } => self.ponged(socket, id),
            Input::Received { socket } => self.heard(socket),
            Input::Send { message, bytes } => self.send(message, bytes),
            Input::Sent { socket, message } => self.sent(socket, message),
            Input::Lost { .. } => {}
        }
    }

    /// Takes in that time has passed. Afterwards [`poll_timeout`](Self::poll_timeout) is later
    /// than `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        while let Some(Deadline { timer, .. }) =
            self.poll_timeout().filter(|due| due.at <= self.now)
        {
            match timer {
                Timer::ConnectTimeout => self.connect_timed_out(),
                Timer::LatePong => self.pong_late(),
                Timer::Ping => self.ping(),
                Timer::Reconnect => self.dial(),
                Timer::Stable => self.proved_stable(),
            }
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
        match &self.phase {
            Phase::Idle => None,
            Phase::Waiting { until } => Some(Deadline { at: *until, timer: Timer::Reconnect }),
            Phase::Dialling { until, .. } => {
                Some(Deadline { at: *until, timer: Timer::ConnectTimeout })
            }
            Phase::Up(link) => link.deadline(),
        }
    }

    /// The one place where a clock that runs backwards is stopped.
    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn is_current(&self, socket: SocketId) -> bool {
        match &self.phase {
            Phase::Dialling { socket: current, .. } | Phase::Up(Link { socket: current, .. }) => {
                *current == socket
            }
            Phase::Idle | Phase::Waiting { .. } => false,
        }
    }

    fn become_status(&mut self, to: Status) {
        let from = self.state.status;
        debug_assert!(from.may_become(to), "{} to {}", from.as_str(), to.as_str());
        self.state.status = to;
        self.emit(EventKind::StatusChanged { from, to });
    }

    fn emit(&mut self, kind: EventKind) {
        self.outputs.push_back(Output::Event(Event { at: self.now, kind }));
    }
}
