use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use steadfast_core::connection::{Cause, Connection, Input, Output, SocketId};
use steadfast_core::protocol::Hint;
use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::Instant;

use super::client::{Platform, client, is_connected};
use super::server::{Answer, Arrival, Dial, Kind, Refusal, Server};

/// How long the fleet is given.
const END: Duration = Duration::from_mins(20);
/// How long before the restart the fleet has been connected.
const BEFORE: Duration = Duration::from_secs(30);
/// When a SYN that was dropped is repeated, in seconds after the first (RFC 6298, section 5, with Linux's first RTO).
const REPEATED_AFTER: [u64; 6] = [1, 3, 7, 15, 31, 63];
/// When a client's TCP gives up, in seconds after the first SYN (Linux: `tcp_syn_retries` is 6).
const GIVES_UP_AFTER: u64 = 127;
/// How long a gateway waits for its server.
const GATEWAY: Duration = Duration::from_secs(30);

/// Clients and the server that they lose.
#[derive(Clone, Copy, Debug)]
pub struct Fleet {
    /// The number of clients.
    pub clients: usize,
    /// How many clients the server accepts a second.
    pub capacity: f64,
    /// What the clients run on.
    pub platform: Platform,
    /// What the server does with more dials than it can serve.
    pub server: Kind,
}

/// How one client came back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Return {
    /// How long after the restart it was connected; absent if it was not within 20 minutes.
    pub after: Option<Duration>,
    /// How many times it dialled.
    pub dials: u32,
}

impl Fleet {
    /// Restarts the server, waits until 99 % of the fleet are back, and gives what each client went through.
    #[must_use]
    pub fn lose_server(self) -> Vec<Return> {
        let mut simulation = Simulation::new(self);
        simulation.connect_at_leisure();
        simulation.restart();
        simulation.run()
    }
}

struct Simulation {
    fleet: Fleet,
    clients: Vec<Connection>,
    returns: Vec<Return>,
    connected: usize,
    began: Instant,
    server: Server,
    events: BinaryHeap<Reverse<(Instant, u64, Event)>>,
    scheduled: u64,
    /// When the server has served the next dial.
    served_at: Option<Instant>,
    /// The socket that each client has or dials.
    sockets: Vec<Option<SocketId>>,
    /// The deadline that each client waits for.
    deadlines: Vec<Option<Instant>>,
    now: Instant,
    random: SeededRandom,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// To a client.
    Answer(Dial, Answer),
    /// To the server: the attempt of the client's TCP with this number.
    Arrive(Dial, usize),
    /// To a client: the server's TCP has taken the dial.
    Reached(Dial),
    /// To a client: its TCP gives up.
    Unreached(Dial),
    Deadline(usize),
    /// The gateway's patience with this dial is over.
    Gateway(Dial),
    GiveUp(Dial),
    Served,
}

impl Simulation {
    fn new(fleet: Fleet) -> Self {
        let began = Instant::ORIGIN + BEFORE;
        Self {
            fleet,
            clients: (0..fleet.clients as u64).map(|seed| client(seed, fleet.platform)).collect(),
            returns: vec![Return::default(); fleet.clients],
            connected: 0,
            began,
            server: Server::new(fleet.server, fleet.capacity, began),
            events: BinaryHeap::new(),
            scheduled: 0,
            served_at: None,
            sockets: vec![None; fleet.clients],
            deadlines: vec![None; fleet.clients],
            now: Instant::ORIGIN,
            random: SeededRandom::new(1),
        }
    }

    /// Each client gets a link that proves stable. Nothing of that is measured.
    fn connect_at_leisure(&mut self) {
        for client in &mut self.clients {
            client.handle_input(self.now, Input::Open);
            let socket =
                std::iter::from_fn(|| client.poll_output()).find_map(|output| dialled(&output));
            let Some(socket) = socket else { continue };
            client.handle_input(self.now, Input::Opened { socket, reliable: false });
        }
        self.now = self.began;
        for client in &mut self.clients {
            client.handle_timeout(self.now);
            while client.poll_output().is_some() {}
        }
    }

    /// Every link breaks at once.
    fn restart(&mut self) {
        for number in 0..self.clients.len() {
            let lost = Input::Lost { socket: SocketId(0), cause: Cause::Network, hint: Hint::NONE };
            self.clients[number].handle_input(self.now, lost);
            self.work(number);
        }
    }

