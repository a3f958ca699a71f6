//! Feeds one connection of the core, and carries out what it says.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Array;
use steadfast_core::connection::{Connection, Input, Output, SocketId};
use steadfast_core::event::Event;
use steadfast_core::heartbeat::{HeartbeatConfig, PingId};
use steadfast_core::outbox::MessageId;
use steadfast_core::protocol::Frame;
use steadfast_core::time::{Instant, Reading};

use super::dialling::DialState;
use super::frames;
use crate::clock::Clock;
use crate::reporter::{Advance, Reporter};
use crate::sink::{BLOCKED, REFUSED, SENT, Sink};
use crate::timer::Timer;
use crate::value::to_js;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) machine: Rc<RefCell<Connection>>,
    /// Absent if the sink has to be asked for it.
    pub(super) address: Option<String>,
    pub(super) protocols: Array,
    pub(super) heartbeat_if_negotiated: Option<HeartbeatConfig>,
    pub(super) sink: Sink,
    pub(super) link: RefCell<DialState>,
    pub(super) timer: Timer,
    pub(super) reporter: Option<Rc<Reporter>>,
    /// Whether outputs are being carried out; what comes meanwhile is carried out by the same loop,
    /// so that everything happens in order. True from the start, until the connection is opened.
    pub(super) driving: Cell<bool>,
}

impl Shared {
    /// Takes in something that woke this program up.
    pub(super) fn accept(self: &Rc<Self>, input: Input) {
        let now = self.wake_up();
        self.machine.borrow_mut().handle_input(now, input);
        self.drive();
    }

    /// Takes in something that happens so often that only one clock is read for it, by JavaScript.
    pub(super) fn accept_at(self: &Rc<Self>, now: f64, input: Input) {
        self.machine.borrow_mut().handle_input(self.clock.at(now), input);
        self.drive();
    }

    pub(super) fn time_has_passed(self: &Rc<Self>) {
        let now = self.wake_up();
        self.machine.borrow_mut().handle_timeout(now);
        self.drive();
    }

    /// The present instant. If the machine may have been asleep, the connection learns of it before
    /// anything else.
    fn wake_up(self: &Rc<Self>) -> Instant {
        let Reading { now, may_have_slept, .. } = self.clock.read();
        if let Some(pause) = may_have_slept {
            self.machine.borrow_mut().handle_input(now, Input::MayHaveSlept(pause));
        }
        now
    }

    pub(super) fn pass(
        self: &Rc<Self>,
        message: MessageId,
        bytes: usize,
        now: f64,
        buffered: f64,
    ) -> bool {
        let passes = {
            let mut machine = self.machine.borrow_mut();
            buffered <= machine.most_buffered() as f64
                && machine.pass(self.clock.at(now), message, bytes)
        };
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
            self.process_output(output);
        }
        self.driving.set(false);
        let due = self.machine.borrow().poll_timeout();
        self.timer.arm(&self.clock, due.map(|deadline| deadline.at));
    }

    /// Something was thrown through the frames of this module, so no destructor has run: outputs
    /// that wait are carried out.
    pub(super) fn recover(self: &Rc<Self>) {
        self.driving.set(false);
        self.drive();
    }

    fn next_output(&self) -> Option<Output> {
        self.machine.borrow_mut().poll_output()
    }

    fn process_output(self: &Rc<Self>, output: Output) {
        match output {
            Output::Close { socket, code } => self.forget(socket, Some(code)),
            Output::Control { socket, frame } => self.say(socket, &frame),
            Output::Dial { socket, refresh, offer, .. } => self.dial(socket, offer, refresh),
            Output::Drop { message, .. } | Output::Release { message } => {
                self.sink.release(message.0 as f64);
            }
            Output::Event(event) => self.tell(event),
            Output::Ping { socket, id } => self.ping(socket, id),
            Output::Transmit { socket, message } => self.transmit(socket, message),
            _ => {}
        }
    }

    fn tell(&self, mut event: Event) {
        let at = event.at;
        event.at = self.clock.dates().date(at);
        let (name, detail) = (event.kind.name(), to_js(&event));
        event.at = at;
        if let Some(reporter) = &self.reporter {
            reporter.record(event);
        }
        self.sink.event(name, &detail);
    }

    /// The page hides, is left, or is back: reports what is to be reported then.
    pub(super) fn turn_page(&self, turn: Advance) {
        if let Some(reporter) = &self.reporter {
            reporter.turn_page(turn);
        }
    }

    fn transmit(self: &Rc<Self>, socket: SocketId, message: MessageId) {
        let is_current = self.link.borrow().is(socket);
        if !is_current {
            return;
        }
        let most = self.machine.borrow().most_buffered();
        match self.sink.transmit(message.0 as f64, most as f64) {
            SENT => self.accept(Input::Sent { socket, message }),
            REFUSED => self.accept(Input::Refused { socket, message }),
            BLOCKED => self.accept(Input::Blocked { socket, message }),
            _ => {}
        }
    }

    fn say(&self, socket: SocketId, frame: &Frame) {
        let is_current = self.link.borrow().is(socket);
        if is_current {
            frames::say(&self.sink, frame);
        }
    }

    fn ping(&self, socket: SocketId, ping: PingId) {
        let is_current = self.link.borrow().is(socket);
        if is_current {
            self.sink.ping(ping.0);
        }
    }
}
