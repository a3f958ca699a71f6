use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use steadfast_core::connection::{
    Cause, Connection, ConnectionConfig, Input, Output, Registration, SocketId, Suspension,
};
use steadfast_core::event::EventKind;
use steadfast_core::outbox::MessageId;
use steadfast_core::protocol::Hint;
use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::{Clock, Instant, Sleep};

use super::link::{Link, Packet};
use super::path::{Path, Route};
use super::rules::Rules;
use super::schedule::{Disturbance, schedule};
use super::tally::Tally;

/// What a client runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Platform {
    /// A program whose system tells of sleeps.
    Native,
    /// A page, which may be hidden. Nobody tells it of sleeps, and its timers are late while it is hidden.
    Web,
}

/// A client, its path and its side of the server. Moments are counted from the start.
struct Client {
    platform: Platform,
    connection: Connection,
    clock: Clock,
    route: Route,
    random: SeededRandom,
    now: Duration,
    /// How long the machine has slept so far.
    slept: Duration,
    /// By how much the wall clock is ahead of the time since the start.
    wall_ahead: Duration,
    clock_set_at: Option<Duration>,
    hidden_since: Option<Duration>,
    server_down_until: Duration,
    link: Option<Link>,
    /// The link that the client has let go of, until it says why.
    lost: Option<Link>,
    in_flight: BinaryHeap<Reverse<(Duration, u64, SocketId, Packet)>>,
    packets: u64,
    next_message: u64,
    rules: Rules,
    tally: Tally,
}

/// The wall clock at the start: a clock that is set back by hours stays after the epoch.
const WALL: Duration = Duration::from_hours(1000);
const HOUR: Duration = Duration::from_hours(1);
/// Browsers hold the timers of a page back to once a second when it is hidden, and to once a minute after five minutes.
const THROTTLED_AFTER: Duration = Duration::from_mins(5);
/// A link that is lost this soon after the clock was set is lost to that.
const SOON: Duration = Duration::from_secs(30);

/// Lets one client live for so long, and counts what happened to it.
///
/// # Panics
///
/// If it breaks a rule.
#[must_use]
pub fn live(platform: Platform, path: Path, number: u32, length: Duration) -> Tally {
    let mut random =
        SeededRandom::new(u64::from(number) << 1 | u64::from(platform == Platform::Web));
    let schedule = schedule(platform, path, number, length, &mut random);
    let route = Route::new(path, length, &mut random);
    let mut client = Client::new(platform, route, random);
    client.input(Input::Open);
    for (at, disturbance) in schedule {
        let is_asleep = at < client.now;
        client.run_until(at);
        if !(is_asleep && disturbance == Disturbance::Send) {
            client.disturb(disturbance);
        }
    }
    client.run_until(length);
    client.count_up();
    client.tally
}

impl Client {
    fn new(platform: Platform, route: Route, mut random: SeededRandom) -> Self {
        let asleep = asleep(platform, Duration::ZERO);
        let clock = Clock::new(Duration::ZERO, WALL, asleep);
        let config = ConnectionConfig::new(Registration::new("one", "simulated"));
        let seed = u64::from(random.next_u32());
        #[allow(clippy::expect_used, reason = "the defaults are valid")]
        let connection =
            Connection::new(config, seed, Instant::from_origin(WALL)).expect("the defaults");
        Self {
            platform,
            connection,
            clock,
            route,
            random,
            now: Duration::ZERO,
            slept: Duration::ZERO,
            wall_ahead: WALL,
            clock_set_at: None,
            hidden_since: None,
            server_down_until: Duration::ZERO,
            link: None,
            lost: None,
            in_flight: BinaryHeap::new(),
            packets: 0,
            next_message: 0,
            rules: Rules::default(),
            tally: Tally::default(),
        }
    }

    /// Does what happens until then, in its order.
    fn run_until(&mut self, end: Duration) {
        loop {
            let arrival = self.in_flight.peek().map(|Reverse((at, ..))| *at);
            let timer = self.timer();
            match (arrival, timer) {
                (Some(at), timer) if at <= end && timer.is_none_or(|timer| at <= timer) => {
                    self.arrive();
                }
                (_, Some(timer)) if timer <= end => {
                    self.now = timer;
                    let now = self.wake_up();
                    self.rules.woke_up(timer);
                    self.connection.handle_timeout(now);
                    self.process_outputs(now);
                    Rules::check(&self.connection, now);
                }
                _ => break,
            }
        }
        self.now = self.now.max(end);
    }

