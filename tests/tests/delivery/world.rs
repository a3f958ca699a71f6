//! A real client machine and a real server's half over links that fail, in simulated time.

use std::collections::BTreeMap;
use std::time::Duration;

use steadfast_core::connection::{
    Cause, Connection, ConnectionConfig, Input, Output, Registration, SocketId,
};
use steadfast_core::heartbeat::PingId;
use steadfast_core::outbox::MessageId;
use steadfast_core::protocol::server::{
    LinkId, Registry, RegistryConfig, Session, SessionConfig, SessionId, SessionOutput,
};
use steadfast_core::protocol::{Frame, Hello, Hint, Welcome};
use steadfast_core::rng::{Random as _, SeededRandom};
use steadfast_core::time::Instant;

pub(crate) struct World {
    now: Instant,
    random: SeededRandom,
    client: Connection,
    registry: Registry<usize>,
    sessions: Vec<Session<u64>>,
    links: BTreeMap<SocketId, Link>,
    in_flight: BTreeMap<(Instant, u64), (SocketId, What)>,
    events: u64,
    faults: bool,
    /// The next message of each side, and the next that each side expects of the other.
    next: [u64; 2],
    expected: [u64; 2],
}

#[derive(Default)]
struct Link {
    /// Nothing arrives any more, in either direction.
    dead: bool,
    session: Option<(SessionId, usize, LinkId)>,
    last: [Instant; 2],
}

