use alloc::vec;
use alloc::vec::Vec;

use super::manager::OperationKey;

/// What is under way, by key: a list without gaps, and a hash table with open addressing that says
/// where in it.
///
/// Keys count up, so their last digits are all the hash that is needed: neighbours in time lie side
/// by side. Written out rather than taken from a library, because it is a third of the code. Only
/// numbers lie in the table, which has to have gaps, and the list grows by an eighth: so what is
/// kept of each is little more than it needs.
#[derive(Clone, Debug)]
pub(super) struct Running<T> {
    entries: Vec<(OperationKey, T)>,
    /// Numbers of entries, or [`GAP`]: as many as a power of two, at most three quarters of them in
    /// use; or none.
    slots: Vec<u32>,
}

const GAP: u32 = u32::MAX;

/// The number of slots that are kept when nothing is under way any more.
const KEPT: usize = 64;

impl<T> Running<T> {
    pub(super) fn new() -> Self {
        Self { entries: Vec::new(), slots: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (OperationKey, &T)> {
        let mut entries: Vec<_> = self.entries.iter().map(|(key, value)| (*key, value)).collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries.into_iter()
    }

    pub(super) fn get_mut(&mut self, key: OperationKey) -> Option<&mut T> {
        let entry = self.slots[self.find(key)?];
        self.entries.get_mut(entry as usize).map(|(_, value)| value)
    }

    /// Takes in what has a key that was never used before.
    pub(super) fn insert(&mut self, key: OperationKey, value: T) {
        let len = self.entries.len();
        if len == self.entries.capacity() {
            self.entries.reserve_exact(len / 8 + 8);
        }
        self.entries.push((key, value));
        if len < self.slots.len() / 4 * 3 {
            self.put(len);
        } else {
            self.slots = vec![GAP; (self.slots.len() * 2).max(8)];
            (0..=len).for_each(|entry| self.put(entry));
        }
    }

    pub(super) fn remove(&mut self, key: OperationKey) -> Option<T> {
        let gap = self.find(key)?;
        let entry = self.slots[gap];
        self.empty(gap);
        // The last one moves into its place.
        let last = self.entries.last()?.0;
        if last != key {
            let slot = self.find(last)?;
            self.slots[slot] = entry;
        }
        let (_, value) = self.entries.swap_remove(entry as usize);
        if self.entries.is_empty() && self.slots.len() > KEPT {
            *self = Self::new();
        }
        Some(value)
    }

    /// Notes where an entry is.
    fn put(&mut self, entry: usize) {
        let mut slot = self.home(entry);
        while self.slots[slot] != GAP {
            slot = self.after(slot);
        }
        // There are at most 10,000,000.
        self.slots[slot] = u32::try_from(entry).unwrap_or(GAP);
    }

    /// Makes a slot a gap. Whatever was put further away than it belongs moves up, so that no search
    /// ends too soon.
    fn empty(&mut self, mut gap: usize) {
        self.slots[gap] = GAP;
        let mut slot = gap;
        loop {
            slot = self.after(slot);
            let entry = self.slots[slot];
            if entry == GAP {
                return;
            }
            let home = self.home(entry as usize);
            if self.distance(home, slot) >= self.distance(gap, slot) {
                self.slots.swap(gap, slot);
                gap = slot;
            }
        }
    }

    fn find(&self, key: OperationKey) -> Option<usize> {
        if self.entries.is_empty() {
            return None;
        }
        let mut slot = self.home_of(key);
        while let Some((other, _)) = self.entries.get(self.slots[slot] as usize) {
            if *other == key {
                return Some(slot);
            }
            slot = self.after(slot);
        }
        None
    }

    fn home(&self, entry: usize) -> usize {
        self.home_of(self.entries[entry].0)
    }

    fn home_of(&self, key: OperationKey) -> usize {
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
