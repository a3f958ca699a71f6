//! Drives one connection of the core.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures::future::{AbortHandle, abortable};
use js_sys::{Array, Function, Promise};
use steadfast_core::connection::{
    Cause, Connection, Hint, Input, MessageId, Output, SocketId, Suspension,
};
use steadfast_core::event::Event;
use steadfast_core::heartbeat::{HeartbeatConfig, PingId};
use steadfast_core::protocol::{Frame, FrameError, close};
use steadfast_core::snapshot::ConnectionSnapshot;
use steadfast_core::time::{Instant, Reading, duration_from_millis};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{future_to_promise, spawn_local};

use crate::address::{self, Address};
use crate::clock::{Clock, seed};
use crate::error::Error;
use crate::options::{Options, PROTOCOL};
use crate::reporter::Reporter;
use crate::sink::Sink;
use crate::socket::{Socket, SocketEvent};
use crate::timer::Timer;
use crate::value::to_js;

/// The Rust half of a connection. Its JavaScript half, the [`Sink`], keeps the payloads.
///
/// `now` is always what `performance.now()` gives. Each method may be called at any time, from
/// within a listener too.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Driver {
    shared: Rc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    machine: Rc<RefCell<Connection>>,
    address: Address,
    class: Function,
    protocols: Array,
    heartbeat_if_negotiated: Option<HeartbeatConfig>,
    sink: Sink,
    link: RefCell<Link>,
    timer: Timer,
    reporter: Option<Rc<Reporter>>,
    /// Whether outputs are being carried out; what comes meanwhile is carried out by the same loop,
    /// so that everything happens in order. True from the start, until the connection is opened.
    driving: Cell<bool>,
}

/// What became of the last dial.
#[derive(Debug)]
enum Link {
    None,
    /// The user's function is asked where to dial.
    Asking {
        id: SocketId,
        task: AbortHandle,
    },
    /// Shared, so that no borrow is held while the user's class is called.
    Socket {
        id: SocketId,
        socket: Rc<Socket>,
    },
}

#[wasm_bindgen]
impl Driver {
    /// A connection to a server whose address is known, or said by a function. With `beats`,
    /// heartbeats are sent whatever the server says of itself. It goes on from the bytes of a
    /// `snapshot`, if there are some, and those of its messages whose payloads the sink still has.
    /// Nothing happens before [`open`](Self::open).
    ///
    /// # Errors
    ///
    /// If an option makes no sense, or the snapshot.
    #[wasm_bindgen(constructor)]
    pub fn new(
        sink: Sink,
        address: JsValue,
        options: &JsValue,
        beats: bool,
        snapshot: Option<Box<[u8]>>,
        messages: Option<Box<[f64]>>,
    ) -> Result<Self, JsValue> {
        let address = Address::new(address);
        let mut options = Options::read(options, beats)?;
        options.config.refreshable = matches!(address, Address::Function(_));
        let clock = Clock::new();
        let now = clock.now();
        let machine = match snapshot {
            None => Connection::new(options.config, seed(), now).map_err(Error::from)?,
            Some(bytes) => {
                let mut snapshot = ConnectionSnapshot::from_bytes(&bytes).map_err(Error::from)?;
                let kept = messages.unwrap_or_default();
                snapshot.retain(|message| kept.contains(&(message.0 as f64)));
                Connection::restore(options.config, seed(), now, snapshot).map_err(Error::from)?
            }
        };
        let machine = Rc::new(RefCell::new(machine));
        let reporter = options
            .report
            .map(|report| Reporter::new(report, &clock, Rc::clone(&machine), sink.clone()))
            .transpose()?;
        let shared = Rc::new_cyclic(|shared: &Weak<Shared>| {
            let timed = shared.clone();
            Shared {
                clock,
                machine,
                address,
                class: options.class,
                protocols: options.protocols,
                heartbeat_if_negotiated: options.heartbeat_if_negotiated,
                sink,
                link: RefCell::new(Link::None),
                timer: Timer::new(move || {
                    if let Some(shared) = timed.upgrade() {
                        shared.time_has_passed();
                    }
                }),
                reporter,
                driving: Cell::new(true),
            }
        });
        Ok(Self { shared })
    }

