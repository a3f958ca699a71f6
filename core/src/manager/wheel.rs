//! When to look at which session.

use alloc::vec;
use alloc::vec::Vec;

use super::list::{List, NIL};
use super::slab::Slab;
use crate::time::Instant;

/// Deadlines of many sessions: a wheel of 1024 buckets of 2^25 ns, 34 s around.
///
/// A session's deadline is a number in its record. A heartbeat, which moves it into the future,
/// writes that number and nothing else; the session stays in its bucket, and is put into a later
/// one when the wheel comes to it. So what happens often costs nothing, and what happens seldom a
/// few links (Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987, made lazy).
#[derive(Clone, Debug)]
pub(super) struct Wheel {
    heads: Vec<u32>,
    /// One bit a bucket: whether somebody is in it.
    filled: [u64; WORDS],
    /// The last tick that was looked at: the buckets are those of the ticks behind it.
    cursor: u64,
    len: usize,
}

const BUCKETS: u64 = 1024;
const WORDS: usize = 16;

/// No bucket.
pub(super) const NOWHERE: u16 = u16::MAX;

impl Wheel {
    pub(super) fn new() -> Self {
        Self { heads: vec![NIL; 1024], filled: [0; WORDS], cursor: 0, len: 0 }
    }

    /// Looks at a session when `due` has come, a tick later at most.
    pub(super) fn arm(&mut self, slab: &mut Slab, now: Instant, slot: u32, due: Instant) {
        let session = slab.session_mut(slot);
        session.due = due;
        if self.len == 0 {
            self.cursor = tick_before(now);
        }
        let tick = self.reachable(due);
        if session.bucket != NOWHERE {
            if self.tick_of(session.bucket.into()) <= tick {
                return;
            }
            self.disarm(slab, slot);
        }
        self.push(slab, slot, tick);
    }

    /// Looks at a session no more.
    pub(super) fn disarm(&mut self, slab: &mut Slab, slot: u32) {
        let session = slab.session_mut(slot);
        let bucket = usize::from(session.bucket);
        if session.bucket == NOWHERE {
            return;
        }
        session.bucket = NOWHERE;
        self.len -= 1;
        if let Some(head) = slab.unlink(List::Deadline, slot) {
            self.heads[bucket] = head;
            if head == NIL {
                self.filled[bucket / 64] &= !(1 << (bucket % 64));
            }
        }
    }

    /// When to look again, at the latest.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.next_filled()?.checked_mul(1 << TICK_SHIFT).map(Instant::from_nanos)
    }

    /// The next session whose deadline has come; it is looked at no more.
    pub(super) fn expire(&mut self, slab: &mut Slab, now: Instant) -> Option<u32> {
        let present = tick_before(now);
        // Longer ago than once around, all buckets are past: their names do not matter.
        self.cursor = self.cursor.max(present.saturating_sub(BUCKETS - 1));
        while let Some(tick) = self.next_filled()
            && tick <= present
        {
            self.cursor = tick - 1;
            let slot = self.heads[index(tick)];
            self.disarm(slab, slot);
            let due = slab.session(slot).due;
            if due <= now && due < Instant::END {
                return Some(slot);
            }
            // Behind the present, so that it is not come to again at once.
            let tick = self.reachable(due).max(present + 1).min(self.cursor + BUCKETS - 1);
            self.push(slab, slot, tick);
        }
        self.cursor = self.cursor.max(present);
        None
    }

    fn push(&mut self, slab: &mut Slab, slot: u32, tick: u64) {
        let bucket = index(tick);
        slab.push_front(List::Deadline, self.heads[bucket], slot);
        // Less than 1024.
        slab.session_mut(slot).bucket = u16::try_from(bucket).unwrap_or(NOWHERE);
        self.heads[bucket] = slot;
        self.filled[bucket / 64] |= 1 << (bucket % 64);
        self.len += 1;
    }

    /// The tick at which to look, as far as the wheel reaches.
    fn reachable(&self, due: Instant) -> u64 {
        let tick = due.as_nanos().div_ceil(1 << TICK_SHIFT);
        tick.clamp(self.cursor + 1, self.cursor + BUCKETS - 1)
    }

    /// The tick behind the cursor that a bucket stands for.
    fn tick_of(&self, bucket: u64) -> u64 {
        let first = self.cursor + 1;
        first + (bucket.wrapping_sub(first) & (BUCKETS - 1))
    }

    fn next_filled(&self) -> Option<u64> {
        if self.len == 0 {
            return None;
        }
        let start = index(self.cursor + 1);
        (0..=WORDS).find_map(|step| {
            let word = (start / 64 + step) % WORDS;
            let from_start = u64::MAX << (start % 64);
            let bits = self.filled[word]
                & match step {
                    0 => from_start,
                    WORDS => !from_start,
                    _ => u64::MAX,
                };
            let bucket = 64 * word as u64 + u64::from(bits.trailing_zeros());
            (bits != 0).then(|| self.tick_of(bucket))
        })
    }
}

const TICK_SHIFT: u32 = 25;

fn tick_before(now: Instant) -> u64 {
    now.as_nanos() >> TICK_SHIFT
}

// A remainder of 1024 fits.
#[allow(clippy::cast_possible_truncation)]
fn index(tick: u64) -> usize {
    (tick % BUCKETS) as usize
}
