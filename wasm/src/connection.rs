//! Drives one connection of the core.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures::future::{AbortHandle, abortable};
use js_sys::{Array, Function, Promise};
use steadfast_core::connection::{
    Cause, Connection, Hint, Input, MessageId, Output, SocketId, Status,
};
use steadfast_core::event::Event;
use steadfast_core::heartbeat::{HeartbeatConfig, PingId};
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
    next_message: Cell<u64>,
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
    /// heartbeats are sent whatever the server says of itself. Nothing happens before
    /// [`open`](Self::open).
    ///
    /// # Errors
    ///
    /// If an option makes no sense.
    #[wasm_bindgen(constructor)]
    pub fn new(
        sink: Sink,
        address: JsValue,
        options: &JsValue,
        beats: bool,
    ) -> Result<Self, JsValue> {
        let address = Address::new(address);
        let options = Options::read(options, beats)?;
        let clock = Clock::new();
        let now = clock.now();
        let machine = Connection::new(options.config, seed(), now).map_err(Error::from)?;
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
                next_message: Cell::new(0),
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

    /// A message came.
    pub fn received(&self, socket: u32, now: f64) {
        let now = self.shared.clock.at(now);
        let input = Input::Received { socket: SocketId(socket) };
        self.shared.machine.borrow_mut().handle_input(now, input);
        self.shared.drive();
    }

    /// A pong came: the answer to the ping with this id.
    pub fn pong(&self, socket: u32, id: u32, now: f64) {
        let now = self.shared.clock.at(now);
        let input = Input::Pong { socket: SocketId(socket), id: PingId(id) };
        self.shared.machine.borrow_mut().handle_input(now, input);
        self.shared.drive();
    }

    /// The user sends a message and none waits: whether it may go to the socket at once. If not,
    /// it has to wait: see [`enqueue`](Self::enqueue).
    #[must_use]
    pub fn pass(&self, now: f64) -> bool {
        self.shared.pass(now)
    }

    /// The user sends a message of so many bytes, which waits for its turn in the sink.
    ///
    /// # Errors
    ///
    /// If there is no room; then it must not wait.
    pub fn admit(&self, bytes: f64) -> Result<(), Error> {
        Ok(self.shared.machine.borrow().admit(whole(bytes))?)
    }

    /// The message that was admitted waits in the sink.
    pub fn enqueue(&self, bytes: f64) {
        let message = self.shared.number_message();
        self.shared.take_in(Input::Send { message, bytes: whole(bytes), ttl: None });
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
    fn take_in(self: &Rc<Self>, input: Input) {
        self.machine.borrow_mut().handle_input(self.clock.now(), input);
        self.drive();
    }

    fn time_has_passed(self: &Rc<Self>) {
        self.machine.borrow_mut().handle_timeout(self.clock.now());
        self.drive();
    }

    fn pass(self: &Rc<Self>, now: f64) -> bool {
        let now = self.clock.at(now);
        let message = self.number_message();
        {
            let mut machine = self.machine.borrow_mut();
            let waits = machine.waiting_messages() > 0;
            if self.driving.get() || waits || machine.state().status != Status::Connected {
                return false;
            }
            // The length only counts for messages that wait, and this one does not.
            machine.handle_input(now, Input::Send { message, bytes: 0, ttl: None });
            let Some(Output::Transmit { socket, message }) = machine.poll_output() else {
                return false;
            };
            machine.handle_input(now, Input::Sent { socket, message });
        }
        self.drive();
        true
    }

    fn number_message(&self) -> MessageId {
        let number = self.next_message.get();
        self.next_message.set(number + 1);
        MessageId(number)
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
            Output::Dial { socket, .. } => self.dial(socket),
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
        if is_current && self.sink.transmit() {
            self.take_in(Input::Sent { socket, message });
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

    fn dial(self: &Rc<Self>, id: SocketId) {
        let function = match &self.address {
            Address::Fixed(url) => return self.dial_at(id, url, &self.protocols),
            Address::Function(function) => function.clone(),
        };
        let (asked, task) = abortable(address::resolve(function));
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
        self.take_in(Input::Lost { socket: id, cause: Cause::NoAddress, hint: Hint::NONE });
        self.sink.error(error);
    }

    fn heard_of(self: &Rc<Self>, id: SocketId, event: SocketEvent) {
        match event {
            SocketEvent::Opened => {
                self.choose_heartbeat();
                self.take_in(Input::Opened { socket: id, reliable: false });
            }
            SocketEvent::Lost(cause) => {
                self.forget(id, None);
                self.take_in(Input::Lost { socket: id, cause, hint: Hint::NONE });
            }
        }
    }

    /// A server that chose our sub-protocol answers heartbeats; another may choke on them.
    fn choose_heartbeat(&self) {
        let Some(negotiated) = &self.heartbeat_if_negotiated else { return };
        let speaks = self.socket().is_some_and(|socket| socket.speaks(PROTOCOL));
        let heartbeat = speaks.then(|| negotiated.clone());
        // It was checked when the options were read.
        let _ = self.machine.borrow_mut().set_heartbeat(self.clock.now(), heartbeat);
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

/// A length as JavaScript counts it.
fn whole(bytes: f64) -> usize {
    // A cast from a float saturates and takes NaN to zero.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    {
        bytes as usize
    }
}
