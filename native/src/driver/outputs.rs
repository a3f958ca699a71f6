//! Processes the outputs of the machine.

use steadfast_core::connection::{Output, Status};
use steadfast_core::event::{Event, EventKind};

use super::Driver;
use crate::connector::{Connector, Dial};
use crate::events::Published;
use crate::panics::{caught, log};
use crate::trace;
use crate::transport::Transport;

impl<C: Connector> Driver<C> {
    pub(super) fn process_outputs(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Close { socket, code } => {
                    self.transport.close(socket, code, &mut self.goodbye);
                }
                Output::Control { socket, frame } => {
                    if let Some(socket) = self.transport.socket(socket) {
                        socket.control(frame);
                    }
                }
                Output::Dial { socket, timeout, refresh, .. } => {
                    let attempt = self.machine.state().reconnect_attempts;
                    let dial = Dial { attempt, timeout, refresh };
                    self.transport =
                        Transport::dial(&self.connector, self.handshake.as_ref(), socket, dial);
                }
                Output::Event(event) => self.happened(event),
                Output::Drop { message, .. } | Output::Release { message } => {
                    self.outbox.remove(message);
                    if let Some(persister) = &mut self.persister {
                        persister.remove(self.clock.now(), message);
                    }
                }
                Output::Ping { socket, id } => {
                    if let Some(socket) = self.transport.socket(socket) {
                        socket.ping(id);
                    }
                }
                Output::Save => {
                    if let Some(persister) = &mut self.persister {
                        persister.ask(self.clock.now());
                    }
                }
                Output::Transmit { socket, message } => {
                    // A copy is made by code of the user's.
                    let payload = caught(|| self.outbox.message(message));
                    match (payload, self.transport.socket(socket)) {
                        (Some(Some(payload)), Some(open)) => open.transmit(message, payload),
                        (None, _) => {
                            log("the copy of a message");
                            self.refused(socket, message);
                        }
                        // The machine would wait for it, and with it for all that follow.
                        (Some(None), Some(_)) => self.refused(socket, message),
                        (Some(_), None) => {}
                    }
                }
                _ => {}
            }
        }
        let machine = &self.machine;
        let status = machine.state().status;
        self.outbox.set_link(status == Status::Connected);
        let dates = self.clock.dates_as_read();
        self.snapshot.send_if_modified(|snapshot| snapshot.update(machine, dates));
        let over = matches!(status, Status::Disconnected | Status::Failed);
        if over
            && !self.over
            && let Some(reporter) = &mut self.reporter
        {
            reporter.flush(self.clock.now(), machine.state());
        }
        if over
            && !self.over
            && let Some(persister) = &mut self.persister
        {
            let now = self.clock.now();
            persister.changed(now);
            persister.hasten(now);
        }
        self.over = over;
    }

    pub(super) fn happened(&mut self, event: Event) {
        if let EventKind::Disconnected { cause, .. }
        | EventKind::RetryFailed { cause: Some(cause), .. } = event.kind
        {
            // The machine may have ended it for a reason of its own, such as a time-out.
            let loss = self.loss.take().filter(|loss| loss.cause == cause);
            let loss = loss.unwrap_or_else(|| cause.into());
            self.snapshot.send_if_modified(|snapshot| {
                snapshot.loss = Some(loss);
                // It comes with an event and another status.
                false
            });
        }
        // A subscriber is the user's.
        caught(|| trace::event(&event));
        if let Some(reporter) = &mut self.reporter {
            reporter.handle_event(&event);
        }
        if let Some(persister) = &mut self.persister {
            persister.changed(event.at);
        }
        // Fails if nobody listens, which is nobody's fault.
        let at = self.clock.dates_as_read().date(event.at);
        let _ = self.events.send(Published::new(Event { at, ..event }));
    }
}
