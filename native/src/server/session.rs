mod room;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::task::AtomicWaker;
use steadfast_core::protocol::server::{
    AttachError, LinkId, Session as Machine, SessionConfig, SessionOutput, Violation,
};
use steadfast_core::protocol::{Frame, Hint, Welcome, close};
use steadfast_core::time::Instant;
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use super::connection::PATIENCE;
use crate::error::SendError;
use crate::message::Message;
use crate::outbox::WaitingLine;

/// What a connection, its senders and its link share. The lock is held for a few instructions at a
/// time, and never across an await.
#[derive(Debug)]
pub(crate) struct Session {
    /// Messages, and bytes, that may wait to be read.
    inbound: (usize, usize),
    max_messages: usize,
    inner: Mutex<Inner>,
    /// Wakes the reader.
    arrived: AtomicWaker,
    /// Wakes all that wait for acknowledgements, or for the link to end.
    freed: Arc<Notify>,
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// The server's code closed or dropped it.
    Closed,
    /// There were too many sessions, and its client had been away for longest.
    Evicted,
    /// Its client did not come back in time.
    Expired,
    /// Its client came back, and had forgotten what it had acknowledged. It has a new connection.
    Forgotten,
    /// Its client closed it.
    Left,
    /// Its link is gone, and its client does not speak the sub-protocol.
    Lost,
}

/// How a link is to end.
#[derive(Clone, Copy, Debug)]
pub(super) struct CloseWith {
    pub(super) code: u16,
    pub(super) hint: Hint,
}

/// What a link does next.
#[derive(Debug)]
pub(super) enum Step {
    /// Say goodbye, after whatever is still to be written.
    Close(CloseWith),
    /// Nothing now.
    Idle,
    /// Write this.
    Write(SessionOutput<Message>),
}

#[derive(Debug)]
struct Inner {
    machine: Machine<Message>,
    inbox: VecDeque<Message>,
    inbox_bytes: usize,
    end: Option<EndReason>,
    /// The goodbye of the current link when the connection is over.
    goodbye: CloseWith,
    /// How long that and what comes before it may take.
    close_limit: Duration,
    /// Senders that wait for room.
    line: WaitingLine<Message>,
    /// Whether there was no room for a sender.
    crowded: bool,
    /// Wakes the link that counts.
    link: Arc<Notify>,
}

impl Session {
    pub(super) fn new(config: SessionConfig, inbound: usize) -> Self {
        Self::of(Machine::new(config), config, inbound)
    }

    pub(super) fn plain(config: SessionConfig, inbound: usize) -> (Self, LinkId) {
        let (machine, link) = Machine::plain(config);
        (Self::of(machine, config, inbound), link)
    }

    fn of(machine: Machine<Message>, config: SessionConfig, inbound: usize) -> Self {
        let inner = Inner {
            machine,
            inbox: VecDeque::new(),
            inbox_bytes: 0,
            end: None,
            goodbye: CloseWith { code: close::DONE, hint: Hint::NONE },
            close_limit: PATIENCE,
            line: WaitingLine::new(),
            crowded: false,
            link: Arc::default(),
        };
        Self {
            inbound: (inbound, config.max_bytes),
            max_messages: config.max_messages,
            inner: Mutex::new(inner),
            arrived: AtomicWaker::new(),
            freed: Arc::default(),
        }
    }

    // What the server's code does.

    /// Whether a sink has learned that there is room, and its task should run first.
    pub(super) fn is_promised(&self) -> bool {
        self.lock().line.is_promised()
    }

    /// The sink that has learned so had its time. Others may have the room.
    pub(super) fn end_promise(&self) {
        self.lock().line.end_promise();
        self.admit_waiting();
    }

    /// Says when nothing is kept any more, or that it will be for ever.
    pub(super) fn drained(&self) -> Option<Result<(), SendError>> {
        let inner = self.lock();
        match inner.end {
            _ if inner.machine.kept() == 0 => Some(Ok(())),
            Some(_) => Some(Err(SendError::Closed)),
            None => None,
        }
    }

