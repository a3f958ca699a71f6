//! What goes out, in order.

use super::{Connection, Phase};
use crate::connection::outbox::MessageId;
use crate::connection::output::{Output, SocketId};

impl Connection {
    pub(super) fn send(&mut self, message: MessageId, bytes: usize) {
        if self.admit(bytes).is_ok() {
            self.outbox.push(message, bytes);
            self.transmit();
        }
    }

    /// Announces what waits to the socket that is up.
    pub(super) fn transmit(&mut self) {
        let Phase::Up(link) = &mut self.phase else { return };
        while let Some(message) = self.outbox.announce() {
            self.outputs.push_back(Output::Transmit { socket: link.socket, message });
        }
    }

    pub(super) fn sent(&mut self, socket: SocketId, message: MessageId) {
        let Phase::Up(link) = &mut self.phase else { return };
        if link.socket == socket
            && self.outbox.sent(message)
            && let Some(config) = &self.config.heartbeat
        {
            link.message_sent(self.now, config);
        }
    }
}
