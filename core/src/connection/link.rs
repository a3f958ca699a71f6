use core::time::Duration;

use super::handed::Handed;
use super::output::{Deadline, SocketId, Timer};
use crate::heartbeat::{Answered, Expected, HeartbeatConfig, PingId, Pings, Rtt, interval};
use crate::outbox::MessageId;
use crate::quality::Quality;
use crate::rng::Random;
use crate::time::{Instant, earlier};

mod proving;
mod sampling;
mod waiting;

use sampling::Sampling;
pub(super) use waiting::Uploads;

/// The waits between two looks at a socket that holds too much to take a message: doubled from the
/// first to the second.
const SHORTEST_DRAIN_WAIT: Duration = Duration::from_millis(10);
const LONGEST_DRAIN_WAIT: Duration = Duration::from_millis(100);

/// A message that follows a longer silence is preceded by a ping: the pong is not kept waiting by what the
/// message asks for.
const SPOKEN_WITHIN: Duration = Duration::from_secs(1);

/// Number of answered pings after which the link counts as known.
const KNOWN_AFTER: u8 = 3;

/// The time between two demands for proof, at least, while nothing stood still.
const DEMANDS_APART: Duration = Duration::from_secs(5);

/// One open socket: its heartbeats and its age. Gone with the socket.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is known by itself")]
pub(super) struct LinkState {
    pub(super) socket: SocketId,
    /// Whether the server acknowledges messages.
    pub(super) reliable: bool,
    /// When it has been up for long enough; absent once it has.
    pub(super) stable_at: Option<Instant>,
    pub(super) missed_in_a_row: u32,
    /// When the last of them was missed.
    missed_at: Option<Instant>,
    /// When the peer last showed that it lives.
    pub(super) heard_at: Instant,
    /// How many pings it has answered, up to [`KNOWN_AFTER`].
    answers: u8,
    /// How long each pong of the present silence may take; absent while no answer is waited for.
    late_after: Option<Duration>,
    /// How much of the present silence the bytes explain that were sent before it, in nanoseconds.
    explained: u64,
    /// How much of the round trip of the next ping the bytes explain that were sent before it.
    behind: Duration,
    /// What the present silence may be busy with.
    pub(super) expected: Expected,
    pub(super) rtt: Rtt,
    sampling: Sampling,
    /// The least RTO until there is a sample.
    least_rto: Duration,
    pub(super) handed: Handed,
    pings: Pings,
    /// Number of messages that went out before the last ping.
    messages_before_ping: u64,
    /// When the next ping is due; absent on a passive connection.
    ping_at: Option<Instant>,
    /// The interval that leads up to it.
    interval: Duration,
    /// When a ping follows a message to which nothing came back; absent while nothing is owed.
    probe_at: Option<Instant>,
    /// When the message went out that `probe_at` belongs to.
    asked_at: Instant,
    /// When the peer must have shown that it lives, after a pause; absent while nothing is asked.
    proof_by: Option<Instant>,
    /// When that was asked last, or the ping is due that comes in its place.
    demanded_at: Option<Instant>,
    /// How many pauses in a row the proof began anew after.
    restarts: u8,
    /// Whether a deadline was moved, since the peer was last heard, so that what had arrived could be read.
    had_time_to_read: bool,
    silence: Option<Silence>,
    /// Whether the driver reported that nothing can be read.
    pub(super) is_unread: bool,
    /// When a message is announced again for which the socket held too much; absent while it takes
    /// messages.
    pub(super) drain_at: Option<Instant>,
    /// How long the last wait for that was; zero once the socket has taken a message.
    drain_wait: Duration,
    /// Whether no timer runs, because nothing can be done when it has run out.
    parked: bool,
}

/// A peer's promise to speak.
#[derive(Clone, Copy, Debug)]
struct Silence {
    limit: Duration,
    heard_at: Instant,
    /// When to look at `heard_at`. A message moves only that, so that none arms a timer.
    ends_at: Instant,
}

impl LinkState {
    /// How late the end of a dial may be before that says that everything was paused.
    pub(super) const DIAL_TOLERANCE: Duration = Duration::from_secs(2);

    /// A link that just came up after a dial of this duration. Its first ping is due at once.
    pub(super) fn new(
        socket: SocketId,
        now: Instant,
        stable_after: Duration,
        active: bool,
        reliable: bool,
        dialled_for: Duration,
    ) -> Self {
        Self {
            socket,
            reliable,
            stable_at: Some(now + stable_after),
            missed_in_a_row: 0,
            missed_at: None,
            heard_at: now,
            answers: 0,
            late_after: None,
            explained: 0,
            behind: Duration::ZERO,
            expected: Expected::First,
            rtt: Rtt::new(),
            sampling: Sampling::default(),
            least_rto: dialled_for / 2,
            handed: Handed::default(),
            pings: Pings::default(),
            messages_before_ping: 0,
            ping_at: active.then_some(now),
            interval: Duration::ZERO,
            probe_at: None,
            asked_at: now,
            proof_by: None,
            demanded_at: None,
            restarts: 0,
            had_time_to_read: false,
            silence: None,
            is_unread: false,
            drain_at: None,
            drain_wait: Duration::ZERO,
            parked: false,
        }
    }

