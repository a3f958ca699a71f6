use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use steadfast_core::time::Instant;

use super::KeyDigest;

/// When each key was last used, until that is stored. Only keys that exist are noted, so there are as
/// many at most as the database has.
#[derive(Debug, Default)]
pub(super) struct LastUsed(Mutex<BTreeMap<KeyDigest, Instant>>);

impl LastUsed {
    /// Notes that a key is used.
    pub(super) fn note(&self, digest: KeyDigest, now: Instant) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, now);
    }

    /// Takes what was noted, in an order that all collectors share: two that store it at the same
    /// time do not wait for each other.
    pub(super) fn take(&self) -> Vec<(KeyDigest, Instant)> {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *noted).into_iter().collect()
    }

    /// Gives back what could not be stored, unless the key was used again meanwhile.
    pub(super) fn give_back(&self, taken: Vec<(KeyDigest, Instant)>) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (digest, at) in taken {
            noted.entry(digest).or_insert(at);
        }
    }
}
