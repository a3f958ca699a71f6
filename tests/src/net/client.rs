use steadfast_core::ConfigError;
use steadfast_core::connection::{Connection, ConnectionConfig, Input, Output, SocketId, Status};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::outbox::MessageId;
use steadfast_core::time::Instant;

/// The near end: a real machine, driven as a driver would, with a log of what it did.
#[derive(Debug)]
pub struct Client {
    /// The machine.
    pub connection: Connection,
    /// Everything that happened.
    pub events: Vec<Event>,
    /// When it dialled.
    pub dials: Vec<Instant>,
    /// The echoes it received, in order of arrival.
    pub echoes: Vec<u64>,
    next_message: u64,
}

impl Client {
    /// A client that waits to be opened.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: ConnectionConfig, seed: u64, now: Instant) -> Result<Self, ConfigError> {
        Ok(Self {
            connection: Connection::new(config, seed, now)?,
            events: Vec::new(),
            dials: Vec::new(),
            echoes: Vec::new(),
            next_message: 0,
        })
    }

    /// Whether its link is up, as far as it knows.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connection.state().status == Status::Connected
    }

    /// When something of this kind first happened after `since`.
    pub fn first_after(
        &self,
        since: Instant,
        kind: impl Fn(&EventKind) -> bool,
    ) -> Option<Instant> {
        let mut later = self.events.iter().filter(|event| event.at >= since);
        later.find(|event| kind(&event.kind)).map(|event| event.at)
    }

    /// Sends the next message, numbered from 0.
    pub(super) fn send(&mut self, now: Instant) {
        let message = MessageId(self.next_message);
        self.next_message += 1;
        self.connection.handle_input(now, Input::Send { message, bytes: 8, ttl: None });
    }

    /// What the machine wants done, but for what it tells: that is written down here.
    pub(super) fn poll(&mut self, now: Instant) -> Option<Output> {
        loop {
            match self.connection.poll_output()? {
                Output::Event(event) => self.events.push(event),
                dial @ Output::Dial { .. } => {
                    self.dials.push(now);
                    return Some(dial);
                }
                output => return Some(output),
            }
        }
    }

    pub(super) fn echoed(&mut self, now: Instant, socket: SocketId, message: u64) {
        self.echoes.push(message);
        self.connection.handle_input(now, Input::Received { socket });
    }
}