    /// Dials, and keeps the link up from now on.
    pub fn open(&self) {
        self.shared.driving.set(false);
        self.shared.take_in(Input::Open);
    }

    /// A message of the application came.
    pub fn received(&self, socket: u32, now: f64) {
        self.shared.take_in_at(now, Input::Received { socket: SocketId(socket) });
    }

    /// The server showed that it lives, by something that is no message of the application.
    pub fn alive(&self, socket: u32, now: f64) {
        self.shared.take_in_at(now, Input::Alive { socket: SocketId(socket) });
    }

    /// A text came that begins as a control frame does: whether it is one, and not for the user. On
    /// a link whose server speaks `PROTOCOL` all are, on another one only hints.
    #[must_use]
    pub fn control(&self, socket: u32, text: &str, now: f64) -> bool {
        let socket = SocketId(socket);
        let speaks = self.shared.speaks();
        match Frame::parse(text) {
            Ok(frame) if speaks => {
                self.shared.take_in_at(now, Input::Control { socket, frame });
            }
            Ok(Frame::Hint(hint)) => self.shared.take_in_at(now, Input::Hint { socket, hint }),
            Err(FrameError::Unknown) if speaks => {
                self.shared.take_in_at(now, Input::Alive { socket });
            }
            Err(_) if speaks => self.shared.violated(socket),
            Ok(_) | Err(_) => return false,
        }
        true
    }

    /// A pong came: the answer to the ping with this id.
    pub fn pong(&self, socket: u32, id: u32, now: f64) {
        self.shared.take_in_at(now, Input::Pong { socket: SocketId(socket), id: PingId(id) });
    }

    /// The server promised to be silent for no longer than so many milliseconds at a time.
    pub fn promised(&self, socket: u32, silence: f64, now: f64) {
        let silence = duration_from_millis(silence);
        self.shared.take_in_at(now, Input::Promise { socket: SocketId(socket), silence });
    }

    /// The user sends the message of this number, and none waits: whether it may go to the socket
    /// at once. If not, it has to wait: see [`enqueue`](Self::enqueue). Not for a server that
    /// acknowledges messages.
    #[must_use]
    pub fn pass(&self, message: f64, now: f64) -> bool {
        self.shared.pass(number(message), now)
    }

    /// The user sends a message of so many bytes, which waits for its turn in the sink.
    ///
    /// # Errors
    ///
    /// If there is no room; then it must not wait.
    pub fn admit(&self, bytes: f64) -> Result<(), Error> {
        Ok(self.shared.machine.borrow().admit(whole(bytes))?)
    }

    /// The message of this number, which was admitted, waits in the sink; for so many milliseconds
    /// at most, if that is another time than the outbox has for all.
    pub fn enqueue(&self, message: f64, bytes: f64, ttl: Option<f64>) {
        let ttl = ttl.map(duration_from_millis);
        self.shared.take_in(Input::Send { message: number(message), bytes: whole(bytes), ttl });
    }

