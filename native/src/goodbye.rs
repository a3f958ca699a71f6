use std::future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::task::JoinHandle;

use crate::connector::Link;
use crate::socket::Socket;

/// The goodbye of the last link that was let go of, said by a task of its own.
#[derive(Debug, Default)]
pub(crate) struct Goodbye(Option<JoinHandle<()>>);

impl Goodbye {
    /// Says goodbye on this link. As much as has room is written before this returns, so that it
    /// leaves although the program may end right after.
    pub(crate) fn say<L: Link>(&mut self, socket: Socket<L>, code: u16) {
        let mut goodbye = Box::pin(socket.close(code));
        let mut context = Context::from_waker(Waker::noop());
        self.0 = match goodbye.as_mut().poll(&mut context) {
            Poll::Ready(()) => None,
            Poll::Pending => Some(tokio::spawn(goodbye)),
        };
    }

    /// Writes as much of a goodbye as there is room for, where no task can be begun any more.
    pub(crate) fn say_at_once<L: Link>(socket: Socket<L>, code: u16) {
        let mut context = Context::from_waker(Waker::noop());
        let _ = pin!(socket.close_without_limit(code)).poll(&mut context);
    }

    /// Whether a goodbye has not left yet, or the peer has not answered it.
    pub(crate) fn is_under_way(&self) -> bool {
        self.0.is_some()
    }

    /// Waits until the goodbye has left and was answered, or has taken too long. Cancelling the wait
    /// loses nothing.
    pub(crate) async fn said(&mut self) {
        match &mut self.0 {
            // Fails if the user's link panicked, or the runtime ends.
            Some(goodbye) => drop(goodbye.await),
            None => future::pending().await,
        }
        self.0 = None;
    }
}
