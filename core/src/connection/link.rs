use core::time::Duration;

use super::output::{Deadline, SocketId, Timer};
use crate::heartbeat::{HeartbeatConfig, PingId, Pings, Rtt, interval};
use crate::quality::Quality;
use crate::rng::Random;
use crate::time::{Instant, earlier};

/// One open socket: its heartbeats and its age. Gone with the socket.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) socket: SocketId,
    /// When it has been up for long enough; absent once it has.
    pub(super) stable_at: Option<Instant>,
    pub(super) missed_in_a_row: u32,
    pub(super) rtt: Rtt,
    pings: Pings,
    /// When the next ping is due; absent on a passive connection.
    ping_at: Option<Instant>,
    /// When a ping follows a message to which nothing came back; absent while nothing is owed.
    probe_at: Option<Instant>,
}

impl Link {
    /// A link that just came up. Its first ping is due at once.
    pub(super) fn new(
        socket: SocketId,
        now: Instant,
        stable_after: Duration,
        active: bool,
    ) -> Self {
        Self {
            socket,
            stable_at: Some(now + stable_after),
            missed_in_a_row: 0,
            rtt: Rtt::new(),
            pings: Pings::default(),
            ping_at: active.then_some(now),
            probe_at: None,
        }
    }

    /// Whether pings are sent from now on. The first is due at once; those in flight are excused
    /// when no more follow.
    pub(super) fn set_active(&mut self, active: bool, now: Instant) {
        if active {
            self.ping_at = self.ping_at.or(Some(now));
        } else {
            self.ping_at = None;
            self.probe_at = None;
            self.pings.excuse();
        }
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        let timers = [
            (Timer::LatePong, self.pings.late_at()),
            (Timer::Ping, earlier(self.ping_at, self.probe_at)),
            (Timer::Stable, self.stable_at),
        ];
        timers
            .into_iter()
            .fold(None, |first, (timer, at)| earlier(first, at.map(|at| Deadline { at, timer })))
    }

    /// A ping goes out now; the next regular one is an interval away.
    pub(super) fn ping_sent(
        &mut self,
        id: PingId,
        now: Instant,
        config: &HeartbeatConfig,
        quality: Option<Quality>,
        random: &mut impl Random,
    ) {
        let late_after = (self.rtt.rto() * 2).clamp(config.late_min, config.late_max);
        self.pings.sent(id, now, late_after);
        self.probe_at = None;
        self.ping_at = Some(now + interval(config, quality, random));
    }

    pub(super) fn take_late_ping(&mut self, now: Instant) -> bool {
        self.pings.take_late(now)
    }

    /// The peer said something, so it lives.
    pub(super) fn heard(&mut self) {
        self.missed_in_a_row = 0;
        self.probe_at = None;
        self.pings.excuse();
    }

    pub(super) fn answered(&mut self, id: PingId, now: Instant) -> Option<Duration> {
        let rtt = self.pings.answered(id, now)?;
        self.rtt.sample(rtt);
        Some(rtt)
    }

    /// A message goes out: if nothing comes back, a ping follows soon. A link that is talked to is
    /// found dead within seconds, not at the next regular ping.
    pub(super) fn message_sent(&mut self, now: Instant, config: &HeartbeatConfig) {
        if self.probe_at.is_none() && self.pings.late_at().is_none() {
            self.probe_at = Some(now + config.probe_after_send);
        }
    }
}
