//! Any transport, kept up the same way.
//!
//! A WebSocket is one way to reach a peer. A line protocol over TCP, a gRPC channel, a serial
//! port or a broker's protocol is another, and all of them break alike: the peer restarts, the
//! router forgets, the machine sleeps. What a [`Connection`](crate::Connection) does about it does
//! not depend on what the bytes look like. So it asks two things of a transport, and does the rest
//! itself: the waits, the heartbeats' times, the judgement, the outbox, the events, the reports.
//!
//! - A [`Connector`] opens one link, once. It never tries again: when to do that is decided
//!   elsewhere. A function that gives a link is a connector; each dial gets a clone of it.
//! - A [`Link`] is what it opened: it takes one thing at a time to send, and says what came. It
//!   ends by saying why it was [`Lost`].
//!
//! What comes as a stream and goes into a sink, as everything that is framed by tokio's codecs
//! does, is a link already, by the name of [`Duplex`]:
//!
//! ```no_run
//! use futures::StreamExt as _;
//! use steadfast::Connection;
//! use steadfast::connector::Duplex;
//! use tokio::net::TcpStream;
//! use tokio_util::codec::{Framed, LinesCodec};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // Lines come as they are sent, as strings.
//! let mut connection: Connection<String> = steadfast::connect_with(async |_| {
//!     let stream = TcpStream::connect("lines.example:4000").await?;
//!     Ok(Duplex::new(Framed::new(stream, LinesCodec::new_with_max_length(64 * 1024))))
//! })
//! .open()?;
//! connection.send("hello").await?;
//! while let Some(line) = connection.next().await {
//!     println!("{line}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Heartbeats
//!
//! A link that can ask its peer for a sign of life says so by [`Link::answers_pings`], and is then
//! given [`Outgoing::Ping`] now and then; [`Incoming::Pong`] with the same id is the answer. It is
//! what finds a dead peer, and what the quality of the link is judged by. A link that cannot is
//! kept up passively: it is lost when its transport says so.
//!
//! # Calls instead of messages
//!
//! Not everything that is kept up carries messages. A connector of a gRPC channel may hand a clone
//! of each channel that it opens to the task that makes calls, beside giving it away in a link; its link
//! then sends health checks for pings, and calls for messages, of which the answers are what comes.
//!
//! # What is promised
//!
//! There is never more than one link: one that is let go of says goodbye in the background, and
//! nothing it says is heard any more. What a
//! connector does is cut off when it takes longer than the connect timeout. Everything here may be
//! called from any thread, one call at a time.

mod address;
mod duplex;
mod link;
mod lost;
mod payload;
mod progress;

pub use address::{AddressError, ConnectError};
pub use duplex::Duplex;
pub use link::{Incoming, Link, Outgoing};
pub use lost::Lost;
pub use payload::Payload;
pub use progress::Progress;
pub(crate) use progress::Stage;

use std::future::Future;
use std::time::Duration;

/// Opens links to one peer: see the [module](self).
pub trait Connector: Send + Sync + 'static {
    /// What it opens.
    type Link: Link;

    /// Opens a link, or says why there is none. Called for each attempt anew, and never while
    /// another link is up. The future is dropped if it takes too long, or if no link is wanted
    /// any more.
    fn connect(&self, dial: Dial) -> impl Future<Output = Result<Self::Link, Lost>> + Send;

    /// As [`connect`](Self::connect), and tells how far it has come. Called instead of it; does the same by
    /// default, and tells nothing.
    fn connect_telling(
        &self,
        dial: Dial,
        progress: Progress,
    ) -> impl Future<Output = Result<Self::Link, Lost>> + Send {
        drop(progress);
        self.connect(dial)
    }

    /// Whether [`connect_telling`](Self::connect_telling) says when the peer has answered. If so, a dial to
    /// which no peer answers within 8.5 s is given up and tried again soon, and one that is answered has 90 s by
    /// default instead of 45 s. False by default.
    fn tells_progress(&self) -> bool {
        false
    }

    /// Whether this message may be sent at all, on any link. If not, it is refused at once, as
    /// [`SendError::Reserved`](crate::SendError::Reserved). Called for every message.
    fn accepts(&self, message: &<Self::Link as Link>::Outgoing) -> bool {
        let _ = message;
        true
    }

    /// What the log calls the peer: a host, say. Nothing secret; nothing at all by default.
    fn peer(&self) -> Option<&str> {
        None
    }
}

/// One attempt to open a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dial {
    /// The number of the attempt, as in the events: 0 for the first dial of a connection, then 1,
    /// 2, … since a link was last stable. A dial with fresh credentials has the number of the dial
    /// before it.
    pub attempt: u32,
    /// How long it may take, once the peer has answered. For transports that can hand it on: the attempt ends
    /// then anyway.
    pub timeout: Duration,
    /// Whether remembered credentials must not be used for this dial: get new ones. The peer said
    /// that they have expired, and no dial with fresh ones has opened since; or two dials or more
    /// failed without a reason of the server, which may be their credentials. See
    /// [`Builder::refreshable`](crate::Builder::refreshable).
    pub refresh: bool,
}

impl<F, Opening, L> Connector for F
where
    F: FnOnce(Dial) -> Opening + Clone + Send + Sync + 'static,
    Opening: Future<Output = Result<L, Lost>> + Send,
    L: Link,
{
    type Link = L;

    fn connect(&self, dial: Dial) -> impl Future<Output = Result<L, Lost>> + Send {
        self.clone()(dial)
    }
}
