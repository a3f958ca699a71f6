//! The machine by itself, on simulated time. What it does over a network is in `tests/sim`.

use super::*;
use crate::connection::{Cause, Registration};
use crate::heartbeat::{HeartbeatConfig, PingId};
use crate::outbox::{MessageId, OutboxConfig};
use crate::protocol::{Frame, Hint};
use crate::quality::Quality;
use crate::retry::{Exponential, Guarded, Jitter, RetryStrategy};
use core::time::Duration;
use std::vec::Vec;

mod acknowledging;
mod closing;
mod credentials;
mod dialling;
mod downloading;
mod hastening;
mod hinting;
mod judging;
mod offering;
mod offline;
mod pausing;
mod probing;
mod proving;
mod saving;
mod sending;
mod setting;
mod silence;
mod slow;
mod throttled;
mod uploading;

const RTT: Duration = Duration::from_millis(30);

/// A connection, its time, and what it has said.
struct Bench {
    connection: Connection,
    now: Instant,
    events: Vec<EventKind>,
    transmitted: Vec<MessageId>,
    released: Vec<MessageId>,
    dropped: Vec<MessageId>,
    pings: Vec<(SocketId, PingId)>,
    closed: Vec<(SocketId, u16)>,
    frames: Vec<Frame>,
    /// How many times something was to be saved.
    saves: usize,
    socket: Option<SocketId>,
    /// Whether the last dial was made with fresh credentials.
    refresh: bool,
    /// Whether the last dial offers `steadfast.v1`, if the user does.
    offer: bool,
}

impl Bench {
    fn new(change: impl FnOnce(&mut ConnectionConfig)) -> Self {
        let mut config = ConnectionConfig::new(Registration::new("s", "test"));
        let jitter = Jitter::None;
        config.retry = Exponential { jitter, ..Exponential::default() }.into();
        change(&mut config);
        let now = Instant::ORIGIN;
        let connection = Connection::new(config, 7, now).unwrap();
        let (events, transmitted, released, dropped, pings, closed, frames) = <_>::default();
        let mut bench = Self {
            connection,
            now,
            events,
            transmitted,
            released,
            dropped,
            pings,
            closed,
            frames,
            saves: 0,
            socket: None,
            refresh: false,
            offer: false,
        };
        bench.drain();
        bench
    }

    fn up(change: impl FnOnce(&mut ConnectionConfig)) -> Self {
        let mut bench = Self::new(change);
        bench.input(Input::Open);
        bench.opened();
        bench
    }

    fn socket(&self) -> SocketId {
        self.socket.unwrap()
    }

    fn input(&mut self, input: Input) {
        self.connection.handle_input(self.now, input);
        self.drain();
    }

    fn opened(&mut self) {
        self.input(Input::Opened { socket: self.socket(), reliable: false });
        self.timeout();
    }

    fn lost(&mut self, cause: Cause) {
        self.lost_with(cause, Hint::NONE);
    }

    fn lost_with(&mut self, cause: Cause, hint: Hint) {
        self.input(Input::Lost { socket: self.socket(), cause, hint });
    }

    fn timeout(&mut self) {
        self.connection.handle_timeout(self.now);
        self.drain();
        let next = self.connection.poll_timeout();
        assert!(next.is_none_or(|next| next.at > self.now), "{next:?} is not later");
    }

    /// Lets time pass, stopping at every deadline on the way.
    fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.connection.poll_timeout().filter(|next| next.at <= end) {
            self.now = next.at;
            self.timeout();
        }
        self.now = end;
    }

    /// Lets time pass until the next deadline.
    fn wait(&mut self) {
        if let Some(next) = self.connection.poll_timeout() {
            self.now = next.at;
            self.timeout();
        }
    }

    /// Lets time pass with a peer that answers every ping after [`RTT`].
    fn pass_answering(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            let pings = core::mem::take(&mut self.pings);
            if !pings.is_empty() {
                self.pass(RTT);
                for (socket, id) in pings {
                    self.input(Input::Pong { socket, id });
                }
            }
            let Some(next) = self.connection.poll_timeout().filter(|next| next.at <= end) else {
                break;
            };
            self.now = next.at;
            self.timeout();
        }
        self.now = end;
    }

    fn drain(&mut self) {
        while let Some(output) = self.connection.poll_output() {
            match output {
                Output::Close { socket, code } => self.closed.push((socket, code)),
                Output::Control { frame, .. } => self.frames.push(frame),
                Output::Dial { socket, refresh, offer, .. } => {
                    (self.socket, self.refresh, self.offer) = (Some(socket), refresh, offer);
                }
                Output::Event(event) => self.events.push(event.kind),
                Output::Ping { socket, id } => self.pings.push((socket, id)),
                Output::Drop { message, .. } => self.dropped.push(message),
                Output::Release { message } => self.released.push(message),
                Output::Save => self.saves += 1,
                Output::Transmit { socket, message } => {
                    assert_eq!(Some(socket), self.socket, "only the present socket is written to");
                    self.transmitted.push(message);
                }
            }
        }
    }

    fn send(&mut self, id: u64) {
        self.input(Input::Send { message: MessageId(id), bytes: 10, ttl: None });
    }

    fn sent(&mut self, id: u64) {
        self.input(Input::Sent { socket: self.socket(), message: MessageId(id) });
    }

    fn blocked(&mut self, id: u64) {
        self.input(Input::Blocked { socket: self.socket(), message: MessageId(id) });
    }

    fn refused(&mut self, id: u64) {
        self.input(Input::Refused { socket: self.socket(), message: MessageId(id) });
    }

    fn status(&self) -> Status {
        self.connection.state().status
    }

    fn delays(&self) -> Vec<u64> {
        let delay = |event: &EventKind| match event {
            EventKind::RetryAttempt { delay, .. } => Some(delay.as_secs()),
            _ => None,
        };
        self.events.iter().filter_map(delay).collect()
    }
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}
