//! Decides whether a report is of the session that it names.
//!
//! Publishable keys are public, so a key does not show which client sent a report. The token that
//! clients show does: the first one that is shown for a session is stored with it, as a digest, and
//! reports with another token, or with none, are taken as those of another session.

use sha2::{Digest, Sha256};
use steadfast_core::report::ReportToken;

use crate::auth::KeyDigest;

/// What is kept of the token of a session: the first half of its SHA-256. A token has 128 random bits, so
/// it needs neither salt nor a slow hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 16]);

/// What a report shows of the client that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    token: Option<TokenDigest>,
    key: KeyDigest,
}

/// The longest id of a session, in bytes.
const MAX_ID: usize = 128;

impl TokenDigest {
    /// A digest as it was stored; absent if it is not one.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn of(token: &ReportToken) -> Self {
        let digest: [u8; 32] = Sha256::digest(token.as_str()).into();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(half)
    }
}

impl Claim {
    /// The claim of a report that came with this key and shows this token.
    #[must_use]
    pub fn new(token: Option<&ReportToken>, key: KeyDigest) -> Self {
        Self { token: token.map(TokenDigest::of), key }
    }

    /// The digest of the token; absent if the report shows none, as those of earlier clients.
    #[must_use]
    pub fn token(&self) -> Option<TokenDigest> {
        self.token
    }

    /// Whether the report may be of a session with this token. Anybody may report as a session without one.
    #[must_use]
    pub fn fits(&self, owner: Option<TokenDigest>) -> bool {
        owner.is_none() || owner == self.token
    }

    /// The session that the report is taken for if the one that it names has the token of another client:
    /// the id, `~`, and 16 hexadecimal digits, which are those of the token that is shown, or else of
    /// the key's id. So the reports of one client stay together, and those without a token are one session
    /// for each key.
    #[must_use]
    pub fn other_session(&self, session_id: &str) -> String {
        let digest = self.token.as_ref().map_or(self.key.as_bytes(), TokenDigest::as_bytes);
        let suffix = format!("~{}", hex::encode(&digest[..8]));
        let kept = session_id.floor_char_boundary(MAX_ID - suffix.len());
        format!("{}{suffix}", &session_id[..kept])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(token: Option<&str>, key: &str) -> Claim {
        let token = token.map(|text| ReportToken::new(text.repeat(22)).unwrap());
        Claim::new(token.as_ref(), KeyDigest::of(key))
    }

    #[test]
    fn a_session_with_a_token_takes_reports_that_show_it_and_one_without_takes_all() {
        let (a, b, none) = (claim(Some("a"), "k"), claim(Some("b"), "k"), claim(None, "k"));
        assert!([a, b, none].iter().all(|claim| claim.fits(None)));
        assert!(a.fits(a.token()) && claim(Some("a"), "other").fits(a.token()));
        assert!(!b.fits(a.token()) && !none.fits(a.token()));
    }

    #[test]
    fn the_other_session_follows_from_the_token_or_else_from_the_key() {
        let (a, b, none) = (claim(Some("a"), "k"), claim(Some("b"), "k"), claim(None, "k"));
        assert_eq!(a.other_session("s"), claim(Some("a"), "other").other_session("s"));
        assert_ne!(a.other_session("s"), b.other_session("s"));
        let of_key = KeyDigest::of("k").id().replace("key_", "s~");
        assert_eq!(none.other_session("s"), of_key);
    }

    #[test]
    fn the_id_of_the_other_session_is_not_too_long() {
        for id in ["x".repeat(128), "ä".repeat(64), "€".repeat(42)] {
            let other = claim(Some("a"), "k").other_session(&id);
            assert!((126..=128).contains(&other.len()), "{other}");
            assert!(other.len() - other.rfind('~').unwrap() == 17, "{other}");
        }
        assert_eq!(claim(Some("a"), "k").other_session("s").len(), 18);
    }
}
