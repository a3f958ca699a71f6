use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use steadfast_core::connection::{
    Cause, Connection, ConnectionConfig, Input, Output, Registration, SocketId, Status,
};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::heartbeat::PingId;
use steadfast_core::outbox::MessageId;
use steadfast_core::time::Instant;

use super::path::{Path, Weather};
use super::tcp::{Flight, Stream};

/// When a SYN is repeated, in seconds after the first (RFC 6298, section 5, with Linux's first RTO).
const SYN_AT: [u64; 6] = [0, 1, 3, 7, 15, 31];
/// The length of a frame of a heartbeat, and of a small message.
const SMALL: u64 = 40;

/// What is written to a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    // To the server.
    Ask(u64),
    Close,
    Message,
    Ping(PingId),
    Upgrade,
    Upload,
    // To the client.
    Accepted,
    Closed,
    Download,
    Pong(PingId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Established(SocketId),
    /// The client waits no longer for the answer to a close frame.
    Left(SocketId),
    /// In the direction to the server, or to the client.
    Fly(SocketId, bool, Flight),
}

struct Socket {
    id: SocketId,
    up: Stream,
    down: Stream,
    /// The network has forgotten it: everything on it is lost, and nothing is said.
    is_dead: bool,
}

impl Sight {
    /// Chromium waits a minute for the answer to a close frame.
    pub const CHROMIUM: Self = Self::Messages(Duration::from_mins(1));
    /// Firefox waits 10 s.
    pub const FIREFOX: Self = Self::Messages(Duration::from_secs(10));
}

impl What {
    fn is_answered(self) -> bool {
        matches!(self, Self::Ask(_) | Self::Close | Self::Ping(_) | Self::Upgrade)
    }
}

impl Socket {
    /// The stream in this direction, and the other one.
    fn streams(&mut self, is_up: bool) -> (&mut Stream, &mut Stream) {
        if is_up { (&mut self.up, &mut self.down) } else { (&mut self.down, &mut self.up) }
    }
}

/// What a client's driver sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Complete messages only, as in a browser, and for so long the answer to a close frame.
    Messages(Duration),
    /// Also that bytes come and go.
    Bytes,
}

/// One client, its server and the path between them.
pub(super) struct World {
    pub(super) client: Connection,
    pub(super) now: Instant,
    /// Why links were lost, when, and whether the network had killed them.
    pub(super) lost: Vec<(Instant, Cause, bool)>,
    /// How many uploads have arrived at the server, and downloads at the client.
    pub(super) arrived: usize,
    weather: Weather,
    socket: Option<Socket>,
    /// The sockets that were closed, until the server has answered.
    closing: Vec<Socket>,
    happenings: BinaryHeap<Reverse<(Instant, u64, Happening)>>,
    count: u64,
    messages: Vec<(What, u64)>,
    sight: Sight,
    has_moved: bool,
}

impl World {
    pub(super) fn new(path: Path, sight: Sight, seed: u64, lasts: Duration) -> Self {
        let registration = Registration::new(seed.to_string(), "simulated");
        let config = ConnectionConfig::new(registration);
        #[allow(clippy::expect_used, reason = "the defaults are valid")]
        let client =
            Connection::new(config, seed, Instant::ORIGIN).expect("the defaults are valid");
        let mut world = Self {
            client,
            now: Instant::ORIGIN,
            lost: Vec::new(),
            arrived: 0,
            weather: Weather::new(path, seed, lasts),
            socket: None,
            closing: Vec::new(),
            happenings: BinaryHeap::new(),
            count: 0,
            messages: Vec::new(),
            sight,
            has_moved: false,
        };
        world.input(Input::Open);
        world
    }

    pub(super) fn is_connected(&self) -> bool {
        self.client.state().status == Status::Connected
    }

    /// The network forgets the present link.
    pub(super) fn kill(&mut self) {
        if let Some(socket) = &mut self.socket {
            socket.is_dead = true;
        }
    }

    pub(super) fn send(&mut self, what: What, bytes: u64) {
        let message = MessageId(self.messages.len() as u64);
        self.messages.push((what, bytes));
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.input(Input::Send { message, bytes, ttl: None });
    }

    /// The server sends a message by itself.
    pub(super) fn push(&mut self, bytes: u64) {
        if let Some(socket) = &self.socket {
            self.write(socket.id, false, bytes, What::Download);
        }
    }