    fn run(mut self) -> Vec<Return> {
        let enough = self.clients.len() - self.clients.len() / 100;
        while self.connected < enough {
            let Some(Reverse((at, _, event))) = self.events.pop() else { break };
            if at > self.began + END {
                break;
            }
            self.now = at;
            self.happen(event);
        }
        self.returns
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Answer(dial, answer) => self.answered(dial, answer),
            Event::Arrive(dial, attempt) => self.arrive(dial, attempt),
            Event::Deadline(client) if self.deadlines[client] == Some(self.now) => {
                self.deadlines[client] = None;
                self.clients[client].handle_timeout(self.now);
                self.work(client);
            }
            Event::Gateway(dial) => {
                self.reply(dial, Answer::Refused(Refusal::GatewayTimeout));
            }
            Event::Reached(Dial { client, socket }) => {
                self.clients[client].handle_input(self.now, Input::Reached { socket });
                self.work(client);
            }
            Event::Unreached(dial) => self.answered(dial, Answer::Refused(Refusal::Reset)),
            Event::GiveUp(dial) => self.server.give_up(self.now, dial),
            Event::Deadline(_) | Event::Served => {}
        }
        if let Event::Served = event
            && self.served_at != Some(self.now)
        {
            return;
        }
        while let Some(dial) = self.server.poll_served(self.now) {
            self.reply(dial, Answer::Accepted);
        }
        let due = self.server.poll_timeout();
        if self.served_at != due {
            self.served_at = due;
            if let Some(at) = due {
                self.schedule(at, Event::Served);
            }
        }
    }

    fn answered(&mut self, Dial { client, socket }: Dial, answer: Answer) {
        let was = is_connected(&self.clients[client]);
        let input = match answer {
            Answer::Accepted => Input::Opened { socket, reliable: false },
            Answer::Refused(refusal) => {
                let (cause, hint) = self.fleet.platform.cause(refusal);
                Input::Lost { socket, cause, hint }
            }
        };
        // A link that is up is not lost by what the gateway says late.
        if was && matches!(answer, Answer::Refused(_)) {
            return;
        }
        self.clients[client].handle_input(self.now, input);
        self.work(client);
        if is_connected(&self.clients[client]) && !was {
            self.connected += 1;
            self.returns[client].after = Some(self.now.saturating_since(self.began));
        }
    }

    fn arrive(&mut self, dial: Dial, attempt: usize) {
        // A socket that is closed repeats nothing.
        if attempt > 0 && self.sockets[dial.client] != Some(dial.socket) {
            return;
        }
        let arrival = self.server.arrive(self.now, dial);
        let is_reached = !matches!(arrival, Arrival::Dropped | Arrival::Refused(Refusal::Reset, _));
        if is_reached && self.fleet.platform == Platform::Native {
            let at = self.now + self.delay();
            self.schedule(at, Event::Reached(dial));
        }
        match arrival {
            Arrival::Taken if self.fleet.server == Kind::Gateway => {
                self.schedule(self.now + GATEWAY, Event::Gateway(dial));
            }
            Arrival::Taken => {}
            Arrival::Refused(refusal, at) => {
                let at = at + self.delay();
                self.schedule(at, Event::Answer(dial, Answer::Refused(refusal)));
            }
            Arrival::Dropped => {
                let before = attempt.checked_sub(1).map_or(0, |before| REPEATED_AFTER[before]);
                let (after, next) = match REPEATED_AFTER.get(attempt) {
                    Some(after) => (*after, Event::Arrive(dial, attempt + 1)),
                    None => (GIVES_UP_AFTER, Event::Unreached(dial)),
                };
                self.schedule(self.now + Duration::from_secs(after - before), next);
            }
        }
    }

    /// Does what a client's machine says.
    fn work(&mut self, number: usize) {
        while let Some(output) = self.clients[number].poll_output() {
            match output {
                Output::Close { socket, .. } => {
                    self.sockets[number] = None;
                    let at = self.now + self.delay();
                    self.schedule(at, Event::GiveUp(Dial { client: number, socket }));
                }
                Output::Dial { socket, .. } => {
                    self.returns[number].dials += 1;
                    self.sockets[number] = Some(socket);
                    let at = self.now + self.delay();
                    self.schedule(at, Event::Arrive(Dial { client: number, socket }, 0));
                }
                _ => {}
            }
        }
        let due = self.clients[number].poll_timeout().map(|deadline| deadline.at);
        if self.deadlines[number] != due {
            self.deadlines[number] = due;
            if let Some(at) = due {
                self.schedule(at, Event::Deadline(number));
            }
        }
    }

    fn reply(&mut self, dial: Dial, answer: Answer) {
        let at = self.now + self.delay();
        self.schedule(at, Event::Answer(dial, answer));
    }

    /// One way through the network: 15 to 25 ms.
    fn delay(&mut self) -> Duration {
        Duration::from_secs_f64(self.random.next_between(0.015, 0.025))
    }

    fn schedule(&mut self, at: Instant, event: Event) {
        self.scheduled += 1;
        self.events.push(Reverse((at, self.scheduled, event)));
    }
}

fn dialled(output: &Output) -> Option<SocketId> {
    match output {
        Output::Dial { socket, .. } => Some(*socket),
        _ => None,
    }
}
