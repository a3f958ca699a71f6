//! A connection under the eyes of a model, which knows what a machine may say and when.

mod closing;
mod dialling;
mod driving;
mod offering;
mod outbox;
mod pausing;

use std::collections::VecDeque;
use std::time::Duration;

use steadfast_core::connection::{
    Connection, DropReason, Input, Output, SocketId, Status, Suspension,
};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::heartbeat::PingId;
use steadfast_core::outbox::{MessageId, OutboxConfig, Overflow};
use steadfast_core::protocol::{Frame, Hint};
use steadfast_core::snapshot::ConnectionSnapshot;
use steadfast_core::time::Instant;

use self::dialling::Dials;
use self::offering::Offers;
use super::at;
use super::judged::Judged;
use super::server::Server;
use super::steps::{Setup, Step, Which};

/// The machine, and what is known of it without it.
pub(super) struct Watched {
    machine: Connection,
    bounds: (usize, usize),
    overflow: Overflow,
    ttl: Option<Duration>,
    saves: bool,
    now: Instant,
    status: Status,
    last_event: Instant,
    judged: Judged,
    socket: Option<Socket>,
    next_socket: u32,
    last_ping: Option<PingId>,
    kept: VecDeque<Kept>,
    next_message: u64,
    /// The last message that was let through.
    passed: Option<MessageId>,
    /// The message that a socket refuses just now.
    refusing: Option<MessageId>,
    saving: bool,
    /// When it has to be closed, if it was asked to.
    close_by: Option<Instant>,
    server: Server,
    offers: Offers,
    /// Why the page may be unable to do anything, by what was said of it.
    held: Vec<Suspension>,
    dials: Dials,
}

/// The socket that the driver has, or is opening.
#[derive(Clone, Copy, Debug)]
struct Socket {
    id: SocketId,
    is_open: bool,
    /// The last message that was announced to it.
    announced: Option<MessageId>,
    /// The message that it has not taken yet.
    taking: Option<MessageId>,
    /// Whether its buffer was full when a message was last offered to it.
    is_blocked: bool,
}

/// A message whose payload the driver has.
#[derive(Clone, Copy, Debug)]
struct Kept {
    message: MessageId,
    bytes: usize,
    /// Whether a socket may have taken it.
    was_announced: bool,
    /// When it is worth nothing any more.
    expires_at: Option<Instant>,
}

impl Watched {
    pub(super) fn new(setup: &Setup, now: Instant) -> Self {
        let machine = Connection::new(setup.config(), setup.seed, now);
        Self::watch(machine.expect("the setup makes sense"), setup, now)
    }

    /// One that goes on from a snapshot, if that is of the session that the setup is of.
    pub(super) fn restored(
        setup: &Setup,
        now: Instant,
        snapshot: ConnectionSnapshot,
    ) -> Option<Self> {
        let kept = |waiting: &steadfast_core::snapshot::WaitingMessage| Kept {
            message: waiting.message,
            bytes: waiting.bytes,
            was_announced: true,
            expires_at: waiting.expires_at,
        };
        let kept = snapshot.waiting().iter().map(kept).collect();
        let next_message = snapshot.next_message().0;
        let machine = Connection::restore(setup.config(), setup.seed, now, snapshot).ok()?;
        let mut watched = Self::watch(machine, setup, now);
        (watched.kept, watched.next_message) = (kept, next_message);
        Some(watched)
    }

    pub(super) fn snapshot(&self) -> ConnectionSnapshot {
        self.machine.snapshot()
    }

    fn watch(mut machine: Connection, setup: &Setup, now: Instant) -> Self {
        machine.set_offers(setup.offers);
        let OutboxConfig { max_messages, max_bytes, overflow, ttl } = setup.config().outbox;
        Self {
            status: machine.state().status,
            machine,
            bounds: (max_messages, max_bytes),
            overflow,
            ttl,
            saves: setup.saves,
            now,
            last_event: now,
            judged: Judged::default(),
            socket: None,
            next_socket: 0,
            last_ping: None,
            kept: VecDeque::new(),
            next_message: 0,
            passed: None,
            refusing: None,
            saving: false,
            close_by: None,
            server: Server::new(setup.refreshes, now),
            offers: Offers::new(setup.offers),
            held: Vec::new(),
            dials: Dials::new(setup),
        }
    }

