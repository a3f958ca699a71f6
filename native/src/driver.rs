use std::pin::Pin;
use std::sync::Arc;

use steadfast_core::connection::{Connection, Input, MessageId, Output, SocketId, Status};
use steadfast_core::event::Event;
use steadfast_core::report::ReporterInput;
use steadfast_core::time::Instant;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Sleep;

use crate::clock::Clock;
use crate::connector::{Connector, Dial, Link, Lost};
use crate::line::{Line, LineEvent};
use crate::outbox::Outbox;
use crate::reporter::Reporter;
use crate::snapshot::Snapshot;
use crate::socket::{Socket, SocketEvent};
use crate::trace;

/// The one task of a connection. It owns the machine of `core`, tells it what happens, and does
/// what it says, until the user has closed or the machine has given up.
pub(crate) struct Driver<C: Connector> {
    pub(crate) clock: Clock,
    pub(crate) connector: Arc<C>,
    pub(crate) events: broadcast::Sender<Arc<Event>>,
    pub(crate) inbound: mpsc::Sender<Received<C>>,
    pub(crate) line: Line<C::Link>,
    pub(crate) machine: Connection,
    pub(crate) next_message: MessageId,
    pub(crate) outbox: Arc<Outbox<Sent<C>>>,
    pub(crate) reporter: Option<Box<Reporter>>,
    pub(crate) snapshot: watch::Sender<Snapshot>,
    pub(crate) timer: Pin<Box<Sleep>>,
}

/// What comes over the links of a connector.
pub(crate) type Received<C> = <<C as Connector>::Link as Link>::Incoming;

/// What goes over the links of a connector.
pub(crate) type Sent<C> = <<C as Connector>::Link as Link>::Outgoing;

/// What woke the driver.
enum Wake<L: Link> {
    Line(LineEvent<L>),
    Outbox,
    Posted(ReporterInput),
    Readable,
    Timer,
}

impl<C: Connector> Driver<C> {
    // Boxed, because a future holds several copies of what it is given by value.
    pub(crate) async fn run(mut self: Box<Self>) {
        self.input(Input::Open);
        loop {
            self.carry_out();
            if matches!(self.machine.state().status, Status::Disconnected | Status::Failed) {
                break;
            }
            let wake = self.wait().await;
            self.handle(wake);
        }
        Box::pin(self.finish()).await;
    }

