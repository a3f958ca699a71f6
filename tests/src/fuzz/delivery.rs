//! A client and a server of `steadfast.v1` over links that break at any moment, in whatever order
//! what is under way arrives on them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use arbitrary::Arbitrary;
use steadfast_core::connection::{
    Cause, Connection, ConnectionConfig, Input, Output, Registration, SocketId, Suspension,
};
use steadfast_core::heartbeat::PingId;
use steadfast_core::outbox::MessageId;
use steadfast_core::protocol::server::{
    LinkId, Registry, RegistryConfig, Session, SessionConfig, SessionId, SessionOutput,
};
use steadfast_core::protocol::{Frame, Hello, Hint, Welcome};
use steadfast_core::time::Instant;

use super::case;

#[derive(Arbitrary, Debug)]
struct Case {
    seed: u64,
    saves: bool,
    steps: Vec<Step>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    /// The link breaks, and these see it at once.
    Break {
        client: bool,
        server: bool,
    },
    ClientSends,
    /// The time of the next deadline of either comes.
    Deadline,
    /// That many of the things on their way to the client arrive.
    Down(u8),
    Hide,
    Offline,
    Online,
    Reconnect,
    Refuse,
    Saved,
    ServerSends,
    Show,
    /// That many of the things on their way to the server arrive.
    Up(u8),
    Wait(u16),
    /// The client's socket refuses the next message.
    ClientRefuses,
}

/// Each message of either side arrives once and in order, and once the links hold, all of them do
/// and nothing is kept.
///
/// # Panics
///
/// If not.
pub fn delivery(bytes: &[u8]) {
    let Some(Case { seed, saves, steps }) = case(bytes) else { return };
    let mut world = World::new(seed, saves);
    world.client(Input::Open);
    for step in steps.into_iter().take(MAX_STEPS) {
        world.take(step);
    }
    world.settle();
}

/// A longer story tells nothing more.
const MAX_STEPS: usize = 1000;

struct World {
    now: Instant,
    client: Connection,
    registry: Registry<()>,
    session: Session<u64>,
    links: BTreeMap<SocketId, Link>,
    is_saving: bool,
    begun: u8,
    has_said_hello: bool,
    /// Whether the client's socket refuses the next message, and those that it has refused.
    refuses: bool,
    refused: BTreeSet<u64>,
    /// The next message of the client and of the server, and the next that each expects of the other.
    next: [u64; 2],
    expected: [u64; 2],
}

#[derive(Default)]
struct Link {
    up: VecDeque<Up>,
    down: VecDeque<Down>,
    attached: Option<(SessionId, LinkId)>,
    /// The server has heard a hello on it.
    is_greeted: bool,
    is_broken: bool,
    /// The client has let go of it, or knows that it is gone.
    is_left: bool,
}

enum Up {
    Closed,
    Dial,
    Frame(Frame),
    Message(u64),
    Ping(PingId),
}

enum Down {
    Accepted,
    Frame(Frame),
    Message(u64),
    Pong(PingId),
}

impl World {
    fn new(seed: u64, saves: bool) -> Self {
        let mut config = ConnectionConfig::new(Registration::new("session", "fuzz"));
        config.save_before_ack = saves;
        let registry =
            RegistryConfig { retention: Duration::from_hours(24), ..RegistryConfig::default() };
        Self {
            now: Instant::ORIGIN,
            client: Connection::new(config, seed, Instant::ORIGIN).expect("it makes sense"),
            registry: Registry::new(registry).expect("it makes sense"),
            session: Session::new(SessionConfig::default()),
            links: BTreeMap::new(),
            is_saving: false,
            begun: 0,
            has_said_hello: false,
            refuses: false,
            refused: BTreeSet::new(),
            next: [0; 2],
            expected: [0; 2],
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Break { client, server } => self.fail(client, server),
            Step::ClientSends => {
                if self.client.admit(8).is_ok() {
                    let message = MessageId(self.next[0]);
                    self.next[0] += 1;
                    self.client(Input::Send { message, bytes: 8, ttl: None });
                }
            }
            Step::ClientRefuses => self.refuses = true,
            Step::Deadline => drop(self.wait_for_deadline()),
            Step::Down(count) => self.carry(|world, socket| {
                (0..count).for_each(|_| world.down(socket));
            }),
            Step::Hide => self.client(Input::Suspend(Suspension::Hidden)),
            Step::Offline => self.client(Input::Suspend(Suspension::Offline)),
            Step::Online => self.client(Input::Resume(Suspension::Offline)),
            Step::Reconnect => self.client(Input::Reconnect),
            Step::Refuse => self.refuse(),
            Step::Saved => self.saved(),
            Step::ServerSends => {
                if self.begun > 0 && self.session.admit(8).is_ok() {
                    self.session.send(self.next[1], 8);
                    self.next[1] += 1;
                    self.work();
                }
            }
            Step::Show => self.client(Input::Resume(Suspension::Hidden)),
            Step::Up(count) => self.carry(|world, socket| {
                (0..count).for_each(|_| world.up(socket));
            }),
            Step::Wait(millis) => {
                self.now = self.now + Duration::from_millis(millis.into());
                self.client.handle_timeout(self.now);
                self.work();
            }
        }
    }

