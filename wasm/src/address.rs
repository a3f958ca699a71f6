//! Where to dial, asked anew for every dial if a function says it.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use futures::future::{FutureExt as _, LocalBoxFuture, poll_fn};
use futures::task::Poll;
use js_sys::Array;
use wasm_bindgen::prelude::*;

/// An address that was checked, and what to offer; or how the function failed.
pub(crate) type Answer = Result<(String, Array), JsValue>;

/// The user's function was asked. JavaScript awaits what it says; what happens then is a future that
/// waits for that alone, so no executor has to be loaded by pages. Who drops it wants no answer.
pub(crate) struct Question {
    answer: Rc<Cell<Option<Answer>>>,
    then: LocalBoxFuture<'static, ()>,
}

impl Question {
    pub(crate) fn new<F: Future<Output = ()> + 'static>(
        then: impl FnOnce(LocalBoxFuture<'static, Answer>) -> F,
    ) -> Self {
        let answer: Rc<Cell<Option<Answer>>> = Rc::default();
        let awaited = Rc::clone(&answer);
        let answered = poll_fn(move |_| awaited.take().map_or(Poll::Pending, Poll::Ready));
        Self { answer, then: then(Box::pin(answered)).boxed_local() }
    }

    /// Goes on with the answer.
    pub(crate) fn answer(self, answer: Answer) {
        self.answer.set(Some(answer));
        // It waited for nothing else.
        let _ = self.then.now_or_never();
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").finish_non_exhaustive()
    }
}
