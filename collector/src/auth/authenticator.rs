use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{AuthError, KeyDigest, KeyKind, OrganizationId};
use crate::store::{Store, StoredKey};

/// Looks up keys, and remembers those it found for a while.
#[derive(Debug)]
pub struct Authenticator {
    store: Store,
    known: Mutex<HashMap<KeyDigest, Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    organization: OrganizationId,
    kind: KeyKind,
    looked_up: Instant,
}

/// How long a key that was found is believed without looking again.
const BELIEVED_FOR: Duration = Duration::from_secs(30);

impl Authenticator {
    /// Looks keys up in `store`.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, known: Mutex::default() }
    }

    /// The organisation of the key that was presented.
    ///
    /// # Errors
    ///
    /// If it is not a key of that kind, or could not be looked up.
    pub async fn authenticate(
        &self,
        presented: &str,
        needed: KeyKind,
    ) -> Result<OrganizationId, AuthError> {
        let digest = KeyDigest::of(presented);
        let known = match self.remembered(&digest) {
            Some(known) => known,
            None => self.look_up(digest).await?,
        };
        if known.kind == needed { Ok(known.organization) } else { Err(AuthError::Kind { needed }) }
    }

    fn remembered(&self, digest: &KeyDigest) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(digest).filter(|known| known.looked_up.elapsed() < BELIEVED_FOR).cloned()
    }

    /// Only keys that exist are remembered, so there are never more of them than in the database.
    async fn look_up(&self, digest: KeyDigest) -> Result<Known, AuthError> {
        let found = self.store.key(&digest).await?;
        let mut remembered = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(StoredKey { organization, kind, .. }) = found else {
            remembered.remove(&digest);
            return Err(AuthError::Unknown);
        };
        let known = Known { organization, kind, looked_up: Instant::now() };
        remembered.insert(digest, known.clone());
        Ok(known)
    }
}