    pub(super) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        let take = || {
            let mut inner = self.lock();
            let full = !inner.is_readable(self.inbound);
            if let Some(message) = inner.inbox.pop_front() {
                inner.inbox_bytes = inner.inbox_bytes.saturating_sub(message.len());
                if full {
                    inner.link.notify_one();
                }
                return Poll::Ready(Some(message));
            }
            if inner.end.is_some() { Poll::Ready(None) } else { Poll::Pending }
        };
        let taken = take();
        if taken.is_ready() {
            return taken;
        }
        self.arrived.register(cx.waker());
        take()
    }

    pub(super) fn hint(&self, hint: Hint) {
        let mut inner = self.lock();
        inner.machine.hint(hint);
        inner.link.notify_one();
    }

    /// Is over, for the first reason that is given.
    pub(super) fn end(&self, why: EndReason, goodbye: CloseWith) {
        let mut inner = self.lock();
        if inner.end.is_none() {
            inner.end = Some(why);
            inner.goodbye = goodbye;
            inner.link.notify_one();
            drop(inner);
            self.arrived.wake();
            self.freed.notify_waiters();
            self.turn_away();
        }
    }

    /// How long what is to be written may take once the connection is over.
    pub(super) fn close_limit(&self) -> Duration {
        self.lock().close_limit
    }

    /// Changes that.
    pub(super) fn limit_close(&self, limit: Duration) {
        self.lock().close_limit = limit;
    }

    pub(super) fn ended(&self) -> Option<EndReason> {
        self.lock().end
    }

    pub(super) fn has_link(&self) -> bool {
        self.lock().machine.has_link()
    }

    pub(super) fn is_reliable(&self) -> bool {
        self.lock().machine.is_reliable()
    }

    pub(super) fn kept(&self) -> (usize, usize) {
        let inner = self.lock();
        (inner.machine.kept(), inner.machine.kept_bytes())
    }

    /// Waits until there is no link, if the connection is over.
    pub(super) async fn unlinked(&self) {
        loop {
            let freed = self.change();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if !self.has_link() {
                return;
            }
            freed.await;
        }
    }

    /// Ready after the next change that senders may wait for.
    fn change(&self) -> OwnedNotified {
        Arc::clone(&self.freed).notified_owned()
    }

    // What its link does.

    /// A link comes, in place of any other. `None` if the connection is over.
    pub(super) fn attach(
        &self,
        received: u64,
        welcome: Welcome,
    ) -> Result<Option<(LinkId, Arc<Notify>)>, AttachError> {
        let mut inner = self.lock();
        if inner.end.is_some() {
            return Ok(None);
        }
        let link = inner.machine.attach(received, welcome)?;
        // The one that it replaces, if any, finds out.
        inner.link.notify_one();
        inner.link = Arc::default();
        let wake = Arc::clone(&inner.link);
        drop(inner);
        self.freed.notify_waiters();
        self.admit_waiting();
        Ok(Some((link, wake)))
    }

    /// Wakes the link that counts.
    pub(super) fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.lock().link)
    }

    /// Whether there is room for another message to be read.
    pub(super) fn is_readable(&self) -> bool {
        self.lock().is_readable(self.inbound)
    }

    /// Whether nothing can go on: nobody reads, because the reader waits for room, which there
    /// will be only when more is read.
    pub(super) fn is_stuck(&self) -> bool {
        let inner = self.lock();
        inner.crowded && !inner.is_readable(self.inbound)
    }

    pub(super) fn handle_message(&self, now: Instant, link: LinkId, message: Message) {
        let mut inner = self.lock();
        if inner.end.is_none() && inner.machine.handle_message(now, link) {
            inner.inbox_bytes = inner.inbox_bytes.saturating_add(message.len());
            inner.inbox.push_back(message);
            drop(inner);
            self.arrived.wake();
        }
    }

    pub(super) fn handle_frame(&self, link: LinkId, frame: &Frame) -> Result<(), Violation> {
        let mut inner = self.lock();
        let kept = inner.machine.kept();
        inner.machine.handle_frame(link, frame)?;
        if inner.machine.kept() < kept {
            inner.crowded = false;
            drop(inner);
            self.freed.notify_waiters();
            self.admit_waiting();
        }
        Ok(())
    }

    /// What this link does next.
    pub(super) fn step(&self, now: Instant, link: LinkId) -> Step {
        let mut inner = self.lock();
        if !inner.machine.is_current(link) {
            return Step::Close(CloseWith { code: close::REPLACED, hint: Hint::NONE });
        }
        let kept = inner.machine.kept();
        let output = inner.machine.poll_output(now, link);
        if inner.machine.kept() < kept {
            inner.crowded = false;
            drop(inner);
            self.freed.notify_waiters();
            self.admit_waiting();
            inner = self.lock();
        }
        if let Some(output) = output {
            return Step::Write(output);
        }
        match inner.end {
            Some(_) => inner
                .machine
                .flush(link)
                .map_or(Step::Close(inner.goodbye), |ack| Step::Write(SessionOutput::Control(ack))),
            None => Step::Idle,
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.lock().machine.poll_timeout()
    }

    /// The link is gone: true if it was the one that counts, and the session waits for another.
    pub(super) fn detach(&self, link: LinkId, left: bool) -> bool {
        let mut inner = self.lock();
        if !inner.machine.detach(link) {
            return false;
        }
        let over = if left {
            Some(EndReason::Left)
        } else if inner.machine.is_reliable() {
            None
        } else {
            Some(EndReason::Lost)
        };
        inner.end = inner.end.or(over);
        let waits = inner.end.is_none();
        drop(inner);
        self.arrived.wake();
        self.freed.notify_waiters();
        if !waits {
            self.turn_away();
        }
        waits
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while the lock is held, so what it guards is whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn is_readable(&self, (messages, bytes): (usize, usize)) -> bool {
        self.inbox.len() < messages && (self.inbox_bytes < bytes || self.inbox.is_empty())
    }
}
