//! Where the records are.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;
use core::{array, mem};

use super::list::{List, ListLink, NIL};
use super::session::Session;

/// Records, each in a slot that it keeps. Grows by a chunk at a time, so that no registration has
/// to move a million records; and by small ones, so that there is little room that nobody uses.
#[derive(Clone, Debug)]
pub(super) struct Slab {
    #[allow(clippy::vec_box)] // So that a chunk stays where it is, and a word of it is moved.
    chunks: Vec<Box<[Session; CHUNK]>>,
    /// The first of the vacant slots, which are linked.
    vacant: u32,
    len: usize,
}

const CHUNK: usize = 16;

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
        let slot = if self.vacant == NIL {
            // All slots are in use. There are at most 100,000,000.
            if self.len.is_multiple_of(CHUNK) {
                if self.chunks.len() == self.chunks.capacity() {
                    self.chunks.reserve_exact(self.chunks.len() / 8 + 4);
                }
                self.chunks.push(Box::new(array::from_fn(|_| Session::vacant())));
            }
            u32::try_from(self.len).unwrap_or(NIL)
        } else {
            self.vacant
        };
        self.len += 1;
        let vacant = mem::replace(self.session_mut(slot), session);
        if slot == self.vacant {
            self.vacant = vacant.link(LINKED).next;
        }
        slot
    }

    pub(super) fn remove(&mut self, slot: u32) -> Session {
        self.len -= 1;
        let mut vacant = Session::vacant();
        *vacant.link_mut(LINKED) = ListLink { previous: NIL, next: self.vacant };
        self.vacant = slot;
        mem::replace(self.session_mut(slot), vacant)
    }

    /// The slots of all records, in an order that follows from what was done.
    pub(super) fn slots(&self) -> impl Iterator<Item = u32> {
        self.slots_at(0..self.places())
    }

    /// How many slots there are, vacant ones among them.
    pub(super) fn places(&self) -> usize {
        self.chunks.len() * CHUNK
    }

    /// Those of these slots that have a record.
    pub(super) fn slots_at(&self, places: Range<usize>) -> impl Iterator<Item = u32> {
        let all = places.start..places.end.min(self.places());
        // Slots are counted in 32 bits.
        let slots = all.map(|place| u32::try_from(place).unwrap_or(NIL));
        slots.filter(|&slot| !self.session(slot).is_vacant())
    }
}

/// The list whose links the vacant slots use.
const LINKED: List = List::User;
