use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use steadfast_core::time::Instant;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::last_used::LastUsed;
use super::status::{KeyStatus, KeyWatch, KeyWatcher, WatchedKey};
use super::{AuthError, KeyDigest, KeyKind, KeyPolicy, OrganizationId, Permission};
use crate::audit::Actor;
use crate::clock::Clock;
use crate::rate::Rate;
use crate::store::{Store, StoreError, StoredKey};

/// Says whose a key is and whether it may be used, and remembers the keys that it looked up.
///
/// Every change of keys counts up one number in the database. What is remembered is believed as
/// long as that number is the one that it was looked up under, and is known to be so: it is read
/// four times a second, not with every request. So a key that was revoked elsewhere is good for
/// a quarter of a second at most, and for [`Self::BELIEVED_FOR`] if the database does not answer.
#[derive(Debug)]
pub struct Authenticator {
    store: Store,
    clock: Clock,
    keys: Mutex<Keys>,
    look_ups: Semaphore,
    first_look_ups: Semaphore,
    watched: KeyWatcher,
    last_used: LastUsed,
}

/// What is presented with a request.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The key.
    pub key: &'a str,
    /// The origin of the page that makes the request, if it is a page.
    pub origin: Option<&'a str>,
}

/// Whose key a request came with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The organisation of the key.
    pub organization: OrganizationId,
    /// What the key is found by.
    pub key: KeyDigest,
    /// What people call the key; empty for none.
    pub name: String,
}

#[derive(Debug, Default)]
struct Keys {
    /// The number of the last change, and when it was read.
    revision: u64,
    as_of: Instant,
    known: HashMap<KeyDigest, Arc<Known>>,
}

#[derive(Debug)]
struct Known {
    /// The number of the last change when it was looked up.
    revision: u64,
    organization: OrganizationId,
    kind: KeyKind,
    terms: KeyPolicy,
    expires_at: Option<Instant>,
    rate: Arc<Rate>,
}

/// How often it is looked whether keys have changed.
const INTERVAL: Duration = Duration::from_millis(250);

/// How often it is stored when keys were last used.
const STORE_INTERVAL: Duration = Duration::from_mins(1);

/// How long the database may take to say so: who waits for it any longer ends nothing in time.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(3);

/// The most keys that are remembered.
const MAX_KNOWN: usize = 100_000;

/// The most keys that were good once and are looked up again at a time.
const MAX_LOOK_UPS: usize = 2;

/// The most keys that are looked up for the first time at a time: who guesses keys takes the database
/// from nobody, and holds up no key that was good before.
const MAX_FIRST_LOOK_UPS: usize = 1;

impl Authenticator {
    /// How long a key is believed while the database does not say whether keys have changed.
    pub const BELIEVED_FOR: Duration = Duration::from_secs(5);

    /// How long what was begun with a key goes on while the database does not say whether keys have
    /// changed.
    pub const WATCHED_FOR: Duration = Duration::from_secs(30);

    /// Looks keys up in `store`.
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> Self {
        Self {
            store,
            clock,
            keys: Mutex::default(),
            look_ups: Semaphore::new(MAX_LOOK_UPS),
            first_look_ups: Semaphore::new(MAX_FIRST_LOOK_UPS),
            watched: KeyWatcher::default(),
            last_used: LastUsed::default(),
        }
    }

    /// Whose key was presented, if it may do this now.
    ///
    /// # Errors
    ///
    /// If it may not, or could not be looked up.
    pub async fn authenticate(
        &self,
        presented: Presented<'_>,
        needed: Permission,
    ) -> Result<Caller, AuthError> {
        let known = self.known(presented.key).await?;
        let now = self.clock.now();
        if known.is_over(now) {
            return Err(AuthError::Expired);
        }
        if !needed.is_given_to(known.kind) {
            return Err(AuthError::Kind { needed });
        }
        if presented.origin.is_some_and(|origin| !known.terms.allow(origin)) {
            return Err(AuthError::Origin);
        }
        let per_minute = known.rate.per_minute();
        known.rate.take(now).map_err(|wait| AuthError::Rate { per_minute, wait })?;
        let key = KeyDigest::of(presented.key);
        self.last_used.note(key, now);
        let name = known.terms.name.clone();
        Ok(Caller { organization: known.organization.clone(), key, name })
    }

    /// Whether pages of that origin may use a key. Uses up nothing of its limit.
    ///
    /// # Errors
    ///
    /// If it is none, or could not be looked up.
    pub async fn allows_origin(&self, key: &str, origin: &str) -> Result<bool, AuthError> {
        Ok(self.known(key).await?.terms.allow(origin))
    }

    /// Watches a key that is good, for what goes on after the request that it came with. Its end is
    /// told a quarter of a second after it at the latest, and after [`Self::WATCHED_FOR`] if the
    /// database does not answer.
    ///
    /// # Errors
    ///
    /// If it is good no longer, or could not be looked up.
    pub async fn watch(&self, digest: KeyDigest) -> Result<KeyWatch, AuthError> {
        let as_of = self.clock.now();
        let known = match self.remembered(&digest) {
            Some(known) => known,
            None => self.look_up(digest).await?,
        };
        if known.is_over(self.clock.now()) {
            return Err(AuthError::Expired);
        }
        let Known { revision, expires_at, .. } = *known;
        Ok(self.watched.watch(digest, WatchedKey { revision, expires_at, as_of }))
    }

