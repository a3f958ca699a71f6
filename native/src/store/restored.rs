use std::collections::{BTreeMap, BTreeSet};

use steadfast_core::connection::{Connection, ConnectionConfig};
use steadfast_core::outbox::MessageId;
use steadfast_core::snapshot::ConnectionSnapshot;
use steadfast_core::time::Instant;

use super::error::StoreError;
use super::persist::Codec;
use super::{Key, Store};
use crate::panics::caught;

/// What was found in a store.
pub(crate) struct Restored<M> {
    pub(crate) snapshot: Option<ConnectionSnapshot>,
    /// Those of the snapshot that wait, in order.
    pub(crate) messages: Vec<(MessageId, M)>,
    /// What is to be forgotten, because nothing will come of it.
    pub(crate) stale: Vec<MessageId>,
    /// What was wrong with it.
    pub(crate) error: Option<StoreError>,
}

impl<M> Default for Restored<M> {
    fn default() -> Self {
        Self { snapshot: None, messages: Vec::new(), stale: Vec::new(), error: None }
    }
}

impl<M> Restored<M> {
    /// Reads a store. Whatever is wrong with it is said, and otherwise passed over.
    pub(crate) fn load(store: &dyn Store, codec: Option<Codec<M>>) -> Self {
        let mut restored = Self::default();
        let read = caught(|| restored.read(store, codec));
        if let Err(error) = read.unwrap_or_else(|| Err(StoreError::failed("it panicked"))) {
            restored.refuse(error);
        }
        restored
    }

    /// The machine that goes on from it, or a new one, if it is of another session.
    pub(crate) fn machine(
        &mut self,
        config: ConnectionConfig,
        seed: u64,
        now: Instant,
    ) -> Result<Connection, steadfast_core::ConfigError> {
        let Some(snapshot) = self.snapshot.take() else {
            return Connection::new(config, seed, now);
        };
        match Connection::restore(config.clone(), seed, now, snapshot.clone()) {
            Ok(machine) => {
                self.snapshot = Some(snapshot);
                Ok(machine)
            }
            Err(error) => {
                self.refuse(error.into());
                Connection::new(config, seed, now)
            }
        }
    }

    fn read(&mut self, store: &dyn Store, codec: Option<Codec<M>>) -> Result<(), StoreError> {
        let (mut messages, mut bytes) = (BTreeMap::new(), None);
        for (key, value) in store.load()? {
            match key {
                Key::Message(message) => drop(messages.insert(message, value)),
                Key::Snapshot => bytes = Some(value),
            }
        }
        // Until it is known better.
        self.stale = messages.keys().copied().collect();
        let Some(bytes) = bytes else { return Ok(()) };
        let mut snapshot = ConnectionSnapshot::from_bytes(&bytes)?;
        let Some(codec) = codec else {
            snapshot.forget_messages();
            self.snapshot = Some(snapshot);
            return Ok(());
        };
        snapshot.retain(|message| {
            let Some(payload) = messages.remove(&message).and_then(codec.decode) else {
                self.error = Some(StoreError::Message { message });
                return false;
            };
            self.messages.push((message, payload));
            true
        });
        let kept: BTreeSet<_> = self.messages.iter().map(|(kept, _)| *kept).collect();
        self.stale.retain(|id| !kept.contains(id));
        self.snapshot = Some(snapshot);
        Ok(())
    }

    /// Nothing of it is taken over.
    fn refuse(&mut self, error: StoreError) {
        self.snapshot = None;
        self.stale.extend(self.messages.drain(..).map(|(message, _)| message));
        self.error = Some(error);
    }
}
