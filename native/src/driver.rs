use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use steadfast_core::connection::{Cause, Connection, Input, SocketId, Status};
use steadfast_core::event::{DeliveryOutcome, Event, EventKind};
use steadfast_core::outbox::MessageId;
use steadfast_core::protocol::close;
use steadfast_core::time::Instant;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Sleep;

use crate::clock::Clock;
use crate::connector::{Connector, Link, Lost, Stage};
use crate::events::Published;
use crate::goodbye::Goodbye;
use crate::handshake::Handshake;
use crate::outbox::Outbox;
use crate::panics::{caught, log};
use crate::reporter::{Posted, Reporter};
use crate::snapshot::Snapshot;
use crate::socket::{Socket, SocketEvent};
use crate::store::{Persister, Written};
use crate::transport::{Transport, TransportEvent};

mod ending;
mod outputs;
mod saving;

/// The one task of a connection. It owns the machine of `core`, tells it what happens, and does
/// what it says, until the user has dropped the connection.
pub(crate) struct Driver<C: Connector> {
    pub(crate) clock: Clock,
    pub(crate) connector: Arc<C>,
    pub(crate) events: broadcast::Sender<Arc<Published<Event>>>,
    /// What the user does first on each new link.
    pub(crate) handshake: Option<Handshake<C::Link>>,
    pub(crate) inbound: mpsc::Sender<Received<C>>,
    /// How many of the messages that `inbound` takes are read only to see an answer of the peer.
    pub(crate) ahead: usize,
    pub(crate) transport: Transport<C::Link>,
    pub(crate) machine: Connection,
    pub(crate) outbox: Arc<Outbox<Sent<C>>>,
    pub(crate) reporter: Option<Box<Reporter>>,
    pub(crate) snapshot: watch::Sender<Snapshot>,
    pub(crate) timer: Pin<Box<Sleep>>,
    /// Writes to a store what is to outlive the process.
    pub(crate) persister: Option<Box<Persister<Sent<C>>>>,
    /// Why the link was lost whose loss the machine got just now.
    pub(crate) loss: Option<Lost>,
    /// Whether no link is up or worked on.
    pub(crate) over: bool,
    /// How long a close may take that has no limit of its own.
    pub(crate) close_timeout: Duration,
    /// When a caller that waits for a close stops waiting.
    pub(crate) close_by: Option<Instant>,
    /// Of the last link.
    pub(crate) goodbye: Goodbye,
    /// The link whose messages are discarded: the connection is being closed, and nobody reads.
    pub(crate) discards: Option<SocketId>,
}

/// What comes over the links of a connector.
pub(crate) type Received<C> = <<C as Connector>::Link as Link>::Incoming;

/// What goes over the links of a connector.
pub(crate) type Sent<C> = <<C as Connector>::Link as Link>::Outgoing;

/// What woke the driver.
enum Wake<L: Link> {
    Called,
    Goodbye,
    Transport(TransportEvent<L>),
    Posted(Posted),
    Readable,
    Timer,
    Written(Written<L::Outgoing>),
}

impl<C: Connector> Driver<C> {
    // Boxed, because a future holds several copies of what it is given by value.
    pub(crate) async fn run(mut self: Box<Self>) {
        self.input(Input::Open);
        loop {
            if caught(|| self.process_outputs()).is_none() {
                self.panicked();
                continue;
            }
            if self.outbox.is_promised() {
                tokio::task::yield_now().await;
                self.outbox.end_promise();
            }
            if self.outbox.take_admitted() {
                if caught(|| self.announce()).is_none() {
                    self.panicked();
                }
                continue;
            }
            let quiet = self.over && !self.is_busy();
            if quiet && self.outbox.driver_handle.is_abandoned() {
                return;
            }
            let done = quiet || self.is_late();
            if self.outbox.driver_handle.settle(self.over, done) {
                // For those who wait for just this.
                self.snapshot.send_modify(|_| {});
            }
            if self.outbox.driver_handle.is_closed() {
                self.outbox.turn_away();
            }
            let wake = self.wait().await;
            // Before anything else that has happened.
            let reading = self.clock.read();
            if let Some(pause) = reading.slept {
                caught(|| tracing::debug!(pause_s = pause.as_secs(), "the machine was asleep"));
                self.input(Input::Slept(pause));
            }
            if let Some(pause) = reading.may_have_slept {
                self.input(Input::MayHaveSlept(pause));
            }
            if caught(|| self.handle(wake)).is_none() {
                self.panicked();
            }
        }
    }

    /// Code of the user's panicked that is called for a message: the link begins anew, since
    /// its state is unknown.
    fn panicked(&mut self) {
        log("code that is called for a message or an event");
        if let Some(socket) = self.transport.id() {
            self.transport.close(socket, close::AWAY, &mut self.goodbye);
            self.lost(socket, Cause::Panicked.into());
        }
    }

