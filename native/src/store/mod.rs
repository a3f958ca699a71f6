//! What outlives the process.
//!
//! A connection that is given a [`Store`] keeps in it what it knows: who it is, its counters, how
//! good its links were, where its waits and its breaker stand, and where it is with a server that
//! acknowledges messages. With [`persist_messages`](crate::Builder::persist_messages) it also keeps
//! what waits to be sent. The next process that opens a connection with the same store goes on with
//! the same session.
//!
//! A store is a small map from keys to bytes, of which changes are made all together or not at all.
//! With the feature `redb` there is one in a file, `RedbStore`; anything else that can do that will
//! do as well.
//!
//! - **Writing** happens on a thread that may block, for many changes at once, at most once in
//!   [`persist_interval`](crate::Builder::persist_interval): no message waits for it. So a process
//!   that is killed loses the last moments.
//! - **Acknowledgements** of `steadfast.v1` wait until it is saved what they tell of, which is then
//!   written at once; messages do not wait for that. So a process that is killed has acknowledged
//!   nothing that the next one does not know: the session goes on, and nothing is lost. What came in
//!   the very last moment and was not saved comes again. A store that fails keeps no server waiting.
//!   [`Connection::saved`](crate::Connection::saved) waits until that is over.
//! - **Reading** happens once, in [`open`](crate::Builder::open), which takes that long. What is
//!   damaged, of another version or of another session is reported, by the log and by
//!   [`Connection::restored`](crate::Connection::restored), and otherwise ignored: the connection
//!   begins anew, and writes over it.
//! - **One connection** has a store at a time.

mod error;
mod persist;
mod persister;
#[cfg(feature = "redb")]
mod redb;
mod restored;

use steadfast_core::outbox::MessageId;

pub use self::error::StoreError;
pub use self::persist::Persist;
#[cfg(feature = "redb")]
pub use self::redb::{RedbSession, RedbStore};

pub(crate) use self::persist::Codec;
pub(crate) use self::persister::{Persister, Written};
pub(crate) use self::restored::Restored;

/// Keeps bytes for a connection: see the [module](self).
pub trait Store: Send + Sync + 'static {
    /// All that is kept, in any order. Called once, and may block.
    ///
    /// # Errors
    ///
    /// If it cannot be read. The connection then begins anew.
    fn load(&self) -> Result<Vec<(Key, Vec<u8>)>, StoreError>;

    /// Makes these changes, all of them or none. One call at a time, on a thread that may block.
    ///
    /// # Errors
    ///
    /// If that fails. The same changes come again later, with those made since.
    fn apply(&self, changes: &[Change]) -> Result<(), StoreError>;
}

/// What bytes are kept under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Key {
    /// A message that waits.
    Message(MessageId),
    /// Everything else.
    Snapshot,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Keep these bytes, in place of others of the same key.
    Put(Key, Vec<u8>),
    /// Deletes the record. There may be none.
    Remove(Key),
}

impl Key {
    /// The key as bytes, for stores whose keys are such.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Message(MessageId(number)) => {
                let mut bytes = vec![b'm'];
                bytes.extend(number.to_be_bytes());
                bytes
            }
            Self::Snapshot => vec![b's'],
        }
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; absent for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (b'm', number) => {
                let number = u64::from_be_bytes(number.try_into().ok()?);
                Some(Self::Message(MessageId(number)))
            }
            (b's', []) => Some(Self::Snapshot),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written_and_nothing_else_is() {
        for key in [Key::Snapshot, Key::Message(MessageId(u64::MAX))] {
            assert_eq!(Key::from_bytes(&key.to_bytes()), Some(key));
        }
        for foreign in [&b""[..], b"x", b"m", b"m1234567", b"ss"] {
            assert_eq!(Key::from_bytes(foreign), None);
        }
    }
}
