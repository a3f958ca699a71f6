//! A connection under the eyes of a model, which knows what a machine may say and when.

mod dialling;
mod pausing;

use std::collections::VecDeque;
use std::time::Duration;

use steadfast_core::connection::{
    Connection, DropReason, Hint, Input, MessageId, OutboxConfig, Output, Overflow, SocketId,
    Status, Suspension,
};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::heartbeat::PingId;
use steadfast_core::protocol::{Frame, Hello, Token, Welcome};
use steadfast_core::snapshot::ConnectionSnapshot;
use steadfast_core::time::Instant;

use self::dialling::Dials;
use super::at;
use super::judged::Judged;
use super::server::Server;
use super::steps::{Count, Message, Ping, Setup, Step, Which};

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

    fn watch(machine: Connection, setup: &Setup, now: Instant) -> Self {
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

    #[allow(clippy::too_many_lines, reason = "one arm for each kind of step")]
    fn take(&mut self, step: Step) {
        self.dials.may_hasten(self.server.present(), &step);
        match step {
            Step::Asks(which, asks) => self.of(which, |socket| Input::Asks { socket, asks }),
            Step::Ack(which, count) => {
                let frame = Frame::Ack { received: self.count(count) };
                self.of(which, |socket| Input::Control { socket, frame });
            }
            Step::Alive(which) => self.of(which, |socket| Input::Alive { socket }),
            Step::Blocked(which, message) => {
                let message = self.named(message);
                let waits = matches!(which, Which::Current) && self.withheld(message);
                self.of(which, |socket| Input::Blocked { socket, message });
                let due = self.machine.poll_timeout().map(|due| due.at);
                let soon = self.server.present() + Duration::from_millis(100);
                let is_late = due.is_none_or(|due| due > soon) && self.status == Status::Connected;
                assert!(!waits || !is_late, "{message:?} is announced again by {soon:?}: {due:?}");
            }
            Step::Close => self.input(Input::Close),
            Step::CloseWithin(millis) => self.close_within(Duration::from_millis(millis.into())),
            Step::Deadline => {
                if let Some(due) = self.machine.poll_timeout() {
                    self.now = self.now.max(due.at);
                    self.timeout();
                }
            }
            Step::Hint(which, wish) => {
                self.of(which, |socket| Input::Hint { socket, hint: wish.hint() });
            }
            Step::Leap(nanos) => {
                self.now = at(nanos);
                self.timeout();
            }
            Step::Lost(which, why, wish) => {
                self.of(which, |socket| Input::Lost {
                    socket,
                    cause: why.cause(),
                    hint: wish.hint(),
                });
            }
            Step::MayHaveSlept(millis) => self.may_have_slept(Duration::from_millis(millis.into())),
            Step::NetworkChanged => self.puts_nothing_off(Input::NetworkChanged),
            Step::Nonsense(which) => {
                let hello = Hello { session: "s".into(), token: None, received: 0 };
                self.of(which, |socket| Input::Control { socket, frame: Frame::Hello(hello) });
            }
            Step::Open => self.want(Input::Open),
            Step::Opened(which, reliable) => {
                self.of(which, |socket| Input::Opened { socket, reliable });
            }
            Step::Pass => self.pass(),
            Step::Ping(which, id) => {
                let frame = Frame::Ping { id: PingId(id) };
                self.of(which, |socket| Input::Control { socket, frame });
            }
            Step::Pong(which, ping) => {
                let id = match ping {
                    Ping::Any(id) => PingId(id),
                    Ping::Last => self.last_ping.unwrap_or(PingId(0)),
                };
                self.of(which, |socket| Input::Pong { socket, id });
            }
            Step::Promise(which, seconds) => {
                let silence = Duration::from_secs(seconds.into());
                self.of(which, |socket| Input::Promise { socket, silence });
            }
            Step::Reached(which) => self.of(which, |socket| Input::Reached { socket }),
            Step::Received(which) => self.of(which, |socket| Input::Received { socket }),
            Step::Reconnect => self.want(Input::Reconnect),
            Step::Refused(which, message) => {
                let message = self.named(message);
                self.refusing = Some(message);
                self.of(which, |socket| Input::Refused { socket, message });
                self.refusing = None;
            }
            Step::Resume(reason) => {
                self.held.retain(|why| *why != reason.suspension());
                self.input(Input::Resume(reason.suspension()));
            }
            Step::Saved => {
                self.saving = false;
                self.input(Input::Saved);
            }
            Step::Send(bytes, ttl) => self.send(bytes.into(), ttl),
            Step::Sent(which, message) => {
                let message = self.named(message);
                if matches!(which, Which::Current) {
                    self.taken(message);
                }
                self.of(which, |socket| Input::Sent { socket, message });
            }
            Step::Slept(millis) => {
                self.input(Input::Slept(Duration::from_millis(millis.into())));
            }
            Step::Suspend(reason) => {
                self.held.push(reason.suspension());
                self.input(Input::Suspend(reason.suspension()));
            }
            Step::Timeout => self.timeout(),
            Step::Unread(which) => {
                let socket = self.socket.map(|socket| socket.id);
                self.of(which, |socket| Input::Unread { socket });
                let kept = self.socket.map(|socket| socket.id);
                assert_eq!(socket, kept, "nobody is judged by what cannot be read");
            }
            Step::Wait(millis) => self.now = self.now + Duration::from_millis(millis.into()),
            Step::Welcome(which, count, resumed) => {
                let (token, received) = (Token::new("t"), self.count(count));
                let Some(token) = token else { return };
                let welcome = Welcome { token, received, resumed, max_idle: None };
                let frame = Frame::Welcome(welcome);
                self.of(which, |socket| Input::Control { socket, frame });
            }
        }
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
                    self.socket = None;
                    self.server.lost(*hint);
                    self.server.refused(*cause);
                }
                Input::Opened { .. } => {
                    self.socket.iter_mut().for_each(|socket| socket.is_open = true);
                    self.server.opened();
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

    /// What waits may be sent first, within the limit; with nothing that waits, nothing is waited for.
    fn close_within(&mut self, limit: Duration) {
        self.server.passes(self.now);
        let by = self.server.present() + limit;
        self.close_by = Some(self.close_by.map_or(by, |before| before.min(by)));
        let waits = !self.kept.is_empty();
        self.input(Input::CloseWithin(limit));
        assert!(waits || self.status == Status::Disconnected, "nothing waits");
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

    fn named(&self, message: Message) -> MessageId {
        let next = || {
            let announced = self.kept.iter().find(|kept| kept.was_announced);
            announced.or(self.kept.front()).map(|kept| kept.message)
        };
        match message {
            Message::Any(id) => MessageId(id),
            Message::Next => next().or(self.passed).unwrap_or(MessageId(0)),
        }
    }

    fn count(&self, count: Count) -> u64 {
        match count {
            Count::Any(count) => count.min(Frame::MAX_COUNT),
            Count::Right => self.kept.iter().filter(|kept| kept.was_announced).count() as u64,
            Count::Small(count) => count.into(),
        }
    }

    /// Does what the machine says, and holds that against the rules.
    fn obey(&mut self, most: usize) {
        let mut said = 0;
        while let Some(output) = self.machine.poll_output() {
            said += 1;
            assert!(said <= most, "more than {most} outputs, such as {output:?}");
            self.hear(output);
        }
        assert_eq!(self.machine.state().status, self.status, "the events tell every change");
        self.goes_on();
        self.sends_on();
        let bytes = self.kept.iter().fold(0_usize, |sum, kept| sum.saturating_add(kept.bytes));
        let kept = (self.machine.waiting_messages(), self.machine.waiting_bytes());
        assert_eq!(kept, (self.kept.len(), bytes), "every message that goes is told of");
        self.bounded();
        self.watch_the_close();
    }

    /// A connection that is being closed is open, and has a timer that ends it.
    fn watch_the_close(&mut self) {
        if self.status == Status::Disconnected {
            self.close_by = None;
        }
        assert_eq!(self.machine.is_closing(), self.close_by.is_some());
        if let Some(by) = self.close_by {
            assert_ne!(self.status, Status::Failed, "nothing will come of it");
            let due = self.machine.poll_timeout().map(|due| due.at);
            assert!(due.is_some_and(|due| due <= by), "it ends by {by:?}, not {due:?}");
        }
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
            Output::Dial { socket, refresh, .. } => {
                self.dials.dialled(self.server.present(), refresh);
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

    /// Each socket is given all messages that are kept, in order, without leaving one out.
    fn announce(&mut self, to: SocketId, message: MessageId) {
        assert_eq!(self.status, Status::Connected);
        let socket = self.speak(to);
        socket.is_blocked = false;
        let last = socket.announced.replace(message);
        assert_eq!(socket.taking.replace(message), None, "the socket has not taken that one");
        let next = self.kept.iter_mut().find(|kept| Some(kept.message) > last);
        let next = next.unwrap_or_else(|| panic!("{message:?} is not kept"));
        assert_eq!(next.message, message, "one was left out, or comes twice");
        next.was_announced = true;
    }

    fn let_go(&mut self, message: MessageId) -> Kept {
        let index = self.kept.iter().position(|kept| kept.message == message);
        let kept = index.and_then(|index| self.kept.remove(index));
        self.taken(message);
        kept.unwrap_or_else(|| panic!("{message:?} is not kept"))
    }

    /// The socket cannot be handed this message yet: true if it was announced to it. It waits again.
    fn withheld(&mut self, message: MessageId) -> bool {
        let Some(socket) = self.socket.as_mut().filter(|open| open.taking == Some(message)) else {
            return false;
        };
        socket.taking = None;
        socket.is_blocked = true;
        socket.announced = message.0.checked_sub(1).map(MessageId);
        let kept = self.kept.iter_mut().filter(|kept| kept.message == message);
        kept.for_each(|kept| kept.was_announced = false);
        true
    }

    /// The socket has taken this message, or never will.
    fn taken(&mut self, message: MessageId) {
        if let Some(socket) = self.socket.as_mut().filter(|open| open.taking == Some(message)) {
            socket.taking = None;
        }
    }

    /// Of those that no socket is taking the oldest goes, or the newest, as is configured. What was
    /// announced to a socket that is gone may go, or be kept for the server to say.
    fn overflowed(&self, dropped: MessageId) {
        let taking = self.socket.and_then(|socket| socket.taking);
        assert_ne!(taking, Some(dropped), "the socket is taking it");
        let newest = self.kept.back().map(|kept| kept.message);
        match self.overflow {
            Overflow::DropNewest => assert_eq!(newest, Some(dropped)),
            Overflow::DropOldest => {
                assert_ne!(newest, Some(dropped), "the newest is never dropped");
                let older = self.kept.iter().take_while(|kept| kept.message != dropped);
                let older = older.filter(|kept| !kept.was_announced).count();
                assert_eq!(older, 0, "older ones than {dropped:?} wait");
            }
            Overflow::Reject => panic!("{dropped:?} was admitted"),
        }
    }

    fn note(&mut self, Event { at, kind }: Event) {
        assert!(at >= self.last_event, "time runs backwards to {at:?}");
        self.last_event = at;
        self.judged.note(&kind);
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

    /// A socket that is taking nothing, and whose buffer is not full, has been given all that waits.
    /// Where the oldest is dropped, messages also wait while as many as the bounds allow are not
    /// acknowledged.
    fn sends_on(&self) {
        let is_free = |socket: &Socket| socket.taking.is_none() && !socket.is_blocked;
        let Some(socket) = self.socket.filter(is_free) else { return };
        let unacknowledged = self.kept.iter().filter(|kept| kept.was_announced);
        let (count, bytes) = unacknowledged.fold((0, 0_usize), |(count, bytes), kept| {
            (count + 1, bytes.saturating_add(kept.bytes))
        });
        let is_full = count >= self.bounds.0 || bytes >= self.bounds.1;
        if self.overflow == Overflow::DropOldest && count > 0 && is_full {
            return;
        }
        if self.status == Status::Connected {
            let stuck = self.kept.back().filter(|kept| Some(kept.message) > socket.announced);
            assert!(stuck.is_none(), "{stuck:?} waits for nothing");
        }
    }

    /// What waits for a link is bounded. A first message always fits while there is one. Where the
    /// oldest is dropped, the one that a socket is taking and the newest come on top; elsewhere one
    /// that is handed over at once, since others are held back.
    fn bounded(&self) {
        let (messages, bytes) = self.bounds;
        let on_top = if self.overflow == Overflow::DropOldest { 2 } else { 1 };
        let least = self.kept.len().saturating_sub(1 + on_top);
        let but_the_first = self.kept.iter().skip(1).take(least).map(|kept| kept.bytes);
        let but_the_first = but_the_first.fold(0_usize, usize::saturating_add);
        let restored = self.kept.iter().any(|kept| kept.bytes > usize::from(u16::MAX));
        assert!(
            self.kept.len() <= messages.max(1) + on_top || restored,
            "{} wait",
            self.kept.len()
        );
        assert!(but_the_first <= bytes || restored, "{but_the_first} bytes wait");
    }
}

/// From here on a wait may reach beyond the end of time.
const LATE: Duration = Duration::from_nanos(u64::MAX / 2);

/// A longer story tells nothing more.
const MAX_STEPS: usize = 500;
