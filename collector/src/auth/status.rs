use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use steadfast_core::time::Instant;
use tokio::sync::watch;

use super::KeyDigest;

/// Whether a key may still be gone by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// It was revoked or has expired, which is final.
    Ended,
    /// It is good.
    Good,
    /// The database has not said for too long.
    Unknown,
}

/// Tells what goes on after the request that a key came with when the key is good no longer.
#[derive(Debug)]
pub struct KeyWatch(watch::Receiver<KeyStatus>);

/// The keys that something goes on with, each once, however many streams it has.
#[derive(Debug, Default)]
pub(super) struct KeyWatcher(Mutex<HashMap<KeyDigest, Watch>>);

#[derive(Debug)]
struct Watch {
    standing: watch::Sender<KeyStatus>,
    key: WatchedKey,
}

/// What is known of a key that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WatchedKey {
    /// The number of the last change of keys when it was looked up.
    pub(super) revision: u64,
    pub(super) expires_at: Option<Instant>,
    /// When this was last known to be so.
    pub(super) as_of: Instant,
}

impl KeyWatch {
    /// Comes back when the key is good no longer, and says why: [`KeyStatus::Ended`] or
    /// [`KeyStatus::Unknown`]. May be dropped and asked again.
    pub async fn end(&mut self) -> KeyStatus {
        let end = self.0.wait_for(|standing| *standing != KeyStatus::Good).await;
        let end = end.map(|standing| *standing);
        match end {
            Ok(standing) => standing,
            // Nobody looks any more: the collector ends, and its streams have a goodbye to say.
            Err(_) => std::future::pending().await,
        }
    }
}

impl KeyWatcher {
    /// Watches a key that is good.
    pub(super) fn watch(&self, digest: KeyDigest, key: WatchedKey) -> KeyWatch {
        let mut watched = self.lock();
        let watch = watched
            .entry(digest)
            .or_insert_with(|| Watch { standing: watch::Sender::new(KeyStatus::Good), key });
        KeyWatch(watch.standing.subscribe())
    }

    /// The keys that somebody still goes by.
    pub(super) fn keys(&self) -> Vec<(KeyDigest, WatchedKey)> {
        let mut watched = self.lock();
        watched.retain(|_, watch| !watch.standing.is_closed());
        watched.iter().map(|(digest, watch)| (*digest, watch.key)).collect()
    }

    /// Notes what is known of a key now.
    pub(super) fn update(&self, digest: &KeyDigest, key: WatchedKey) {
        if let Some(watch) = self.lock().get_mut(digest) {
            watch.key = key;
        }
    }

    /// Tells that a key is good no longer. Those who watch it from now on watch it anew.
    pub(super) fn end(&self, digest: &KeyDigest, standing: KeyStatus) {
        if let Some(watch) = self.lock().remove(digest) {
            watch.standing.send_replace(standing);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<KeyDigest, Watch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: WatchedKey = WatchedKey { revision: 1, expires_at: None, as_of: Instant::ORIGIN };

    #[tokio::test]
    async fn all_who_watch_a_key_hear_of_its_end_and_who_comes_later_does_not() {
        let watched = KeyWatcher::default();
        let digest = KeyDigest::of("sk_1");
        let (mut one, mut other) = (watched.watch(digest, KEY), watched.watch(digest, KEY));
        watched.end(&digest, KeyStatus::Unknown);
        let mut later = watched.watch(digest, KEY);
        assert_eq!(one.end().await, KeyStatus::Unknown);
        assert_eq!(one.end().await, KeyStatus::Unknown, "however often it is asked");
        assert_eq!(other.end().await, KeyStatus::Unknown);
        watched.end(&digest, KeyStatus::Ended);
        assert_eq!(later.end().await, KeyStatus::Ended);
    }

    #[test]
    fn a_key_that_nobody_watches_is_forgotten() {
        let watched = KeyWatcher::default();
        let watch = watched.watch(KeyDigest::of("sk_1"), KEY);
        assert_eq!(watched.keys().len(), 1);
        drop(watch);
        assert_eq!(watched.keys(), []);
    }
}
