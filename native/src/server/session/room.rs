//! The room that senders wait for.

use std::sync::Arc;
use std::time::Duration;

use steadfast_core::outbox::OutboxError;
use steadfast_core::protocol::Frame;
use tokio::sync::futures::OwnedNotified;

use super::{Inner, Session};
use crate::error::{SendError, TrySendError};
use crate::message::Message;
use crate::outbox::{Frees, Room, Signal, WaitingPlace};

impl Session {
    /// Takes a message, or gives it back and says why.
    pub(in crate::server) fn offer(&self, message: Message) -> Result<(), TrySendError<Message>> {
        let mut slot = Some(message);
        match (self.enter(&mut slot, None, None, false), slot) {
            (Err(reason), Some(message)) => Err(TrySendError::new(message, reason)),
            _ => Ok(()),
        }
    }

    /// Lets in the senders that wait, in order, for as long as there is room.
    pub(super) fn admit_waiting(&self) {
        while let Some(signal) = self.admit_next() {
            signal.wake();
        }
    }

    fn admit_next(&self) -> Option<Arc<Signal>> {
        let mut inner = self.lock();
        let Inner { machine, line, link, .. } = &mut *inner;
        let admitted = line.admit(|slot, _| {
            let bytes = slot.as_ref().map_or(0, Message::len);
            let admitted = machine.admit(bytes).is_ok();
            if admitted && let Some(message) = slot.take() {
                machine.send(message, bytes);
            }
            admitted
        });
        if admitted.is_some() {
            link.notify_one();
        }
        inner.crowded = !inner.line.is_empty();
        admitted
    }

    /// Tells all senders that wait that nothing can be sent any more.
    pub(super) fn turn_away(&self) {
        let next = || self.lock().line.turn_away();
        while let Some(signal) = next() {
            signal.wake();
        }
    }
}

impl Room for Session {
    type Message = Message;

    fn enter(
        &self,
        slot: &mut Option<Message>,
        ttl: Option<Duration>,
        place: Option<&WaitingPlace>,
        waits: bool,
    ) -> Result<Option<WaitingPlace>, SendError> {
        let mut inner = self.lock();
        let is_control = |message: &Message| message.as_text().is_some_and(Frame::is_control);
        if inner.machine.is_reliable() && slot.as_ref().is_some_and(is_control) {
            return Err(SendError::Reserved);
        }
        if inner.end.is_some() {
            return Err(SendError::Closed);
        }
        let Inner { machine, line, link, .. } = &mut *inner;
        let is_first = place.map_or_else(|| line.is_empty(), |place| line.is_first(place));
        if place.is_some() && slot.is_some() {
            line.end_promise();
        }
        let bytes = slot.as_ref().map_or(0, Message::len);
        let admitted = if is_first {
            machine.admit(bytes)
        } else {
            Err(OutboxError::Messages { max: self.max_messages })
        };
        let place = match admitted {
            Ok(()) => {
                if let Some(message) = slot.take() {
                    machine.send(message, bytes);
                    link.notify_one();
                }
                None
            }
            Err(_) if waits => Some(line.join(slot.take(), ttl, place)),
            Err(full) => {
                inner.crowded = true;
                return Err(full.into());
            }
        };
        inner.crowded |= place.is_some();
        Ok(place)
    }

    fn leave(&self, place: &WaitingPlace) {
        let message = self.lock().line.leave(place);
        drop(message);
        // Those behind it may need less room.
        self.admit_waiting();
    }
}

impl Frees for Arc<Session> {
    fn freed(&self) -> OwnedNotified {
        self.change()
    }
}
