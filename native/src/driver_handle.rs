use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use futures::task::AtomicWaker;
use steadfast_core::connection::{Input, Suspension};
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use crate::store::StoreError;

/// What the handles of a connection ask of its driver, and what it has come to, whatever the
/// messages are. The lock is held for a few instructions at a time, and never across an await.
#[derive(Debug, Default)]
pub(crate) struct DriverHandle {
    inner: Mutex<Inner>,
    /// Whether messages are refused. Apart, because each one asks.
    closed: AtomicBool,
    /// Wakes the driver.
    called: Notify,
    /// Wakes all senders that wait for room, or for messages to leave.
    freed: Arc<Notify>,
    /// Wakes the reader.
    reader: AtomicWaker,
}

#[derive(Debug)]
struct Inner {
    commands: PendingCommands,
    /// No link is up or worked on, and nothing more will come of those that were.
    over: bool,
    /// Somebody waits in `Connection::close`.
    closing: bool,
    /// The connection was dropped, or its driver has ended.
    abandoned: bool,
    driver: DriverStatus,
    /// The number of requests to save so far, and the last of them that was
    /// answered, with its result.
    saves_requested: u64,
    saved: (u64, Result<(), StoreError>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DriverStatus {
    Running,
    /// It has ended because the connection was dropped.
    Ended,
    /// It has ended while it was at work.
    Died,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            commands: PendingCommands::default(),
            over: false,
            closing: false,
            abandoned: false,
            driver: DriverStatus::Running,
            saves_requested: 0,
            saved: (0, Ok(())),
        }
    }
}

/// Commands that the driver has not processed yet: the last of each kind, so that they are bounded.
#[derive(Debug, Default)]
pub(crate) struct PendingCommands {
    suspensions: BTreeMap<Suspension, bool>,
    network_changed: bool,
    link: Option<LinkCommand>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkCommand {
    /// Within this limit, or the one that is configured.
    Close(Option<Duration>),
    Reconnect,
}

impl DriverHandle {
    /// Ends the connection for good, as soon as the driver gets to it.
    pub(crate) fn abandon(&self) {
        self.lock().abandoned = true;
        self.close(None);
    }

    /// Takes no more messages, and requests that those that wait be sent within this limit, or the one
    /// that is configured, and the link closed then.
    pub(crate) fn close(&self, limit: Option<Duration>) {
        let mut inner = self.lock();
        if inner.driver != DriverStatus::Running {
            return;
        }
        let limit = match inner.commands.link {
            // The driver has not processed an earlier command yet: the shorter limit counts.
            Some(LinkCommand::Close(Some(before))) => {
                Some(limit.map_or(before, |limit| limit.min(before)))
            }
            _ => limit,
        };
        inner.commands.link = Some(LinkCommand::Close(limit));
        inner.closing = true;
        self.closed.store(true, Ordering::Relaxed);
        drop(inner);
        self.called.notify_one();
        self.freed.notify_waiters();
    }

    /// Requests a fresh link.
    pub(crate) fn reconnect(&self) {
        let mut inner = self.lock();
        if inner.abandoned {
            return;
        }
        inner.commands.link = Some(LinkCommand::Reconnect);
        (inner.over, inner.closing) = (false, false);
        self.closed.store(false, Ordering::Relaxed);
        drop(inner);
        self.called.notify_one();
        // For callers that wait for a close that is taken back.
        self.freed.notify_waiters();
    }

    pub(crate) fn network_changed(&self) {
        self.lock().commands.network_changed = true;
        self.called.notify_one();
    }

    /// Begins or ends a suspension.
    pub(crate) fn suspend(&self, why: Suspension, begins: bool) {
        let commands = &mut self.lock().commands;
        // One that was over before anybody looked is a reason to look all the same.
        if commands.suspensions.insert(why, begins) == Some(true) && !begins {
            commands.network_changed = true;
        }
        self.called.notify_one();
    }

    /// Requests that the session be saved, and returns the number of the request.
    pub(crate) fn save(&self) -> u64 {
        let mut inner = self.lock();
        inner.saves_requested += 1;
        self.called.notify_one();
        inner.saves_requested
    }

    /// The result of a request to save, once it is known.
    pub(crate) fn saved(&self, request: u64) -> Option<Result<(), StoreError>> {
        let inner = self.lock();
        let answered = (inner.saved.0 >= request).then(|| inner.saved.1.clone());
        let ended = inner.driver != DriverStatus::Running;
        answered.or(ended.then_some(Err(StoreError::Closed)))
    }

    /// Whether messages are refused.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Whether the driver has ended while it was at work.
    pub(crate) fn has_died(&self) -> bool {
        self.lock().driver == DriverStatus::Died
    }

    /// Whether a command to close was not processed yet.
    pub(crate) fn is_closing(&self) -> bool {
        self.lock().closing
    }

    /// Whether there is no link, and none is worked on, and none is requested.
    pub(crate) fn is_over(&self) -> bool {
        self.lock().over
    }

    /// Ready after the next change that senders may wait for.
    pub(crate) fn freed(&self) -> OwnedNotified {
        Arc::clone(&self.freed).notified_owned()
    }

    /// Wakes this reader when the connection is over.
    pub(crate) fn wake_when_over(&self, waker: &Waker) {
        self.reader.register(waker);
    }