    /// Nothing breaks any more, and nothing new is sent. Whether there is a network nobody says.
    fn settle(&mut self) {
        self.client(Input::Resume(Suspension::Hidden));
        for _ in 0..10_000 {
            self.saved();
            let moved = self.move_all();
            if !moved && self.is_settled() {
                return;
            }
            if !moved {
                assert!(self.wait_for_deadline(), "nothing moves, and nobody waits");
            }
        }
        let kept = (self.client.waiting_messages(), self.session.kept());
        panic!("{:?} of {:?} have arrived, and {kept:?} are kept", self.expected, self.next);
    }

    fn pass_over_refused(&mut self) {
        while self.refused.contains(&self.expected[0]) {
            self.expected[0] += 1;
        }
    }

    fn is_settled(&mut self) -> bool {
        self.pass_over_refused();
        let kept = (self.client.waiting_messages(), self.session.kept());
        self.expected == self.next && kept == (0, 0)
    }

    /// Lets all arrive that is on its way.
    fn move_all(&mut self) -> bool {
        let mut moved = false;
        let sockets: Vec<_> = self.links.keys().copied().collect();
        for socket in sockets {
            while self.links.get(&socket).is_some_and(|link| !link.up.is_empty()) {
                self.up(socket);
                moved = true;
            }
            while self.links.get(&socket).is_some_and(|link| !link.down.is_empty()) {
                self.down(socket);
                moved = true;
            }
        }
        moved
    }

    fn wait_for_deadline(&mut self) -> bool {
        let due = [self.client.poll_timeout().map(|due| due.at), self.session.poll_timeout()];
        let Some(at) = due.into_iter().flatten().min() else { return false };
        self.now = self.now.max(at);
        self.client.handle_timeout(self.now);
        self.work();
        true
    }

    /// The newest link breaks. What is on its way on it is lost.
    fn fail(&mut self, client_sees: bool, server_sees: bool) {
        let Some((&socket, link)) = self.links.last_key_value() else { return };
        if link.is_broken || link.is_left {
            return;
        }
        if let Some(link) = self.links.get_mut(&socket) {
            link.is_broken = true;
            link.up.clear();
            link.down.clear();
        }
        if server_sees {
            self.detach(socket);
        }
        if client_sees {
            self.lost(socket);
        }
    }

    /// A dial that is under way is refused.
    fn refuse(&mut self) {
        let Some((&socket, link)) = self.links.last_key_value() else { return };
        if matches!(link.up.front(), Some(Up::Dial)) {
            self.lost(socket);
        }
    }

    fn lost(&mut self, socket: SocketId) {
        if let Some(link) = self.links.get_mut(&socket) {
            link.is_left = true;
            link.up.clear();
        }
        self.client(Input::Lost { socket, cause: Cause::Network, hint: Hint::NONE });
    }

    fn carry(&mut self, each: impl Fn(&mut Self, SocketId)) {
        let sockets: Vec<_> = self.links.keys().copied().collect();
        sockets.into_iter().for_each(|socket| each(self, socket));
    }

    /// The next thing arrives at the server.
    fn up(&mut self, socket: SocketId) {
        let Some(link) = self.links.get_mut(&socket) else { return };
        let Some(what) = link.up.pop_front() else { return };
        match (what, link.attached) {
            (Up::Closed, _) => self.detach(socket),
            (Up::Dial, _) => link.down.push_back(Down::Accepted),
            (Up::Ping(id), _) => link.down.push_back(Down::Pong(id)),
            (Up::Frame(Frame::Hello(hello)), None) if !link.is_greeted => {
                self.welcome(socket, &hello);
            }
            (Up::Frame(frame), Some((_, attached))) => {
                self.session.handle_frame(attached, &frame).expect("a client keeps the rules");
            }
            (Up::Message(message), Some((_, attached))) => {
                if self.session.handle_message(self.now, attached) {
                    self.pass_over_refused();
                    assert_eq!(message, self.expected[0], "at the server");
                    self.expected[0] += 1;
                }
            }
            // Of a session that was given up.
            (Up::Frame(_) | Up::Message(_), None) => {
                assert!(link.is_greeted, "a hello comes first");
            }
        }
        self.work();
    }

