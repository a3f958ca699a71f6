//! Texts that many sessions share: organisations and kinds of clients, each kept once.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use hashbrown::HashTable;

use super::index::Hasher;
use super::list::NIL;

/// Texts by number, for as long as somebody uses them.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    entries: Vec<Name>,
    unused: Vec<u32>,
    numbers: HashTable<u32>,
}

/// A text, how often it is used, and the first of the sessions that use it.
#[derive(Clone, Debug)]
pub(super) struct Name {
    text: Box<str>,
    pub(super) used: usize,
    pub(super) head: u32,
}

impl Names {
    pub(super) fn find(&self, hasher: &Hasher, text: &str) -> Option<u32> {
        let same = |&number: &u32| &*self.name(number).text == text;
        self.numbers.find(hasher.hash(text.as_bytes()), same).copied()
    }

    pub(super) fn name(&self, number: u32) -> &Name {
        &self.entries[number as usize]
    }

    pub(super) fn name_mut(&mut self, number: u32) -> &mut Name {
        &mut self.entries[number as usize]
    }

    pub(super) fn text(&self, number: u32) -> &str {
        &self.name(number).text
    }

    /// The number of a text, which is used once more.
    pub(super) fn enter(&mut self, hasher: &Hasher, text: &str) -> u32 {
        if let Some(number) = self.find(hasher, text) {
            self.name_mut(number).used += 1;
            return number;
        }
        let name = Name { text: text.into(), used: 1, head: NIL };
        let number = if let Some(number) = self.unused.pop() {
            self.entries[number as usize] = name;
            number
        } else {
            self.entries.push(name);
            // Not more than there are sessions.
            u32::try_from(self.entries.len() - 1).unwrap_or(NIL)
        };
        let entries = &self.entries;
        let rehash = |&number: &u32| hasher.hash(entries[number as usize].text.as_bytes());
        self.numbers.insert_unique(hasher.hash(text.as_bytes()), number, rehash);
        number
    }

    /// A text is used once less.
    pub(super) fn leave(&mut self, hasher: &Hasher, number: u32) {
        let name = &mut self.entries[number as usize];
        name.used -= 1;
        if name.used > 0 {
            return;
        }
        let text = mem::take(&mut name.text);
        let hash = hasher.hash(text.as_bytes());
        if let Ok(entry) = self.numbers.find_entry(hash, |&other| other == number) {
            entry.remove();
        }
        self.unused.push(number);
    }
}
