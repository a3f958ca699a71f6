use alloc::collections::VecDeque;

use super::cause::Cause;
use super::config::ConnectionConfig;
use super::input::Input;
use super::link::Link;
use super::outbox::{MessageId, Outbox, OutboxError};
use super::output::{Deadline, Output, SocketId, Timer};
use super::state::{ConnectionState, Status};
use crate::error::ConfigError;
use crate::event::{Event, EventKind};
use crate::heartbeat::PingId;
use crate::quality::QualityTracker;
use crate::retry;
use crate::rng::SeededRandom;
use crate::time::Instant;

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
    random: SeededRandom,
    now: Instant,
    next_socket: u32,
    next_ping: u32,
    outputs: VecDeque<Output>,
}

/// What is under way. The status follows from it, but for `FAILED` and `DISCONNECTED`, which are
/// both idle.
#[derive(Clone, Debug)]
enum Phase {
    Idle,
    Waiting { until: Instant },
    Dialling { socket: SocketId, since: Instant },
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
        let mut state = ConnectionState::new(config.registration.clone());
        state.max_reconnect_attempts = config.max_reconnect_attempts;
        let mut connection = Self {
            outbox: Outbox::new(config.outbox.clone()),
            config,
            state,
            phase: Phase::Idle,
            quality: QualityTracker::default(),
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
            Input::Lost { socket, cause } if self.is_current(socket) => self.lost(cause),
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
            Phase::Dialling { since, .. } => {
                let at = *since + self.config.connect_timeout;
                Some(Deadline { at, timer: Timer::ConnectTimeout })
            }
            Phase::Up(link) => link.deadline(),
        }
    }

    /// The one place where a clock that runs backwards is stopped.
    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn open(&mut self) {
        if matches!(self.phase, Phase::Idle) {
            self.state.reconnect_attempts = 0;
            self.become_status(Status::Reconnecting);
            self.dial();
        }
    }

    fn dial(&mut self) {
        let socket = SocketId(self.next_socket);
        self.next_socket = self.next_socket.wrapping_add(1);
        self.phase = Phase::Dialling { socket, since: self.now };
        self.outputs.push_back(Output::Dial { socket, timeout: self.config.connect_timeout });
    }

    fn opened(&mut self, opened: SocketId) {
        let Phase::Dialling { socket, since } = self.phase else { return };
        if socket != opened {
            return;
        }
        let active = self.config.heartbeat.is_some();
        self.phase = Phase::Up(Link::new(socket, self.now, self.config.stable_after, active));
        self.state.connected_at = Some(self.now);
        self.state.last_heartbeat = Some(self.now);
        self.state.disconnected_at = None;
        let took = self.now.saturating_since(since);
        self.emit(EventKind::RetrySuccess { attempt: self.state.reconnect_attempts, took });
        self.become_status(Status::Connected);
        self.transmit();
    }

    fn connect_timed_out(&mut self) {
        if let Phase::Dialling { socket, .. } = self.phase {
            self.outputs.push_back(Output::Close { socket, code: 1000 });
            self.lost(Cause::ConnectTimeout);
        }
    }

    /// The dial failed, or the link went down, and it was not the user's doing.
    fn lost(&mut self, cause: Cause) {
        if matches!(self.phase, Phase::Up(_)) {
            self.link_down(cause);
        } else {
            self.emit(EventKind::RetryFailed { attempt: self.state.reconnect_attempts, cause });
        }
        self.phase = Phase::Idle;
        if self.is_fatal(cause) {
            return self.become_status(Status::Failed);
        }
        if self.state.max_reconnect_attempts.is_some_and(|max| self.state.reconnect_attempts >= max)
        {
            self.emit(EventKind::RetryExhausted { attempts: self.state.reconnect_attempts });
            return self.become_status(Status::Failed);
        }
        if self.state.status != Status::Reconnecting {
            self.become_status(Status::Reconnecting);
        }
        self.schedule();
    }

    fn schedule(&mut self) {
        let attempt = self.state.reconnect_attempts.saturating_add(1);
        self.state.reconnect_attempts = attempt;
        let delay = retry::delay(&self.config.retry, attempt, &mut self.random);
        self.phase = Phase::Waiting { until: self.now + delay };
        self.emit(EventKind::RetryAttempt { attempt, delay });
    }

    fn close(&mut self) {
        match self.phase {
            Phase::Up(Link { socket, .. }) => {
                self.outputs.push_back(Output::Close { socket, code: 1000 });
                self.link_down(Cause::ClosedByUser);
            }
            Phase::Dialling { socket, .. } => {
                self.outputs.push_back(Output::Close { socket, code: 1000 });
            }
            Phase::Idle | Phase::Waiting { .. } => {}
        }
        self.phase = Phase::Idle;
        if self.state.status != Status::Disconnected {
            self.become_status(Status::Disconnected);
        }
    }

    /// What goes with a link, whoever ended it.
    fn link_down(&mut self, cause: Cause) {
        let planned = cause.is_planned();
        if !planned {
            self.quality.disconnected(self.now);
        }
        self.outbox.socket_lost();
        self.state.disconnected_at = Some(self.now);
        self.state.missed_heartbeats = 0;
        self.state.total_disconnections = self.state.total_disconnections.saturating_add(1);
        self.emit(EventKind::Disconnected { cause, planned });
    }

    fn proved_stable(&mut self) {
        if let Phase::Up(link) = &mut self.phase {
            link.stable_at = None;
            self.state.reconnect_attempts = 0;
        }
    }

    fn ping(&mut self) {
        let (Phase::Up(link), Some(config)) = (&mut self.phase, &self.config.heartbeat) else {
            return;
        };
        let id = PingId(self.next_ping);
        self.next_ping = self.next_ping.wrapping_add(1);
        link.ping_sent(id, self.now, config, self.quality.quality(), &mut self.random);
        self.outputs.push_back(Output::Ping { socket: link.socket, id });
    }

    fn ponged(&mut self, socket: SocketId, id: PingId) {
        self.heard(socket);
        let Phase::Up(link) = &mut self.phase else { return };
        if link.socket != socket {
            return;
        }
        let Some(rtt) = link.answered(id, self.now) else { return };
        self.state.latency = link.rtt.srtt();
        self.emit(EventKind::Heartbeat { rtt: Some(rtt), missed: 0 });
        let change = self.quality.answered(self.now, rtt);
        self.quality_became(change);
    }

    fn heard(&mut self, socket: SocketId) {
        if let Phase::Up(link) = &mut self.phase
            && link.socket == socket
        {
            link.heard();
            self.state.last_heartbeat = Some(self.now);
            self.state.missed_heartbeats = 0;
        }
    }

    fn pong_late(&mut self) {
        let (Phase::Up(link), Some(config)) = (&mut self.phase, &self.config.heartbeat) else {
            return;
        };
        if !link.take_late_ping(self.now) {
            return;
        }
        link.missed_in_a_row = link.missed_in_a_row.saturating_add(1);
        let (missed, socket) = (link.missed_in_a_row, link.socket);
        let dead = missed >= config.max_missed;
        self.state.missed_heartbeats = missed;
        self.emit(EventKind::Heartbeat { rtt: None, missed });
        let change = self.quality.missed(self.now);
        self.quality_became(change);
        if dead {
            // 4000: the first of the codes that RFC 6455 leaves to applications.
            self.outputs.push_back(Output::Close { socket, code: 4000 });
            self.lost(Cause::HeartbeatTimeout);
        } else {
            self.ping();
        }
    }

    fn quality_became(&mut self, change: Option<crate::quality::QualityChange>) {
        if let Some(change) = change {
            self.state.connection_quality = Some(change.to);
            let (from, to, score) = (change.from, change.to, change.score);
            self.emit(EventKind::QualityChanged { from, to, score });
        }
    }

    fn send(&mut self, message: MessageId, bytes: usize) {
        if self.admit(bytes).is_ok() {
            self.outbox.push(message, bytes);
            self.transmit();
        }
    }

    /// Announces what waits to the socket that is up.
    fn transmit(&mut self) {
        let Phase::Up(link) = &mut self.phase else { return };
        while let Some(message) = self.outbox.announce() {
            self.outputs.push_back(Output::Transmit { socket: link.socket, message });
        }
    }

    fn sent(&mut self, socket: SocketId, message: MessageId) {
        let Phase::Up(link) = &mut self.phase else { return };
        if link.socket == socket && self.outbox.sent(message) {
            if let Some(config) = &self.config.heartbeat {
                link.message_sent(self.now, config);
            }
        }
    }

    fn is_current(&self, socket: SocketId) -> bool {
        match &self.phase {
            Phase::Dialling { socket: current, .. } | Phase::Up(Link { socket: current, .. }) => {
                *current == socket
            }
            Phase::Idle | Phase::Waiting { .. } => false,
        }
    }

    fn is_fatal(&self, cause: Cause) -> bool {
        matches!(cause, Cause::ClosedByPeer { code } if self.config.fatal_close_codes.contains(&code))
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
