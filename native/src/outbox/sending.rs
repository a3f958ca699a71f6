use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::line::WaitingPlace;
use crate::error::SendError;

/// What has room for messages, and a line of senders that wait for it.
pub(crate) trait Room {
    type Message;

    /// Takes the message out of `slot`, if there is one, or asks whether there is room for any. If
    /// there is none, and `waits`, the message goes to the end of the line, or back to its place.
    fn enter(
        &self,
        slot: &mut Option<Self::Message>,
        ttl: Option<Duration>,
        place: Option<&WaitingPlace>,
        waits: bool,
    ) -> Result<Option<WaitingPlace>, SendError>;

    /// Gives a place in the line up.
    fn leave(&self, place: &WaitingPlace);
}

/// A message that is being sent. Dropped before it was taken, it is not sent.
pub(crate) struct Sending<'a, R: Room> {
    room: &'a R,
    message: Option<R::Message>,
    ttl: Option<Duration>,
    place: Option<WaitingPlace>,
}

impl<'a, R: Room> Sending<'a, R> {
    pub(crate) fn new(room: &'a R, message: R::Message, ttl: Option<Duration>) -> Self {
        Self { room, message: Some(message), ttl, place: None }
    }
}

impl<R: Room> Sending<'_, R> {
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        if self.place.is_none() {
            self.place = self.room.enter(&mut self.message, self.ttl, None, true)?;
        }
        if let Some(place) = &self.place {
            let outcome = ready!(place.poll(cx));
            self.place = None;
            outcome?;
        }
        Poll::Ready(Ok(()))
    }
}

impl<R: Room> Drop for Sending<'_, R> {
    fn drop(&mut self) {
        if let Some(place) = &self.place {
            self.room.leave(place);
        }
    }
}

/// A sink for messages: what it remembers between its calls.
#[derive(Debug, Default)]
pub(crate) struct Feeding {
    /// While it waits for room for a message that it was not given yet.
    waiting: Option<WaitingPlace>,
    /// There is room, and this was its place.
    promised: Option<WaitingPlace>,
    /// A message that it was given, and that waits for room. It keeps its place in the line, also
    /// if nobody asks any more.
    given: Option<WaitingPlace>,
}

impl Feeding {
    pub(crate) fn poll_ready<R: Room>(
        &mut self,
        cx: &mut Context<'_>,
        room: &R,
    ) -> Poll<Result<(), SendError>> {
        ready!(self.poll_flush(cx))?;
        loop {
            if let Some(waiting) = &self.waiting {
                let outcome = ready!(waiting.poll(cx));
                self.promised = self.waiting.take();
                outcome?;
            }
            let Some(place) = room.enter(&mut None, None, self.promised.as_ref(), true)? else {
                return Poll::Ready(Ok(()));
            };
            self.waiting = Some(place);
        }
    }

    pub(crate) fn start_send<R: Room>(
        &mut self,
        room: &R,
        message: R::Message,
    ) -> Result<(), SendError> {
        // If there was room for a message, but not for one as long as this, it waits.
        let promised = self.promised.take();
        self.given = room.enter(&mut Some(message), None, promised.as_ref(), true)?;
        Ok(())
    }

    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        if let Some(given) = &self.given {
            let outcome = ready!(given.poll(cx));
            self.given = None;
            outcome?;
        }
        Poll::Ready(Ok(()))
    }

    /// Whether a message that it was given was not taken.
    pub(crate) fn has_unsent(&self) -> bool {
        self.given.as_ref().is_some_and(|given| !given.is_admitted())
    }

    /// What has to be given up when the sink is dropped. What it was given still goes out.
    pub(crate) fn place(&self) -> Option<&WaitingPlace> {
        self.waiting.as_ref()
    }
}
