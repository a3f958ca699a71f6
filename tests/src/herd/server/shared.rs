use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use steadfast_core::time::Instant;

use super::{Arrival, Dial};

/// A server that works on all dials at a time, each with the same share.
///
/// Its virtual clock runs at the share of one dial, so each dial is served one accept's work after its arrival on that
/// clock, however many come and go (processor sharing, Kleinrock 1967).
#[derive(Debug)]
pub(in super::super) struct Shared {
    /// Accepts a second.
    capacity: f64,
    /// The virtual clock, in millionths of an accept, and when it was last read.
    clock: u64,
    read_at: Instant,
    /// Each dial, by the reading at which it is served.
    due: BTreeSet<(u64, Dial)>,
    by_dial: BTreeMap<Dial, u64>,
}

/// The work of an accept on the virtual clock.
const WORK: u64 = 1_000_000_000;

impl Shared {
    pub(super) fn new(capacity: f64) -> Self {
        Self {
            capacity,
            clock: 0,
            read_at: Instant::ORIGIN,
            due: BTreeSet::new(),
            by_dial: BTreeMap::new(),
        }
    }

    pub(super) fn arrive(&mut self, now: Instant, dial: Dial) -> Arrival {
        self.read(now);
        let at = self.clock + WORK;
        self.due.insert((at, dial));
        self.by_dial.insert(dial, at);
        Arrival::Taken
    }

    pub(super) fn give_up(&mut self, now: Instant, dial: Dial) {
        self.read(now);
        if let Some(at) = self.by_dial.remove(&dial) {
            self.due.remove(&(at, dial));
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let (at, _) = self.due.first()?;
        let work = at.saturating_sub(self.clock) as f64 / WORK as f64;
        let wait = work * self.due.len() as f64 / self.capacity;
        // Never a moment that has passed, whatever was rounded.
        Some(self.read_at + Duration::from_secs_f64(wait) + Duration::from_nanos(1))
    }

    pub(super) fn poll_served(&mut self, now: Instant) -> Option<Dial> {
        self.read(now);
        let (at, dial) = *self.due.first()?;
        if at > self.clock {
            return None;
        }
        self.due.remove(&(at, dial));
        self.by_dial.remove(&dial);
        Some(dial)
    }

    /// Moves the virtual clock to now.
    fn read(&mut self, now: Instant) {
        let passed = now.saturating_since(self.read_at).as_secs_f64();
        self.read_at = now;
        if !self.due.is_empty() {
            let share = passed * self.capacity / self.due.len() as f64 * WORK as f64;
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of the work of minutes, and never below zero"
            )]
            let share = share as u64;
            self.clock += share;
        }
    }
}
