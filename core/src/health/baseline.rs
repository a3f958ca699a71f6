//! How many sessions should be reporting.

use alloc::collections::VecDeque;
use core::time::Duration;

use super::history::History;
use crate::manager::Totals;
use crate::time::Instant;

/// Number of reporting sessions over the last ten minutes, one point every 12 s.
///
/// A session that ended says so, and is no longer expected. A session that goes silent stays
/// expected for ten minutes, unless another takes its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Baseline {
    points: VecDeque<Point>,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    at: Instant,
    reporting: u64,
    /// [`Totals::endings`] at this time.
    endings: u64,
}

impl Baseline {
    /// How far back sessions are expected to go on reporting.
    const WINDOW: Duration = Duration::from_mins(10);

    /// Adds a point, unless the last one is too recent.
    pub(super) fn note(&mut self, now: Instant, totals: &Totals) {
        let age = |point: Option<&Point>| point.map(|point| now.saturating_since(point.at));
        if age(self.points.back()).is_some_and(|age| age < History::GRAIN) {
            return;
        }
        while age(self.points.front()).is_some_and(|age| age > Self::WINDOW) {
            self.points.pop_front();
        }
        let Totals { reporting, endings, .. } = *totals;
        self.points.push_back(Point { at: now, reporting, endings });
    }

    /// Number of sessions that should be reporting: of all points, the most sessions that have not
    /// ended since.
    pub(super) fn expected(&self, now: Instant, totals: &Totals) -> u64 {
        let recent =
            self.points.iter().filter(|point| now.saturating_since(point.at) <= Self::WINDOW);
        let remaining = recent.map(|point| {
            point.reporting.saturating_sub(totals.endings.saturating_sub(point.endings))
        });
        remaining.max().unwrap_or(0)
    }

    /// Forgets all points: what happened until now says nothing.
    pub(super) fn clear(&mut self) {
        self.points.clear();
    }
}
