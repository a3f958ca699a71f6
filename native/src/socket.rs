use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::task::{Context, Poll};
use std::time::Duration;

use steadfast_core::connection::Cause;
use steadfast_core::heartbeat::PingId;
use steadfast_core::outbox::MessageId;
use steadfast_core::protocol::{Frame, Hint};

use crate::connector::{Incoming, Link, Lost, Outgoing};
use crate::panics::{caught, log};

/// One open link, and what is to go over it.
///
/// Messages are handed over one by one, so that it is known of each whether a peer can have got
/// it: what was cut off by a dying link is sent again, and what went out whole is not.
#[derive(Debug)]
pub(crate) struct Socket<L: Link> {
    link: L,
    /// The control frames that are to be sent, in order, one of each kind at most.
    frames: VecDeque<Frame>,
    /// The messages that are to be sent, in order, after all frames.
    messages: VecDeque<(MessageId, L::Outgoing)>,
    /// The next ping to send. A younger one takes its place: the elder would only come later.
    ping: Option<PingId>,
    /// The message that was handed to `link`, and is not out of its hands yet.
    writing: Option<MessageId>,
    unflushed: bool,
    /// [`Link::received`] at the last event that was read, the last ping, or the last look.
    seen: u64,
    /// While there is no room to write: what had been written then.
    blocked_at: Option<u64>,
    /// Nothing can be written any more. What the peer said before may still be read.
    /// After a panic of the link nothing of it is called any more.
    broken: Option<Cause>,
    /// What came during a handshake and is for afterwards.
    early: VecDeque<Incoming<L::Incoming>>,
    /// Whose turn is next, so that neither direction starves the other.
    read_first: bool,
}

/// What a socket has to say.
#[derive(Debug)]
pub(crate) enum SocketEvent<I> {
    /// The peer lives: it said something that is neither a message nor an answer, or its system
    /// made room for more. While a slow link is busy with a long message, pings are stuck behind.
    Alive,
    /// A control frame came.
    Control(Frame),
    /// The peer sent a hint.
    Hint(Hint),
    /// It is gone.
    Lost(Lost),
    /// A message came.
    Message(I),
    /// The peer has promised to be silent for no longer.
    Promise(Duration),
    /// A pong came, of a ping that [`Socket::ping`] sent.
    Pong(PingId),
    /// The link cannot take this message.
    Refused(MessageId),
    /// This message is on its way.
    Sent(MessageId),
}

/// How long a closed socket may take to say goodbye.
const LINGER: Duration = Duration::from_secs(1);

impl<L: Link> Socket<L> {
    pub(crate) fn new(link: L) -> Self {
        Self {
            seen: link.received(),
            link,
            frames: VecDeque::new(),
            messages: VecDeque::new(),
            ping: None,
            writing: None,
            unflushed: false,
            blocked_at: None,
            broken: None,
            early: VecDeque::new(),
            read_first: true,
        }
    }

    /// This has come before anything that will be read.
    pub(crate) fn has_come(&mut self, early: Incoming<L::Incoming>) {
        self.early.push_back(early);
    }

    /// Whether the peer acknowledges messages.
    pub(crate) fn is_reliable(&self) -> bool {
        self.link.is_reliable()
    }

    /// Whether the peer can be asked for signs of life.
    pub(crate) fn answers_pings(&self) -> bool {
        self.link.answers_pings()
    }

    /// Whether the bytes of a message are seen to move while it is written.
    pub(crate) fn shows_uploads(&self) -> bool {
        self.link.shows_uploads()
    }

    /// Sends a message, after those before it.
    pub(crate) fn transmit(&mut self, id: MessageId, message: L::Outgoing) {
        self.messages.push_back((id, message));
    }

    /// Sends a control frame, ahead of the messages that wait. It takes the place of one of its kind that waits: what a
    /// younger one says is true of both.
    pub(crate) fn control(&mut self, frame: Frame) {
        let kind = mem::discriminant(&frame);
        match self.frames.iter_mut().find(|waiting| mem::discriminant(*waiting) == kind) {
            Some(waiting) => *waiting = frame,
            None => self.frames.push_back(frame),
        }
    }

    /// Sends a ping, ahead of the messages that wait.
    pub(crate) fn ping(&mut self, id: PingId) {
        self.ping = Some(id);
        // What came before it does not answer it.
        self.seen = self.link.received();
    }

    /// Whether bytes have come since the last event or ping that make no whole message yet.
    pub(crate) fn has_moved(&mut self) -> bool {
        let received = self.link.received();
        mem::replace(&mut self.seen, received) < received
    }

