//! Lists whose links are in the records themselves: nothing is allocated, and a record leaves in
//! a step. Each record can be in one list of each kind.

use super::slab::Slab;

/// No record.
pub(super) const NIL: u32 = u32::MAX;

/// What a list is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum List {
    /// The sessions of a user.
    User,
    /// The sessions of an organisation.
    Organization,
    /// The sessions whose deadlines are looked at together.
    Deadline,
}

/// Where a record stands in a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListLink {
    pub(super) previous: u32,
    pub(super) next: u32,
}

impl ListLink {
    pub(super) const NONE: Self = Self { previous: NIL, next: NIL };
}

impl Slab {
    /// Puts a record before the first one.
    pub(super) fn push_front(&mut self, list: List, head: u32, slot: u32) {
        *self.session_mut(slot).link_mut(list) = ListLink { previous: NIL, next: head };
        if head != NIL {
            self.session_mut(head).link_mut(list).previous = slot;
        }
    }

    /// Takes a record out. If it was the first one, gives the one that now is.
    pub(super) fn unlink(&mut self, list: List, slot: u32) -> Option<u32> {
        let link = self.session_mut(slot).link_mut(list);
        let ListLink { previous, next } = core::mem::replace(link, ListLink::NONE);
        if next != NIL {
            self.session_mut(next).link_mut(list).previous = previous;
        }
        if previous == NIL {
            return Some(next);
        }
        self.session_mut(previous).link_mut(list).next = next;
        None
    }

    /// The records of a list, in order.
    pub(super) fn list(&self, list: List, head: u32) -> impl Iterator<Item = u32> {
        let mut slot = head;
        core::iter::from_fn(move || {
            let found = (slot != NIL).then_some(slot)?;
            slot = self.session(found).link(list).next;
            Some(found)
        })
    }
}
