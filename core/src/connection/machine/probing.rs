//! Is the peer alive?

use core::time::Duration;

use super::{Connection, Phase};
use crate::connection::cause::Cause;
use crate::connection::link::Uploads;
use crate::connection::output::{Output, SocketId};
use crate::connection::state::Status;
use crate::error::ConfigError;
use crate::event::EventKind;
use crate::heartbeat::{HeartbeatConfig, PingId};
use crate::protocol::{Hint, close};
use crate::quality::QualityChange;
use crate::time::Instant;

impl Connection {
    /// Replaces how the peer's life is probed, from now on: `None` for not at all. For a driver
    /// that learns only when a link comes up whether the peer answers pings.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense; then nothing has changed.
    pub fn set_heartbeat(
        &mut self,
        now: Instant,
        heartbeat: Option<HeartbeatConfig>,
    ) -> Result<(), ConfigError> {
        heartbeat.as_ref().map_or(Ok(()), HeartbeatConfig::validate)?;
        self.advance(now);
        if let Phase::Up(link) = &mut self.phase {
            link.set_active(heartbeat.is_some(), self.now);
        }
        self.config.heartbeat = heartbeat;
        Ok(())
    }

    #[inline(never)]
    pub(super) fn ping(&mut self) {
        let max_idle = self.max_idle();
        let uploads = self.uploads();
        let (Phase::Up(link), Some(config)) = (&mut self.phase, &self.config.heartbeat) else {
            return;
        };
        let id = PingId(self.next_ping);
        self.next_ping = self.next_ping.wrapping_add(1);
        link.expect_answer(self.now, config, &self.patience, uploads);
        link.ping_sent(id, self.now, config, self.quality.pace(), max_idle, &mut self.random);
        self.outputs.push_back(Output::Ping { socket: link.socket, id });
    }

    pub(super) fn ponged(&mut self, socket: SocketId, id: PingId) {
        self.heard(socket);
        let Phase::Up(link) = &mut self.phase else { return };
        if link.socket != socket {
            return;
        }
        // The pong of a ping that waited behind an upload is a sign of life, but no sample.
        let Some(rtt) = link.answered(id, self.now) else { return };
        self.state.latency = link.rtt.srtt();
        self.patience.answered(self.now, link.unexplained(rtt), link.expected);
        self.emit(EventKind::Heartbeat { rtt: Some(rtt), missed: 0 });
        let change = self.quality.answered(self.now, rtt);
        self.quality_became(change);
    }

    pub(super) fn heard(&mut self, socket: SocketId) {
        if let Phase::Up(link) = &mut self.phase
            && link.socket == socket
        {
            link.heard(self.now);
            if self.sees_uploads && self.outbox.taking() > 0 {
                // The pongs of pings that wait behind the message would measure how long that takes.
                link.forget_pings();
                link.ask(self.now, self.config.heartbeat.as_ref());
            }
            self.asked_again = false;
            self.state.last_heartbeat = Some(self.now);
            self.state.missed_heartbeats = 0;
            if self.state.status == Status::Suspended && self.suspensions.is_empty() {
                if !self.hidden {
                    self.quality.resume();
                }
                self.become_status(Status::Connected);
                self.transmit();
            }
        }
    }

    /// Whether the peer is judged by what comes next: a ping is not answered, or the peer has promised
    /// to speak. A driver that reads no more than its user does reads on for it, within a bound.
    #[must_use]
    pub fn awaits_answer(&self) -> bool {
        matches!(&self.phase, Phase::Up(link) if link.awaits_answer())
    }

    /// The peer has answered a close frame. If that link was given up for its silence, it was slow and not dead, and so may its
    /// successor be.
    pub(super) fn closed_cleanly(&mut self, closed: SocketId) {
        if self.patience.closed_cleanly(self.now, closed.0)
            && let Phase::Up(link) = &mut self.phase
        {
            link.excuse();
            self.state.missed_heartbeats = 0;
        }
    }

    /// Says whether the driver sees the bytes of a message move while the present or next socket takes it
    /// ([`Input::Alive`](crate::connection::Input::Alive)), and so little fits into buffers before it that they tell of the
    /// peer. Then a link that dies during an upload is given up as soon as any other. False unless it is said.
    pub fn set_sees_uploads(&mut self, sees_uploads: bool) {
        self.sees_uploads = sees_uploads;
    }

    pub(super) fn uploads(&self) -> Uploads {
        Uploads { taking: self.outbox.taking(), are_seen: self.sees_uploads }
    }

    pub(super) fn unread(&mut self, socket: SocketId) {
        self.heard(socket);
        if let Phase::Up(link) = &mut self.phase
            && link.socket == socket
            && !core::mem::replace(&mut link.is_unread, true)
        {
            self.emit(EventKind::Unread);
        }
    }

    pub(super) fn pong_late(&mut self) {
        let (Phase::Up(link), Some(config)) = (&mut self.phase, &self.config.heartbeat) else {
            return;
        };
        if !link.take_late_ping(self.now) {
            return;
        }
        link.missed_in_a_row = link.missed_in_a_row.saturating_add(1);
        let (missed, socket) = (link.missed_in_a_row, link.socket);
        let given_up = link.given_up(self.now);
        let dead = missed >= config.max_missed;
        self.state.missed_heartbeats = missed;
        self.emit(EventKind::Heartbeat { rtt: None, missed });
        let change = self.quality.missed(self.now);
        self.quality_became(change);
        if dead {
            self.patience.gave_up(given_up);
            self.outputs.push_back(Output::Close { socket, code: close::AWAY });
            self.lost(Cause::HeartbeatTimeout, Hint::NONE);
        } else {
            self.ping();
        }
    }

    pub(super) fn promised(&mut self, socket: SocketId, silence: Duration) {
        if let Phase::Up(link) = &mut self.phase
            && link.socket == socket
        {
            link.promise(Some(silence), self.now);
        }
    }

    /// The peer may have been silent for longer than it had promised: then it is dead.
    pub(super) fn was_silent(&mut self) {
        let Phase::Up(link) = &mut self.phase else { return };
        link.renew_silence();
        if !link.is_silent(self.now) {
            return;
        }
        let socket = link.socket;
        let missed = link.missed_in_a_row.saturating_add(1);
        self.state.missed_heartbeats = missed;
        self.emit(EventKind::Heartbeat { rtt: None, missed });
        self.outputs.push_back(Output::Close { socket, code: close::AWAY });
        self.lost(Cause::HeartbeatTimeout, Hint::NONE);
    }

    pub(super) fn quality_became(&mut self, change: Option<QualityChange>) {
        if let Some(change) = change {
            self.state.connection_quality = change.to;
            let (from, to, score) = (change.from, change.to, change.score);
            self.emit(EventKind::QualityChanged { from, to, score });
        }
    }
}
