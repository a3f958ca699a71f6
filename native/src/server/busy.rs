//! How long a thread is busy with a future.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::{Duration, Instant};

/// Awaits it, and gives how long a thread was busy with it.
pub(super) async fn busy<F: Future>(future: F) -> (F::Output, Duration) {
    let mut future = pin!(future);
    let mut took = Duration::ZERO;
    let output = poll_fn(|cx| {
        let begin = Instant::now();
        let polled = future.as_mut().poll(cx);
        took += begin.elapsed();
        polled
    });
    let output = output.await;
    (output, took)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_is_not_being_busy() {
        let begin = Instant::now();
        let ((), took) = busy(async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            std::thread::sleep(Duration::from_millis(20));
        })
        .await;
        assert!(took >= Duration::from_millis(20));
        assert!(took + Duration::from_millis(250) <= begin.elapsed(), "{took:?}");
    }
}