    /// Whether pings are sent from now on. The first is due at once; those in flight are excused
    /// when no more follow.
    pub(super) fn set_active(&mut self, active: bool, now: Instant) {
        if active {
            self.ping_at = self.ping_at.or(Some(now));
        } else {
            self.ping_at = None;
            self.probe_at = None;
            self.proof_by = None;
            self.late_after = None;
            self.pings.excuse();
        }
    }

    /// Stops all timers; what is in flight is forgotten.
    pub(super) fn park(&mut self) {
        self.parked = true;
        self.late_after = None;
        self.pings.forget();
        self.probe_at = None;
        // Where a proof began anew before, the rest of its time counts.
        self.proof_by = self.proof_by.filter(|_| self.restarts > 0);
    }

    /// Runs the timers again, after a pause that proves nothing.
    pub(super) fn unpark(&mut self, now: Instant, paused: Duration) {
        self.parked = false;
        if !paused.is_zero() {
            self.silence = self.silence.map(|silence| Silence::new(silence.limit, now));
        }
        self.stable_at = self.stable_at.map(|at| at + paused);
    }

    /// Whether the peer is judged by what comes next.
    pub(super) fn awaits_answer(&self) -> bool {
        let is_asked = self.pings.late_at().is_some() || self.missed_in_a_row > 0;
        is_asked || self.proof_by.is_some() || self.silence.is_some()
    }

    /// Whether an answer is awaited that has not come. In a hidden page timers are late and what
    /// arrives is not, so a pong that is late there has not arrived.
    pub(super) fn owes_answer(&self, is_hidden: bool, now: Instant) -> bool {
        let is_late = is_hidden && self.pings.late_at().is_some_and(|late_at| late_at <= now);
        is_late || self.proof_by.is_some()
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        if self.parked {
            return None;
        }
        let timers = [
            (Timer::Drain, self.drain_at),
            (Timer::LatePong, self.pings.late_at()),
            (Timer::Ping, earlier(self.ping_at, self.probe_at)),
            (Timer::Proof, self.proof_by),
            (Timer::Silence, self.silence.map(|silence| silence.ends_at)),
            (Timer::Stable, self.stable_at),
        ];
        timers
            .into_iter()
            .fold(None, |first, (timer, at)| earlier(first, at.map(|at| Deadline { at, timer })))
    }

    /// How late a timer may be before that says that everything was paused.
    pub(super) fn tolerance(&self, timer: Timer) -> Duration {
        let least = Duration::from_secs(2);
        if timer == Timer::Ping { least.max(self.interval / 2) } else { least }
    }

    /// Whether a message is better preceded by a ping.
    pub(super) fn asks_before_sending(&self, now: Instant) -> bool {
        let is_asked = self.pings.late_at().is_some() || self.proof_by.is_some() || self.parked;
        !is_asked && now.saturating_since(self.heard_at) > SPOKEN_WITHIN
    }

    /// A ping goes out now; the next regular one is an interval away.
    pub(super) fn ping_sent(
        &mut self,
        id: PingId,
        now: Instant,
        config: &HeartbeatConfig,
        quality: Option<Quality>,
        max_idle: Option<Duration>,
        random: &mut impl Random,
    ) {
        let late_after = self.late_after.unwrap_or(config.late_min);
        // On a slow link no more pings are in flight than are remembered.
        let least = match (self.pings.late_at(), quality) {
            (Some(_), _) => late_after / 2,
            (None, None) => self.rto().min(config.late_max),
            (None, Some(_)) => Duration::ZERO,
        };
        // The message that is asked about has waited already.
        let waited = self.probe_at.map_or(Duration::ZERO, |_| now.saturating_since(self.asked_at));
        let late_after = late_after.saturating_sub(waited).max(late_after / 2);
        // A probe is judged by its own deadline, not by the number of pings missed.
        let late_after = self.proof_by.is_none().then_some(late_after);
        let mark = self.handed.mark();
        self.messages_before_ping = mark.messages;
        self.pings.sent(id, now, late_after, mark, self.behind);
        self.probe_at = None;
        self.interval = interval(config, quality, max_idle, random).max(least);
        self.ping_at = Some(now + self.interval);
    }

    /// Whether proof need not be demanded now: it is under way, or was demanded a moment ago. Then the next
    /// ping follows soon, so that news which come again and again do not make pings as often.
    pub(super) fn was_asked_lately(&mut self, now: Instant) -> bool {
        let Some(demanded_at) = self.demanded_at else { return false };
        if self.proof_by.is_some() || demanded_at > now {
            return true;
        }
        let next = demanded_at + DEMANDS_APART;
        if next <= now {
            return false;
        }
        self.demanded_at = Some(next);
        self.beat_by(next);
        true
    }

