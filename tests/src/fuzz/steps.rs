//! What happens to a connection that is watched, as a fuzzer makes it up.

use std::time::Duration;

use arbitrary::Arbitrary;
use steadfast_core::connection::{Cause, ConnectionConfig, Registration, Suspension};
use steadfast_core::outbox::{OutboxConfig, Overflow};
use steadfast_core::protocol::Hint;
use steadfast_core::retry::{Exponential, Fixed, Guarded, Linear, RetryStrategy};

/// The configuration of a connection.
#[derive(Arbitrary, Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a setting")]
pub(super) struct Setup {
    pub(super) seed: u64,
    pub(super) strategy: Strategy,
    overflow: Room,
    beats: bool,
    pub(super) saves: bool,
    pub(super) refreshes: bool,
    pub(super) offers: bool,
    gives_up: bool,
    promised: bool,
    expires: bool,
    lets_go: bool,
    /// Whether the driver sees TCP come up.
    pub(super) sees: bool,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Strategy {
    Adaptive,
    Fixed,
    Guarded,
    Linear,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Room {
    DropNewest,
    DropOldest,
    Reject,
}

/// Something that happens.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Step {
    Ack(Which, Count),
    Alive(Which),
    Close,
    /// The time of the next deadline comes.
    Deadline,
    Hint(Which, Wish),
    /// It becomes so late, whatever time it was.
    Leap(u64),
    Lost(Which, Why, Wish),
    MayHaveSlept(u32),
    NetworkChanged,
    Open,
    Opened(Which, bool),
    Pass,
    Ping(Which, u32),
    Pong(Which, Ping),
    Promise(Which, u16),
    Received(Which),
    Reconnect,
    Resume(Reason),
    Saved,
    Send(u16, Option<u16>),
    Sent(Which, Message),
    Slept(u32),
    Suspend(Reason),
    /// That many milliseconds pass, and nothing looks at the clock.
    Wait(u16),
    Welcome(Which, Count, bool),
    /// The driver looks, whether it is time or not.
    Timeout,
    /// What no server says.
    Nonsense(Which),
    /// A socket refuses a message with an error.
    Refused(Which, Message),
    /// The user closes, and allows that many milliseconds for what waits.
    CloseWithin(u16),
    /// Nothing can be read, since the user does not read.
    Unread(Which),
    /// The socket holds too much to be handed a message.
    Blocked(Which, Message),
    /// The server's TCP has answered.
    Reached(Which),
    /// A function of the user is asked where to dial, or has answered.
    Asks(Which, bool),
    /// The server has answered the close frame of a socket.
    ClosedCleanly(Which),
}

/// One of the sockets there may be.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Which {
    Current,
    Dead,
    Unheard,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Count {
    Any(u64),
    Right,
    Small(u8),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Message {
    Any(u64),
    Next,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Ping {
    Any(u32),
    Last,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Why {
    ByPeer(u16),
    Expired,
    Handshake(Option<u16>),
    NoAddress,
    Network,
    Refused(u16),
    /// An answer of a server that may not know a sub-protocol.
    BadRequest,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) struct Wish([Option<u32>; 3]);

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Reason {
    Cached,
    Frozen,
    Hidden,
    Offline,
    Prerendered,
}

impl Setup {
    /// With the default strategy, and for as long as it takes.
    pub(super) fn adaptive(self) -> Self {
        Self { strategy: Strategy::Adaptive, gives_up: false, refreshes: false, ..self }
    }

    pub(super) fn config(&self) -> ConnectionConfig {
        let mut config = ConnectionConfig::new(Registration::new("s", "fuzz"));
        config.retry = match self.strategy {
            Strategy::Adaptive => RetryStrategy::default(),
            Strategy::Fixed => RetryStrategy::Fixed(Fixed::default()),
            Strategy::Guarded => RetryStrategy::CircuitBreaker(Guarded {
                threshold: 2,
                backoff: Exponential::default(),
                ..Guarded::default()
            }),
            Strategy::Linear => RetryStrategy::Linear(Linear::default()),
        };
        config.outbox = OutboxConfig {
            max_messages: 8,
            max_bytes: 20_000,
            overflow: match self.overflow {
                Room::DropNewest => Overflow::DropNewest,
                Room::DropOldest => Overflow::DropOldest,
                Room::Reject => Overflow::Reject,
            },
            ttl: self.expires.then_some(Duration::from_secs(20)),
        };
        if !self.beats {
            config.heartbeat = None;
        }
        config.save_before_ack = self.saves;
        config.refreshable = self.refreshes;
        config.max_reconnect_attempts = self.gives_up.then_some(3);
        config.reach_timeout = self.sees.then_some(Duration::from_secs(8));
        config.max_silence = self.promised.then_some(Duration::from_secs(30));
        config.suspend_hidden_after = self.lets_go.then_some(Duration::from_mins(1));
        config
    }
}

/// How one dial ends, or the link that comes of it.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Loss {
    /// It is refused, after that many milliseconds.
    Refused(u8, Why),
    /// It reaches the server, and is refused after that many milliseconds.
    Rejected(u8, Why),
    /// It opens, and its link breaks after that many milliseconds.
    Dropped(u8, bool, Why),
    /// Nothing comes, but seldom: a dial that waits leaves the ladder little to do.
    Silent(u8),
}

impl Loss {
    /// The dial that is under way ends like this, and the next one is waited for.
    pub(super) fn steps(self) -> Vec<Step> {
        let (which, no_wish) = (Which::Current, Wish([None; 3]));
        let lost = |why| Step::Lost(which, why, no_wish);
        let mut steps = match self {
            Self::Refused(after, why) => vec![Step::Wait(after.into()), lost(why)],
            Self::Rejected(after, why) => {
                vec![Step::Reached(which), Step::Wait(after.into()), lost(why)]
            }
            Self::Dropped(after, reliable, why) => {
                vec![Step::Opened(which, reliable), Step::Wait(after.into()), lost(why)]
            }
            Self::Silent(0) => vec![Step::Deadline],
            Self::Silent(_) => vec![lost(Why::Network)],
        };
        steps.push(Step::Deadline);
        steps
    }
}

/// What changes on this side while an attempt is waited for.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum News {
    ClockSet,
    Network,
    Over(Reason),
    Slept,
}

impl News {
    /// A dial fails, this happens that many milliseconds later, and the next attempt is waited for.
    pub(super) fn steps(self, after: u8) -> Vec<Step> {
        let lost = Step::Lost(Which::Current, Why::Network, Wish([None; 3]));
        let mut steps = vec![lost, Step::Wait(after.into())];
        match self {
            Self::ClockSet => steps.push(Step::MayHaveSlept(10_000)),
            Self::Network => steps.push(Step::NetworkChanged),
            Self::Over(reason) => steps.extend([Step::Suspend(reason), Step::Resume(reason)]),
            Self::Slept => steps.push(Step::Slept(3_000)),
        }
        steps.push(Step::Deadline);
        steps
    }
}

impl Why {
    pub(super) fn cause(self) -> Cause {
        match self {
            Self::ByPeer(code) => Cause::ClosedByPeer { code },
            Self::Handshake(code) => Cause::HandshakeFailed { code },
            Self::Expired => Cause::ClosedByPeer { code: 4401 },
            Self::Network => Cause::Network,
            Self::NoAddress => Cause::NoAddress,
            Self::Refused(status) => Cause::Rejected { status },
            Self::BadRequest => Cause::Rejected { status: 400 },
        }
    }
}

impl Wish {
    /// What a driver makes of what a server says: no hint is longer than a day.
    pub(super) fn hint(self) -> Hint {
        let wait = |millis: Option<u32>| {
            millis.map(|millis| Duration::from_millis(millis.into()).min(Hint::LONGEST))
        };
        let [retry_after, spread, max_idle] = self.0.map(wait);
        Hint { retry_after, spread, max_idle }
    }
}

impl Reason {
    pub(super) fn suspension(self) -> Suspension {
        match self {
            Self::Cached => Suspension::Cached,
            Self::Frozen => Suspension::Frozen,
            Self::Hidden => Suspension::Hidden,
            Self::Offline => Suspension::Offline,
            Self::Prerendered => Suspension::Prerendered,
        }
    }
}
