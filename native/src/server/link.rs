use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use steadfast_core::protocol::server::{LinkId, SessionOutput};
use steadfast_core::protocol::{Frame, FrameError, Hint, close};
use steadfast_core::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Bytes};

use super::directory::{Attached, Directory, SessionKey};
use super::session::{CloseWith, Session, Step};
use crate::counted::Counted;
use crate::message::Message;
use crate::websocket::link::{drain, reply};

/// One link of a session, pumped by a task of its own until it is gone.
pub(super) struct LinkTask<S> {
    stream: WebSocketStream<Counted<S>>,
    directory: Arc<Directory>,
    attached: Attached,
    seat: Seat,
    unflushed: bool,
    /// Number of bytes that had been read when the client was last heard.
    read: u64,
    /// While there is no room to write: the number of bytes that had been written then.
    blocked_at: Option<u64>,
    /// When the task wakes up by itself.
    alarm: Option<Instant>,
    /// When the client was last heard, or was last not listened to.
    heard: Instant,
    /// Whether a ping went out since.
    asked: bool,
    /// Since when nothing can go on.
    stuck: Option<Instant>,
    /// Since when the connection is over, and the client is only told the rest.
    over: Option<Instant>,
}

/// The link of its session, until this is dropped: also by a task that was ended from outside, with
/// its runtime or by a panic of the stream.
struct Seat {
    directory: Arc<Directory>,
    session: Arc<Session>,
    place: SessionKey,
    link: LinkId,
    /// Whether the client said that it does not come back.
    left: bool,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.directory.detach(&self.session, self.place, self.link, self.left);
    }
}

/// Why a link ended.
enum LinkOutcome {
    /// To be closed with this.
    Close(CloseWith),
    /// The client closes it; with `left` it says that it does not come back.
    Closed { left: bool },
    /// It broke, or is as good as broken.
    Gone,
}

/// What a client said.
enum ClientMessage {
    Frame(Frame),
    Message(Message),
    Nothing,
}

/// How long a session may be stuck before its link is replaced: the hello of the next one tells
/// what the client has received, and there is room again.
const STUCK: Duration = Duration::from_secs(1);

/// How long a client may take to answer a goodbye.
const LINGER: Duration = Duration::from_secs(1);

