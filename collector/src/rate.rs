//! Limits of requests a minute.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use steadfast_core::time::Instant;

/// A bucket of tokens, one for each request, that fills up within a minute: a minute's worth at once,
/// and as much in every minute after. Kept as the one moment at which it will be full again (the
/// generic cell rate algorithm, ITU-T I.371).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    full_at: Instant,
}

/// A [`Bucket`] with its size, which several threads may take from.
#[derive(Debug)]
pub(crate) struct Rate {
    per_minute: u32,
    bucket: Mutex<Bucket>,
}

/// A bucket of the same size for each of many. A bounded number is remembered: beyond, the one that
/// was used longest ago is forgotten, and is full again.
#[derive(Debug)]
pub(crate) struct Buckets<K: Eq + Hash> {
    per_minute: AtomicU32,
    buckets: Mutex<LruCache<K, Bucket>>,
}

/// In which an empty bucket fills up.
const MINUTE: Duration = Duration::from_mins(1);

impl Bucket {
    /// A full bucket.
    pub(crate) fn full() -> Self {
        Self { full_at: Instant::ORIGIN }
    }

    /// Takes a token of `per_minute`; or says how long there will be none.
    pub(crate) fn take(&mut self, per_minute: u32, now: Instant) -> Result<(), Duration> {
        let missing = self.full_at.saturating_since(now) + MINUTE / per_minute.max(1);
        if missing > MINUTE {
            return Err(missing.saturating_sub(MINUTE));
        }
        self.full_at = now + missing;
        Ok(())
    }

    /// Puts a token of `per_minute` back, which was taken for what did not happen.
    pub(crate) fn put_back(&mut self, per_minute: u32) {
        self.full_at = self.full_at - MINUTE / per_minute.max(1);
    }
}

impl<K: Eq + Hash> Buckets<K> {
    /// Full buckets of `per_minute` tokens, of which `most` are remembered; 0 tokens are no limit.
    pub(crate) fn new(per_minute: u32, most: NonZeroUsize) -> Self {
        Self { per_minute: per_minute.into(), buckets: Mutex::new(LruCache::new(most)) }
    }

    /// How many tokens each has; 0 turns the limit off.
    pub(crate) fn per_minute(&self) -> u32 {
        self.per_minute.load(Ordering::Relaxed)
    }

    /// Changes the number of tokens of each bucket; 0 turns the limit off. A bucket that is empty by a
    /// share stays empty by that share.
    pub(crate) fn resize(&self, per_minute: u32) {
        self.per_minute.store(per_minute, Ordering::Relaxed);
    }

    /// Takes a token; or says how long there will be none.
    pub(crate) fn take(&self, now: Instant, key: K) -> Result<(), Duration> {
        let per_minute = self.per_minute();
        if per_minute == 0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.get_or_insert_mut(key, Bucket::full).take(per_minute, now)
    }

    /// Puts a token back, which was taken for what did not happen.
    pub(crate) fn put_back(&self, key: &K) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(key) {
            bucket.put_back(self.per_minute());
        }
    }

    /// How many are remembered.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Rate {
    /// A full bucket of `per_minute` tokens; of one at least.
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.max(1), bucket: Mutex::new(Bucket::full()) }
    }

    pub(crate) fn per_minute(&self) -> u32 {
        self.per_minute
    }

    /// Takes a token; or says how long there will be none.
    pub(crate) fn take(&self, now: Instant) -> Result<(), Duration> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner).take(self.per_minute, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_pass_at_once_and_then_one_whenever_a_token_has_come() {
        let rate = Rate::new(6);
        let now = Instant::ORIGIN + Duration::from_hours(1);
        for _ in 0..6 {
            assert_eq!(rate.take(now), Ok(()));
        }
        let ten = Duration::from_secs(10);
        assert_eq!(rate.take(now), Err(ten));
        assert_eq!(rate.take(now + ten / 2), Err(ten / 2));
        assert_eq!(rate.take(now + ten), Ok(()));
        assert_eq!(rate.take(now + ten), Err(ten));
    }

    #[test]
    fn a_limit_that_is_changed_holds_for_the_next_request() {
        let buckets = Buckets::new(2, NonZeroUsize::MIN);
        let now = Instant::ORIGIN + Duration::from_hours(1);
        assert_eq!([buckets.take(now, 'a'), buckets.take(now, 'a')], [Ok(()), Ok(())]);
        let wait = Duration::from_secs(30);
        assert_eq!(buckets.take(now, 'a'), Err(wait));
        buckets.resize(60);
        assert_eq!(buckets.per_minute(), 60);
        assert_eq!(buckets.take(now, 'a'), Err(Duration::from_secs(1)));
        assert_eq!(buckets.take(now + wait, 'a'), Ok(()), "half of it is full");
        buckets.resize(0);
        assert_eq!(buckets.take(now, 'a'), Ok(()));
        buckets.resize(1);
        assert_eq!(buckets.take(now + wait, 'a'), Err(Duration::from_secs(31)));
    }

    #[test]
    fn the_longest_limit_still_counts() {
        let rate = Rate::new(10_000_000);
        let passed = (0..20_000_000).take_while(|_| rate.take(Instant::ORIGIN).is_ok()).count();
        assert_eq!(passed, 10_000_000);
    }
}