    /// Waits for whatever comes first. Nothing is lost of what comes second.
    async fn wait(&mut self) -> Wake<C::Link> {
        let deadline = self.deadline().map(|at| self.clock.to_tokio(at));
        if let Some(deadline) = deadline
            && self.timer.deadline() != deadline
        {
            self.timer.as_mut().reset(deadline);
        }
        let readable = self.is_readable();
        let posted = async {
            match &mut self.reporter {
                Some(reporter) => reporter.posted().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = self.line.next(readable) => Wake::Line(event),
            () = self.outbox.offered() => Wake::Outbox,
            outcome = posted => Wake::Posted(outcome),
            _ = self.inbound.reserve(), if !readable => Wake::Readable,
            () = self.timer.as_mut(), if deadline.is_some() => Wake::Timer,
        }
    }

    fn handle(&mut self, wake: Wake<C::Link>) {
        match wake {
            Wake::Line(LineEvent::Dialled(id, result)) => self.dialled(id, result),
            Wake::Line(LineEvent::Socket(id, event)) => self.socket_said(id, event),
            Wake::Outbox if self.outbox.is_closed() => self.input(Input::Close),
            Wake::Outbox => self.announce(),
            Wake::Posted(outcome) => {
                let now = self.clock.now();
                if let Some(reporter) = &mut self.reporter {
                    reporter.handle_posted(now, outcome);
                }
            }
            Wake::Readable => {}
            Wake::Timer => self.timer_fired(),
        }
    }

    fn dialled(&mut self, socket: SocketId, result: Result<Box<Socket<C::Link>>, Lost>) {
        match result {
            Ok(open) => {
                if !open.answers_pings() {
                    // Nothing is refused of no heartbeat.
                    let _ = self.machine.set_heartbeat(self.clock.now(), None);
                }
                self.line = Line::Up { id: socket, socket: open };
                self.input(Input::Opened { socket, reliable: false });
                self.announce();
            }
            Err(Lost { cause, hint }) => {
                self.line = Line::None;
                self.input(Input::Lost { socket, cause, hint });
            }
        }
    }

    fn socket_said(&mut self, socket: SocketId, event: SocketEvent<Received<C>>) {
        match event {
            SocketEvent::Lost(Lost { cause, hint }) => {
                self.line.close(socket, 1000);
                self.input(Input::Lost { socket, cause, hint });
            }
            SocketEvent::Message(message) => {
                // There is room: it is read only then. A reader that went away closed as well.
                let _ = self.inbound.try_send(message);
                self.input(Input::Received { socket });
            }
            SocketEvent::Pong(id) => self.input(Input::Pong { socket, id }),
            SocketEvent::Alive => self.input(Input::Received { socket }),
            SocketEvent::Sent(message) => {
                self.outbox.pop();
                self.input(Input::Sent { socket, message });
                self.announce();
            }
        }
    }

    fn timer_fired(&mut self) {
        // While the user is behind nothing is read, so the pong may lie there unseen. It is not
        // the peer who is late.
        if !self.is_readable()
            && let Line::Up { id: socket, .. } = self.line
        {
            self.input(Input::Received { socket });
        }
        let now = self.clock.now();
        self.machine.handle_timeout(now);
        if let Some(reporter) = &mut self.reporter {
            reporter.handle_timeout(now, self.machine.state());
        }
    }

    /// Tells the machine of the messages that the outbox has taken. One that the machine has no
    /// room for now, because the link was lost since, follows when it has.
    fn announce(&mut self) {
        while let Some(bytes) = self.outbox.len_of(self.next_message) {
            if self.machine.admit(bytes).is_err() {
                return;
            }
            let message = self.next_message;
            self.next_message = MessageId(message.0 + 1);
            self.input(Input::Send { message, bytes, ttl: None });
        }
    }

    fn input(&mut self, input: Input) {
        self.machine.handle_input(self.clock.now(), input);
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Close { socket, code } => self.line.close(socket, code),
                Output::Dial { socket, timeout, .. } => {
                    let dial = Dial { timeout, refresh: false };
                    self.line = Line::dial(&self.connector, socket, dial);
                }
                Output::Event(event) => self.happened(event),
                Output::Ping { socket, id } => {
                    if let Some(socket) = self.line.socket(socket) {
                        socket.ping(id);
                    }
                }
                Output::Transmit { socket, message } => {
                    if let Some(socket) = self.line.socket(socket)
                        && let Some(payload) = self.outbox.message(message)
                    {
                        socket.transmit(message, payload);
                    }
                }
                _ => {}
            }
        }
        let machine = &self.machine;
        self.outbox.set_link(machine.state().status == Status::Connected);
        self.snapshot.send_if_modified(|snapshot| snapshot.update(machine));
    }

    fn happened(&mut self, event: Event) {
        trace::event(&event);
        if let Some(reporter) = &mut self.reporter {
            reporter.handle_event(&event);
        }
        // Fails if nobody listens, which is nobody's fault.
        let _ = self.events.send(Arc::new(event));
    }

    fn is_readable(&self) -> bool {
        self.inbound.capacity() > 0
    }

    fn deadline(&self) -> Option<Instant> {
        let machine = self.machine.poll_timeout().map(|deadline| deadline.at);
        let reporter = self.reporter.as_ref().and_then(|reporter| reporter.poll_timeout());
        machine.into_iter().chain(reporter).min()
    }

    /// Lets the user know at once, and then sends the last report.
    async fn finish(self: Box<Self>) {
        let Self { clock, events, inbound, machine, outbox, reporter, snapshot, .. } = *self;
        outbox.close();
        drop((events, inbound));
        if let Some(reporter) = reporter {
            reporter.finish(clock.now(), machine.state()).await;
        }
        // Whoever waits in `Connection::close` sees this go.
        drop(snapshot);
    }
}