    /// A link that cannot be asked has so long to say something by itself.
    pub(super) fn demand_speech(&mut self, now: Instant, wait: Duration) {
        self.proof_by = self.proof_by.filter(|by| *by > now).or(Some(now + wait));
    }

    pub(super) fn demand_nothing(&mut self) {
        self.proof_by = None;
    }

    /// Whether a ping is late that was sent after the last miss. Pings that were in flight at the
    /// same time tell of one silence, and count as one miss.
    pub(super) fn take_late_ping(&mut self, now: Instant) -> bool {
        let Some(sent_at) = self.pings.take_late(now) else { return false };
        let counts = self.missed_at.is_none_or(|missed_at| sent_at >= missed_at);
        if counts {
            self.missed_at = Some(now);
        }
        counts
    }

    /// The peer said something, so it lives.
    pub(super) fn heard(&mut self, now: Instant) {
        if let Some(silence) = &mut self.silence {
            silence.heard_at = now;
        }
        self.excuse();
        self.heard_at = now;
        // What was under way as the message went out does not answer it.
        if now.saturating_since(self.asked_at) >= self.rtt.soonest() {
            self.probe_at = None;
        }
        self.proof_by = None;
        (self.restarts, self.had_time_to_read) = (0, false);
    }

    /// The pongs of the pings in flight tell nothing.
    pub(super) fn forget_pings(&mut self) {
        self.pings.forget();
    }

    /// A pong came: the round-trip time. Absent where it measures an upload, and where its ping is not known.
    pub(super) fn answered(&mut self, id: PingId, now: Instant) -> Option<Duration> {
        let Answered { rtt, after, behind } = self.pings.answered(id, now)?;
        self.answers = KNOWN_AFTER.min(self.answers + 1);
        self.handed.arrived(after);
        if !self.sampling.takes(now, rtt, behind, self.rto()) {
            return None;
        }
        self.rtt.sample(rtt);
        Some(rtt)
    }

    /// The socket holds too much to take a message. It is looked at again soon, and less often while it
    /// takes none.
    pub(super) fn wait_for_drain(&mut self, now: Instant) {
        self.drain_wait = (self.drain_wait * 2).clamp(SHORTEST_DRAIN_WAIT, LONGEST_DRAIN_WAIT);
        self.drain_at = Some(now + self.drain_wait);
    }

    /// A message went out: if nothing comes back, a ping follows soon. A link that is talked to is
    /// found dead within seconds, not at the next regular ping.
    pub(super) fn message_sent(
        &mut self,
        message: MessageId,
        bytes: u64,
        now: Instant,
        config: Option<&HeartbeatConfig>,
    ) {
        self.drain_wait = Duration::ZERO;
        self.handed.add(message, bytes);
        self.ask(now, config);
    }

    /// Something is to come back, or to move: if nothing does, a ping follows soon.
    pub(super) fn ask(&mut self, now: Instant, config: Option<&HeartbeatConfig>) {
        if let Some(config) = config
            && !self.parked
            && self.probe_at.is_none()
        {
            self.probe_at = Some(now + config.probe_after_send);
            self.asked_at = now;
        }
    }

    /// The retransmission time-out. Before the first sample it is at least half of the dial's duration:
    /// a dial takes two round trips or more.
    fn rto(&self) -> Duration {
        let least = if self.rtt.srtt().is_none() { self.least_rto } else { Duration::ZERO };
        self.rtt.rto().max(least)
    }

    /// The peer has promised to be silent for no longer than this, from now on.
    pub(super) fn promise(&mut self, silence: Option<Duration>, now: Instant) {
        self.silence = silence
            .filter(|limit| !limit.is_zero())
            .map(|limit| Silence::new(limit.min(Silence::LONGEST), now));
    }

    /// Takes into account what was heard since the timer for silence was set.
    pub(super) fn renew_silence(&mut self) {
        if let Some(silence) = &mut self.silence {
            silence.ends_at = silence.heard_at + silence.limit;
        }
    }

    /// Whether the peer has broken its promise to speak.
    pub(super) fn is_silent(&self, now: Instant) -> bool {
        self.silence.is_some_and(|silence| silence.ends_at <= now)
    }

    /// The server lets less pass in silence than was thought.
    pub(super) fn beat_by(&mut self, at: Instant) {
        self.ping_at = self.ping_at.map(|due| due.min(at));
    }
}

impl Silence {
    const LONGEST: Duration = Duration::from_hours(24);

    fn new(limit: Duration, now: Instant) -> Self {
        Self { limit, heard_at: now, ends_at: now + limit }
    }
}
