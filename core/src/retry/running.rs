use alloc::vec::Vec;
use core::mem;

use super::manager::OperationKey;

/// What is under way, by key: a hash table with open addressing.
///
/// Keys count up, so their last digits are all the hash that is needed: neighbours in time lie side
/// by side. Written out rather than taken from a library, because it is a third of the code.
#[derive(Clone, Debug)]
pub(super) struct Running<T> {
    /// As many as a power of two, at most three quarters of them in use; or none.
    slots: Vec<Option<(OperationKey, T)>>,
    len: usize,
}

/// So many slots are kept when nothing is under way any more.
const KEPT: usize = 64;

impl<T> Running<T> {
    pub(super) fn new() -> Self {
        Self { slots: Vec::new(), len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (OperationKey, &T)> {
        let mut entries: Vec<_> =
            self.slots.iter().flatten().map(|(key, value)| (*key, value)).collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries.into_iter()
    }

    pub(super) fn get_mut(&mut self, key: OperationKey) -> Option<&mut T> {
        let slot = self.find(key)?;
        self.slots[slot].as_mut().map(|(_, value)| value)
    }

    /// Takes in what has a key that was never used before.
    pub(super) fn insert(&mut self, key: OperationKey, value: T) {
        if self.len + 1 > self.slots.len() / 4 * 3 {
            let room = (self.slots.len() * 2).max(8);
            let mut slots = Vec::new();
            slots.resize_with(room, || None);
            let entries = mem::replace(&mut self.slots, slots);
            entries.into_iter().flatten().for_each(|(key, value)| self.put(key, value));
        }
        self.put(key, value);
        self.len += 1;
    }

    pub(super) fn remove(&mut self, key: OperationKey) -> Option<T> {
        let mut gap = self.find(key)?;
        let (_, value) = self.slots[gap].take()?;
        self.len -= 1;
        // Whatever was put further away than it belongs moves up, so that no search ends too soon.
        let mut slot = gap;
        loop {
            slot = self.after(slot);
            let Some((key, _)) = &self.slots[slot] else { break };
            let (off, away) = (self.distance(self.home(*key), slot), self.distance(gap, slot));
            if off >= away {
                self.slots.swap(gap, slot);
                gap = slot;
            }
        }
        if self.len == 0 && self.slots.len() > KEPT {
            self.slots = Vec::new();
        }
        Some(value)
    }

    fn put(&mut self, key: OperationKey, value: T) {
        let mut slot = self.home(key);
        while self.slots[slot].is_some() {
            slot = self.after(slot);
        }
        self.slots[slot] = Some((key, value));
    }

    fn find(&self, key: OperationKey) -> Option<usize> {
        if self.len == 0 {
            return None;
        }
        let mut slot = self.home(key);
        while let Some((other, _)) = &self.slots[slot] {
            if *other == key {
                return Some(slot);
            }
            slot = self.after(slot);
        }
        None
    }

    fn home(&self, key: OperationKey) -> usize {
        // Only the last digits count.
        #[allow(clippy::cast_possible_truncation)]
        let key = key.0 as usize;
        key & (self.slots.len() - 1)
    }

    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_holds_what_an_ordered_map_would_hold(
            steps in prop::collection::vec((any::<bool>(), 0..200_u64), 0..400),
        ) {
            let (mut running, mut model) = (Running::new(), BTreeMap::new());
            let mut next = 0;
            for (inserts, number) in steps {
                if inserts {
                    // Keys need not follow one another: some are far away.
                    next += 1 + number % 37;
                    running.insert(OperationKey(next), number);
                    model.insert(OperationKey(next), number);
                } else {
                    let key = OperationKey(next.saturating_sub(number));
                    prop_assert_eq!(running.get_mut(key).copied(), model.get(&key).copied());
                    prop_assert_eq!(running.remove(key), model.remove(&key));
                }
                prop_assert_eq!(running.len(), model.len());
                let entries: Vec<_> = running.iter().map(|(key, value)| (key, *value)).collect();
                let expected: Vec<_> = model.iter().map(|(key, value)| (*key, *value)).collect();
                prop_assert_eq!(entries, expected);
            }
        }
    }
}