enum What {
    Accepted,
    Broken,
    Closed(u16),
    Dial,
    Down(Frame),
    DownMessage(u64),
    Gone,
    Ping(PingId),
    Pong(PingId),
    Refused,
    Up(Frame),
    UpMessage(u64),
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let config = ConnectionConfig::new(Registration::new("session", "simulated"));
        Self {
            now: Instant::ORIGIN,
            random: SeededRandom::new(seed),
            client: Connection::new(config, seed, Instant::ORIGIN).unwrap(),
            registry: Registry::new(RegistryConfig {
                retention: Duration::from_hours(1),
                ..RegistryConfig::default()
            })
            .unwrap(),
            sessions: Vec::new(),
            links: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            events: 0,
            faults: true,
            next: [0; 2],
            expected: [0; 2],
        }
    }

    /// How many messages the client and the server have sent.
    pub(crate) fn sent(&self) -> (u64, u64) {
        (self.next[0], self.next[1])
    }

    /// How many of the client's and of the server's have arrived, each once and in order.
    pub(crate) fn received(&self) -> (u64, u64) {
        (self.expected[0], self.expected[1])
    }

    pub(crate) fn kept(&self) -> (usize, usize) {
        let kept = self.sessions.iter().map(Session::kept).sum();
        (self.client.waiting_messages(), kept)
    }

    pub(crate) fn links(&self) -> usize {
        self.links.len()
    }

    /// Both sides send, and links fail, for so long.
    pub(crate) fn run(&mut self, duration: Duration) {
        self.client.handle_input(self.now, Input::Open);
        self.work();
        let end = self.now + duration;
        let mut next_fault = self.now + self.up_to(8_000);
        while self.now < end {
            let pause = self.up_to(200);
            self.pass(pause);
            self.send();
            if self.now >= next_fault {
                self.fail();
                next_fault = self.now + self.up_to(8_000);
            }
        }
    }

    /// Nothing fails any more, and nothing new is sent.
    pub(crate) fn settle(&mut self) {
        self.faults = false;
        self.pass(Duration::from_mins(10));
    }

    fn send(&mut self) {
        if self.client.admit(8).is_ok() {
            let message = MessageId(self.next[0]);
            self.next[0] += 1;
            self.client.handle_input(self.now, Input::Send { message, bytes: 8, ttl: None });
        }
        if let Some(session) = self.sessions.first_mut()
            && session.admit(8).is_ok()
        {
            session.send(self.next[1], 8);
            self.next[1] += 1;
        }
        self.work();
    }

    /// The present link breaks: at once for both, for one before the other, or for nobody to see.
    fn fail(&mut self) {
        let Some((&socket, link)) = self.links.last_key_value() else { return };
        if link.dead {
            return;
        }
        let (client_sees, server_sees) = match self.random.next_u32() % 4 {
            0 => (true, true),
            1 => (true, false),
            2 => (false, true),
            _ => (false, false),
        };
        if let Some(link) = self.links.get_mut(&socket) {
            link.dead = true;
        }
        if client_sees {
            let at = self.now + self.up_to(3_000);
            self.put_at(at, socket, What::Broken);
        }
        if server_sees {
            let at = self.now + self.up_to(3_000);
            self.put_at(at, socket, What::Gone);
        }
    }

    fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            let arrival = self.in_flight.first_key_value().map(|((at, _), _)| *at);
            let client = self.client.poll_timeout().map(|deadline| deadline.at);
            let session = self.sessions.iter().filter_map(Session::poll_timeout).min();
            let Some(at) = [arrival, client, session].into_iter().flatten().min() else { break };
            if at > end {
                break;
            }
            self.now = self.now.max(at);
            if arrival == Some(at) {
                if let Some((_, (socket, what))) = self.in_flight.pop_first() {
                    self.arrive(socket, what);
                }
            } else if client == Some(at) {
                self.client.handle_timeout(self.now);
            }
            self.work();
        }
        self.now = end;
    }

    fn arrive(&mut self, socket: SocketId, what: What) {
        let Some(link) = self.links.get_mut(&socket) else { return };
        let seen = matches!(what, What::Broken | What::Gone);
        if link.dead && !seen {
            return;
        }
        let session = link.session;
        let lost = |cause| Input::Lost { socket, cause, hint: Hint::NONE };
        let input = match what {
            What::Accepted => Input::Opened { socket, reliable: true },
            What::Broken | What::Refused => lost(Cause::Network),
            What::Down(frame) => Input::Control { socket, frame },
            What::Pong(id) => Input::Pong { socket, id },
            What::DownMessage(message) => {
                assert_eq!(message, self.expected[1], "at the client");
                self.expected[1] += 1;
                Input::Received { socket }
            }
            What::Closed(code) => return self.detach(socket, code == 1000),
            What::Gone => return self.detach(socket, false),
            What::Dial => {
                let refused = self.faults && self.random.next_unit() < 0.2;
                return self.put(socket, 1, if refused { What::Refused } else { What::Accepted });
            }
            What::Ping(id) => return self.put(socket, 1, What::Pong(id)),
            What::Up(Frame::Hello(hello)) => return self.welcome(socket, &hello),
            What::Up(frame) => {
                let Some((_, index, link)) = session else { return };
                return self.sessions[index].handle_frame(link, &frame).unwrap();
            }
            What::UpMessage(message) => {
                let Some((_, index, link)) = session else { return };
                if self.sessions[index].handle_message(self.now, link) {
                    assert_eq!(message, self.expected[0], "at the server");
                    self.expected[0] += 1;
                }
                return;
            }
        };
        self.client.handle_input(self.now, input);
    }

    fn welcome(&mut self, socket: SocketId, hello: &Hello) {
        let answer = |token, resumed| Welcome { token, received: 0, resumed, max_idle: None };
        let found = self.registry.find(hello, "").map(|(id, index)| (id, *index));
        let (id, index, link) = if let Some((id, index)) = found {
            let answer = answer(hello.token.clone().unwrap(), true);
            let link = self.sessions[index].attach(hello.received, answer).unwrap();
            self.registry.attached(id);
            (id, index, link)
        } else {
            // A first welcome was lost: nothing was sent to that session, or came from it.
            assert_eq!(self.expected, [0; 2], "the session was forgotten");
            let random = std::array::from_fn(|_| self.random.next_u32().to_be_bytes()[0]);
            let index = 0;
            let begun = self.registry.begin("session", "", random, index).unwrap();
            let mut session = Session::new(SessionConfig::default());
            let link = session.attach(0, answer(begun.token, false)).unwrap();
            self.sessions = vec![session];
            self.next[1] = 0;
            (begun.id, index, link)
        };
        if let Some(link_state) = self.links.get_mut(&socket) {
            link_state.session = Some((id, index, link));
        }
    }

    fn detach(&mut self, socket: SocketId, left: bool) {
        assert!(!left, "the client has ended the session");
        let session = self.links.get(&socket).and_then(|link| link.session);
        if let Some((id, index, link)) = session
            && self.sessions[index].detach(link)
        {
            self.registry.detached(self.now, id);
        }
    }

    /// Does what both machines want done.
    fn work(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Close { socket, code } => self.put(socket, 0, What::Closed(code)),
                Output::Control { socket, frame } => self.put(socket, 0, What::Up(frame)),
                Output::Dial { socket, .. } => {
                    self.links.insert(socket, Link::default());
                    self.put(socket, 0, What::Dial);
                }
                Output::Drop { .. } => panic!("nothing may be dropped"),
                Output::Ping { socket, id } => self.put(socket, 0, What::Ping(id)),
                Output::Transmit { socket, message } => {
                    self.put(socket, 0, What::UpMessage(message.0));
                    self.client.handle_input(self.now, Input::Sent { socket, message });
                }
                _ => {}
            }
        }
        let mut links = self.links.iter().rev();
        let newest = links.find_map(|(socket, link)| Some((*socket, link.session?)));
        let Some((socket, (_, index, link))) = newest else { return };
        while let Some(output) = self.sessions[index].poll_output(self.now, link) {
            match output {
                SessionOutput::Control(frame) => self.put(socket, 1, What::Down(frame)),
                SessionOutput::Message(message) => self.put(socket, 1, What::DownMessage(message)),
                _ => {}
            }
        }
    }

    /// Sends something over a link, in order and with a delay by chance.
    fn put(&mut self, socket: SocketId, direction: usize, what: What) {
        let arrival = self.now + self.up_to(100);
        let Some(link) = self.links.get_mut(&socket) else { return };
        link.last[direction] = link.last[direction].max(arrival);
        let at = link.last[direction];
        self.put_at(at, socket, what);
    }

    fn put_at(&mut self, at: Instant, socket: SocketId, what: What) {
        self.events += 1;
        self.in_flight.insert((at, self.events), (socket, what));
    }

    fn up_to(&mut self, millis: u32) -> Duration {
        Duration::from_millis(u64::from(1 + self.random.next_u32() % millis))
    }
}