    /// The next thing arrives at the client.
    fn down(&mut self, socket: SocketId) {
        let Some(link) = self.links.get_mut(&socket) else { return };
        let is_left = link.is_left;
        let Some(what) = link.down.pop_front().filter(|_| !is_left) else { return };
        let input = match what {
            Down::Accepted => Input::Opened { socket, reliable: true },
            Down::Frame(frame) => Input::Control { socket, frame },
            Down::Message(message) => {
                assert_eq!(message, self.expected[1], "at the client");
                self.expected[1] += 1;
                Input::Received { socket }
            }
            Down::Pong(id) => Input::Pong { socket, id },
        };
        self.client(input);
    }

    fn welcome(&mut self, socket: SocketId, hello: &Hello) {
        let answer = |token, resumed| Welcome { token, received: 0, resumed, max_idle: None };
        let found = self.registry.find(hello, "").map(|(id, ())| id);
        let attached = if let (Some(id), Some(token)) = (found, hello.token.clone()) {
            let attached = self.session.attach(hello.received, answer(token, true));
            self.registry.attached(id);
            (id, attached.expect("a client that goes on counts right"))
        } else {
            // A first welcome was lost: nothing was sent to that session, or came from it.
            assert_eq!(self.expected, [0; 2], "the session was forgotten");
            self.begun = self.begun.wrapping_add(1);
            let begun = self.registry.begin("session", "", std::array::from_fn(|_| self.begun), ());
            let begun = begun.expect("there is room");
            self.links.values_mut().for_each(|link| link.attached = None);
            self.session = Session::new(SessionConfig::default());
            self.next[1] = 0;
            let attached = self.session.attach(0, answer(begun.token, false));
            (begun.id, attached.expect("it begins"))
        };
        if let Some(link) = self.links.get_mut(&socket) {
            (link.attached, link.is_greeted) = (Some(attached), true);
        }
    }

    fn detach(&mut self, socket: SocketId) {
        let Some(link) = self.links.get_mut(&socket) else { return };
        link.down.clear();
        if let Some((id, attached)) = link.attached
            && self.session.detach(attached)
        {
            self.registry.detached(self.now, id);
        }
    }

    fn saved(&mut self) {
        if std::mem::take(&mut self.is_saving) {
            self.client(Input::Saved);
        }
    }

    fn client(&mut self, input: Input) {
        self.client.handle_input(self.now, input);
        self.work();
    }

    /// Does what both machines want done.
    fn work(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Close { socket, code } => {
                    assert!(code != 1000 || !self.has_said_hello, "nobody has ended the session");
                    self.send_up(socket, Up::Closed);
                    self.links.get_mut(&socket).iter_mut().for_each(|link| link.is_left = true);
                }
                Output::Control { socket, frame } => {
                    self.has_said_hello = true;
                    self.send_up(socket, Up::Frame(frame));
                }
                Output::Dial { socket, .. } => {
                    self.links.insert(socket, Link::default());
                    self.send_up(socket, Up::Dial);
                }
                Output::Drop { message, .. } => {
                    assert!(self.refused.contains(&message.0), "{message:?} was dropped");
                }
                Output::Ping { socket, id } => self.send_up(socket, Up::Ping(id)),
                Output::Save => self.is_saving = true,
                Output::Transmit { socket, message } if std::mem::take(&mut self.refuses) => {
                    self.refused.insert(message.0);
                    self.client.handle_input(self.now, Input::Refused { socket, message });
                }
                Output::Transmit { socket, message } => {
                    self.send_up(socket, Up::Message(message.0));
                    self.client.handle_input(self.now, Input::Sent { socket, message });
                }
                _ => {}
            }
        }
        for link in self.links.values_mut() {
            let Some((_, attached)) = link.attached else { continue };
            while let Some(output) = self.session.poll_output(self.now, attached) {
                if !link.is_broken {
                    link.down.push_back(match output {
                        SessionOutput::Control(frame) => Down::Frame(frame),
                        SessionOutput::Message(message) => Down::Message(message),
                        _ => continue,
                    });
                }
            }
        }
    }

    fn send_up(&mut self, socket: SocketId, what: Up) {
        if let Some(link) = self.links.get_mut(&socket).filter(|link| !link.is_broken) {
            link.up.push_back(what);
        }
    }
}
