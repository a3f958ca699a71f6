//! Limits how many sessions a key and an address begin.
//!
//! The most sessions that can be live are shared by everybody who reports to an organisation, and
//! publishable keys are public. So a key, and an address, begin a limited number a minute, and a
//! client that begins more is refused alone, before the report waits for anything.

use std::num::NonZeroUsize;
use std::time::Duration;

use steadfast_core::time::Instant;

use crate::address::{AddressLimit, ClientAddress};
use crate::auth::KeyDigest;
use crate::config::Config;
use crate::rate::Buckets;

/// Counts the sessions that keys and addresses begin.
#[derive(Debug)]
pub struct NewSessions {
    keys: Buckets<KeyDigest>,
    addresses: AddressLimit,
}

/// A key or an address began too many sessions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NewSessionsError {
    /// The address did.
    #[error(
        "more than {per_minute} sessions a minute are begun from the address {address}; allowed \
            are {per_minute} (--new-sessions-per-address)", address = .client.ip()
    )]
    Address {
        /// The client.
        client: ClientAddress,
        /// How many are allowed.
        per_minute: u32,
        /// How long it has to wait.
        wait: Duration,
    },
    /// The key did.
    #[error(
        "more than {per_minute} sessions a minute are begun with this key; allowed are \
            {per_minute} (--new-sessions-per-key)"
    )]
    Key {
        /// How many are allowed.
        per_minute: u32,
        /// How long it has to wait.
        wait: Duration,
    },
}

/// Maximum number of keys that are remembered.
const MAX_KEYS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(65_535);

impl NewSessions {
    /// The limits that are configured.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            keys: Buckets::new(config.new_sessions_per_key, MAX_KEYS),
            addresses: AddressLimit::new(config.new_sessions_per_address),
        }
    }

    /// Takes over the limits of another configuration.
    pub(crate) fn reconfigure(&self, config: &Config) {
        self.keys.resize(config.new_sessions_per_key);
        self.addresses.change(config.new_sessions_per_address);
    }

    /// Counts a session that begins.
    ///
    /// # Errors
    ///
    /// If the address or the key has begun too many. It is not counted then.
    pub fn take(
        &self,
        now: Instant,
        key: KeyDigest,
        client: ClientAddress,
    ) -> Result<(), NewSessionsError> {
        // The address first: what it is refused, the key need not pay.
        self.addresses.take(now, client).map_err(|wait| {
            let per_minute = self.addresses.per_minute();
            NewSessionsError::Address { client, per_minute, wait }
        })?;
        self.keys.take(now, key).map_err(|wait| {
            self.addresses.put_back(client);
            NewSessionsError::Key { per_minute: self.keys.per_minute(), wait }
        })
    }

    /// Takes a session back that was counted and did not begin.
    pub fn put_back(&self, key: KeyDigest, client: ClientAddress) {
        self.addresses.put_back(client);
        self.keys.put_back(&key);
    }
}

impl NewSessionsError {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "session.address_rate",
            Self::Key { .. } => "session.key_rate",
        }
    }

    /// How long to wait for the next session.
    #[must_use]
    pub fn wait(&self) -> Duration {
        match self {
            Self::Address { wait, .. } | Self::Key { wait, .. } => *wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_millis(3_600_000);

    fn limits(per_key: u32, per_address: u32) -> NewSessions {
        NewSessions::new(&Config {
            new_sessions_per_key: per_key,
            new_sessions_per_address: per_address,
            ..Config::default()
        })
    }

    fn client(last: u8) -> ClientAddress {
        ClientAddress::of_peer([192, 0, 2, last].into())
    }

    #[test]
    fn a_key_and_an_address_that_begin_too_many_are_refused_alone() {
        let limits = limits(3, 2);
        let [one, other] = ["pk_1", "pk_2"].map(KeyDigest::of);
        let take = |key, last| limits.take(NOW, key, client(last)).map_err(|error| error.code());
        assert_eq!([take(one, 1), take(one, 1)], [Ok(()), Ok(())]);
        assert_eq!(take(one, 1), Err("session.address_rate"));
        assert_eq!(take(one, 2), Ok(()), "another address goes on");
        assert_eq!(take(one, 3), Err("session.key_rate"));
        assert_eq!([take(other, 3), take(other, 3)], [Ok(()), Ok(())], "with another key, both");
        assert_eq!(take(other, 3), Err("session.address_rate"));
        let wait = limits.take(NOW, one, client(4)).unwrap_err().wait();
        assert_eq!(wait, Duration::from_secs(20));
        assert_eq!(limits.take(NOW + wait, one, client(4)), Ok(()));
    }

    #[test]
    fn what_did_not_begin_is_not_counted() {
        let limits = limits(1, 1);
        let key = KeyDigest::of("pk_1");
        for _ in 0..3 {
            assert_eq!(limits.take(NOW, key, client(1)), Ok(()));
            limits.put_back(key, client(1));
        }
        assert_eq!(limits.take(NOW, key, client(1)), Ok(()));
        assert!(limits.take(NOW, key, client(1)).is_err());
    }

    #[test]
    fn no_limit_is_none() {
        let limits = limits(0, 0);
        let begin = || limits.take(NOW, KeyDigest::of("pk_1"), client(1));
        assert!((0..100_000).all(|_| begin().is_ok()));
    }
}
