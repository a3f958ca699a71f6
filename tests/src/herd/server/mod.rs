use std::time::Duration;

use steadfast_core::connection::SocketId;
use steadfast_core::time::Instant;

mod outage;
mod queue;
mod shared;

use self::outage::Outage;
use self::queue::Queue;
use self::shared::Shared;

/// What a server does with more dials than it can serve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A queue of 2 s of work. Dials beyond it are rejected, which costs this share of an accept, one after the other.
    Bounded {
        /// The work of a rejection, as a share of that of an accept.
        rejection: f64,
        /// What a rejection tells.
        hints: Hints,
    },
    /// A backlog of 2 s of work. Dials beyond it are dropped silently, and repeated by the client's TCP 1, 3, 7, 15
    /// and 31 s after the first.
    Dropping,
    /// First in, first out, without a bound. Dials that were given up are served all the same.
    Fifo,
    /// [`Kind::Fifo`] behind a gateway that answers 504 to a dial after 30 s.
    Gateway,
    /// Nobody can be reached for this long after the restart, and everybody at once afterwards.
    Outage {
        /// The length of the outage.
        lasts: Duration,
        /// Whether dials are refused by a TCP reset. Otherwise nothing comes back.
        refuses: bool,
    },
    /// The server works on all dials at a time. What was done for a dial that is given up is lost.
    Shared,
}

/// What a server tells those it rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hints {
    /// A slot, as the reason of a close frame with 1013.
    CloseReason,
    /// Nothing.
    None,
    /// A slot, as `Retry-After` with `Steadfast-Spread: 0` and status 503.
    RetryAfter,
}

/// One attempt of one client to open a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dial {
    pub(super) client: usize,
    pub(super) socket: SocketId,
}

/// The server's answer to a dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    Accepted,
    Refused(Refusal),
}

/// Why a dial was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Refusal {
    /// HTTP 504.
    GatewayTimeout,
    /// A TCP reset.
    Reset,
    /// WebSocket close code 1013, with a slot of that many seconds.
    TryLater(u64),
    /// HTTP 503, with a slot of that many seconds if there is one.
    Unavailable(Option<u64>),
}

/// How a dial is answered as it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// The server's TCP has it. An answer follows.
    Taken,
    /// Nothing comes back.
    Dropped,
    /// The answer, at this moment.
    Refused(Refusal, Instant),
}

/// The far end of all dials.
#[derive(Debug)]
pub(super) enum Server {
    Outage(Outage),
    Queue(Queue),
    Shared(Shared),
}

impl Server {
    /// A server that restarts now and accepts `capacity` clients a second.
    pub(super) fn new(kind: Kind, capacity: f64, now: Instant) -> Self {
        let work = Duration::from_secs_f64(1.0 / capacity);
        match kind {
            Kind::Bounded { rejection, hints } => {
                Self::Queue(Queue::bounded(work, work.mul_f64(rejection), hints))
            }
            Kind::Dropping => Self::Queue(Queue::dropping(work)),
            Kind::Fifo | Kind::Gateway => Self::Queue(Queue::unbounded(work)),
            Kind::Outage { lasts, refuses } => Self::Outage(Outage::new(now + lasts, refuses)),
            Kind::Shared => Self::Shared(Shared::new(capacity)),
        }
    }

    pub(super) fn arrive(&mut self, now: Instant, dial: Dial) -> Arrival {
        match self {
            Self::Outage(outage) => outage.arrive(now, dial),
            Self::Queue(queue) => queue.arrive(now, dial),
            Self::Shared(shared) => shared.arrive(now, dial),
        }
    }

    /// The client has closed the socket of this dial.
    pub(super) fn give_up(&mut self, now: Instant, dial: Dial) {
        if let Self::Shared(shared) = self {
            shared.give_up(now, dial);
        }
    }

    /// When the next dial is served.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Self::Outage(outage) => outage.poll_timeout(),
            Self::Queue(queue) => queue.poll_timeout(),
            Self::Shared(shared) => shared.poll_timeout(),
        }
    }

    /// A dial that is served by now.
    pub(super) fn poll_served(&mut self, now: Instant) -> Option<Dial> {
        match self {
            Self::Outage(outage) => outage.poll_served(now),
            Self::Queue(queue) => queue.poll_served(now),
            Self::Shared(shared) => shared.poll_served(now),
        }
    }
}