    /// When the driver's timer fires.
    fn timer(&self) -> Option<Duration> {
        let due = self.connection.poll_timeout()?;
        let at = (self.clock.monotonic_at(due.at) + self.slept).max(self.now);
        let Some(hidden_since) = self.hidden_since else { return Some(at) };
        let is_throttled = at >= hidden_since + THROTTLED_AFTER;
        let step = if is_throttled { 60 } else { 1 };
        Some(Duration::from_secs(at.as_secs() / step * step + step))
    }

    /// Reads the clocks, as a driver does before anything else, and passes on what they tell.
    fn wake_up(&mut self) -> Instant {
        self.tally.wake_ups += 1;
        let monotonic = self.now.saturating_sub(self.slept);
        let wall = self.wall_ahead + self.now;
        let reading = self.clock.read(monotonic, wall, asleep(self.platform, self.slept));
        if let Some(slept) = reading.slept {
            self.connection.handle_input(reading.now, Input::Slept(slept));
            self.process_outputs(reading.now);
        }
        if let Some(ahead) = reading.may_have_slept {
            self.connection.handle_input(reading.now, Input::MayHaveSlept(ahead));
            self.process_outputs(reading.now);
        }
        reading.now
    }

    fn input(&mut self, input: Input) {
        let now = self.wake_up();
        self.connection.handle_input(now, input);
        self.process_outputs(now);
    }

    fn process_outputs(&mut self, now: Instant) {
        while let Some(output) = self.connection.poll_output() {
            match output {
                Output::Close { socket, .. } => {
                    self.rules.closed(socket);
                    self.lost = self.link.take();
                }
                Output::Dial { socket, .. } => {
                    self.rules.dialled(socket);
                    self.tally.dials += 1;
                    self.link = Some(Link::new(socket));
                    self.put(self.now, socket, Packet::Dial);
                }
                Output::Event(event) => {
                    if let EventKind::Disconnected { cause, .. } = event.kind {
                        self.disconnected(cause);
                    }
                }
                Output::Ping { socket, id } => {
                    self.rules.uses(socket);
                    self.tally.pings += 1;
                    self.put(self.now, socket, Packet::Ping(id));
                }
                Output::Transmit { socket, message } => {
                    self.rules.uses(socket);
                    self.put(self.now, socket, Packet::Message(message.0));
                    if let Some(link) = self.link.as_mut().filter(|link| link.dead_at.is_some()) {
                        link.sent_at.get_or_insert(self.now);
                    }
                    self.connection.handle_input(now, Input::Sent { socket, message });
                }
                _ => {}
            }
        }
        self.tally.most_waiting = self.tally.most_waiting.max(self.connection.waiting_messages());
    }

    /// Puts a packet on its way, unless the link is dead.
    fn put(&mut self, at: Duration, socket: SocketId, packet: Packet) {
        let Some(link) = self.link.as_mut().filter(|link| link.is_alive(socket)) else { return };
        let direction = usize::from(packet >= Packet::Opened);
        let mut arrives = self.route.arrival(at, &mut self.random);
        if packet == Packet::Opened {
            // TLS and the upgrade to WebSocket.
            for _ in 0..4 {
                arrives = self.route.arrival(arrives, &mut self.random);
            }
        }
        let last = &mut link.last_arrivals[direction];
        *last = arrives.max(*last);
        self.packets += 1;
        self.in_flight.push(Reverse((*last, self.packets, socket, packet)));
    }

    fn arrive(&mut self) {
        let Some(Reverse((at, _, socket, packet))) = self.in_flight.pop() else { return };
        let Some(link) = self.link.as_mut().filter(|link| link.is_alive(socket)) else { return };
        // What comes while the machine sleeps is seen when it wakes up.
        let seen = at.max(self.now);
        match packet {
            Packet::Dial | Packet::Message(_) | Packet::Ping(_) => self.serve(at, socket, packet),
            Packet::Opened => {
                link.opened_at = Some(seen);
                self.now = seen;
                self.input(Input::Opened { socket, reliable: false });
            }
            Packet::Pong(id) => {
                self.now = seen;
                self.input(Input::Pong { socket, id });
            }
            Packet::Refused | Packet::Reset => {
                self.now = seen;
                // A clock that tells of a sleep may have closed it.
                let now = self.wake_up();
                if self.rules.socket == Some(socket) {
                    self.rules.closed(socket);
                    self.lost = self.link.take();
                }
                let lost = Input::Lost { socket, cause: Cause::Network, hint: Hint::NONE };
                self.connection.handle_input(now, lost);
                self.process_outputs(now);
            }
        }
    }

