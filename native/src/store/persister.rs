use std::collections::{BTreeMap, BTreeSet};
use std::future;
use std::sync::Arc;
use std::time::Duration;

use steadfast_core::outbox::MessageId;
use steadfast_core::snapshot::ConnectionSnapshot;
use steadfast_core::time::Instant;
use tokio::task::JoinHandle;

use super::error::StoreError;
use super::persist::Codec;
use super::{Change, Key, Store};
use crate::connector::Payload;
use crate::panics::caught;

/// Gathers what is to be kept, and writes it now and then, one write at a time.
pub(crate) struct Persister<M> {
    store: Arc<dyn Store>,
    /// Absent if no messages are kept.
    codec: Option<Codec<M>>,
    interval: Duration,
    /// The messages that the store has, or may have.
    stored: BTreeSet<MessageId>,
    /// What is to become of messages: kept, or forgotten.
    messages: Messages<M>,
    /// When to write; absent while there is nothing to.
    due: Option<Instant>,
    writing: Option<JoinHandle<Written<M>>>,
    /// Whether the machine waits for what is written next.
    asked: bool,
    /// The last request for a write that the gathered messages answer.
    requested: u64,
}

type Messages<M> = BTreeMap<MessageId, Option<M>>;

/// The result of a write.
pub(crate) struct Written<M> {
    messages: Messages<M>,
    result: Result<(), StoreError>,
    /// Whether the machine waits for it.
    pub(crate) asked: bool,
    /// The request that it answers.
    pub(crate) command: u64,
}

/// How many intervals pass before a write that failed is made again.
const PATIENCE: u32 = 10;

impl<M: Payload> Persister<M> {
    /// `stored` are the messages that the store has, and `stale` those of them that are forgotten by
    /// the first write.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        codec: Option<Codec<M>>,
        interval: Duration,
        stored: BTreeSet<MessageId>,
        stale: Vec<MessageId>,
    ) -> Self {
        let messages = stale.into_iter().map(|message| (message, None)).collect();
        let (due, writing, asked, requested) = (None, None, false, 0);
        Self { store, codec, interval, stored, messages, due, writing, asked, requested }
    }

    /// Whether messages are kept.
    pub(crate) fn keeps_messages(&self) -> bool {
        self.codec.is_some()
    }

    /// Something is different from what was written.
    pub(crate) fn changed(&mut self, now: Instant) {
        self.due.get_or_insert(now + self.interval);
    }

    /// A message is to be kept.
    pub(crate) fn put(&mut self, now: Instant, id: MessageId, message: M) {
        self.messages.insert(id, Some(message));
        self.changed(now);
    }

    /// A message need not be kept any more.
    pub(crate) fn remove(&mut self, now: Instant, id: MessageId) {
        self.messages.remove(&id);
        // One that was never written need not be forgotten either.
        if self.stored.contains(&id) {
            self.messages.insert(id, None);
        }
        self.changed(now);
    }

    /// Writes as soon as may be; `command` is answered by that.
    pub(crate) fn flush(&mut self, now: Instant, command: u64) {
        self.requested = command;
        self.due = Some(now);
    }

    /// Writes as soon as may be, because the machine waits for it.
    pub(crate) fn ask(&mut self, now: Instant) {
        self.asked = true;
        self.due = Some(now);
    }

    /// Writes as soon as may be what was gathered, if something was.
    pub(crate) fn hasten(&mut self, now: Instant) {
        self.due = self.due.map(|due| due.min(now));
    }

    /// When to write.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due.filter(|_| self.writing.is_none())
    }

    /// Whether something was not written yet.
    pub(crate) fn is_busy(&self) -> bool {
        self.due.is_some() || self.writing.is_some()
    }

    /// Writes what is due. `snapshot` is asked only if something is.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        snapshot: impl FnOnce() -> ConnectionSnapshot,
    ) {
        if self.poll_timeout().is_none_or(|due| due > now) {
            return;
        }
        self.due = None;
        let (store, codec) = (Arc::clone(&self.store), self.codec);
        let (messages, command) = (std::mem::take(&mut self.messages), self.requested);
        let asked = std::mem::take(&mut self.asked);
        let put = messages.iter().filter(|(_, message)| message.is_some());
        self.stored.extend(put.map(|(id, _)| *id));
        let mut snapshot = snapshot();
        if codec.is_none() {
            snapshot.forget_messages();
        }
        self.writing = Some(tokio::task::spawn_blocking(move || {
            let result = caught(|| {
                let mut changes = vec![Change::Put(Key::Snapshot, snapshot.to_bytes())];
                changes.extend(messages.iter().map(|(id, message)| {
                    let key = Key::Message(*id);
                    let bytes = message.as_ref().zip(codec);
                    bytes.map_or(Change::Remove(key), |(message, codec)| {
                        Change::Put(key, (codec.encode)(message))
                    })
                }));
                store.apply(&changes)
            });
            let result = result.unwrap_or_else(|| Err(StoreError::failed("it panicked")));
            Written { messages, result, asked, command }
        }));
    }

    /// The result of the present write, given to [`handle_written`](Self::handle_written).
    pub(crate) async fn written(&mut self) -> Written<M> {
        let Some(writing) = &mut self.writing else { return future::pending().await };
        // Fails if the runtime is ending.
        writing.await.unwrap_or_else(|error| Written {
            messages: Messages::new(),
            result: Err(StoreError::failed(error)),
            // Nobody knows any more. If it was not, that is no harm.
            asked: true,
            command: 0,
        })
    }

    /// Takes the result of a write. One that failed is made again later, unless this is the
    /// end.
    pub(crate) fn handle_written(
        &mut self,
        now: Instant,
        written: Written<M>,
        ends: bool,
    ) -> Result<(), StoreError> {
        self.writing = None;
        if let Err(error) = &written.result {
            caught(|| tracing::warn!(code = error.code(), %error, "the session was not saved"));
            if ends {
                self.due = self.due.filter(|_| self.asked);
            } else {
                // Unless something newer is known.
                for (id, message) in written.messages {
                    self.messages.entry(id).or_insert(message);
                }
                if !self.asked {
                    self.due = Some(now + self.interval * PATIENCE);
                }
            }
        } else {
            for (id, _) in written.messages.iter().filter(|(_, message)| message.is_none()) {
                self.stored.remove(id);
            }
        }
        written.result
    }
}
