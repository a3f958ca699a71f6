//! The way to the peer and back.

use std::collections::VecDeque;
use std::time::Duration;

use steadfast_core::heartbeat::PingId;
use steadfast_core::time::Instant;

use super::steps::Setup;

/// What is on its way over one link, whose peer answers pings as long as it lives.
#[derive(Clone, Debug)]
pub(super) struct Path {
    rtt: Duration,
    rate: Option<u64>,
    pongs: VecDeque<Pong>,
    /// When the path has taken all that was sent.
    free_at: Instant,
    /// Nothing arrives before.
    held_until: Instant,
    /// How many bytes were sent, and how many of them have arrived for certain.
    sent: u64,
    proved: u64,
}

/// An answer on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pong {
    pub(super) id: PingId,
    pub(super) arrives_at: Instant,
    pub(super) sent_at: Instant,
    /// The number of bytes that were on their way when its ping went out.
    pub(super) unproved: u64,
    /// The number of bytes that went out before its ping.
    after: u64,
}

impl Path {
    pub(super) fn new(setup: &Setup, now: Instant) -> Self {
        Self {
            rtt: setup.rtt(),
            rate: setup.rate(),
            pongs: VecDeque::new(),
            free_at: now,
            held_until: now,
            sent: 0,
            proved: 0,
        }
    }

    /// What is on its way, and what will be until then, arrives at this moment or later.
    pub(super) fn hold_until(&mut self, at: Instant) {
        self.held_until = at;
        self.hold_back_until(at);
    }

    /// What is on its way arrives at this moment or later.
    pub(super) fn hold_back_until(&mut self, at: Instant) {
        self.pongs.iter_mut().for_each(|pong| pong.arrives_at = pong.arrives_at.max(at));
    }

    pub(super) fn ping(&mut self, now: Instant, id: PingId) {
        let arrives_at = now.max(self.free_at) + self.rtt;
        // What is held back holds back all that is behind it.
        let last = self.pongs.back().map_or(self.held_until, |last| last.arrives_at);
        let arrives_at = arrives_at.max(last);
        let (unproved, after) = (self.unproved(), self.sent);
        self.pongs.push_back(Pong { id, arrives_at, sent_at: now, unproved, after });
    }

    pub(super) fn send(&mut self, now: Instant, bytes: u64) {
        self.sent += bytes;
        if let Some(rate) = self.rate {
            let takes = Duration::from_secs_f64(bytes as f64 / rate as f64);
            self.free_at = self.free_at.max(now) + takes;
        }
    }

    /// Nothing that the peer says arrives from now on.
    pub(super) fn die(&mut self) {
        self.pongs.clear();
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.pongs.front().map(|pong| pong.arrives_at)
    }

    pub(super) fn arrived(&mut self, now: Instant) -> Option<Pong> {
        self.pongs.pop_front_if(|pong| pong.arrives_at <= now)
    }

    /// This pong was taken for a sample, so what went out before its ping has arrived.
    pub(super) fn prove(&mut self, pong: Pong) {
        self.proved = self.proved.max(pong.after);
    }

    /// The number of bytes that may not have arrived.
    pub(super) fn unproved(&self) -> u64 {
        self.sent - self.proved
    }
}