    /// Waits for whatever comes first. Nothing is lost of what comes second.
    async fn wait(&mut self) -> Wake<C::Link> {
        let deadline = self.deadline().map(|at| self.clock.to_tokio(at));
        let deadline = deadline.into_iter().chain(self.outbox.next_expiry()).min();
        if let Some(deadline) = deadline
            && self.timer.deadline() != deadline
        {
            self.timer.as_mut().reset(deadline);
        }
        let (readable, has_room) = (self.is_readable(), self.has_room());
        let posted = async {
            match &mut self.reporter {
                Some(reporter) => reporter.posted().await,
                None => std::future::pending().await,
            }
        };
        let written = async {
            match &mut self.persister {
                Some(persister) => persister.written().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = self.transport.next(readable) => Wake::Transport(event),
            () = self.outbox.driver_handle.called() => Wake::Called,
            () = self.goodbye.said() => Wake::Goodbye,
            outcome = posted => Wake::Posted(outcome),
            written = written => Wake::Written(written),
            _ = self.inbound.reserve_many(self.ahead + 1), if !has_room => Wake::Readable,
            () = self.timer.as_mut(), if deadline.is_some() => Wake::Timer,
        }
    }

    fn handle(&mut self, wake: Wake<C::Link>) {
        match wake {
            Wake::Called => {
                let commands = self.outbox.driver_handle.take_commands();
                // A close waits for what was sent before it.
                self.announce();
                for command in commands.into_inputs(self.close_timeout) {
                    self.heed(&command);
                    self.input(command);
                }
                // One may have given its place up, and those behind it need less room.
                self.outbox.admit_waiting();
                self.announce();
            }
            Wake::Transport(TransportEvent::Dialled(id, result)) => self.dialled(id, result),
            Wake::Transport(TransportEvent::Progress(socket, stage)) => self.input(match stage {
                Stage::Asks => Input::Asks { socket, asks: true },
                Stage::Seeks => Input::Asks { socket, asks: false },
                Stage::Reached => Input::Reached { socket },
            }),
            Wake::Transport(TransportEvent::Socket(id, event)) => self.socket_said(id, event),
            Wake::Posted(outcome) => {
                let now = self.clock.now();
                if let Some(reporter) = &mut self.reporter {
                    reporter.handle_posted(now, outcome);
                }
            }
            Wake::Goodbye | Wake::Readable => {}
            Wake::Timer => self.timer_fired(),
            Wake::Written(written) => self.written(written),
        }
    }

    fn dialled(&mut self, socket: SocketId, result: Result<Box<Socket<C::Link>>, Lost>) {
        match result {
            Ok(open) => {
                if !open.answers_pings() {
                    // Nothing is refused of no heartbeat.
                    let _ = self.machine.set_heartbeat(self.clock.now(), None);
                }
                self.machine.set_sees_uploads(open.shows_uploads());
                let reliable = open.is_reliable();
                self.transport = Transport::Up { id: socket, socket: open };
                self.input(Input::Opened { socket, reliable });
                self.announce();
            }
            Err(lost) => {
                self.transport = Transport::None;
                self.lost(socket, lost);
            }
        }
    }

    fn socket_said(&mut self, socket: SocketId, event: SocketEvent<Received<C>>) {
        match event {
            SocketEvent::Alive => self.input(Input::Alive { socket }),
            SocketEvent::Control(frame) => {
                self.input(Input::Control { socket, frame });
                // Some of what waited may have made room.
                self.announce();
            }
            SocketEvent::Hint(hint) => self.input(Input::Hint { socket, hint }),
            SocketEvent::Lost(lost) => {
                self.transport.close(socket, close::AWAY, &mut self.goodbye);
                self.lost(socket, lost);
            }
            SocketEvent::Message(message) => self.received(socket, message),
            SocketEvent::Promise(silence) => self.input(Input::Promise { socket, silence }),
            SocketEvent::Pong(id) => self.input(Input::Pong { socket, id }),
            SocketEvent::Refused(message) => self.refused(socket, message),
            SocketEvent::Sent(message) => {
                self.input(Input::Sent { socket, message });
                self.process_outputs();
                self.announce();
            }
        }
    }

    /// The link cannot take this message: it is dropped, and an event says so.
    fn refused(&mut self, socket: SocketId, message: MessageId) {
        self.input(Input::Refused { socket, message });
        self.announce();
    }

    fn lost(&mut self, socket: SocketId, lost: Lost) {
        let Lost { cause, hint, .. } = lost;
        self.loss = Some(lost);
        self.input(Input::Lost { socket, cause, hint });
    }

    /// Gives a message to the reader. There is room: it is read only then, but for a connection that
    /// is being closed. What such a connection discards does not count as received.
    fn received(&mut self, socket: SocketId, message: Received<C>) {
        let discards = self.discards == Some(socket);
        // A reader that went away closed as well.
        if discards || matches!(self.inbound.try_send(message), Err(TrySendError::Full(_))) {
            self.discards = Some(socket);
            return self.input(Input::Alive { socket });
        }
        self.input(Input::Received { socket });
    }

    fn timer_fired(&mut self) {
        self.outbox.expire_waiting();
        // While the user is behind nothing is read, so the pong may lie there unseen. It is not
        // the peer who is late.
        let readable = self.is_readable();
        if let Transport::Up { id, socket: open } = &mut self.transport {
            let socket = *id;
            if readable {
                // A message that is on its way for longer than a pong may take is life, too.
                if open.has_moved() {
                    self.input(Input::Alive { socket });
                }
            } else {
                let is_judged = self.machine.awaits_answer();
                let unread = Input::Unread { socket };
                self.input(if is_judged { unread } else { Input::Alive { socket } });
            }
        }
        let now = self.clock.now();
        self.machine.handle_timeout(now);
        if !self.over
            && let Some(reporter) = &mut self.reporter
        {
            reporter.handle_timeout(now, self.machine.state());
        }
        if let Some(persister) = &mut self.persister {
            let dates = self.clock.dates_as_read();
            persister.handle_timeout(now, || self.machine.snapshot().dated(dates));
        }
    }

    /// Tells the machine of the messages that the outbox has taken. One that the machine has no
    /// room for now, because the link was lost since, follows when it has.
    fn announce(&mut self) {
        self.outbox.take_admitted();
        if let Some(gone) = self.outbox.take_overflowed() {
            let (count, first, last) = (gone.count, gone.first, gone.last);
            let kind =
                EventKind::Delivery { delivery: DeliveryOutcome::Dropped, count, first, last };
            self.happened(Event { at: self.clock.now(), kind });
        }
        loop {
            let machine = &self.machine;
            let offered = self.outbox.tell(|bytes| machine.admit(bytes).is_ok());
            let Some(offered) = offered else { break };
            let (message, bytes, ttl) = (offered.id, offered.bytes, offered.ttl);
            self.keep(message);
            self.input(Input::Send { message, bytes, ttl });
        }
        self.save_if_wished();
    }

    /// Notes until when a close is waited for.
    fn heed(&mut self, command: &Input) {
        match command {
            Input::CloseWithin(limit) => {
                let by = self.clock.now() + *limit;
                self.close_by = Some(self.close_by.map_or(by, |before| before.min(by)));
            }
            Input::Reconnect => self.close_by = None,
            _ => {}
        }
    }

    fn input(&mut self, input: Input) {
        self.machine.handle_input(self.clock.now(), input);
    }

    /// Whether the socket may be read: the user is not behind, or nothing is for the user yet or any
    /// more. A peer that cannot write may not read either, and so not what a close waits for.
    fn is_readable(&self) -> bool {
        let status = self.machine.state().status;
        self.has_room()
            || self.reads_ahead()
            || status == Status::Reconnecting
            || self.machine.is_closing()
    }

    fn has_room(&self) -> bool {
        self.inbound.capacity() > self.ahead
    }

    /// Whether more is read than the user is to be behind: an answer of the peer is waited for, and
    /// may come next.
    fn reads_ahead(&self) -> bool {
        self.inbound.capacity() > 0 && self.machine.awaits_answer()
    }

    /// Whether something remains to be done that a close waits for, though no link is up.
    fn is_busy(&self) -> bool {
        self.goodbye.is_under_way() || self.is_reporting() || self.is_writing()
    }

    /// Whether the limit of a close is over.
    fn is_late(&mut self) -> bool {
        let late = self.over && self.close_by.is_some_and(|by| by <= self.clock.now());
        if late {
            self.close_by = None;
        }
        late
    }

    fn is_reporting(&self) -> bool {
        self.reporter.as_ref().is_some_and(|reporter| reporter.is_posting())
    }

    fn is_writing(&self) -> bool {
        self.persister.as_ref().is_some_and(|persister| persister.is_busy())
    }

    fn deadline(&self) -> Option<Instant> {
        let machine = self.machine.poll_timeout().map(|deadline| deadline.at);
        let reporter = self.reporter.as_ref().filter(|_| !self.over);
        let report = reporter.and_then(|reporter| reporter.poll_timeout());
        let write = self.persister.as_ref().and_then(|persister| persister.poll_timeout());
        machine.into_iter().chain(report).chain(write).chain(self.close_by).min()
    }
}
