use alloc::collections::VecDeque;

use super::config::SessionConfig;
use crate::heartbeat::PingId;
use crate::outbox::{OutboxConfig, OutboxError};
use crate::protocol::{CountError, Frame, Hint, Incoming, Outgoing, Welcome, close};
use crate::time::Instant;

/// One session of one client: what has come from it, and what is kept for it until it has
/// acknowledged it, over all links.
///
/// `M` is a message, cheap to clone. A session without the sub-protocol ([`plain`](Self::plain)) has
/// one link, and keeps a message only until that has taken it.
#[derive(Clone, Debug)]
pub struct Session<M> {
    config: SessionConfig,
    reliable: bool,
    incoming: Incoming,
    outgoing: Outgoing,
    kept: VecDeque<Kept<M>>,
    kept_bytes: usize,
    link: Option<OpenLink>,
    last_link: u64,
}

/// One link of a session. What an earlier link says is not believed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(u64);

/// What to write next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionOutput<M> {
    /// A control frame.
    Control(Frame),
    /// A message of the application.
    Message(M),
}

/// A client cannot go on where it says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttachError {
    /// It has forgotten messages that it had acknowledged, so they are gone. A new session has to
    /// begin.
    #[error("{received} messages are said to have come, and {acknowledged} were acknowledged")]
    Stale {
        /// What it says.
        received: u64,
        /// What it said before.
        acknowledged: u64,
    },
    /// It claims more than was sent.
    #[error(transparent)]
    Violation(#[from] Violation),
}

/// A client broke the rules. The link is to be closed with this [`code`](Self::close_code).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// It counts what cannot be.
    #[error(transparent)]
    Count(#[from] CountError),
    /// It says what is not a client's to say, or not now.
    #[error("a control frame that a client does not send now")]
    OutOfPlace,
}

#[derive(Clone, Debug)]
struct Kept<M> {
    message: M,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct OpenLink {
    id: LinkId,
    welcome: Option<Frame>,
    /// The pings to answer, at most [`Self::PONGS`].
    pongs: VecDeque<PingId>,
    hint: Option<Hint>,
    /// How many of the messages that are kept were written to this link.
    written: usize,
    /// Whether a request for an acknowledgement has not been answered yet.
    asked: bool,
    /// Whether the client knows control frames.
    knows: bool,
}

impl OpenLink {
    /// As many pings as a client remembers. Of more, the oldest goes unanswered.
    const PONGS: usize = 4;
}

/// The id of the pings that ask for an acknowledgement: nobody waits for their pongs.
const ASKING: PingId = PingId(0);

impl<M: Clone> Session<M> {
    /// A session that begins. Its first link is to be [attached](Self::attach).
    #[must_use]
    pub fn new(config: SessionConfig) -> Self {
        Self {
            incoming: Incoming::new(config.ack),
            config,
            reliable: true,
            outgoing: Outgoing::default(),
            kept: VecDeque::new(),
            kept_bytes: 0,
            link: None,
            last_link: 0,
        }
    }

    /// The session of a client that did not choose the sub-protocol, with its one link.
    #[must_use]
    pub fn plain(config: SessionConfig) -> (Self, LinkId) {
        let mut session = Self { reliable: false, ..Self::new(config) };
        let link = session.link(None);
        (session, link)
    }

    /// Whether messages survive a loss of the link.
    #[must_use]
    pub fn is_reliable(&self) -> bool {
        self.reliable
    }

    /// Whether this is the link that counts.
    #[must_use]
    pub fn is_current(&self, link: LinkId) -> bool {
        self.link.as_ref().is_some_and(|current| current.id == link)
    }

    /// Whether there is a link.
    #[must_use]
    pub fn has_link(&self) -> bool {
        self.link.is_some()
    }

    /// How many messages are kept, because they were not acknowledged (or, without the
    /// sub-protocol, not written).
    #[must_use]
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    /// How many bytes of messages are kept.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        self.kept_bytes
    }

    /// A client has come to this session, for the first time or again, over a new link, and has
    /// received this number of messages. An earlier link is replaced. `welcome` gets the counts.
    ///
    /// # Errors
    ///
    /// If the client cannot go on from there. Nothing has changed.
    pub fn attach(&mut self, received: u64, welcome: Welcome) -> Result<LinkId, AttachError> {
        let acknowledged = self.outgoing.acknowledged_count();
        if received < acknowledged {
            return Err(AttachError::Stale { received, acknowledged });
        }
        self.acknowledge(received).map_err(Violation::from)?;
        self.outgoing.again();
        self.incoming.told();
        let welcome = Welcome { received: self.incoming.count(), ..welcome };
        Ok(self.link(Some(Frame::Welcome(welcome))))
    }

    /// The link is gone: true if it was the one that counts.
    pub fn detach(&mut self, link: LinkId) -> bool {
        let current = self.is_current(link);
        if current {
            self.link = None;
            self.incoming.told();
        }
        current
    }

    /// Whether there is room for a message of this length. A first message always fits.
    ///
    /// # Errors
    ///
    /// If there is none until the client has acknowledged some.
    pub fn admit(&self, bytes: usize) -> Result<(), OutboxError> {
        let SessionConfig { max_messages, max_bytes, .. } = self.config;
        let outbox = OutboxConfig { max_messages, max_bytes, ..OutboxConfig::default() };
        outbox.admit(self.kept.len(), self.kept_bytes, bytes, true)
    }