    fn serve(&mut self, at: Duration, socket: SocketId, packet: Packet) {
        let is_down = at < self.server_down_until;
        match packet {
            Packet::Dial if is_down => self.put(at, socket, Packet::Refused),
            Packet::Dial => self.put(at, socket, Packet::Opened),
            Packet::Message(message) if !is_down => {
                self.rules.arrived(message);
                self.tally.messages += 1;
            }
            Packet::Ping(id) if !is_down => self.put(at, socket, Packet::Pong(id)),
            _ => {}
        }
    }

    fn disturb(&mut self, disturbance: Disturbance) {
        match disturbance {
            Disturbance::Dead => self.kill(self.hidden_since.is_some()),
            Disturbance::Hidden => {
                self.hidden_since = self.hidden_since.or(Some(self.now));
                self.disturbed();
                self.input(Input::Suspend(Suspension::Hidden));
            }
            Disturbance::Moved => {
                self.kill(true);
                if self.platform == Platform::Native {
                    self.input(Input::NetworkChanged);
                }
            }
            Disturbance::Restart(down) => {
                self.server_down_until = self.now + down;
                if let Some(Link { socket, .. }) = self.link {
                    self.put(self.now, socket, Packet::Reset);
                }
                self.link.iter_mut().for_each(|link| link.is_reset = true);
            }
            Disturbance::Send => {
                let message = MessageId(self.next_message);
                self.next_message += 1;
                self.input(Input::Send { message, bytes: 100, ttl: None });
            }
            Disturbance::SetClock { ahead } => {
                if ahead {
                    self.wall_ahead += HOUR;
                } else {
                    self.wall_ahead = self.wall_ahead.saturating_sub(HOUR);
                }
                let is_up = self.link.as_ref().is_some_and(|link| link.opened_at.is_some());
                self.tally.clock_steps += u32::from(is_up);
                self.clock_set_at = Some(self.now);
            }
            Disturbance::Sleep(sleep) => {
                self.disturbed();
                self.now += sleep;
                self.slept += sleep;
            }
            Disturbance::Visible => {
                self.hidden_since = None;
                self.disturbed();
                self.input(Input::Resume(Suspension::Hidden));
            }
        }
    }

    /// The link is dead, and nobody says so.
    fn kill(&mut self, is_disturbed: bool) {
        let open = self.link.as_mut().filter(|link| link.opened_at.is_some());
        if let Some(link) = open.filter(|link| link.dead_at.is_none()) {
            link.dead_at = Some(self.now);
            link.is_disturbed = is_disturbed;
        }
    }

    fn disturbed(&mut self) {
        self.link.iter_mut().for_each(|link| link.is_disturbed = true);
    }

    /// A link is over: why, and was it dead?
    fn disconnected(&mut self, cause: Cause) {
        let Some(link) = self.lost.take().or_else(|| self.link.take()) else { return };
        self.tally.up += link.up(self.now);
        let gave_up = cause == Cause::HeartbeatTimeout;
        match (link.dead_at, link.sent_at) {
            (Some(dead_at), None) if gave_up && !link.is_disturbed => {
                self.tally.noticed_idle.push(self.now.saturating_sub(dead_at));
            }
            (Some(_), Some(sent_at)) if gave_up && !link.is_disturbed => {
                self.tally.noticed_sending.push(self.now.saturating_sub(sent_at));
            }
            (None, _) if gave_up && !link.is_reset && !self.route.was_gone(self.now) => {
                self.tally.false_deaths += 1;
                let was_set = self.clock_set_at.is_some_and(|at| self.now < at + SOON);
                self.tally.lost_to_clock_steps += u32::from(was_set);
            }
            _ => {}
        }
    }

    fn count_up(&mut self) {
        self.tally.up += self.link.take().map_or(Duration::ZERO, |link| link.up(self.now));
    }
}

/// What the platform tells of sleeps.
fn asleep(platform: Platform, slept: Duration) -> Sleep {
    match platform {
        Platform::Native => Sleep::Total(slept),
        Platform::Web => Sleep::Untold,
    }
}
