//! Keeps the session beyond the process.

use steadfast_core::connection::{Input, MessageId};

use super::{Driver, Sent};
use crate::connector::Connector;
use crate::store::{StoreError, Written};

impl<C: Connector> Driver<C> {
    pub(super) fn written(&mut self, written: Written<Sent<C>>) {
        let (now, wish, ends) = (self.clock.now(), written.wish, self.over);
        let asked = written.asked;
        if let Some(keeper) = &mut self.keeper {
            let result = keeper.handle_written(now, written, ends);
            if self.outbox.desk.save_wished().is_some() {
                self.outbox.desk.answer_save(wish, result);
            }
        }
        if asked {
            self.input(Input::Saved);
        }
        self.save_if_wished();
    }

    /// Writes at once, if that is wished and the machine knows of everything that is to be written.
    pub(super) fn save_if_wished(&mut self) {
        let Some(wish) = self.outbox.desk.save_wished() else { return };
        match &mut self.keeper {
            Some(_) if !self.outbox.all_told() => {}
            Some(keeper) => keeper.flush(self.clock.now(), wish),
            None => self.outbox.desk.answer_save(wish, Err(StoreError::None)),
        }
    }

    /// Keeps a message beyond the process, if that is wished.
    pub(super) fn keep(&mut self, id: MessageId) {
        if let Some(keeper) = self.keeper.as_mut().filter(|keeper| keeper.keeps_messages())
            && let Some(message) = self.outbox.message(id)
        {
            keeper.put(self.clock.now(), id, message);
        }
    }
}