    /// Finds out whether keys have changed, here or elsewhere.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let asked_at = self.clock.now();
        let revision = self.store.keys_revision().await?;
        let mut keys = self.lock();
        keys.revision = keys.revision.max(revision);
        keys.as_of = keys.as_of.max(asked_at);
        Ok(())
    }

    /// Finds out again and again, until `stop`, and tells who watches a key. Stores once a minute,
    /// and at the end, when keys were last used.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut stored_at = tokio::time::Instant::now();
        loop {
            match tokio::time::timeout(ANSWER_TIMEOUT, self.refresh()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "whether keys have changed is not known"),
                Err(_) => tracing::debug!("whether keys have changed is not said in time"),
            }
            self.judge_watched().await;
            if stored_at.elapsed() >= STORE_INTERVAL {
                stored_at = tokio::time::Instant::now();
                self.store_last_used().await;
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
        self.store_last_used().await;
    }

    /// Stores when keys were last used. What cannot be stored is stored with what comes next.
    async fn store_last_used(&self) {
        let used = self.last_used.take();
        if used.is_empty() {
            return;
        }
        let stored = tokio::time::timeout(ANSWER_TIMEOUT, self.store.note_last_used(&used)).await;
        if !matches!(stored, Ok(Ok(()))) {
            tracing::debug!("when keys were last used is not stored yet");
            self.last_used.give_back(used);
        }
    }

    /// Looks up again what is watched, where keys have changed, and tells of those that have ended.
    async fn judge_watched(&self) {
        let mut answers = true;
        for (digest, mut key) in self.watched.keys() {
            let (revision, as_of) = {
                let keys = self.lock();
                (keys.revision, keys.as_of)
            };
            if key.revision != revision && answers {
                match tokio::time::timeout(ANSWER_TIMEOUT, self.look_up(digest)).await {
                    Ok(Ok(known)) => {
                        (key.revision, key.expires_at) = (known.revision, known.expires_at);
                    }
                    Ok(Err(AuthError::Unknown)) => key.expires_at = Some(Instant::ORIGIN),
                    Ok(Err(_)) | Err(_) => answers = false,
                }
            }
            if key.revision == revision {
                key.as_of = key.as_of.max(as_of);
            }
            let now = self.clock.now();
            if key.expires_at.is_some_and(|end| end <= now) {
                self.watched.end(&digest, KeyStatus::Ended);
            } else if now.saturating_since(key.as_of) > Self::WATCHED_FOR {
                self.watched.end(&digest, KeyStatus::Unknown);
            } else {
                self.watched.update(&digest, key);
            }
        }
    }

    async fn known(&self, presented: &str) -> Result<Arc<Known>, AuthError> {
        if !KeyKind::is_well_formed(presented) {
            return Err(AuthError::Unknown);
        }
        let digest = KeyDigest::of(presented);
        match self.remembered(&digest) {
            Some(known) => Ok(known),
            None => self.look_up(digest).await,
        }
    }

    fn remembered(&self, digest: &KeyDigest) -> Option<Arc<Known>> {
        let keys = self.lock();
        let is_current = self.clock.now().saturating_since(keys.as_of) < Self::BELIEVED_FOR;
        let known = keys.known.get(digest).filter(|known| known.revision == keys.revision);
        known.filter(|_| is_current).cloned()
    }

    /// Only keys that exist are remembered.
    async fn look_up(&self, digest: KeyDigest) -> Result<Arc<Known>, AuthError> {
        let was_good = self.lock().known.contains_key(&digest);
        let line = if was_good { &self.look_ups } else { &self.first_look_ups };
        // Never closed.
        let _turn = line.acquire().await;
        // Somebody before may have looked it up.
        if let Some(known) = self.remembered(&digest) {
            return Ok(known);
        }
        // What changes from here on has a later number.
        let revision = self.lock().revision;
        let found = self.store.key(&digest).await?;
        let mut keys = self.lock();
        let before = keys.known.remove(&digest);
        let StoredKey { organization, kind, terms, expires_at, .. } =
            found.ok_or(AuthError::Unknown)?;
        let rate = before.map(|known| Arc::clone(&known.rate));
        let rate = rate.filter(|rate| rate.per_minute() == terms.per_minute);
        let rate = rate.unwrap_or_else(|| Arc::new(Rate::new(terms.per_minute)));
        let known = Arc::new(Known { revision, organization, kind, terms, expires_at, rate });
        if keys.known.len() >= MAX_KNOWN {
            keys.known.clear();
        }
        keys.known.insert(digest, Arc::clone(&known));
        Ok(known)
    }

    fn lock(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Caller {
    /// The caller, as the audit log has it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::key(&self.key, &self.name)
    }
}

impl Known {
    fn is_over(&self, now: Instant) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}