    /// Writes and reads. Messages are read only if `readable`.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        readable: bool,
    ) -> Poll<SocketEvent<L::Incoming>> {
        if self.panicked() {
            return Poll::Ready(SocketEvent::Lost(Cause::Panicked.into()));
        }
        self.read_first = !self.read_first;
        for read in [self.read_first, !self.read_first] {
            let event =
                caught(|| if read { self.poll_read(cx, readable) } else { self.poll_write(cx) });
            let event = event.unwrap_or_else(|| Poll::Ready(self.panic_event(read)));
            if event.is_ready() {
                return event;
            }
        }
        match self.broken {
            Some(cause) => Poll::Ready(SocketEvent::Lost(cause.into())),
            None => Poll::Pending,
        }
    }

    /// Says goodbye, and lets the peer do so too: data that was sent right before would be lost if
    /// the link were just dropped while something from the peer is unread. Gives up after
    /// [`LINGER`].
    pub(crate) async fn close(self, code: u16) {
        let _ = tokio::time::timeout(LINGER, self.close_without_limit(code)).await;
    }

    /// The same, for as long as it takes.
    pub(crate) async fn close_without_limit(mut self, code: u16) {
        if self.panicked() {
            caught(|| drop(self));
            return;
        }
        self.messages.clear();
        self.ping = None;
        // Control frames tell the peer what has arrived here, and come before the goodbye.
        poll_fn(|cx| {
            while self.poll_write(cx).is_ready() {}
            let waits = self.broken.is_none() && (self.unflushed || !self.frames.is_empty());
            if waits { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        self.link.close(code).await;
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<SocketEvent<L::Incoming>> {
        loop {
            if self.broken.is_some() {
                return Poll::Pending;
            }
            if self.unflushed {
                match self.link.poll_flush(cx) {
                    Poll::Pending => return self.blocked(),
                    Poll::Ready(Ok(())) => {
                        self.unflushed = false;
                        if self.blocked_at.take().is_some() {
                            return Poll::Ready(SocketEvent::Alive);
                        }
                    }
                    Poll::Ready(Err(_)) => self.broke(),
                }
                continue;
            }
            if let Some(id) = self.writing.take() {
                return Poll::Ready(SocketEvent::Sent(id));
            }
            if let Some(id) = self.ping.take() {
                self.write(Outgoing::Ping(id));
                continue;
            }
            if let Some(frame) = self.frames.pop_front() {
                self.write(Outgoing::Control(frame));
                continue;
            }
            let Some((id, message)) = self.messages.pop_front() else { return Poll::Pending };
            self.writing = Some(id);
            self.write(Outgoing::Message(message));
        }
    }

    /// There is no room. If there was none before either, and something was taken since, the peer
    /// has acknowledged something.
    fn blocked(&mut self) -> Poll<SocketEvent<L::Incoming>> {
        let written = self.link.written();
        match self.blocked_at.replace(written) {
            Some(before) if before < written => Poll::Ready(SocketEvent::Alive),
            _ => Poll::Pending,
        }
    }

    fn write(&mut self, item: Outgoing<L::Outgoing>) {
        match self.link.start_send(item) {
            Ok(()) => self.unflushed = true,
            Err(_) => self.broke(),
        }
    }

    /// The link panicked, while it was read or written. The next link would panic again on the same
    /// message, so that is refused; or counts as handed over, if the link had taken it: nobody
    /// knows how much of it went out.
    fn panic_event(&mut self, read: bool) -> SocketEvent<L::Incoming> {
        log("the link");
        self.broken = Some(Cause::Panicked);
        match self.writing.take().filter(|_| !read) {
            Some(id) if self.unflushed => SocketEvent::Sent(id),
            Some(id) => SocketEvent::Refused(id),
            None => SocketEvent::Lost(Cause::Panicked.into()),
        }
    }

    fn panicked(&self) -> bool {
        self.broken == Some(Cause::Panicked)
    }

    fn broke(&mut self) {
        self.broken = Some(Cause::Network);
        self.writing = None;
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        readable: bool,
    ) -> Poll<SocketEvent<L::Incoming>> {
        if !readable {
            return Poll::Pending;
        }
        let read = match self.early.pop_front() {
            Some(early) => Poll::Ready(Ok(early)),
            None => self.link.poll_receive(cx),
        };
        if read.is_ready() {
            self.seen = self.link.received();
        }
        read.map(|read| match read {
            Ok(Incoming::Alive) => SocketEvent::Alive,
            Ok(Incoming::Control(frame)) => SocketEvent::Control(frame),
            Ok(Incoming::Hint(hint)) => SocketEvent::Hint(hint),
            Ok(Incoming::Message(message)) => SocketEvent::Message(message),
            Ok(Incoming::Pong(id)) => SocketEvent::Pong(id),
            Ok(Incoming::Promise(silence)) => SocketEvent::Promise(silence),
            Err(lost) => SocketEvent::Lost(lost),
        })
    }
}

#[cfg(test)]
mod tests;
