//! What keeps a panic of code that is not ours within its bounds. In a program that aborts on a
//! panic nothing of this has an effect.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt as _;

/// Runs this; absent if it panicked. Whatever it left half done must not be used again, or has to
/// be whole at any moment.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    // The message was written by the panic hook. It may quote what no log should have.
    catch_unwind(AssertUnwindSafe(run)).ok()
}

/// Logs that something panicked. A subscriber of the log may panic itself.
pub(crate) fn log(what: &'static str) {
    caught(|| tracing::error!("{what} panicked"));
}

/// The same as [`caught`] for a future, which is dropped where it panicked.
pub(crate) async fn caught_async<F: Future>(future: F) -> Option<F::Output> {
    AssertUnwindSafe(future).catch_unwind().await.ok()
}