    /// Lets all this happen.
    pub(super) fn follow(&mut self, steps: Vec<Step>) {
        self.obey(16);
        for step in steps.into_iter().take(MAX_STEPS) {
            self.take(step);
        }
        self.timeout();
    }

    /// Something comes from a socket: from a dead one it changes nothing.
    fn of(&mut self, which: Which, input: impl FnOnce(SocketId) -> Input) {
        let current = self.socket.map(|socket| socket.id);
        let socket = match which {
            Which::Current => current.unwrap_or(SocketId(self.next_socket)),
            Which::Dead => SocketId(self.next_socket.saturating_sub(2)),
            Which::Unheard => SocketId(self.next_socket.wrapping_add(7)),
        };
        let input = input(socket);
        if current == Some(socket) {
            self.server.passes(self.now);
            match &input {
                Input::Control { frame: Frame::Hint(hint), .. } | Input::Hint { hint, .. } => {
                    self.server.hinted(*hint);
                }
                Input::Lost { cause, hint, .. } => {
                    if self.socket.take().is_some_and(|socket| !socket.is_open) {
                        self.offers.failed(*cause);
                    }
                    self.server.lost(*hint);
                    self.server.refused(*cause);
                }
                Input::Opened { .. } => {
                    self.socket.iter_mut().for_each(|socket| socket.is_open = true);
                    self.server.opened();
                    self.offers.opened();
                }
                _ => {}
            }
            return self.input(input);
        }
        let before = (self.machine.state().clone(), self.machine.poll_timeout());
        self.machine.handle_input(self.now, input.clone());
        let after = (self.machine.state().clone(), self.machine.poll_timeout());
        assert_eq!(before, after, "{input:?} is of a socket that is gone");
        let said = self.machine.poll_output();
        assert_eq!(said, None, "{input:?} is of a socket that is gone");
    }

    fn input(&mut self, input: Input) {
        self.server.passes(self.now);
        if matches!(input, Input::Reconnect) {
            self.server.passed_over();
        }
        let most = 16 + 4 * self.kept.len();
        self.machine.handle_input(self.now, input);
        self.obey(most);
    }

    fn timeout(&mut self) {
        self.server.passes(self.now);
        let most = 64 + 4 * self.kept.len();
        self.machine.handle_timeout(self.now);
        let due = self.machine.poll_timeout();
        assert!(due.is_none_or(|due| due.at > self.now), "{due:?} is not after {:?}", self.now);
        self.obey(most);
        // Nothing comes after the end of time.
        let is_over = |expiry: Instant| expiry <= self.now && expiry < at(u64::MAX);
        let expired = |kept: &&Kept| kept.expires_at.is_some_and(is_over);
        let expired = self.kept.iter().filter(|kept| !kept.was_announced).find(expired);
        assert!(expired.is_none(), "{expired:?} waits at {:?}", self.now);
        if self.close_by.is_some_and(|by| by <= self.now) {
            assert_eq!(self.status, Status::Disconnected, "the limit of the close is over");
        }
    }

    /// A link is wanted, whatever was wanted before.
    fn want(&mut self, input: Input) {
        self.close_by = None;
        self.input(input);
    }

    fn send(&mut self, bytes: usize, ttl: Option<u16>) {
        let message = MessageId(self.next_message);
        let Some(next) = self.next_message.checked_add(1) else { return };
        self.next_message = next;
        self.server.passes(self.now);
        if self.machine.admit(bytes).is_ok() {
            let ttl = ttl.map(|millis| Duration::from_millis(millis.into())).or(self.ttl);
            let expires_at = ttl.map(|ttl| self.server.present() + ttl);
            self.kept.push_back(Kept { message, bytes, was_announced: false, expires_at });
        }
        let ttl = ttl.map(|millis| Duration::from_millis(millis.into()));
        self.input(Input::Send { message, bytes, ttl });
    }

    fn pass(&mut self) {
        let Some(next) = self.next_message.checked_add(1) else { return };
        if self.machine.pass(self.now, MessageId(self.next_message), 8) {
            assert!(self.kept.is_empty() && self.status == Status::Connected, "others wait");
            self.passed = Some(MessageId(self.next_message));
            self.next_message = next;
        }
        self.obey(0);
    }

