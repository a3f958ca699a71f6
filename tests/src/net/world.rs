use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::connection::{Cause, ConnectionConfig, Input, Output, SocketId};
use steadfast_core::heartbeat::PingId;
use steadfast_core::protocol::Hint;
use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::Instant;

use super::client::Client;
use super::link::{Conditions, Link};
use super::server::{Mode, Server};

/// Clients, a server and the network between them, in simulated time from
/// [`Instant::ORIGIN`].
#[derive(Debug)]
pub struct World {
    /// The clients, by number.
    pub clients: Vec<Client>,
    /// What every path does, from now on.
    pub conditions: Conditions,
    now: Instant,
    server: Server,
    links: BTreeMap<(usize, SocketId), [Link; 2]>,
    in_flight: BinaryHeap<Reverse<(Instant, u64, Arrival)>>,
    sent: u64,
    random: SeededRandom,
}

/// Something on its way, and the socket that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrival {
    client: usize,
    socket: SocketId,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    // To the server.
    Bye,
    Dial,
    Message(u64),
    Ping(PingId),
    // To the client.
    Accepted,
    Closed(u16),
    Echo(u64),
    Pong(PingId),
    Refused,
}

impl World {
    /// A world with a server that is up, and nobody else.
    #[must_use]
    pub fn new(seed: u64, conditions: Conditions) -> Self {
        Self {
            clients: Vec::new(),
            conditions,
            now: Instant::ORIGIN,
            server: Server::default(),
            links: BTreeMap::new(),
            in_flight: BinaryHeap::new(),
            sent: 0,
            random: SeededRandom::new(seed),
        }
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Adds a client and lets it connect; gives its number.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn connect(&mut self, config: ConnectionConfig) -> Result<usize, ConfigError> {
        let number = self.clients.len();
        let seed = u64::from(self.random.next_u32()) << 32 | u64::from(self.random.next_u32());
        self.clients.push(Client::new(config, seed, self.now)?);
        self.input(number, Input::Open);
        Ok(number)
    }

    /// A client sends its next message.
    pub fn send(&mut self, client: usize) {
        self.clients[client].send(self.now);
        self.work(client);
    }

    /// A client closes, and sends what waits within this limit.
    pub fn close_within(&mut self, client: usize, limit: Duration) {
        self.input(client, Input::CloseWithin(limit));
    }

    /// The server becomes another: up again, down with all its sockets reset, or a black hole.
    pub fn server_becomes(&mut self, mode: Mode) {
        self.server.mode = mode;
        if mode == Mode::Down {
            for (client, socket) in std::mem::take(&mut self.server.sockets) {
                self.downstream(client, socket, What::Closed(1006));
            }
        }
    }

    /// Lets time pass, doing all that happens meanwhile in its order.
    pub fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            let arrival = self.in_flight.peek().map(|Reverse((at, ..))| *at);
            let deadline = |(number, client): (usize, &Client)| {
                client.connection.poll_timeout().map(|deadline| (deadline.at, number))
            };
            let timeout = self.clients.iter().enumerate().filter_map(deadline).min();
            match (arrival, timeout) {
                (Some(at), due) if at <= end && due.is_none_or(|(due, _)| at <= due) => {
                    self.now = self.now.max(at);
                    self.arrive();
                }
                (_, Some((at, client))) if at <= end => {
                    self.now = self.now.max(at);
                    self.clients[client].connection.handle_timeout(self.now);
                    self.work(client);
                }
                _ => break,
            }
        }
        self.now = end;
    }

    /// Something happens to a client that is not of the network.
    pub fn input(&mut self, client: usize, input: Input) {
        self.clients[client].connection.handle_input(self.now, input);
        self.work(client);
    }

    /// Does what a client's machine wants done.
    fn work(&mut self, client: usize) {
        while let Some(output) = self.clients[client].poll(self.now) {
            match output {
                Output::Close { socket, .. } => {
                    // After what was sent before.
                    self.upstream(client, socket, What::Bye);
                    self.links.remove(&(client, socket));
                }
                Output::Dial { socket, .. } => {
                    self.links.insert((client, socket), <_>::default());
                    self.upstream(client, socket, What::Dial);
                }
                Output::Ping { socket, id } => self.upstream(client, socket, What::Ping(id)),
                Output::Transmit { socket, message } => {
                    self.upstream(client, socket, What::Message(message.0));
                    let sent = Input::Sent { socket, message };
                    self.clients[client].connection.handle_input(self.now, sent);
                }
                _ => {}
            }
        }
    }

    fn arrive(&mut self) {
        let Some(Reverse((_, _, Arrival { client, socket, what }))) = self.in_flight.pop() else {
            return;
        };
        match what {
            What::Bye | What::Dial | What::Message(_) | What::Ping(_) => {
                self.serve(client, socket, what);
            }
            What::Accepted => self.input(client, Input::Opened { socket, reliable: false }),
            What::Closed(1006) | What::Refused => {
                self.input(client, Input::Lost { socket, cause: Cause::Network, hint: Hint::NONE });
            }
            What::Closed(code) => {
                self.input(
                    client,
                    Input::Lost { socket, cause: Cause::ClosedByPeer { code }, hint: Hint::NONE },
                );
            }
            What::Echo(message) => {
                self.clients[client].echoed(self.now, socket, message);
                self.work(client);
            }
            What::Pong(id) => self.input(client, Input::Pong { socket, id }),
        }
    }

    fn serve(&mut self, client: usize, socket: SocketId, what: What) {
        let is_open = self.server.sockets.contains(&(client, socket));
        match (self.server.mode, what) {
            (Mode::Down, What::Dial) => self.downstream(client, socket, What::Refused),
            (_, What::Bye) => self.server.sockets.retain(|open| *open != (client, socket)),
            (Mode::Up, What::Dial) => {
                self.server.sockets.push((client, socket));
                self.downstream(client, socket, What::Accepted);
            }
            (Mode::Up, What::Message(message)) if is_open => {
                self.server.received.entry(client).or_default().push(message);
                self.downstream(client, socket, What::Echo(message));
            }
            (Mode::Up, What::Ping(id)) if is_open => {
                self.downstream(client, socket, What::Pong(id));
            }
            // A black hole, a process that is gone, a socket that it does not know.
            _ => {}
        }
    }

    fn upstream(&mut self, client: usize, socket: SocketId, what: What) {
        self.put(client, socket, what, 0);
    }

    fn downstream(&mut self, client: usize, socket: SocketId, what: What) {
        self.put(client, socket, what, 1);
    }

    fn put(&mut self, client: usize, socket: SocketId, what: What, direction: usize) {
        let Some(link) = self.links.get_mut(&(client, socket)) else { return };
        let at = link[direction].arrival(self.now, &self.conditions, &mut self.random);
        self.sent += 1;
        self.in_flight.push(Reverse((at, self.sent, Arrival { client, socket, what })));
    }
}
