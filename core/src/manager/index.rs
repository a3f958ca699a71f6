//! Which record belongs to which session, and which to which user.

use hashbrown::HashTable;
use siphasher::sip::SipHasher13;

use super::list::{List, NIL};
use super::session::Session;
use super::slab::Slab;

/// SipHash-1-3 (Aumasson and Bernstein, 2012) under a key that follows from the seed: ids come
/// from outside, and an attacker who chooses them must not be able to make them collide.
#[derive(Clone, Debug)]
pub(super) struct Hasher(SipHasher13);

/// Finds records by the id of the session and of the user. A table holds nothing but the slots: the
/// ids are read from the records.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) hasher: Hasher,
    sessions: HashTable<u32>,
    /// Of each user the first record of a list.
    users: HashTable<u32>,
}

impl Hasher {
    pub(super) fn hash(&self, text: &[u8]) -> u64 {
        self.0.hash(text)
    }
}

impl Index {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            hasher: Hasher(SipHasher13::new_with_keys(seed, !seed)),
            sessions: HashTable::new(),
            users: HashTable::new(),
        }
    }

    /// The record of a session.
    pub(super) fn session(&self, slab: &Slab, session_id: &str) -> Option<u32> {
        let session_id = session_id.as_bytes();
        let hash = self.hasher.hash(session_id);
        find(&self.sessions, slab, hash, session_id, Session::session_id_bytes)
    }

    /// The first record of a user.
    pub(super) fn user(&self, slab: &Slab, user_id: &str) -> u32 {
        let user_id = user_id.as_bytes();
        let hash = self.hasher.hash(user_id);
        find(&self.users, slab, hash, user_id, user_id_bytes).unwrap_or(NIL)
    }

    /// Takes a record in, whose session is not known yet.
    pub(super) fn insert(&mut self, slab: &mut Slab, slot: u32) {
        insert(&mut self.sessions, slab, &self.hasher, slot, Session::session_id_bytes);
        let user_id = user_id_bytes(slab.session(slot));
        if user_id.is_empty() {
            return;
        }
        let hash = self.hasher.hash(user_id);
        let head = find(&self.users, slab, hash, user_id, user_id_bytes);
        slab.push_front(List::User, head.unwrap_or(NIL), slot);
        match head {
            Some(head) => replace(&mut self.users, hash, head, slot),
            None => insert(&mut self.users, slab, &self.hasher, slot, user_id_bytes),
        }
    }

    /// Lets a record go, which is still there.
    pub(super) fn remove(&mut self, slab: &mut Slab, slot: u32) {
        let hash = self.hasher.hash(slab.session(slot).session_id_bytes());
        replace(&mut self.sessions, hash, slot, NIL);
        let user_id = user_id_bytes(slab.session(slot));
        if user_id.is_empty() {
            return;
        }
        let hash = self.hasher.hash(user_id);
        if let Some(head) = slab.unlink(List::User, slot) {
            replace(&mut self.users, hash, slot, head);
        }
    }
}

/// The text by which a record is found.
type Key = fn(&Session) -> &[u8];

fn user_id_bytes(session: &Session) -> &[u8] {
    session.user_id().as_bytes()
}

fn find(table: &HashTable<u32>, slab: &Slab, hash: u64, text: &[u8], key: Key) -> Option<u32> {
    table.find(hash, |&slot| key(slab.session(slot)) == text).copied()
}

fn insert(table: &mut HashTable<u32>, slab: &Slab, hasher: &Hasher, slot: u32, key: Key) {
    let hash = |&slot: &u32| hasher.hash(key(slab.session(slot)));
    table.insert_unique(hash(&slot), slot, hash);
}

/// Puts another record of the same key in a record's place; none, if it is [`NIL`].
fn replace(table: &mut HashTable<u32>, hash: u64, slot: u32, other: u32) {
    if let Ok(mut entry) = table.find_entry(hash, |&found| found == slot) {
        if other == NIL {
            entry.remove();
        } else {
            *entry.get_mut() = other;
        }
    }
}