    /// What to save, so that the session can go on in another page.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        self.shared.machine.borrow().snapshot().to_bytes()
    }

    /// The number of the next message, after those of the snapshot.
    #[wasm_bindgen(js_name = nextMessage)]
    #[must_use]
    pub fn next_message(&self) -> f64 {
        self.shared.machine.borrow().snapshot().next_message().0 as f64
    }

    /// The user wants a fresh link now.
    pub fn reconnect(&self) {
        self.shared.take_in(Input::Reconnect);
    }

    /// The session is suspended, for one of the reasons in page.js.
    pub fn suspend(&self, why: u8) {
        self.shared.take_in(Input::Suspend(suspension(why)));
    }

    /// One of the reasons in page.js for being suspended is over.
    pub fn resume(&self, why: u8) {
        self.shared.take_in(Input::Resume(suspension(why)));
    }

    /// The page may be going away: reports what was not reported yet.
    pub fn report(&self) {
        if let Some(reporter) = &self.shared.reporter {
            reporter.hurry();
        }
    }

    /// The record of the session.
    #[must_use]
    pub fn state(&self) -> JsValue {
        to_js(self.shared.machine.borrow().state())
    }

    /// The smoothed quality score.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        self.shared.machine.borrow().score()
    }

    /// The bytes of the messages that wait.
    #[wasm_bindgen(js_name = waitingBytes)]
    #[must_use]
    pub fn waiting_bytes(&self) -> f64 {
        self.shared.machine.borrow().waiting_bytes() as f64
    }

    /// Closes the link and lets go of every socket, listener and timer. The promise is fulfilled
    /// when the last report was sent, or could not be.
    pub fn close(&self) -> Promise {
        self.shared.take_in(Input::Close);
        self.shared.timer.cancel();
        let reporter = self.shared.reporter.clone();
        future_to_promise(async move {
            if let Some(reporter) = reporter {
                reporter.close().await;
            }
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Shared {
    /// Takes in something that woke this program up.
    fn take_in(self: &Rc<Self>, input: Input) {
        let now = self.wake_up();
        self.machine.borrow_mut().handle_input(now, input);
        self.drive();
    }

    /// Takes in something that happens so often that only one clock is read for it, by JavaScript.
    fn take_in_at(self: &Rc<Self>, now: f64, input: Input) {
        self.machine.borrow_mut().handle_input(self.clock.at(now), input);
        self.drive();
    }

    fn time_has_passed(self: &Rc<Self>) {
        let now = self.wake_up();
        self.machine.borrow_mut().handle_timeout(now);
        self.drive();
    }

    /// The present instant. If the machine was asleep, the connection learns of it before anything
    /// else.
    fn wake_up(self: &Rc<Self>) -> Instant {
        let Reading { now, slept } = self.clock.read();
        if let Some(slept) = slept {
            self.machine.borrow_mut().handle_input(now, Input::Slept(slept));
            // It stood still with the machine.
            self.timer.cancel();
        }
        now
    }

    fn pass(self: &Rc<Self>, message: MessageId, now: f64) -> bool {
        let passes = self.machine.borrow_mut().pass(self.clock.at(now), message);
        if passes {
            self.drive();
        }
        passes
    }

    /// Carries out what the machine says, and arms the timer. The machine is let go of before
    /// anything is carried out: listeners may call back.
    fn drive(self: &Rc<Self>) {
        if self.driving.replace(true) {
            return;
        }
        while let Some(output) = self.next_output() {
            self.carry_out(output);
        }
        self.driving.set(false);
        let due = self.machine.borrow().poll_timeout();
        self.timer.arm(&self.clock, due.map(|deadline| deadline.at));
    }

    fn next_output(&self) -> Option<Output> {
        self.machine.borrow_mut().poll_output()
    }

    fn carry_out(self: &Rc<Self>, output: Output) {
        match output {
            Output::Close { socket, code } => self.forget(socket, Some(code)),
            Output::Control { socket, frame } => self.say(socket, &frame),
            Output::Dial { socket, refresh, .. } => self.dial(socket, refresh),
            Output::Drop { message, .. } | Output::Release { message } => {
                self.sink.release(message.0 as f64);
            }
            Output::Event(event) => self.tell(&event),
            Output::Ping { socket, id } => self.ping(socket, id),
            Output::Transmit { socket, message } => self.transmit(socket, message),
            _ => {}
        }
    }

    fn tell(&self, event: &Event) {
        if let Some(reporter) = &self.reporter {
            reporter.record(event);
        }
        self.sink.event(event.kind.name(), &to_js(event));
    }

    fn transmit(self: &Rc<Self>, socket: SocketId, message: MessageId) {
        let is_current = self.link.borrow().is(socket);
        if is_current && self.sink.transmit(message.0 as f64) {
            self.take_in(Input::Sent { socket, message });
        }
    }

    fn say(&self, socket: SocketId, frame: &Frame) {
        let is_current = self.link.borrow().is(socket);
        if is_current {
            let mut text = String::new();
            frame.write(&mut text);
            self.sink.say(&text);
        }
    }

    fn ping(&self, socket: SocketId, ping: PingId) {
        let is_current = self.link.borrow().is(socket);
        if is_current {
            self.sink.ping(ping.0);
        }
    }

    fn socket(&self) -> Option<Rc<Socket>> {
        match &*self.link.borrow() {
            Link::Socket { socket, .. } => Some(Rc::clone(socket)),
            Link::Asking { .. } | Link::None => None,
        }
    }

    /// Whether the server of the present link has chosen our sub-protocol.
    fn speaks(&self) -> bool {
        self.socket().is_some_and(|socket| socket.speaks(PROTOCOL))
    }

    fn dial(self: &Rc<Self>, id: SocketId, refresh: bool) {
        let function = match &self.address {
            Address::Fixed(url) => return self.dial_at(id, url, &self.protocols),
            Address::Function(function) => function.clone(),
        };
        let (asked, task) = abortable(address::resolve(function, refresh));
        self.link.replace(Link::Asking { id, task });
        let shared = Rc::clone(self);
        spawn_local(async move {
            match asked.await {
                Ok(Ok((url, protocols))) => shared.dial_at(id, &url, &protocols),
                Ok(Err(error)) => shared.could_not_dial(id, &error),
                // It took too long, or the user closed.
                Err(_aborted) => {}
            }
        });
    }

    fn dial_at(self: &Rc<Self>, id: SocketId, url: &str, protocols: &Array) {
        let shared = Rc::downgrade(self);
        let dialled = Socket::dial(&self.class, url, protocols, move |event| {
            if let Some(shared) = shared.upgrade() {
                shared.heard_of(id, event);
            }
        });
        match dialled {
            Ok(socket) => {
                self.sink.attach(socket.as_js(), id.0);
                self.link.replace(Link::Socket { id, socket: Rc::new(socket) });
            }
            Err(error) => self.could_not_dial(id, &error),
        }
    }

    fn could_not_dial(self: &Rc<Self>, id: SocketId, error: &JsValue) {
        self.forget(id, None);
        // First, so that whoever hears of the loss knows why.
        self.sink.error(error);
        self.take_in(Input::Lost { socket: id, cause: Cause::NoAddress, hint: Hint::NONE });
    }

    fn heard_of(self: &Rc<Self>, id: SocketId, event: SocketEvent) {
        match event {
            SocketEvent::Opened => {
                let speaks = self.speaks();
                self.choose_heartbeat(speaks);
                self.take_in(Input::Opened { socket: id, reliable: speaks });
            }
            SocketEvent::Lost(cause, hint) => {
                self.forget(id, None);
                self.take_in(Input::Lost { socket: id, cause, hint });
            }
        }
    }

    /// A server that chose our sub-protocol answers heartbeats; another may choke on them.
    fn choose_heartbeat(&self, speaks: bool) {
        let Some(negotiated) = &self.heartbeat_if_negotiated else { return };
        let heartbeat = speaks.then(|| negotiated.clone());
        // It was checked when the options were read.
        let _ = self.machine.borrow_mut().set_heartbeat(self.clock.now(), heartbeat);
    }

    /// The server broke the sub-protocol.
    fn violated(self: &Rc<Self>, socket: SocketId) {
        self.forget(socket, Some(close::VIOLATION));
        let cause = Cause::ProtocolViolation;
        self.take_in(Input::Lost { socket, cause, hint: Hint::NONE });
    }

    /// Lets go of a socket, with a goodbye if there is a code for it.
    fn forget(&self, id: SocketId, goodbye: Option<u16>) {
        if !self.link.borrow().is(id) {
            return;
        }
        let link = self.link.replace(Link::None);
        self.sink.detach();
        match (link, goodbye) {
            (Link::Asking { task, .. }, _) => task.abort(),
            (Link::Socket { socket, .. }, Some(code)) => socket.close(code),
            (Link::Socket { .. } | Link::None, _) => {}
        }
    }
}

impl Link {
    fn is(&self, socket: SocketId) -> bool {
        match self {
            Self::None => false,
            Self::Asking { id, .. } | Self::Socket { id, .. } => *id == socket,
        }
    }
}

/// The number of a message, as JavaScript counts.
fn number(message: f64) -> MessageId {
    // A cast from a float saturates and takes NaN to zero.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    MessageId(message as u64)
}

/// A reason for being suspended, by its number in page.js.
fn suspension(why: u8) -> Suspension {
    match why {
        0 => Suspension::Cached,
        1 => Suspension::Frozen,
        2 => Suspension::Hidden,
        _ => Suspension::Offline,
    }
}

/// A length as JavaScript counts it.
fn whole(bytes: f64) -> usize {
    // A cast from a float saturates and takes NaN to zero.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    {
        bytes as usize
    }
}
