//! What is saved of a connection, so that its session outlives a page or a process.
//!
//! [`Connection::snapshot`](crate::connection::Connection::snapshot) makes one,
//! [`Connection::restore`](crate::connection::Connection::restore) goes on from it. In between it
//! is a handful of bytes, with a mark, a version and a checksum in front: what is damaged, cut off,
//! foreign or of a later version is refused as a whole.
//!
//! It holds no payload of a message. A driver that saves those, too, saves them by their
//! [`MessageId`], and says by [`ConnectionSnapshot::retain`] which of them it still has.

mod error;
mod layout;

use alloc::string::String;
use alloc::vec::Vec;

pub use error::{RestoreError, SnapshotError};

use crate::breaker::BreakerSnapshot;
use crate::outbox::MessageId;
use crate::protocol::DeliverySnapshot;
use crate::quality::QualityTracker;
use crate::report::ReportToken;
use crate::retry::Backoff;
use crate::time::{Dates, Instant};
use core::time::Duration;

/// What is saved of a connection: who it is, how it has fared, and what waits to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionSnapshot {
    pub(crate) session_id: String,
    pub(crate) organization_id: String,
    pub(crate) saved_at: Instant,
    pub(crate) connected_at: Option<Instant>,
    pub(crate) last_heartbeat: Option<Instant>,
    pub(crate) disconnected_at: Option<Instant>,
    pub(crate) latency: Option<Duration>,
    pub(crate) reconnect_attempts: u32,
    pub(crate) total_disconnections: u32,
    pub(crate) quality: QualityTracker,
    pub(crate) backoff: Backoff,
    pub(crate) breaker: Option<BreakerSnapshot>,
    pub(crate) delivery: Option<DeliverySnapshot>,
    /// What shows to a collector that reports are of this session.
    pub(crate) report_token: Option<ReportToken>,
    /// When the longest silence ended that a link outlived, and that of a busy link, and how long they were.
    pub(crate) silences: [(Instant, Duration); 2],
    /// The end of the wait that the server asked for.
    pub(crate) not_before: Option<Instant>,
    /// Whether the server said that the credentials have expired, and how many dials failed without
    /// a reason.
    pub(crate) credentials: (bool, u32),
    pub(crate) next_message: MessageId,
    pub(crate) waiting: Vec<WaitingMessage>,
    /// How many of the waiting, from the first, were handed to a socket and not acknowledged.
    pub(crate) handed_over: usize,
}

/// A message that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingMessage {
    /// Its number.
    pub message: MessageId,
    /// Its length.
    pub bytes: usize,
    /// When it is worth nothing any more; absent for never.
    pub expires_at: Option<Instant>,
}

impl ConnectionSnapshot {
    /// The session that it is of.
    #[must_use]
    pub fn session_id(&self) -> &str {
        &self.session_id
    }

    /// The organisation that the session belongs to.
    #[must_use]
    pub fn organization_id(&self) -> &str {
        &self.organization_id
    }

    /// When it was saved.
    #[must_use]
    pub fn saved_at(&self) -> Instant {
        self.saved_at
    }

    /// The number that the next message has to have.
    #[must_use]
    pub fn next_message(&self) -> MessageId {
        self.next_message
    }

    /// The messages that waited, in order.
    #[must_use]
    pub fn waiting(&self) -> &[WaitingMessage] {
        &self.waiting
    }

    /// Keeps those of the waiting messages whose payload there still is. If one is missing that
    /// the server may have, the session with the server cannot go on, and a new one begins.
    pub fn retain(&mut self, mut has_payload: impl FnMut(MessageId) -> bool) {
        let (all, handed_over) = (self.waiting.len(), self.handed_over);
        let mut index = 0;
        let mut kept_of_handed_over = 0;
        self.waiting.retain(|waiting| {
            let kept = has_payload(waiting.message);
            kept_of_handed_over += usize::from(kept && index < handed_over);
            index += 1;
            kept
        });
        if self.waiting.len() < all {
            self.handed_over = kept_of_handed_over;
            self.delivery = None;
        }
    }

    /// With dates in the place of instants: what is read by another process is judged by the wall
    /// clock.
    #[must_use]
    pub fn dated(mut self, dates: Dates) -> Self {
        self.breaker = self.breaker.map(|breaker| breaker.dated(dates));
        let [(outlived, _), (busy, _)] = &mut self.silences;
        let every = [
            Some(&mut self.saved_at),
            self.connected_at.as_mut(),
            self.last_heartbeat.as_mut(),
            self.disconnected_at.as_mut(),
            self.not_before.as_mut(),
            Some(outlived),
            Some(busy),
        ];
        let expiries = self.waiting.iter_mut().map(|waiting| waiting.expires_at.as_mut());
        for instant in every.into_iter().chain(expiries).flatten() {
            *instant = dates.date(*instant);
        }
        self
    }

    /// Forgets the waiting messages: for a driver that saves no payloads.
    pub fn forget_messages(&mut self) {
        self.retain(|_| false);
    }
}

#[cfg(test)]
mod tests;
