//! One connection, as a class.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use steadfast_core::connection::{Connection, Input, SocketId, Suspension};
use steadfast_core::heartbeat::PingId;
use steadfast_core::outbox::MessageId;
use steadfast_core::protocol::Frame;
use steadfast_core::report::{self, Advice};
use steadfast_core::snapshot::ConnectionSnapshot;
use steadfast_core::time::duration_from_millis;
use wasm_bindgen::prelude::*;

use self::dialling::DialState;
use self::driving::Shared;
use crate::clock::{Clock, seed};
use crate::error::Error;
use crate::options::Options;
use crate::reporter::Reporter;
use crate::sink::Sink;
use crate::timer::Timer;
use crate::value::to_js;

mod dialling;
mod driving;
mod frames;

/// The Rust half of a connection. Its JavaScript half, the [`Sink`], keeps the payloads.
///
/// `now` is always what `performance.now()` gives. Each method may be called at any time, from
/// within a listener too.
#[derive(Debug)]
#[wasm_bindgen]
pub struct Driver {
    shared: Rc<Shared>,
}

#[wasm_bindgen]
impl Driver {
    /// A connection to a server whose address is known, or said by a function that the
    /// sink asks. It `refreshes` credentials if it is asked to. With `beats`,
    /// heartbeats are sent whatever the server says of itself. It goes on from the bytes of a
    /// `snapshot`, if there are some, and those of its messages whose payloads the sink still has.
    /// Nothing happens before `open`.
    ///
    /// # Errors
    ///
    /// If an option makes no sense, or the snapshot.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::too_many_arguments, reason = "it is one call, without an object")]
    pub fn new(
        sink: Sink,
        address: Option<String>,
        refreshes: bool,
        options: &JsValue,
        beats: bool,
        snapshot: Option<Box<[u8]>>,
        messages: Option<Box<[f64]>>,
    ) -> Result<Self, JsValue> {
        let mut options = Options::read(options, beats)?;
        options.config.refreshable = refreshes;
        let clock = Clock::new();
        let now = clock.now();
        let mut machine = match snapshot {
            None => Connection::new(options.config, seed(), now).map_err(Error::from)?,
            Some(bytes) => {
                let mut snapshot = ConnectionSnapshot::from_bytes(&bytes).map_err(Error::from)?;
                let kept = messages.unwrap_or_default();
                snapshot.retain(|message| kept.contains(&(message.0 as f64)));
                Connection::restore(options.config, seed(), now, snapshot).map_err(Error::from)?
            }
        };
        if let Some(report) = &mut options.report {
            report.token = report.token.take().map(|token| machine.keep_report_token(token));
        }
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
                protocols: options.protocols,
                heartbeat_if_negotiated: options.heartbeat_if_negotiated,
                sink,
                link: RefCell::new(DialState::None),
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

    /// Something that the user or the page wants, or goes through: see `wish`.
    pub fn wish(&self, what: u8) {
        match what {
            wish::OPEN => {
                self.shared.driving.set(false);
                self.shared.accept(Input::Open);
            }
            wish::RECONNECT => self.shared.accept(Input::Reconnect),
            wish::REPORT => self.shared.turn_page(report::Reporter::hurry),
            wish::LEAVE => self.shared.turn_page(report::Reporter::leave),
            wish::COME_BACK => self.shared.turn_page(report::Reporter::come_back),
            why @ wish::SUSPEND..wish::RESUME => {
                self.shared.accept(Input::Suspend(suspension(why - wish::SUSPEND)));
            }
            why => self.shared.accept(Input::Resume(suspension(why - wish::RESUME))),
        }
    }

    /// Something came: the answer to the ping with this id, a message of the application
    /// (`MESSAGE` in presets.js), something else that shows that the server lives (`ALIVE`), or the
    /// answer to the close frame of a socket that was given up (`CLOSED_CLEANLY`).
    pub fn heard(&self, socket: u32, what: f64, now: f64) {
        let socket = SocketId(socket);
        // A cast from a float saturates.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let input = if what >= 0.0 {
            Input::Pong { socket, id: PingId(what as u32) }
        } else if what <= CLOSED_CLEANLY {
            Input::ClosedCleanly { socket }
        } else if what < MESSAGE {
            Input::Alive { socket }
        } else {
            Input::Received { socket }
        };
        self.shared.accept_at(now, input);
    }

    /// A control frame came, of a kind and with numbers and a token as `frames` has them; from a
    /// server that `speaks` our sub-protocol, or as a hint from another one.
    #[allow(clippy::too_many_arguments, reason = "it is one call, without an object")]
    pub fn control(
        &self,
        socket: u32,
        speaks: bool,
        now: f64,
        kind: u8,
        first: f64,
        second: f64,
        third: f64,
        token: Option<String>,
    ) {
        let socket = SocketId(socket);
        let input = match frames::frame(kind, [first, second, third], token) {
            Some(Frame::Hint(hint)) if !speaks => Input::Hint { socket, hint },
            Some(frame) => Input::Control { socket, frame },
            None if kind == frames::UNKNOWN => Input::Alive { socket },
            None => return self.shared.violated(socket),
        };
        self.shared.accept_at(now, input);
    }

