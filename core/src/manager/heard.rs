//! How a session is heard of that another side reports.

use core::time::Duration;

use super::liveness::{MISSED_REPORTS, OVERDUE_REPORTS};
use crate::time::Instant;

/// A [`Heard`] in words of four bytes, which fits where the tracker is.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedHeard {
    at_nanos: [u32; 2],
    patience_millis: u32,
    pub(super) silence: Silence,
}

/// How a session is heard of that another side reports.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    /// When it was heard of last.
    pub(super) at: Instant,
    /// How long after that it is stale, in milliseconds.
    pub(super) patience_millis: u32,
    pub(super) silence: Silence,
}

/// How long a session has been silent that another side reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// For less than two of its intervals.
    OnTime,
    /// For two of its intervals.
    Overdue,
    /// For three of its intervals.
    Stale,
}

impl From<Heard> for PackedHeard {
    fn from(Heard { at, patience_millis, silence }: Heard) -> Self {
        let nanos = at.as_nanos();
        #[allow(clippy::cast_possible_truncation, reason = "the two halves of a number")]
        let at_nanos = [nanos as u32, (nanos >> 32) as u32];
        Self { at_nanos, patience_millis, silence }
    }
}

impl From<PackedHeard> for Heard {
    fn from(PackedHeard { at_nanos, patience_millis, silence }: PackedHeard) -> Self {
        let nanos = u64::from(at_nanos[0]) | (u64::from(at_nanos[1]) << 32);
        Self { at: Instant::from_nanos(nanos), patience_millis, silence }
    }
}

impl Heard {
    /// When it is overdue, unless it is heard of before.
    pub(super) fn overdue_at(&self) -> Instant {
        let millis = u64::from(self.patience_millis) * u64::from(OVERDUE_REPORTS);
        self.at + Duration::from_millis(millis / u64::from(MISSED_REPORTS))
    }

    /// When it is stale, unless it is heard of before.
    pub(super) fn stale_at(&self) -> Instant {
        self.at + Duration::from_millis(self.patience_millis.into())
    }
}
