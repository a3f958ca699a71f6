//! What outlives the process.

use std::sync::Arc;
use std::time::Duration;

use super::Builder;
use crate::connector::Connector;
use crate::driver::Sent;
use crate::store::{Codec, Persist, Store};

impl<C: Connector> Builder<C> {
    /// Keeps the session in a store, so that the next process goes on with it: see
    /// [`store`](crate::store). A session that was not named goes by the name that is found there.
    pub fn persist(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Keeps the messages that wait as well, if there is a store.
    pub fn persist_messages(mut self) -> Self
    where
        Sent<C>: Persist,
    {
        self.codec = Some(Codec::new());
        self
    }

    /// How often the store is written to at most. From 10 ms to an hour; 1 s by default.
    pub fn persist_interval(mut self, interval: Duration) -> Self {
        self.persist_interval = interval;
        self
    }
}