    /// Sends a message, now or when there is a link. The caller keeps to the bounds by asking
    /// [`admit`](Self::admit) first.
    pub fn send(&mut self, message: M, bytes: usize) {
        self.kept.push_back(Kept { message, bytes });
        self.kept_bytes = self.kept_bytes.saturating_add(bytes);
    }

    /// Sends the client a hint, if there is a link, and the client is known to understand.
    pub fn hint(&mut self, hint: Hint) {
        if let Some(link) = &mut self.link {
            link.hint = Some(hint.or(link.hint.unwrap_or_default()));
        }
    }

    /// A message of the application has come: true if it is to be handed to the server's code.
    pub fn handle_message(&mut self, now: Instant, link: LinkId) -> bool {
        let current = self.is_current(link);
        if current && self.reliable {
            self.incoming.received(now);
        }
        current
    }

    /// A control frame has come.
    ///
    /// # Errors
    ///
    /// If it breaks the rules.
    pub fn handle_frame(&mut self, link: LinkId, frame: &Frame) -> Result<(), Violation> {
        let Some(current) = self.link.as_mut().filter(|current| current.id == link) else {
            return Ok(());
        };
        current.knows = true;
        match frame {
            Frame::Ack { received } if self.reliable => {
                current.asked = false;
                self.acknowledge(*received)?;
            }
            Frame::Hint(_) | Frame::Pong { .. } => {}
            Frame::Ping { id } => {
                if current.pongs.len() == OpenLink::PONGS {
                    current.pongs.pop_front();
                }
                current.pongs.push_back(*id);
            }
            Frame::Ack { .. } | Frame::Hello(_) | Frame::Welcome(_) => {
                return Err(Violation::OutOfPlace);
            }
        }
        Ok(())
    }

    /// What to write to this link next; nothing if there is nothing now, or it is not the one that
    /// counts. What was given counts as written.
    pub fn poll_output(&mut self, now: Instant, link: LinkId) -> Option<SessionOutput<M>> {
        let link = self.link.as_mut().filter(|current| current.id == link)?;
        if let Some(welcome) = link.welcome.take() {
            return Some(SessionOutput::Control(welcome));
        }
        // The sender of a ping learns with its pong that everything before it is acknowledged.
        let ack =
            if link.pongs.is_empty() { self.incoming.poll(now) } else { self.incoming.flush() };
        if let Some(ack) = ack {
            return Some(SessionOutput::Control(ack));
        }
        if let Some(id) = link.pongs.pop_front() {
            return Some(SessionOutput::Control(Frame::Pong { id }));
        }
        if (self.reliable || link.knows)
            && let Some(hint) = link.hint.take()
        {
            return Some(SessionOutput::Control(Frame::Hint(hint)));
        }
        if !self.reliable {
            let Kept { message, bytes } = self.kept.pop_front()?;
            self.kept_bytes = self.kept_bytes.saturating_sub(bytes);
            return Some(SessionOutput::Message(message));
        }
        if let Some(next) = self.kept.get(link.written) {
            link.written += 1;
            self.outgoing.sent();
            return Some(SessionOutput::Message(next.message.clone()));
        }
        let (messages, bytes) = (self.config.max_messages, self.config.max_bytes);
        if !link.asked && (self.kept.len() > messages / 2 || self.kept_bytes > bytes / 2) {
            link.asked = true;
            return Some(SessionOutput::Control(Frame::Ping { id: ASKING }));
        }
        None
    }

    /// When [`poll_output`](Self::poll_output) will have an acknowledgement to give.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.link.as_ref().and_then(|_| self.incoming.due())
    }

    /// An acknowledgement of all that has come, before this link is closed.
    pub fn flush(&mut self, link: LinkId) -> Option<Frame> {
        if self.is_current(link) { self.incoming.flush() } else { None }
    }

    fn link(&mut self, welcome: Option<Frame>) -> LinkId {
        self.last_link += 1;
        let id = LinkId(self.last_link);
        self.link = Some(OpenLink {
            id,
            welcome,
            pongs: VecDeque::new(),
            hint: None,
            written: 0,
            asked: false,
            knows: false,
        });
        id
    }

    /// Lets go of what the client has received.
    fn acknowledge(&mut self, received: u64) -> Result<(), CountError> {
        let newly = self.outgoing.acknowledged(received)?;
        // No more were acknowledged than are kept.
        let newly = usize::try_from(newly).unwrap_or(usize::MAX).min(self.kept.len());
        let gone: usize = self.kept.drain(..newly).map(|kept| kept.bytes).sum();
        self.kept_bytes = self.kept_bytes.saturating_sub(gone);
        if let Some(link) = &mut self.link {
            link.written = link.written.saturating_sub(newly);
        }
        Ok(())
    }
}

impl Violation {
    /// The close code for it.
    #[must_use]
    pub fn close_code(&self) -> u16 {
        close::VIOLATION
    }

    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Count(error) => error.code(),
            Self::OutOfPlace => "protocol.out_of_place",
        }
    }
}

#[cfg(test)]
mod tests;
