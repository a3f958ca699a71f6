//! Who may do what: organisations and their keys.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::store::{SqliteStore, StoreError};

/// The name of a tenant: 1 to 128 bytes without control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganizationId(Arc<str>);

/// What a key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum KeyKind {
    /// May hand in reports, and read nothing; it is shipped to browsers. Begins with `pk_`.
    Publishable,
    /// May read everything of its organisation, and hand in nothing. Begins with `sk_`.
    Secret,
}

/// A key in the clear: `pk_` or `sk_` and 64 hexadecimal digits, 256 bits from the operating
/// system. Its `Debug` form does not tell it.
pub struct Key {
    kind: KeyKind,
    text: String,
}

/// What is kept of a key: its SHA-256. A key is too long to be guessed, so it needs neither salt
/// nor a slow hash, and looking it up by its digest tells an attacker nothing by the time it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyDigest([u8; 32]);

/// A request was refused for who made it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The key is of the other kind.
    #[error("this needs a {} key, beginning with {}", .needed.as_str(), .needed.prefix())]
    Kind {
        /// The kind that it takes.
        needed: KeyKind,
    },
    /// No key was given.
    #[error("a key is needed, as `Authorization: Bearer <key>`")]
    Missing,
    /// The report speaks of a session of another organisation.
    #[error("session.organizationId is {0:?}, which is not the organisation of this key")]
    Organization(String),
    /// An organisation cannot be called that.
    #[error("organization has {0} bytes; allowed are 1 to 128 bytes without control characters")]
    OrganizationName(usize),
    /// The operating system has no random numbers to give.
    #[error("no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// The key could not be looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key is not one of this collector.
    #[error("the key is not known here")]
    Unknown,
}

/// Looks up keys, and remembers those it found for a while.
#[derive(Debug)]
pub struct Authenticator {
    store: SqliteStore,
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

impl OrganizationId {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrganizationId {
    type Err = AuthError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name.is_empty() || name.len() > 128 || name.chars().any(char::is_control) {
            return Err(AuthError::OrganizationName(name.len()));
        }
        Ok(Self(name.into()))
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl KeyKind {
    /// The name, in the database and in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publishable => "publishable",
            Self::Secret => "secret",
        }
    }

    /// What keys of this kind begin with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Publishable => "pk_",
            Self::Secret => "sk_",
        }
    }
}

impl Key {
    /// A new key.
    ///
    /// # Errors
    ///
    /// If the operating system has no random numbers to give.
    pub fn generate(kind: KeyKind) -> Result<Self, AuthError> {
        Ok(Self { kind, text: format!("{}{}", kind.prefix(), random_token()?) })
    }

    /// What it is good for.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key itself, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What is kept of it.
    #[must_use]
    pub fn digest(&self) -> KeyDigest {
        KeyDigest::of(&self.text)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl KeyDigest {
    /// The digest of whatever was presented as a key.
    #[must_use]
    pub fn of(presented: &str) -> Self {
        Self(Sha256::digest(presented.as_bytes()).into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl AuthError {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Kind { .. } => "auth.kind",
            Self::Missing => "auth.missing",
            Self::Organization(_) => "auth.organization",
            Self::OrganizationName(_) => "auth.organization_name",
            Self::Random(_) => "auth.random",
            Self::Store(error) => error.code(),
            Self::Unknown => "auth.unknown",
        }
    }
}

impl Authenticator {
    /// Looks keys up in `store`.
    #[must_use]
    pub fn new(store: SqliteStore) -> Self {
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
        let Some((organization, kind)) = found else {
            remembered.remove(&digest);
            return Err(AuthError::Unknown);
        };
        let known = Known { organization, kind, looked_up: Instant::now() };
        remembered.insert(digest, known.clone());
        Ok(known)
    }
}

/// 256 random bits as 64 hexadecimal digits.
pub(crate) fn random_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_its_kind_but_its_debug_form_does_not_tell_the_key() {
        let key = Key::generate(KeyKind::Secret).unwrap();
        assert!(key.reveal().starts_with("sk_") && key.reveal().len() == 67);
        assert!(!format!("{key:?}").contains(&key.reveal()[3..]));
        assert_ne!(key.digest(), Key::generate(KeyKind::Secret).unwrap().digest());
    }

    #[test]
    fn an_organisation_has_a_printable_name() {
        assert_eq!("acme".parse::<OrganizationId>().unwrap().as_str(), "acme");
        for nonsense in ["", "a\nb", &"x".repeat(129)] {
            let refused = nonsense.parse::<OrganizationId>().unwrap_err();
            assert_eq!(refused.code(), "auth.organization_name");
        }
    }
}
