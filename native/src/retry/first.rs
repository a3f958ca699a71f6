use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

pin_project! {
    /// Ends when one of two futures does.
    #[derive(Debug)]
    pub struct FirstOf<A, B> {
        #[pin]
        a: A,
        #[pin]
        b: B,
    }
}

impl<A, B> FirstOf<A, B> {
    pub(super) fn new(a: A, b: B) -> Self {
        Self { a, b }
    }
}

impl<A: Future, B: Future> Future for FirstOf<A, B> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.a.poll(cx).is_ready() || this.b.poll(cx).is_ready() {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}
