use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use steadfast_core::time::Instant;

use super::LiveError;

/// Writes tickets, and recognizes them without a query of the database.
///
/// A ticket holds when it ends, 128 random bits, and a message authentication code over both under a
/// key that all collectors on the database share. A made-up ticket, and one that is too old, cost nothing
/// but the computation of the code.
pub(super) struct TicketKey([u8; 32]);

/// What tickets begin with.
const PREFIX: &str = "tk_";

/// When it ends, and its random bits.
const CONTENT_BYTES: usize = 8 + 16;

/// The bytes of the code that are kept (RFC 2104, section 5: half of them at least).
const MAC_BYTES: usize = 16;

impl TicketKey {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// A new ticket that is good until then.
    pub(super) fn write(&self, expires_at: Instant) -> Result<String, LiveError> {
        let mut bytes = [0; CONTENT_BYTES + MAC_BYTES];
        let (content, code) = bytes.split_at_mut(CONTENT_BYTES);
        content[..8].copy_from_slice(&expires_at.as_millis().to_be_bytes());
        getrandom::fill(&mut content[8..])?;
        if let Some(mac) = self.mac(content) {
            code.copy_from_slice(&mac.finalize().into_bytes()[..MAC_BYTES]);
        }
        Ok(format!("{PREFIX}{}", hex::encode(bytes)))
    }

    /// When a ticket ends; nothing if no collector on this database wrote it.
    pub(super) fn read(&self, ticket: &str) -> Option<Instant> {
        let mut bytes = [0; CONTENT_BYTES + MAC_BYTES];
        hex::decode_to_slice(ticket.strip_prefix(PREFIX)?, &mut bytes).ok()?;
        let (content, code) = bytes.split_at(CONTENT_BYTES);
        self.mac(content)?.verify_truncated_left(code).ok()?;
        let millis = content.first_chunk().copied().map(u64::from_be_bytes)?;
        Some(Instant::from_millis(millis))
    }

    fn mac(&self, content: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(content);
        Some(mac)
    }
}

impl std::fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TicketKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_tells_when_it_ends_and_nothing_else_is_one() {
        let (key, other) = (TicketKey::new([1; 32]), TicketKey::new([2; 32]));
        let end = Instant::from_millis(1_767_225_600_123);
        let ticket = key.write(end).unwrap();
        assert_eq!(key.read(&ticket), Some(end));
        assert_eq!(other.read(&ticket), None, "of another database");
        assert_ne!(key.write(end).unwrap(), ticket);
        let later = ticket.replacen("tk_0", "tk_1", 1);
        for junk in ["", "tk_", &ticket[3..], &ticket[..ticket.len() - 2], &later, "tk_zz"] {
            assert_eq!(key.read(junk), None, "{junk:?}");
        }
        assert_eq!(key.read(&format!("tk_{}", "0".repeat(80))), None);
    }
}
