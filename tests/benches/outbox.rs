//! Senders that wait for room, beside those of a channel of tokio: a thousand at once. Prints the
//! ratio of the times, of the fastest of a few runs each.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::future::Future;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use anyhow::Result;
use steadfast::connector::{Dial, Incoming, Link, Lost, Outgoing};
use steadfast::{Outbox, Status};
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const SENDERS: usize = 1000;
/// Of each sender.
const MESSAGES: usize = 100;
/// Messages that may wait.
const CAPACITY: usize = 16;
const RUNS: usize = 7;

fn main() -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut fastest = [Duration::MAX; 2];
    for _ in 0..RUNS {
        let ours = runtime.block_on(outbox());
        let peer = runtime.block_on(channel());
        fastest = [fastest[0].min(ours), fastest[1].min(peer)];
    }
    let [ours, peer] = fastest;
    let each = |all: Duration| all.as_nanos() / (SENDERS * MESSAGES) as u128;
    let ratio = ours.as_secs_f64() / peer.as_secs_f64();
    println!(
        "{SENDERS} senders that wait: outbox {} ns a message, channel of tokio {} ns, {ratio:.2} x",
        each(ours),
        each(peer)
    );
    Ok(())
}

/// Takes everything at once.
struct Sinkhole;

impl Link for Sinkhole {
    type Outgoing = String;
    type Incoming = String;

    fn start_send(&mut self, _: Outgoing<String>) -> Result<(), Lost> {
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        Poll::Ready(Ok(()))
    }

    fn poll_receive(&mut self, _: &mut Context<'_>) -> Poll<Result<Incoming<String>, Lost>> {
        Poll::Pending
    }

    fn answers_pings(&self) -> bool {
        false
    }
}

async fn outbox() -> Duration {
    let outbox = Outbox { max_messages: CAPACITY, ..Outbox::default() };
    let builder = steadfast::connect_with(async |_: Dial| Ok::<_, Lost>(Sinkhole));
    let connection = builder.outbox(outbox).open().unwrap();
    connection.wait_until(|state| state.status == Status::Connected).await.unwrap();
    let took = timed(|| {
        let sender = connection.sender();
        async move {
            for _ in 0..MESSAGES {
                sender.send(String::new()).await.unwrap();
            }
        }
    })
    .await;
    connection.drained().await.unwrap();
    took
}

async fn channel() -> Duration {
    let (sender, mut receiver) = mpsc::channel::<String>(CAPACITY);
    let receiving = tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    let took = timed(|| {
        let sender = sender.clone();
        async move {
            for _ in 0..MESSAGES {
                sender.send(String::new()).await.unwrap();
            }
        }
    })
    .await;
    drop(sender);
    receiving.await.unwrap();
    took
}

async fn timed<F: Future<Output = ()> + Send + 'static>(
    mut sending: impl FnMut() -> F,
) -> Duration {
    let began = Instant::now();
    let mut senders: JoinSet<_> = (0..SENDERS).map(|_| sending()).collect();
    while senders.join_next().await.is_some() {}
    began.elapsed()
}
