use alloc::string::String;

use super::counts::{AckConfig, CountError, Incoming, Outgoing};
use super::frame::{Frame, Hello, Welcome};
use super::token::Token;
use crate::time::Instant;

/// A client's part of `steadfast.v1`: what it has to remember of its session, over all links.
///
/// It keeps counts and no messages. The order of calls on each link:
///
/// 1. [`hello`](Self::hello) is said first, and nothing but control frames until the welcome;
/// 2. [`resume`](Self::resume) takes the welcome, and returns the fate of the messages sent before;
/// 3. then [`sent`](Self::sent) for each application message *when it is given to the driver* (so
///    that an acknowledgement can never overtake it), [`received`](Self::received) for each that
///    came, [`acknowledged`](Self::acknowledged) for each [`Frame::Ack`], and
///    [`poll_ack`](Self::poll_ack) when [`ack_due`](Self::ack_due) has come;
/// 4. [`flush`](Self::flush) right before a [`Frame::Pong`] and before the link is closed;
/// 5. [`link_lost`](Self::link_lost) when it is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryTracker {
    token: Option<Token>,
    incoming: Incoming,
    outgoing: Outgoing,
    /// Whether more may have been sent than is known.
    restored: bool,
}

/// The fate of the messages that were sent and not acknowledged when the link was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumption {
    /// The server has begun a new session. The fate of this many messages is unknown, the
    /// oldest kept ones: they are reported, and not sent again.
    Afresh {
        /// How many.
        unknown: u64,
    },
    /// The session goes on.
    Continued {
        /// The number of messages, the oldest kept ones, that have arrived, and can go.
        acknowledged: u64,
        /// The number of messages after them that have not: they are sent again, before anything else.
        again: u64,
    },
}

/// A server has said what cannot be. Nothing has changed. The link is to be closed with code 1002.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// A count is impossible.
    #[error(transparent)]
    Count(#[from] CountError),
    /// It continues a session that the client did not ask for.
    #[error("the server resumed a session that was not asked for")]
    Resumed,
}

/// What is saved of a [`DeliveryTracker`], so that a session outlives a page or a process.
///
/// It has to be saved whenever a message was handed to the user: a count that is too low asks for
/// messages again that the user has had.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct DeliverySnapshot {
    /// The token; absent before the first welcome.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub token: Option<Token>,
    /// How many messages have come.
    pub received: u64,
    /// How many messages were sent and acknowledged.
    pub acknowledged: u64,
}

impl DeliveryTracker {
    /// No session yet.
    #[must_use]
    pub fn new(config: AckConfig) -> Self {
        Self { incoming: Incoming::new(config), ..Self::default() }
    }

    /// Goes on from a snapshot, with a number of kept messages; nothing if its counts cannot
    /// be.
    ///
    /// A snapshot may be older than the end of the life that it is of. All messages that are kept
    /// may have been sent, and some after them; what the server has received of the latter is taken
    /// on trust.
    #[must_use]
    pub fn restore(config: AckConfig, snapshot: DeliverySnapshot, kept: u64) -> Option<Self> {
        let DeliverySnapshot { token, received, acknowledged } = snapshot;
        let outgoing = Outgoing::restored(acknowledged.checked_add(kept)?, acknowledged)?;
        let incoming = Incoming::resumed(config, received);
        let restored = true;
        (received <= Frame::MAX_COUNT).then_some(Self { token, incoming, outgoing, restored })
    }

    /// What to save.
    #[must_use]
    pub fn snapshot(&self) -> DeliverySnapshot {
        DeliverySnapshot {
            token: self.token.clone(),
            received: self.incoming.count(),
            acknowledged: self.outgoing.acknowledged_count(),
        }
    }

    /// How many messages were sent and not acknowledged.
    #[must_use]
    pub fn unacknowledged(&self) -> u64 {
        self.outgoing.unacknowledged()
    }

    /// The first words on a new link, for the session of this name.
    #[must_use]
    pub fn hello(&self, session: impl Into<String>) -> Frame {
        let received = self.token.as_ref().map_or(0, |_| self.incoming.count());
        Frame::Hello(Hello { session: session.into(), token: self.token.clone(), received })
    }

