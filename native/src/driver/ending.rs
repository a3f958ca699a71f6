//! Ends a driver, whatever the reason.

use std::task::{Context, Poll, Waker};

use steadfast_core::connection::Status;
use steadfast_core::event::{Event, EventKind};
use steadfast_core::protocol::close;

use super::Driver;
use crate::connector::Connector;
use crate::events::Published;
use crate::goodbye::Goodbye;
use crate::panics::caught;
use crate::socket::SocketEvent;
use crate::transport::Transport;

impl<C: Connector> Driver<C> {
    /// The runtime ends before the connection does: sends what the socket takes at once, and a
    /// goodbye. Nothing can be waited for.
    pub(super) fn last_words(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        self.announce();
        self.process_outputs();
        while let Transport::Up { id, socket } = &mut self.transport
            && let Poll::Ready(event) = socket.poll(&mut context, false)
        {
            let id = *id;
            match event {
                SocketEvent::Lost(_) => return,
                event => self.socket_said(id, event),
            }
            self.process_outputs();
        }
        if let Some(socket) = self.transport.take() {
            Goodbye::say_at_once(socket, close::DONE);
        }
    }
}

impl<C: Connector> Drop for Driver<C> {
    /// Runs also if the task was ended from outside, with its runtime, or by a panic: nobody must
    /// wait for a driver that is gone.
    fn drop(&mut self) {
        self.outbox.driver_handle.refuse(!self.over);
        if !self.over {
            if !std::thread::panicking() {
                caught(|| self.last_words());
            }
            let was = self.snapshot.borrow().state.status;
            // One that was never run has not begun to dial yet.
            let begins = (was == Status::Disconnected).then_some(Status::Reconnecting);
            let mut from = was;
            for to in begins.into_iter().chain([Status::Failed]) {
                let kind = EventKind::StatusChanged { from, to };
                let _ = self.events.send(Published::new(Event { at: self.clock.now(), kind }));
                from = to;
            }
            self.snapshot.send_modify(|snapshot| snapshot.state.status = Status::Failed);
        }
        self.outbox.driver_handle.end();
        self.outbox.turn_away();
    }
}