    /// Tells the driver that there is something to do.
    pub(crate) fn call(&self) {
        self.called.notify_one();
    }

    /// For the driver: waits until it was called, since the last time.
    pub(crate) async fn called(&self) {
        self.called.notified().await;
    }

    /// For the driver: something has changed that senders may wait for.
    pub(crate) fn free(&self) {
        self.freed.notify_waiters();
    }

    /// For the driver: the pending commands.
    pub(crate) fn take_commands(&self) -> PendingCommands {
        std::mem::take(&mut self.lock().commands)
    }

    /// For the driver: how things stand. `over`: no link is up or worked on. `quiet`: and nothing
    /// else remains to be done, or nobody waits for it any longer. True if somebody may wait for this.
    pub(crate) fn settle(&self, over: bool, quiet: bool) -> bool {
        let mut inner = self.lock();
        if inner.commands.link.is_some() {
            // It stands otherwise as soon as that is carried out.
            return false;
        }
        let was = (inner.over, inner.closing);
        inner.over = over;
        inner.closing &= !quiet;
        self.closed.store(over, Ordering::Relaxed);
        if was == (inner.over, inner.closing) {
            return false;
        }
        drop(inner);
        if over {
            self.reader.wake();
        }
        self.freed.notify_waiters();
        true
    }

    /// For the driver: the last request to save that was not answered yet.
    pub(crate) fn save_requested(&self) -> Option<u64> {
        let inner = self.lock();
        (inner.saves_requested > inner.saved.0).then_some(inner.saves_requested)
    }

    /// For the driver: answers that request, and those before it.
    pub(crate) fn answer_save(&self, request: u64, result: Result<(), StoreError>) {
        self.lock().saved = (request, result);
        self.free();
    }

    /// For the driver: it ends, whatever ends it. From now on no message and no command is taken.
    /// `died`: nobody had asked for that.
    pub(crate) fn refuse(&self, died: bool) {
        let mut inner = self.lock();
        inner.abandoned = true;
        inner.driver = if died { DriverStatus::Died } else { DriverStatus::Ended };
        self.closed.store(true, Ordering::Relaxed);
    }

    /// For the driver: it has ended, and its last state is known. Callers that wait learn so.
    pub(crate) fn end(&self) {
        let mut inner = self.lock();
        (inner.over, inner.closing) = (true, false);
        drop(inner);
        self.reader.wake();
        self.freed.notify_waiters();
    }

    /// For the driver: whether the connection was dropped.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.lock().abandoned
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while the lock is held, so what it guards is whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PendingCommands {
    /// What the machine is to be told, in order. `close_timeout` is the limit of a close that has none
    /// of its own.
    pub(crate) fn into_inputs(self, close_timeout: Duration) -> impl Iterator<Item = Input> {
        let suspensions = self
            .suspensions
            .into_iter()
            .map(|(why, begins)| if begins { Input::Suspend(why) } else { Input::Resume(why) });
        let link = self.link.map(|command| match command {
            LinkCommand::Close(limit) => Input::CloseWithin(limit.unwrap_or(close_timeout)),
            LinkCommand::Reconnect => Input::Reconnect,
        });
        suspensions.chain(self.network_changed.then_some(Input::NetworkChanged)).chain(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(3);

    fn requested(driver_handle: &DriverHandle) -> Vec<Input> {
        driver_handle.take_commands().into_inputs(LIMIT).collect()
    }

    #[test]
    fn of_each_kind_of_wish_the_last_counts() {
        let driver_handle = DriverHandle::default();
        driver_handle.close(None);
        driver_handle.reconnect();
        driver_handle.suspend(Suspension::Frozen, true);
        assert_eq!(
            requested(&driver_handle),
            [Input::Suspend(Suspension::Frozen), Input::Reconnect]
        );
        assert_eq!(requested(&driver_handle), []);
    }

    #[test]
    fn a_network_that_was_gone_for_a_moment_only_has_still_changed() {
        let driver_handle = DriverHandle::default();
        driver_handle.suspend(Suspension::Offline, true);
        driver_handle.suspend(Suspension::Offline, false);
        let expected = [Input::Resume(Suspension::Offline), Input::NetworkChanged];
        assert_eq!(requested(&driver_handle), expected);
    }

    #[test]
    fn a_wish_for_a_link_takes_messages_again_before_the_driver_has_looked() {
        let driver_handle = DriverHandle::default();
        assert!(driver_handle.settle(true, true));
        assert!(driver_handle.is_closed() && driver_handle.is_over());
        driver_handle.reconnect();
        assert!(!driver_handle.is_closed() && !driver_handle.is_over());
        assert!(!driver_handle.settle(true, true), "the command is not carried out yet");
        assert!(!driver_handle.is_closed() && !driver_handle.is_over());
    }

    #[test]
    fn nothing_is_wished_of_a_connection_that_was_dropped() {
        let driver_handle = DriverHandle::default();
        driver_handle.abandon();
        driver_handle.reconnect();
        assert_eq!(requested(&driver_handle), [Input::CloseWithin(LIMIT)]);
    }

    #[test]
    fn of_two_wishes_to_close_the_shorter_limit_counts() {
        let driver_handle = DriverHandle::default();
        driver_handle.close(Some(LIMIT / 3));
        driver_handle.close(None);
        assert_eq!(requested(&driver_handle), [Input::CloseWithin(LIMIT / 3)]);
    }
}