    /// Lets time pass until then, or until `ends` holds.
    pub(super) fn pass_until(&mut self, end: Instant, ends: impl Fn(&Self) -> bool) {
        while !ends(self) {
            let due = self.client.poll_timeout().map(|due| due.at);
            let next = self.happenings.peek().map(|Reverse((at, ..))| *at);
            let is_happening = next.is_some_and(|next| due.is_none_or(|due| next <= due));
            let at = if is_happening { next } else { due };
            let Some(at) = at.filter(|at| *at <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(at);
            if is_happening {
                if let Some(Reverse((.., happening))) = self.happenings.pop() {
                    self.happen(happening);
                }
            } else {
                self.look();
            }
        }
    }

    fn look(&mut self) {
        if let Some(socket) = &self.socket
            && self.sight == Sight::Bytes
            && std::mem::take(&mut self.has_moved)
        {
            let socket = socket.id;
            self.client.handle_input(self.now, Input::Alive { socket });
        }
        self.client.handle_timeout(self.now);
        self.work();
    }

    fn input(&mut self, input: Input) {
        self.client.handle_input(self.now, input);
        self.work();
    }

    fn work(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Close { socket, .. } => self.write(socket, true, SMALL, What::Close),
                Output::Dial { socket, .. } => self.dial(socket),
                Output::Event(Event { kind: EventKind::Disconnected { cause, .. }, .. }) => {
                    let socket = self.socket.take();
                    let was_dead = socket.as_ref().is_some_and(|socket| socket.is_dead);
                    self.lost.push((self.now, cause, was_dead));
                    // A driver that sees bytes ends the connection at once.
                    if let (Sight::Messages(limit), Some(socket)) = (self.sight, socket) {
                        self.schedule(self.now + limit, Happening::Left(socket.id));
                        self.closing.push(socket);
                    }
                }
                Output::Ping { socket, id } => self.write(socket, true, SMALL, What::Ping(id)),
                Output::Transmit { socket, message } => {
                    if let Some((what, bytes)) = self.message(message) {
                        self.write(socket, true, bytes, what);
                    }
                    self.client.handle_input(self.now, Input::Sent { socket, message });
                }
                _ => {}
            }
        }
    }

    /// Whether the client takes no message any more from this socket.
    fn is_closing(&self, id: SocketId) -> bool {
        self.closing.iter().any(|socket| socket.id == id)
    }

    fn message(&self, MessageId(number): MessageId) -> Option<(What, u64)> {
        self.messages.get(usize::try_from(number).ok()?).copied()
    }

    fn dial(&mut self, id: SocketId) {
        let rtt = self.weather.delay(self.now) * 2;
        let passes =
            |weather: &mut Weather, at: Instant| !weather.loses(at) && !weather.loses(at + rtt / 2);
        let Some(after) = SYN_AT
            .map(Duration::from_secs)
            .into_iter()
            .find(|after| passes(&mut self.weather, self.now + *after))
        else {
            return;
        };
        let sample = after.is_zero().then_some(rtt);
        let (up, down) = (Stream::new(sample), Stream::new(sample));
        self.socket = Some(Socket { id, up, down, is_dead: false });
        self.schedule(self.now + after + rtt, Happening::Established(id));
    }

    fn write(&mut self, id: SocketId, is_up: bool, bytes: u64, what: What) {
        let now = self.now;
        let Some((socket, weather)) = self.at_bottleneck(id, is_up) else { return };
        let (stream, _) = socket.streams(is_up);
        let flights = stream.write(now, bytes, Some(what), weather);
        self.fly(id, is_up, flights);
    }

    /// The socket, and the path as it is for what it sends in this direction.
    fn at_bottleneck(&mut self, id: SocketId, is_up: bool) -> Option<(&mut Socket, &mut Weather)> {
        let Self { socket, closing, weather, .. } = self;
        let mut found = None;
        weather.sharers = 1;
        for socket in socket.iter_mut().chain(closing).filter(|socket| !socket.is_dead) {
            if socket.id == id {
                found = Some(socket);
            } else if socket.streams(is_up).0.is_busy() {
                weather.sharers += 1;
            }
        }
        Some((found?, weather))
    }

    fn fly(&mut self, id: SocketId, is_up: bool, flights: Vec<(Instant, Flight)>) {
        for (at, flight) in flights {
            self.schedule(at, Happening::Fly(id, is_up, flight));
        }
    }

    fn schedule(&mut self, at: Instant, happening: Happening) {
        self.count += 1;
        self.happenings.push(Reverse((at, self.count, happening)));
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Established(id) => self.write(id, true, SMALL, What::Upgrade),
            Happening::Left(id) => self.closing.retain(|socket| socket.id != id),
            Happening::Fly(id, is_up, flight) => {
                let now = self.now;
                // What the other direction sends by an acknowledgement shares that one's bottleneck.
                let sends_up = is_up != matches!(flight, Flight::Segment(..));
                let Some((socket, weather)) = self.at_bottleneck(id, sends_up) else { return };
                let (stream, other) = socket.streams(is_up);
                let flights = match flight {
                    Flight::Segment(number, before) => {
                        let flights = before.checked_sub(1).map_or(Vec::new(), |last| {
                            other.acknowledged(now, before, last, weather)
                        });
                        let read = stream.arrived(number);
                        other.acknowledges = stream.delivered;
                        // What is answered at once is acknowledged by the answer.
                        let is_answered = read.iter().any(|what| what.is_answered());
                        let ack = if is_answered { None } else { stream.ack(now, number, weather) };
                        self.has_moved |= !is_up;
                        self.fly(id, !is_up, flights);
                        self.fly(id, is_up, ack.into_iter().collect());
                        read.into_iter().for_each(|what| self.read(id, what));
                        return;
                    }
                    Flight::Ack(before, number) => {
                        let flights = stream.acknowledged(now, before, number, weather);
                        self.has_moved |= is_up;
                        flights
                    }
                    Flight::Room => stream.go_on(now, weather),
                    Flight::Timeout(timer) => stream.timed_out(now, timer, weather),
                };
                self.fly(id, is_up, flights);
            }
        }
    }

    fn read(&mut self, socket: SocketId, what: What) {
        match what {
            What::Accepted => self.input(Input::Opened { socket, reliable: false }),
            What::Ask(bytes) => self.write(socket, false, bytes, What::Download),
            What::Close => self.write(socket, false, SMALL, What::Closed),
            What::Closed => {
                self.closing.retain(|closing| closing.id != socket);
                self.input(Input::ClosedCleanly { socket });
            }
            What::Download if self.is_closing(socket) => {}
            What::Download => {
                self.arrived += 1;
                self.input(Input::Received { socket });
            }
            What::Message => {}
            What::Ping(id) => self.write(socket, false, SMALL, What::Pong(id)),
            What::Pong(id) => self.input(Input::Pong { socket, id }),
            What::Upgrade => self.write(socket, false, SMALL, What::Accepted),
            What::Upload => self.arrived += 1,
        }
    }
}
