//! Delivery that survives reconnects, where the server speaks `steadfast.v1`: see
//! [`protocol`](crate::protocol).

use super::{Connection, Phase, Unsaid};
use crate::connection::cause::Cause;
use crate::connection::link::LinkState;
use crate::connection::output::{Output, SocketId};
use crate::event::{DeliveryOutcome, EventKind};
use crate::heartbeat::PingId;
use crate::protocol::{AckConfig, DeliveryTracker, Frame, Hint, Resumption, Welcome, close};

impl Connection {
    /// The first words on a link to a server that acknowledges. The link is up once it has
    /// answered.
    pub(super) fn say_hello(&mut self, socket: SocketId) {
        if self.has_to_save() {
            self.unsaid = Some((socket, Unsaid::Hello));
            return;
        }
        let saves = self.config.save_before_ack;
        let delivery = self.delivery.get_or_insert_with(|| {
            let mut delivery = DeliveryTracker::new(AckConfig::default());
            if saves {
                delivery.save_first();
            }
            delivery
        });
        let frame = delivery.hello(self.state.session_id.as_str());
        self.outputs.push_back(Output::Control { socket, frame });
    }

    pub(super) fn control(&mut self, socket: SocketId, frame: Frame) {
        match frame {
            Frame::Welcome(welcome) if self.greets(socket) => self.welcomed(socket, &welcome),
            _ if !self.link_is(socket) => {}
            Frame::Ack { received } => self.acknowledged(socket, received),
            Frame::Hint(hint) => self.hinted(hint),
            Frame::Ping { id } => {
                self.say_pong(socket, id);
            }
            Frame::Pong { id } => return self.ponged(socket, id),
            Frame::Hello(_) | Frame::Welcome(_) => return self.violated(socket),
        }
        self.heard(socket);
    }

    /// A message of the application came.
    pub(super) fn received(&mut self, socket: SocketId) {
        self.heard(socket);
        if self.link_is(socket) {
            self.credentials.accepted();
        }
        if self.acknowledges(socket)
            && let Some(delivery) = &mut self.delivery
        {
            delivery.received(self.now);
            self.acknowledge();
        }
    }

    /// Acknowledges what has come, if it is time to, or has it saved first.
    pub(super) fn acknowledge(&mut self) {
        if let (Phase::Up(link), Some(delivery)) = (&self.phase, &mut self.delivery)
            && delivery.ack_due().is_some_and(|due| due <= self.now)
        {
            if let Some(frame) = delivery.poll_ack(self.now) {
                self.outputs.push_back(Output::Control { socket: link.socket, frame });
            }
            self.has_to_save();
        }
    }

    /// Has saved what has come and was not, and says whether there is such.
    pub(super) fn has_to_save(&mut self) -> bool {
        let Some(delivery) = self.delivery.as_ref().filter(|delivery| delivery.unsaved() > 0)
        else {
            return false;
        };
        if self.saving.is_none() {
            self.saving = Some(delivery.received_count());
            self.outputs.push_back(Output::Save);
        }
        true
    }

    /// The requested save is done: the frames that waited for it go out.
    pub(super) fn saved(&mut self) {
        let (Some(count), Some(delivery)) = (self.saving.take(), &mut self.delivery) else {
            return;
        };
        delivery.saved(count);
        let waits = delivery.owes() && delivery.ack_due().is_none();
        if let Phase::Up(LinkState { socket, .. }) = self.phase {
            self.flush(socket);
        }
        match self.unsaid.take() {
            Some((socket, Unsaid::Hello)) if self.greets(socket) => self.say_hello(socket),
            Some((socket, Unsaid::Pong(id))) if self.link_is(socket) => self.say_pong(socket, id),
            _ if waits => drop(self.has_to_save()),
            _ => {}
        }
    }

    /// Answers a ping, which tells that all has come that was sent before it. Of several that wait
    /// until that is saved the last is answered.
    fn say_pong(&mut self, socket: SocketId, id: PingId) {
        if self.has_to_save() {
            self.unsaid = Some((socket, Unsaid::Pong(id)));
        } else {
            self.flush(socket);
            self.outputs.push_back(Output::Control { socket, frame: Frame::Pong { id } });
        }
    }

    /// Acknowledges all that has come and may be acknowledged, whether it is time to or not.
    pub(super) fn flush(&mut self, socket: SocketId) {
        if self.acknowledges(socket)
            && let Some(frame) = self.delivery.as_mut().and_then(DeliveryTracker::flush)
        {
            self.outputs.push_back(Output::Control { socket, frame });
        }
    }

    /// The new link has no memory of the last one: nobody will ever know what has arrived of the
    /// messages that were handed over. They are reported, and not sent again.
    pub(super) fn forget_handed_over(&mut self) {
        let handed_over = self.outbox.handed_over() as u64;
        let unknown = self.outbox.handed_over_range();
        self.release(handed_over);
        self.outbox.hand_over_again();
        if let Some((first, last)) = unknown {
            let (delivery, count) = (DeliveryOutcome::Unknown, handed_over);
            self.emit(EventKind::Delivery { delivery, count, first, last });
        }
    }

    fn welcomed(&mut self, socket: SocketId, welcome: &Welcome) {
        let resumed = self.delivery.as_mut().map(|delivery| delivery.resume(welcome));
        let mut missing = None;
        match resumed {
            Some(Ok(Resumption::Continued { acknowledged, again })) => {
                missing = Some(again);
                self.release(acknowledged);
                self.outbox.hand_over_again();
            }
            Some(Ok(Resumption::Afresh { .. })) => {
                // What is being saved is of the session before.
                self.saving = self.saving.map(|_| 0);
                self.forget_handed_over();
            }
            _ => return self.violated(socket),
        }
        self.credentials.accepted();
        self.up(true, missing);
        self.hinted(Hint { max_idle: welcome.max_idle, ..Hint::NONE });
    }

    fn acknowledged(&mut self, socket: SocketId, received: u64) {
        if !self.acknowledges(socket) {
            return;
        }
        match self.delivery.as_mut().map(|delivery| delivery.acknowledged(received)) {
            Some(Ok(count)) => {
                self.release(count);
                // It may have been told before its driver said that it was sent.
                self.transmit();
            }
            _ => self.violated(socket),
        }
    }

    fn release(&mut self, count: u64) {
        for _ in 0..count {
            let Some(message) = self.outbox.acknowledged() else { return };
            self.outputs.push_back(Output::Release { message });
        }
    }

    /// The server broke the sub-protocol.
    fn violated(&mut self, socket: SocketId) {
        self.outputs.push_back(Output::Close { socket, code: close::VIOLATION });
        self.lost(Cause::ProtocolViolation, Hint::NONE);
    }

    fn greets(&self, wanted: SocketId) -> bool {
        let was_asked = !matches!(self.unsaid, Some((_, Unsaid::Hello)));
        matches!(self.phase, Phase::Dialling { socket, is_open: true, .. } if socket == wanted)
            && was_asked
    }

    fn link_is(&self, wanted: SocketId) -> bool {
        matches!(self.phase, Phase::Up(LinkState { socket, .. }) if socket == wanted)
    }

    fn acknowledges(&self, wanted: SocketId) -> bool {
        matches!(self.phase, Phase::Up(LinkState { socket, reliable: true, .. }) if socket == wanted)
    }
}