impl<S> LinkTask<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    pub(super) fn new(
        stream: WebSocketStream<Counted<S>>,
        directory: Arc<Directory>,
        attached: Attached,
    ) -> Self {
        let heard = directory.clock.now();
        let seat = Seat {
            directory: Arc::clone(&directory),
            session: Arc::clone(&attached.session),
            place: attached.place,
            link: attached.link,
            left: false,
        };
        Self {
            stream,
            directory,
            attached,
            seat,
            unflushed: false,
            read: 0,
            blocked_at: None,
            alarm: None,
            heard,
            asked: false,
            stuck: None,
            over: None,
        }
    }

    pub(super) async fn run(mut self) {
        let outcome = self.serve().await;
        let Self { mut stream, mut seat, .. } = self;
        match outcome {
            LinkOutcome::Close(goodbye) => {
                farewell(stream, goodbye).await;
                drop(seat);
            }
            LinkOutcome::Closed { left } => {
                seat.left = left;
                drop(seat);
                let _ = tokio::time::timeout(LINGER, drain(&mut stream)).await;
            }
            LinkOutcome::Gone => drop(seat),
        }
    }

    /// Carries to and fro until the link ends.
    async fn serve(&mut self) -> LinkOutcome {
        loop {
            if self.attached.session.is_promised() {
                tokio::task::yield_now().await;
                self.attached.session.end_promise();
            }
            let readable = self.attached.session.is_readable();
            if let Some(outcome) = self.watch(readable) {
                return outcome;
            }
            self.alarm = self.deadline(readable);
            let deadline = self.alarm.map(|at| self.directory.clock.to_tokio(at));
            let wake = Arc::clone(&self.attached.wake);
            let sleep = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                outcome = poll_fn(|cx| self.poll(cx, readable)) => return outcome,
                () = wake.notified() => {}
                () = sleep => {}
            }
        }
    }

    /// Writes and reads as much as there is.
    fn poll(&mut self, cx: &mut Context<'_>, readable: bool) -> Poll<LinkOutcome> {
        loop {
            if let Poll::Ready(outcome) = self.poll_write(cx) {
                return Poll::Ready(outcome);
            }
            if !readable || !self.attached.session.is_readable() {
                // Wakes the loop above, so that it watches what goes on while nothing is read.
                if readable {
                    self.attached.wake.notify_one();
                }
                return Poll::Pending;
            }
            match self.stream.poll_next_unpin(cx) {
                Poll::Pending => {
                    self.notice_bytes();
                    let due = self.attached.session.poll_timeout();
                    if due.is_some_and(|due| self.alarm.is_none_or(|alarm| due < alarm)) {
                        self.attached.wake.notify_one();
                    }
                    return Poll::Pending;
                }
                Poll::Ready(read) => {
                    if let Err(outcome) = self.heard(read) {
                        return Poll::Ready(outcome);
                    }
                }
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<LinkOutcome> {
        const GONE: Poll<LinkOutcome> = Poll::Ready(LinkOutcome::Gone);
        loop {
            match self.stream.poll_ready_unpin(cx) {
                Poll::Pending => return self.blocked(),
                Poll::Ready(Err(_)) => return GONE,
                Poll::Ready(Ok(())) => {}
            }
            let message =
                match self.attached.session.step(self.directory.clock.now(), self.attached.link) {
                    Step::Write(SessionOutput::Control(frame)) => frame.to_text().into(),
                    Step::Write(SessionOutput::Message(message)) => message.into(),
                    Step::Write(_) => continue,
                    Step::Close(goodbye) => return Poll::Ready(LinkOutcome::Close(goodbye)),
                    Step::Idle if self.unflushed => match self.stream.poll_flush_unpin(cx) {
                        Poll::Pending => return self.blocked(),
                        Poll::Ready(Err(_)) => return GONE,
                        Poll::Ready(Ok(())) => {
                            self.unflushed = false;
                            if self.blocked_at.take().is_some() {
                                self.lives();
                            }
                            continue;
                        }
                    },
                    Step::Idle => return Poll::Pending,
                };
            if self.write(message).is_err() {
                return GONE;
            }
        }
    }

    fn write(&mut self, message: tungstenite::Message) -> Result<(), tungstenite::Error> {
        self.unflushed = true;
        self.stream.start_send_unpin(message)
    }

    /// There is no room to write. If there was none before either, and something was taken since, the
    /// client's system has made room: a long message is on its way.
    fn blocked(&mut self) -> Poll<LinkOutcome> {
        let written = self.stream.get_ref().written();
        if self.blocked_at.replace(written).is_some_and(|before| before < written) {
            self.lives();
        }
        Poll::Pending
    }

    /// Bytes that make no whole message yet are a sign of life, too.
    fn notice_bytes(&mut self) {
        let read = self.stream.get_ref().read();
        if std::mem::replace(&mut self.read, read) < read {
            self.lives();
        }
    }

    fn lives(&mut self) {
        self.heard = self.directory.clock.now();
        self.asked = false;
    }

    /// Takes in what was read.
    fn heard(
        &mut self,
        read: Option<Result<tungstenite::Message, tungstenite::Error>>,
    ) -> Result<(), LinkOutcome> {
        self.lives();
        let said = match read {
            Some(Ok(tungstenite::Message::Text(text))) => {
                match understand(text.as_str(), self.attached.session.is_reliable()) {
                    Ok(Some(said)) => said,
                    Ok(None) => ClientMessage::Message(Message::Text(text)),
                    Err(_) => return Err(closing(close::VIOLATION)),
                }
            }
            Some(Ok(tungstenite::Message::Binary(bytes))) => {
                ClientMessage::Message(Message::Binary(bytes))
            }
            Some(Ok(tungstenite::Message::Close(frame))) => {
                let left = frame.is_some_and(|frame| u16::from(frame.code) == close::DONE);
                return Err(LinkOutcome::Closed { left });
            }
            Some(Ok(_)) => {
                // The answer to a ping is queued, and goes out with the next flush.
                self.unflushed = true;
                ClientMessage::Nothing
            }
            Some(Err(error)) => {
                tracing::debug!(%error, "reading failed");
                return Err(reply(&error).map_or(LinkOutcome::Gone, closing));
            }
            None => return Err(LinkOutcome::Gone),
        };
        let session = &self.attached.session;
        match said {
            ClientMessage::Frame(frame) => session
                .handle_frame(self.attached.link, &frame)
                .map_err(|violation| closing(violation.close_code())),
            ClientMessage::Message(message) => {
                session.handle_message(self.heard, self.attached.link, message);
                Ok(())
            }
            ClientMessage::Nothing => Ok(()),
        }
    }

    /// Looks what the clock says: asks for a sign of life, or gives up.
    fn watch(&mut self, readable: bool) -> Option<LinkOutcome> {
        let now = self.directory.clock.now();
        if !readable {
            // Nothing is read, so nothing can be heard.
            self.heard = now;
        }
        let stuck = self.attached.session.is_stuck();
        self.stuck = if stuck { self.stuck.or(Some(now)) } else { None };
        if self.stuck.is_some_and(|since| since + STUCK <= now) {
            let hint = Hint::slot(Duration::ZERO);
            return Some(LinkOutcome::Close(CloseWith { code: close::TRY_LATER, hint }));
        }
        if self.attached.session.ended().is_some() {
            // The client may not take what it is to be told last.
            let since = *self.over.get_or_insert(now);
            let limit = self.attached.session.close_limit();
            return (since + limit <= now).then_some(LinkOutcome::Gone);
        }
        let max_idle = self.directory.config.max_idle?;
        if self.heard + max_idle <= now {
            return Some(closing(close::TIMED_OUT));
        }
        if !self.asked && self.heard + max_idle / 2 <= now {
            self.asked = true;
            if self.write(tungstenite::Message::Ping(Bytes::new())).is_err() {
                return Some(LinkOutcome::Gone);
            }
        }
        None
    }

    /// When to look again, though nothing may have happened.
    fn deadline(&self, readable: bool) -> Option<Instant> {
        let acknowledgement = self.attached.session.poll_timeout();
        let stuck = self.stuck.map(|since| since + STUCK).or_else(|| {
            // Whether a sender gets stuck meanwhile is seen by looking.
            (!readable).then(|| self.directory.clock.now() + STUCK)
        });
        let idle = self
            .directory
            .config
            .max_idle
            .map(|max_idle| self.heard + if self.asked { max_idle } else { max_idle / 2 });
        let over = self.over.map(|since| since + self.attached.session.close_limit());
        [acknowledgement, stuck, idle, over].into_iter().flatten().min()
    }
}

fn closing(code: u16) -> LinkOutcome {
    LinkOutcome::Close(CloseWith { code, hint: Hint::NONE })
}

/// What a text says to the server, if it is not for the server's code.
fn understand(text: &str, reliable: bool) -> Result<Option<ClientMessage>, FrameError> {
    if !Frame::is_control(text) {
        return Ok(None);
    }
    match Frame::parse(text) {
        Ok(frame) if reliable => Ok(Some(ClientMessage::Frame(frame))),
        // Without the sub-protocol only heartbeats are known to be meant as such.
        Ok(frame @ Frame::Ping { .. }) => Ok(Some(ClientMessage::Frame(frame))),
        Err(FrameError::Unknown) if reliable => Ok(Some(ClientMessage::Nothing)),
        Err(error) if reliable => Err(error),
        _ => Ok(None),
    }
}

/// Says goodbye, and lets the client do so too: data that was sent right before would be lost if
/// the socket were just dropped while something from the client is unread.
pub(super) async fn farewell<S>(mut stream: WebSocketStream<S>, goodbye: CloseWith)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let CloseWith { code, hint } = goodbye;
    let saying = async {
        let frame = CloseFrame { code: code.into(), reason: hint.to_close_reason().into() };
        // Fails if the client closed first. Reading on sends the answer to its close frame.
        let _ = stream.close(Some(frame)).await;
        drain(&mut stream).await;
    };
    let _ = tokio::time::timeout(LINGER, saying).await;
}
