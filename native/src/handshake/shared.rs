use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use steadfast_core::connection::Cause;
use steadfast_core::protocol::Hint;

use super::link::Talk;
use crate::connector::{Incoming, Link, Lost, Outgoing};
use crate::socket::Socket;

/// How many messages may have come that the handshake has not received: then nothing more is read.
const MOST_UNREAD: usize = 64;

/// A link that a handshake and its connection share. The lock is held for one call of the link at a
/// time, and never across an await.
pub(crate) struct Shared<L: Link>(Mutex<Inner<L>>);

struct Inner<L: Link> {
    /// Absent before there is one, and when the handshake has ended.
    link: Option<L>,
    unflushed: bool,
    messages: VecDeque<L::Incoming>,
    /// What came that is no message, for afterwards: the last of each kind.
    hint: Hint,
    promise: Option<Duration>,
    lost: Option<Lost>,
    /// The task that waits for a message.
    receiver: Option<Waker>,
    /// The task that reads the link, if there was no room for more.
    reader: Option<Waker>,
}

impl<L: Link> Default for Shared<L> {
    fn default() -> Self {
        Self(Mutex::new(Inner {
            link: None,
            unflushed: false,
            messages: VecDeque::new(),
            hint: Hint::NONE,
            promise: None,
            lost: None,
            receiver: None,
            reader: None,
        }))
    }
}

impl<L: Link> Shared<L> {
    /// The link is open.
    pub(crate) fn open(&self, link: L) {
        self.lock().link = Some(link);
    }

    /// Takes the link out, if it is open: the handshake is over.
    pub(crate) fn take(&self) -> Option<Socket<L>> {
        let link = self.lock().link.take();
        link.map(Socket::new)
    }

    /// Reads what has come. True if the link is lost.
    pub(super) fn poll_read(&self, cx: &mut Context<'_>) -> bool {
        let mut inner = self.lock();
        if inner.messages.len() >= MOST_UNREAD {
            inner.reader = Some(cx.waker().clone());
            return inner.lost.is_some();
        }
        while inner.lost.is_none() && inner.messages.len() < MOST_UNREAD {
            let Some(link) = &mut inner.link else { break };
            let Poll::Ready(read) = link.poll_receive(cx) else { return false };
            match read {
                Ok(Incoming::Message(message)) => inner.messages.push_back(message),
                Ok(Incoming::Hint(hint)) => inner.hint = hint.or(inner.hint),
                Ok(Incoming::Promise(silence)) => inner.promise = Some(silence),
                Ok(_) => continue,
                Err(lost) => inner.lose(lost),
            }
            if let Some(receiver) = inner.receiver.take() {
                receiver.wake();
            }
        }
        if inner.lost.is_none() {
            inner.reader = Some(cx.waker().clone());
        }
        inner.lost.is_some()
    }

    /// Waits until the link has taken what the handshake sent.
    pub(super) async fn flushed(&self) -> Result<(), Lost> {
        poll_fn(|cx| self.lock().poll_flush(cx)).await
    }

    /// The link as it is after the handshake.
    pub(super) fn finish(&self) -> Result<Socket<L>, Lost> {
        let mut inner = self.lock();
        if let Some(lost) = inner.lost.take() {
            return Err(lost);
        }
        let Some(link) = inner.link.take() else { return Err(Cause::Network.into()) };
        let mut socket = Socket::new(link);
        if inner.hint != Hint::NONE {
            socket.has_come(Incoming::Hint(inner.hint));
        }
        if let Some(silence) = inner.promise {
            socket.has_come(Incoming::Promise(silence));
        }
        for message in inner.messages.drain(..) {
            socket.has_come(Incoming::Message(message));
        }
        Ok(socket)
    }

    /// Why the link is lost.
    pub(super) fn take_lost(&self) -> Lost {
        self.lock().lost.take().unwrap_or_else(|| Cause::Network.into())
    }

    fn lock(&self) -> MutexGuard<'_, Inner<L>> {
        // A link that panicked is not called again: its handshake has failed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L: Link> Talk<L::Incoming, L::Outgoing> for Shared<L> {
    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        message: &mut Option<L::Outgoing>,
    ) -> Poll<Result<(), Lost>> {
        let mut inner = self.lock();
        loop {
            ready!(inner.poll_flush(cx))?;
            let Some(message) = message.take() else { return Poll::Ready(Ok(())) };
            let Some(link) = &mut inner.link else { return Poll::Ready(Err(over())) };
            if let Err(lost) = link.start_send(Outgoing::Message(message)) {
                inner.lose(lost.clone());
                return Poll::Ready(Err(lost));
            }
            inner.unflushed = true;
        }
    }

    fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Result<L::Incoming, Lost>> {
        let mut inner = self.lock();
        if inner.link.is_none() {
            return Poll::Ready(Err(over()));
        }
        if let Some(message) = inner.messages.pop_front() {
            if let Some(reader) = inner.reader.take() {
                reader.wake();
            }
            return Poll::Ready(Ok(message));
        }
        if let Some(lost) = &inner.lost {
            return Poll::Ready(Err(lost.clone()));
        }
        inner.receiver = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl<L: Link> Inner<L> {
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        if let Some(lost) = &self.lost {
            return Poll::Ready(Err(lost.clone()));
        }
        if !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        let Some(link) = &mut self.link else { return Poll::Ready(Err(over())) };
        let flushed = ready!(link.poll_flush(cx));
        self.unflushed = false;
        if let Err(lost) = &flushed {
            self.lose(lost.clone());
        }
        Poll::Ready(flushed)
    }

    /// Nothing more comes. The hint that the peer sent before its loss still counts.
    fn lose(&mut self, mut lost: Lost) {
        lost.hint = lost.hint.or(self.hint);
        self.lost = Some(lost);
    }
}

impl<L: Link> fmt::Debug for Shared<L> {
    // Not what has come.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

fn over() -> Lost {
    Lost::from(Cause::Network).with_source("the handshake on this link is over")
}
