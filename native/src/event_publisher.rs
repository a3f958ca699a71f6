use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::events::{Events, Published};

/// Where what a machine says goes to, while the machine is shared under a lock: to nobody, to one
/// or to many.
///
/// Telling wakes tasks, which is not to be done under the lock; and the events of two threads
/// have to keep their order. So one of them publishes for both.
#[derive(Debug)]
pub(crate) struct EventPublisher<T> {
    /// Absent until somebody listens, since it takes the room of all that may wait; and again after
    /// the end.
    sender: Option<broadcast::Sender<Arc<Published<T>>>>,
    capacity: usize,
    /// How many things were lost in all before they could be told.
    lost: u64,
    /// Whether somebody is telling.
    busy: bool,
    ended: bool,
}

/// What is under the lock.
pub(crate) trait Publish {
    type Published: Clone + Send + Sync + 'static;

    fn publisher(&mut self) -> &mut EventPublisher<Self::Published>;

    /// The next thing to tell.
    fn next(&mut self) -> Option<Self::Published>;

    /// How many were lost before it since the last call.
    fn take_lost(&mut self) -> u64 {
        0
    }
}

impl<T: Clone + Send + Sync + 'static> EventPublisher<T> {
    /// `capacity` events wait for a slow listener; then the oldest go.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { sender: None, capacity, lost: 0, busy: false, ended: false }
    }

    pub(crate) fn subscribe(&mut self) -> Events<T> {
        if self.ended {
            return Events::ended();
        }
        let sender = self.sender.get_or_insert_with(|| broadcast::Sender::new(self.capacity));
        Events::after(self.lost, sender.subscribe())
    }

    /// Nothing more will be told.
    pub(crate) fn end(&mut self) {
        (self.sender, self.ended) = (None, true);
    }

    pub(crate) fn is_heard(&self) -> bool {
        self.sender.as_ref().is_some_and(|sender| sender.receiver_count() > 0)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }
}

/// What was decided before a panic elsewhere still holds.
pub(crate) fn lock<S>(state: &Mutex<S>) -> MutexGuard<'_, S> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Releases the lock, and publishes the events that wait. A thread that is publishing already publishes these, too.
pub(crate) fn release<'a, S: Publish>(state: &'a Mutex<S>, mut locked: MutexGuard<'a, S>) {
    while !locked.publisher().busy {
        let lost = locked.take_lost();
        locked.publisher().lost += lost;
        let batch: Vec<_> = std::iter::from_fn(|| locked.next()).collect();
        if batch.is_empty() {
            return;
        }
        let publisher = locked.publisher();
        let Some(sender) = publisher.sender.clone() else { return };
        let lost = publisher.lost;
        publisher.busy = true;
        drop(locked);
        let telling = Telling(state);
        for what in batch {
            // Fails if nobody listens, which is nobody's fault.
            let _ = sender.send(Arc::new(Published { what, lost }));
        }
        drop(telling);
        locked = lock(state);
    }
}

/// Held while telling, also by who panics meanwhile.
struct Telling<'a, S: Publish>(&'a Mutex<S>);

impl<S: Publish> Drop for Telling<'_, S> {
    fn drop(&mut self) {
        lock(self.0).publisher().busy = false;
    }
}