    /// Does what the machine says, and holds that against the rules.
    fn obey(&mut self, most: usize) {
        let mut said = 0;
        while let Some(output) = self.machine.poll_output() {
            said += 1;
            assert!(said <= most, "more than {most} outputs, such as {output:?}");
            self.hear(output);
        }
        self.offers.is_over();
        assert_eq!(self.machine.state().status, self.status, "the events tell every change");
        self.goes_on();
        self.sends_on();
        let bytes = self.kept.iter().fold(0_usize, |sum, kept| sum.saturating_add(kept.bytes));
        let kept = (self.machine.waiting_messages(), self.machine.waiting_bytes());
        assert_eq!(kept, (self.kept.len(), bytes), "every message that goes is told of");
        self.bounded();
        self.watch_the_close();
    }

    fn hear(&mut self, output: Output) {
        match output {
            Output::Close { socket, .. } => {
                let closed = self.socket.take().map(|socket| socket.id);
                assert_eq!(closed, Some(socket), "only what is there is closed");
                self.server.lost(Hint::NONE);
            }
            Output::Control { socket, .. } => {
                self.speak(socket);
            }
            Output::Dial { socket, refresh, offer, .. } => {
                // The second dial of an attempt is no attempt.
                if !self.offers.dialled(offer) {
                    self.dials.dialled(self.server.present(), refresh);
                }
                self.server.dialled(refresh);
                assert!(self.socket.is_none(), "there is a socket: {:?}", self.socket);
                assert_eq!(socket.0, self.next_socket, "ids are never used again");
                self.next_socket = self.next_socket.wrapping_add(1);
                self.socket = Some(Socket {
                    id: socket,
                    is_open: false,
                    announced: None,
                    taking: None,
                    is_blocked: false,
                });
            }
            Output::Drop { message, reason } => {
                if reason == DropReason::Overflow {
                    self.overflowed(message);
                }
                let dropped = self.let_go(message);
                let is_refused = reason == DropReason::Refused;
                assert!(
                    !is_refused || dropped.was_announced,
                    "{message:?} was in no socket's hands"
                );
                assert_eq!(
                    is_refused,
                    self.refusing == Some(message),
                    "the socket refuses, or nobody"
                );
            }
            Output::Event(event) => self.note(event),
            Output::Ping { socket, id } => {
                self.speak(socket);
                self.last_ping = Some(id);
            }
            Output::Release { message } => {
                let released = self.let_go(message);
                assert!(released.was_announced, "{message:?} was never handed over");
            }
            Output::Save => {
                assert!(self.saves && !self.saving, "nobody waits for it");
                self.saving = true;
            }
            Output::Transmit { socket, message } => self.announce(socket, message),
            other => panic!("{other:?} is not known here"),
        }
    }

    /// Something is written to a socket, which has to be open.
    fn speak(&mut self, to: SocketId) -> &mut Socket {
        let socket = self.socket.as_mut().filter(|socket| socket.id == to && socket.is_open);
        socket.unwrap_or_else(|| panic!("{to:?} is not open"))
    }

    fn note(&mut self, Event { at, kind }: Event) {
        assert!(at >= self.last_event, "time runs backwards to {at:?}");
        self.last_event = at;
        self.judged.note(&kind);
        self.offers.is_over();
        if let EventKind::RetryFailed { class, cause: Some(cause), .. } = kind {
            self.dials.failed(at, class, cause);
        }
        if let EventKind::StatusChanged { from, to } = kind {
            assert_eq!(from, self.status);
            assert!(from.may_become(to), "{from:?} to {to:?}");
            self.dials.linked(at, to == Status::Connected);
            self.status = to;
        }
    }

    /// No network, as the system says, is no reason to wait until it says something else.
    fn goes_on(&self) {
        let may_do_nothing = self.held.iter().any(|why| *why != Suspension::Offline);
        let is_wanted = matches!(self.status, Status::Reconnecting | Status::Suspended);
        if is_wanted && !may_do_nothing && self.now.since_origin() < LATE {
            let due = self.machine.poll_timeout();
            assert!(due.is_some(), "{:?} for ever", self.status);
        }
    }
}

/// From here on a wait may reach beyond the end of time.
const LATE: Duration = Duration::from_nanos(u64::MAX / 2);

/// A longer story tells nothing more.
const MAX_STEPS: usize = 500;