    /// The server promised to be silent for no longer than this number of milliseconds at a time.
    pub fn promised(&self, socket: u32, silence: f64, now: f64) {
        let silence = duration_from_millis(silence);
        self.shared.accept_at(now, Input::Promise { socket: SocketId(socket), silence });
    }

    /// The user sends the message of this number and size in bytes, and none waits: whether it may go to the socket,
    /// which has this number of bytes `buffered`, at once. If not, it has to wait: see [`enqueue`](Self::enqueue). Not for a server that
    /// acknowledges messages.
    #[must_use]
    pub fn pass(&self, message: f64, bytes: f64, now: f64, buffered: f64) -> bool {
        self.shared.pass(number(message), whole(bytes), now, buffered)
    }

    /// The user sends a message of this size in bytes, which waits for its turn in the sink.
    ///
    /// # Errors
    ///
    /// If there is no room; then it must not wait.
    pub fn admit(&self, bytes: f64) -> Result<(), Error> {
        Ok(self.shared.machine.borrow().admit(whole(bytes))?)
    }

    /// The message of this number, which was admitted, waits in the sink; for this number of milliseconds
    /// at most, if that is another time than the outbox has for all.
    pub fn enqueue(&self, message: f64, bytes: f64, ttl: Option<f64>) {
        let ttl = ttl.map(duration_from_millis);
        self.shared.accept(Input::Send { message: number(message), bytes: whole(bytes), ttl });
    }

    /// The socket threw an error at this message, which was let through: it was not sent.
    pub fn refused(&self, socket: u32, message: f64) {
        let (socket, message) = (SocketId(socket), number(message));
        self.shared.accept(Input::Refused { socket, message });
    }

    /// Something was thrown through a method of the driver, which was open: it goes on.
    pub fn recover(&self) {
        self.shared.recover();
    }

    /// What to save, so that the session can go on in another page.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let dates = self.shared.clock.dates();
        self.shared.machine.borrow().snapshot().dated(dates).to_bytes()
    }

    /// The record of the session.
    #[must_use]
    pub fn state(&self) -> JsValue {
        let dates = self.shared.clock.dates();
        to_js(&self.shared.machine.borrow().state().dated(dates))
    }

    /// A number by its index: the smoothed quality score (0; −1 if there is none), the bytes of
    /// the messages that wait (1), or the number of the next message after those of the snapshot.
    #[must_use]
    pub fn figure(&self, which: u8) -> f64 {
        let machine = self.shared.machine.borrow();
        match which {
            0 => machine.score().unwrap_or(-1.0),
            1 => machine.waiting_bytes() as f64,
            _ => machine.snapshot().next_message().0 as f64,
        }
    }

    /// The user's function was asked where to dial, and said it: an address that was checked, and
    /// what to offer. Or, without an address, it failed with this.
    pub fn answered(&self, socket: u32, url: Option<String>, with: JsValue) {
        let answer = match url {
            Some(url) => Ok((url, with.unchecked_into())),
            None => Err(with),
        };
        self.shared.answered(SocketId(socket), answer);
    }

    /// The collector answered a report with this status, 0 if it did not answer; and asked to be
    /// left alone for a number of seconds, for a number of milliseconds between reports, and for a share of
    /// the windows, where these are not negative.
    pub fn reported(
        &self,
        batch_id: String,
        status: u16,
        retry_after: f64,
        interval: f64,
        sampling: f64,
    ) {
        if let Some(reporter) = &self.shared.reporter {
            let wish = |number: f64| (number >= 0.0).then_some(number);
            let interval = wish(interval).map(duration_from_millis);
            let advice = Advice { interval, sampling: wish(sampling) };
            reporter.answered(batch_id, status, wish(retry_after), advice);
        }
    }

    /// The user's handshake on this socket failed, with a close code, or 0.
    #[wasm_bindgen(js_name = handshakeFailed)]
    pub fn handshake_failed(&self, socket: u32, code: u16) {
        self.shared.handshake_failed(SocketId(socket), code);
    }

    /// Sends the messages that wait first, and closes then, after this number of milliseconds at the latest.
    pub fn finish(&self, limit: f64) {
        self.shared.accept(Input::CloseWithin(duration_from_millis(limit)));
    }

    /// Closes the link and lets go of every socket, listener and timer. Reports are begun before
    /// this returns.
    pub fn close(&self) {
        self.shared.accept(Input::Close);
        self.shared.timer.cancel();
        if let Some(reporter) = &self.shared.reporter {
            reporter.close();
        }
    }
}

/// What a [`Driver::wish`] is, by the numbers in page.js. After `SUSPEND` and `RESUME` there is one for
/// each reason.
mod wish {
    pub(super) const OPEN: u8 = 0;
    pub(super) const RECONNECT: u8 = 1;
    pub(super) const REPORT: u8 = 2;
    pub(super) const SUSPEND: u8 = 3;
    pub(super) const RESUME: u8 = 8;
    pub(super) const LEAVE: u8 = 13;
    pub(super) const COME_BACK: u8 = 14;
}

/// A message of the application, by its number in presets.js.
const MESSAGE: f64 = -1.0;
/// The answer to the close frame of a socket that was given up, by its number in presets.js.
const CLOSED_CLEANLY: f64 = -4.0;

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
        3 => Suspension::Offline,
        _ => Suspension::Prerendered,
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