    /// Takes the welcome. The messages that are kept count as not sent from now on, but for those
    /// that have arrived.
    ///
    /// # Errors
    ///
    /// If it cannot be an answer to the hello.
    pub fn resume(&mut self, welcome: &Welcome) -> Result<Resumption, DeliveryError> {
        let resumption = if welcome.resumed {
            if self.token.is_none() {
                return Err(DeliveryError::Resumed);
            }
            if self.restored {
                self.outgoing.catch_up(welcome.received);
            }
            let acknowledged = self.outgoing.acknowledged(welcome.received)?;
            let again = self.outgoing.unacknowledged();
            self.outgoing.again();
            Resumption::Continued { acknowledged, again }
        } else {
            if welcome.received > 0 {
                return Err(
                    CountError { received: welcome.received, acknowledged: 0, sent: 0 }.into()
                );
            }
            let unknown = self.outgoing.unacknowledged();
            self.outgoing = Outgoing::default();
            self.incoming.restart();
            Resumption::Afresh { unknown }
        };
        self.restored = false;
        self.incoming.told();
        self.token = Some(welcome.token.clone());
        Ok(resumption)
    }

    /// An application message is given to the driver, for this link.
    pub fn sent(&mut self) {
        self.outgoing.sent();
    }

    /// The message that was given to the driver last but for those after it was refused by the
    /// socket: it does not count.
    pub fn not_sent(&mut self) {
        self.outgoing.not_sent();
    }

    /// The server has received this number of application messages: returns how many of those kept, the oldest, can
    /// go.
    ///
    /// # Errors
    ///
    /// If that cannot be.
    pub fn acknowledged(&mut self, received: u64) -> Result<u64, DeliveryError> {
        Ok(self.outgoing.acknowledged(received)?)
    }

    /// An application message has come.
    pub fn received(&mut self, now: Instant) {
        self.incoming.received(now);
    }

    /// When to call [`poll_ack`](Self::poll_ack); nothing while all is acknowledged.
    #[must_use]
    pub fn ack_due(&self) -> Option<Instant> {
        self.incoming.due()
    }

    /// The acknowledgement that is due by now.
    pub fn poll_ack(&mut self, now: Instant) -> Option<Frame> {
        self.incoming.poll(now)
    }

    /// From now on only what is [`saved`](Self::saved) is acknowledged. All that has come until now
    /// is.
    pub fn save_first(&mut self) {
        self.incoming.save_first();
    }

    /// The total number of messages that have come and are saved.
    pub fn saved(&mut self, count: u64) {
        self.incoming.saved(count);
    }

    /// Whether something that has come is not acknowledged.
    #[must_use]
    pub fn owes(&self) -> bool {
        self.incoming.unacknowledged() > 0
    }

    /// How many messages have come, all together.
    #[must_use]
    pub fn received_count(&self) -> u64 {
        self.incoming.count()
    }

    /// How many messages have come and have to be saved before they are acknowledged. While there
    /// are such, no [`hello`](Self::hello) may be said: it would tell of them.
    #[must_use]
    pub fn unsaved(&self) -> u64 {
        self.incoming.unsaved()
    }

    /// An acknowledgement of all that may be and is not acknowledged, due or not.
    pub fn flush(&mut self) -> Option<Frame> {
        self.incoming.flush()
    }

    /// The link is gone. No acknowledgement is due: the next hello tells.
    pub fn link_lost(&mut self) {
        self.incoming.told();
    }

    /// Ends the session: the next hello asks for a new one. Says how many messages were sent and
    /// not acknowledged.
    pub fn forget(&mut self) -> u64 {
        let unknown = self.outgoing.unacknowledged();
        self.token = None;
        self.outgoing = Outgoing::default();
        self.incoming.restart();
        unknown
    }
}

impl DeliveryError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Count(error) => error.code(),
            Self::Resumed => "delivery.resumed",
        }
    }
}

#[cfg(test)]
mod tests;
