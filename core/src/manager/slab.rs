//! Where the records are.

use alloc::vec::Vec;
use core::mem;

use super::list::{Link, NIL};
use super::session::Session;

/// Records, each in a slot that it keeps. Grows by a chunk at a time, so that no registration has
/// to move a million records.
#[derive(Clone, Debug)]
pub(super) struct Slab {
    chunks: Vec<Vec<Session>>,
    /// The first of the vacant slots, which are linked.
    vacant: u32,
    len: usize,
}

const CHUNK: usize = 1024;

impl Slab {
    pub(super) fn new() -> Self {
        Self { chunks: Vec::new(), vacant: NIL, len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn session(&self, slot: u32) -> &Session {
        let slot = slot as usize;
        &self.chunks[slot / CHUNK][slot % CHUNK]
    }

    pub(super) fn session_mut(&mut self, slot: u32) -> &mut Session {
        let slot = slot as usize;
        &mut self.chunks[slot / CHUNK][slot % CHUNK]
    }

    pub(super) fn insert(&mut self, session: Session) -> u32 {
        self.len += 1;
        if self.vacant != NIL {
            let slot = self.vacant;
            let vacant = mem::replace(self.session_mut(slot), session);
            self.vacant = vacant.links[0].next;
            return slot;
        }
        if self.chunks.last().is_none_or(|last| last.len() == CHUNK) {
            // The very first one grows as it is filled: most programs have a handful of sessions.
            let capacity = if self.chunks.is_empty() { 0 } else { CHUNK };
            self.chunks.push(Vec::with_capacity(capacity));
        }
        let full = (self.chunks.len() - 1) * CHUNK;
        let last = self.chunks.last_mut().map_or(0, |last| {
            last.push(session);
            last.len() - 1
        });
        // There are at most 100,000,000.
        u32::try_from(full + last).unwrap_or(NIL)
    }

    pub(super) fn remove(&mut self, slot: u32) -> Session {
        self.len -= 1;
        let mut vacant = Session::vacant();
        vacant.links[0] = Link { previous: NIL, next: self.vacant };
        self.vacant = slot;
        mem::replace(self.session_mut(slot), vacant)
    }

    /// The slots of all records, in an order that follows from what was done.
    pub(super) fn slots(&self) -> impl Iterator<Item = u32> {
        let all = self.chunks.iter().flatten();
        (0..).zip(all).filter(|(_, session)| !session.is_vacant()).map(|(slot, _)| slot)
    }
}
