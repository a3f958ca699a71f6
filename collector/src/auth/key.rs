use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::AuthError;

/// What a key is good for.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    clap::ValueEnum,
    schemars::JsonSchema,
    serde::Deserialize,
    serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// May send reports, and read nothing; it is shipped to browsers. Begins with `pk_`.
    Publishable,
    /// May read everything of its organisation, and change nothing. Begins with `rk_`.
    ReadOnly,
    /// May read and change everything of its organisation, and send no reports. Begins with `sk_`.
    Secret,
}

/// A key in the clear: `pk_`, `rk_` or `sk_` and 64 hexadecimal digits, 256 bits from the operating
/// system. Its `Debug` form does not tell it.
pub struct Key {
    kind: KeyKind,
    text: String,
}

/// What is kept of a key: its SHA-256. A key is too long to be guessed, so it needs neither salt
/// nor a slow hash, and looking it up by its digest tells an attacker nothing by the time it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDigest([u8; 32]);

/// How long a key is good beside the one that replaces it, if nobody says otherwise.
pub const OVERLAP: Duration = Duration::from_hours(24);

/// The longest that a key may be good beside the one that replaces it.
pub const MAX_OVERLAP: Duration = Duration::from_hours(90 * 24);

impl KeyKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Publishable, Self::ReadOnly, Self::Secret];

    /// The name, in the database and in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Publishable => "publishable",
            Self::ReadOnly => "read-only",
            Self::Secret => "secret",
        }
    }

    /// What keys of this kind begin with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Publishable => "pk_",
            Self::ReadOnly => "rk_",
            Self::Secret => "sk_",
        }
    }

    /// Whether it may be a key at all, of any kind.
    pub(super) fn is_well_formed(presented: &str) -> bool {
        let digits = Self::ALL.iter().find_map(|kind| presented.strip_prefix(kind.prefix()));
        digits.is_some_and(|d| d.len() == 64 && d.bytes().all(|byte| byte.is_ascii_hexdigit()))
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

    /// A digest as it was stored; nothing if it is not one.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// What its key is called: `key_` and the begin of its digest, which tells nothing of the key.
    #[must_use]
    pub fn id(&self) -> String {
        format!("key_{}", hex::encode(&self.0[..8]))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
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
}
