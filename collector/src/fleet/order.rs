//! Which of the wanted sessions come first.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Duration;

use steadfast_core::manager::Liveness;
use steadfast_core::quality::Quality;
use steadfast_core::time::Instant;

use super::filter::{Besides, Record};
use super::session::Session;

/// What sessions are ordered by. Sessions that have none of it come last, also in the reverse order;
/// equal ones are ordered by their ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// When the last report came in: the newest first.
    #[default]
    LastHeard,
    /// When the last link was lost: the newest first.
    LastLoss,
    /// The latency: the greatest first.
    Latency,
    /// The quality of live sessions: the worst first.
    Quality,
    /// When the first report came in: the newest first.
    Registered,
    /// The id: from A to Z.
    SessionId,
}

/// An order of sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// What they are ordered by.
    pub by: SortBy,
    /// The other way round.
    pub is_reversed: bool,
}

/// The first of many sessions in an order, however they come, and how many there are.
#[derive(Debug)]
pub(super) struct Best {
    order: Order,
    most: usize,
    /// The last one on top.
    entries: BinaryHeap<Entry>,
    total: u64,
}

/// A session that is among the first.
#[derive(Debug)]
pub(super) struct Entry {
    rank: u64,
    id: Id,
    /// The session itself, if it is not in memory.
    pub(super) stored: Option<Box<Session>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Id {
    Ascending(Box<str>),
    Descending(Reverse<Box<str>>),
}

/// For a session without a value to be ordered by.
const LAST: u64 = u64::MAX;

impl SortBy {
    /// All of them, in alphabetical order.
    pub const ALL: [Self; 6] = [
        Self::LastHeard,
        Self::LastLoss,
        Self::Latency,
        Self::Quality,
        Self::Registered,
        Self::SessionId,
    ];

    /// The name in a query.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LastHeard => "lastHeard",
            Self::LastLoss => "lastLoss",
            Self::Latency => "latency",
            Self::Quality => "quality",
            Self::Registered => "registered",
            Self::SessionId => "sessionId",
        }
    }
}

impl Order {
    /// A smaller number for what comes first.
    fn rank(self, record: &Record<'_>, besides: &Besides<'_>) -> u64 {
        let greatest_first = |duration: Duration| {
            let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
            LAST - 1 - nanos.min(LAST - 1)
        };
        let newest_first = |at: Instant| greatest_first(at.saturating_since(Instant::ORIGIN));
        let rank = match self.by {
            SortBy::LastHeard => Some(newest_first(besides.heard_at)),
            SortBy::LastLoss => besides.last_loss.map(|loss| newest_first(loss.at)),
            SortBy::Latency => record.latency.map(greatest_first),
            SortBy::Quality => {
                record.quality.filter(|_| record.liveness == Liveness::Live).map(|quality| {
                    match quality {
                        Quality::Critical => 0,
                        Quality::Poor => 1,
                        Quality::Good => 2,
                        Quality::Excellent => 3,
                    }
                })
            }
            SortBy::Registered => Some(newest_first(besides.first_heard)),
            SortBy::SessionId => Some(0),
        };
        let reversed = |rank| if self.is_reversed { LAST - 1 - rank } else { rank };
        rank.map_or(LAST, reversed)
    }
}

impl Best {
    /// Keeps the first `most` of those that are offered.
    pub(super) fn new(order: Order, most: usize) -> Self {
        Self { order, most, entries: BinaryHeap::new(), total: 0 }
    }

    /// A session that is wanted and in memory.
    pub(super) fn offer(&mut self, record: &Record<'_>, besides: &Besides<'_>) {
        let rank = self.order.rank(record, besides);
        self.offer_ranked(rank, record.session_id, || None);
    }

    /// A session that is wanted and in the database alone.
    pub(super) fn offer_stored(&mut self, session: Session) {
        let rank = self.order.rank(&session.record(), &session.besides());
        let id = session.state.session_id.clone();
        self.offer_ranked(rank, &id, || Some(Box::new(session)));
    }

    /// The sessions in order, and how many were offered.
    pub(super) fn finish(self) -> (Vec<Entry>, u64) {
        (self.entries.into_sorted_vec(), self.total)
    }

    fn offer_ranked(&mut self, rank: u64, id: &str, stored: impl FnOnce() -> Option<Box<Session>>) {
        self.total += 1;
        if self.entries.len() >= self.most {
            let Some(last) = self.entries.peek() else {
                return;
            };
            // Most sessions fall out here, before anything is allocated for them.
            if self.compare(rank, id, last) != Ordering::Less {
                return;
            }
            self.entries.pop();
        }
        let id = if self.is_descending() {
            Id::Descending(Reverse(id.into()))
        } else {
            Id::Ascending(id.into())
        };
        self.entries.push(Entry { rank, id, stored: stored() });
    }

    fn compare(&self, rank: u64, id: &str, other: &Entry) -> Ordering {
        let by_id = id.cmp(other.session_id());
        rank.cmp(&other.rank).then(if self.is_descending() { by_id.reverse() } else { by_id })
    }

    /// Whether ids are ordered from Z to A.
    fn is_descending(&self) -> bool {
        self.order == Order { by: SortBy::SessionId, is_reversed: true }
    }
}

impl Entry {
    pub(super) fn session_id(&self) -> &str {
        match &self.id {
            Id::Ascending(id) | Id::Descending(Reverse(id)) => id,
        }
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| self.id.cmp(&other.id))
    }
}
