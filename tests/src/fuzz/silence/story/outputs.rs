//! What the machine says, held against the model.

use steadfast_core::connection::{Cause, Input, SocketId};
use steadfast_core::event::EventKind;
use steadfast_core::heartbeat::PingId;
use steadfast_core::outbox::MessageId;
use steadfast_core::time::Instant;

use super::Story;
use crate::fuzz::silence::bound::longest_interval;

impl Story {
    pub(super) fn note(&mut self, at: Instant, kind: &EventKind) {
        match *kind {
            EventKind::Disconnected { cause, .. } => self.gave_up(at, cause),
            EventKind::Heartbeat { rtt: Some(rtt), .. } => {
                let pong = self.delivered.expect("only a pong is a sample");
                assert_eq!(rtt, self.now.saturating_since(pong.sent_at));
                let unproved = self.unproved().max(pong.unproved);
                self.known.answered(self.now, rtt, unproved);
                self.path.prove(pong);
            }
            _ => {}
        }
    }

    /// In the hidden page the timer of the next ping is late. That demands a proof, which comes behind all that was sent.
    pub(super) fn demands_late(&mut self, ping_by: Instant) {
        let (tick, unproved) = (self.runs_at(ping_by), self.unproved());
        if let Some(bound) = &mut self.bound {
            bound.demanded_late(tick, unproved);
        }
    }

    fn gave_up(&mut self, at: Instant, cause: Cause) {
        let may_be = self.is_dead() || self.setup.varies;
        assert!(may_be, "{cause} of a link that answers: {:?}", self.setup);
        let silence = at.saturating_since(self.heard_at);
        let least = self.known.least_silence(at);
        assert!(self.is_doubted || silence >= least, "{cause} after {silence:?}, not {least:?}");
        self.known.learned.gave_up(at, silence);
        (self.lost, self.socket) = (Some((at, cause)), None);
    }

    pub(super) fn pinged(&mut self, id: PingId) {
        let level = self.machine.state().connection_quality;
        let is_judged = self.hidden_since.is_none();
        let silence = self.known.silence(self.now, self.unproved());
        self.interval = longest_interval(&self.heartbeat, level, is_judged, &self.known, silence);
        self.ping_by = self.now + self.interval;
        self.is_asked = true;
        match &mut self.bound {
            Some(bound) => bound.pinged(),
            None => self.path.ping(self.now, id),
        }
    }

    pub(super) fn handed(&mut self, socket: SocketId, message: MessageId) {
        let index = usize::try_from(message.0).expect("it was sent");
        let bytes = self.lengths[index];
        self.path.send(self.now, bytes);
        let unproved = self.unproved();
        let ping_by = self.ping_by.min(self.now + self.heartbeat.probe_after_send);
        if self.hidden_since.is_some() {
            self.demands_late(ping_by);
        } else if let Some(bound) = &mut self.bound {
            bound.sent(self.now, ping_by, unproved);
        }
        self.machine.handle_input(self.now, Input::Sent { socket, message });
    }
}
