//! Keeps the session beyond the process.

use steadfast_core::connection::Input;
use steadfast_core::outbox::MessageId;

use super::{Driver, Sent};
use crate::connector::Connector;
use crate::store::{StoreError, Written};

impl<C: Connector> Driver<C> {
    pub(super) fn written(&mut self, written: Written<Sent<C>>) {
        let (now, command, ends) = (self.clock.now(), written.command, self.over);
        let asked = written.asked;
        if let Some(persister) = &mut self.persister {
            let result = persister.handle_written(now, written, ends);
            if self.outbox.driver_handle.save_requested().is_some() {
                self.outbox.driver_handle.answer_save(command, result);
            }
        }
        if asked {
            self.input(Input::Saved);
        }
        self.save_if_wished();
    }

    /// Writes at once, if that was requested and the machine knows of everything that is to be written.
    pub(super) fn save_if_wished(&mut self) {
        let Some(command) = self.outbox.driver_handle.save_requested() else { return };
        match &mut self.persister {
            Some(_) if !self.outbox.all_told() => {}
            Some(persister) => persister.flush(self.clock.now(), command),
            None => self.outbox.driver_handle.answer_save(command, Err(StoreError::None)),
        }
    }

    /// Keeps a message beyond the process, if the connection has a store.
    pub(super) fn keep(&mut self, id: MessageId) {
        if let Some(persister) =
            self.persister.as_mut().filter(|persister| persister.keeps_messages())
            && let Some(message) = self.outbox.message(id)
        {
            persister.put(self.clock.now(), id, message);
        }
    }
}
