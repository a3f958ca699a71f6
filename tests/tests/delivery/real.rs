use std::alloc::System;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use steadfast::core::protocol::SUBPROTOCOL;
use steadfast::server::{Server, ServerConfig, ServerConnection};
use steadfast::{Exponential, Heartbeat, Intervals, Message, SendError};
use steadfast_tests::chaos::Proxy;
use steadfast_tests::process::eventually;
use tokio::net::TcpListener;

#[global_allocator]
static MEMORY: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// How long everything goes wrong.
const STORM: Duration = Duration::from_mins(2);

/// What may be in use beyond what was when it had begun well: buffers of links, and what is kept.
const SLACK: usize = 16 << 20;

/// What one side has sent and received, each message once and in order.
#[derive(Default)]
struct Side {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Side {
    fn took(&self, message: &Message, whose: &str) {
        let number = message.as_text().and_then(|text| text.split(' ').next()?.parse().ok());
        let expected = self.received.fetch_add(1, Ordering::Relaxed);
        assert_eq!(number, Some(expected), "from the {whose}");
    }

    fn next(&self) -> String {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        // Now and then one that takes several segments.
        let long = if number.is_multiple_of(50) { 20_000 } else { 20 };
        format!("{number} {}", "x".repeat(long))
    }

    fn counts(&self) -> (u64, u64) {
        (self.sent.load(Ordering::Relaxed), self.received.load(Ordering::Relaxed))
    }
}

fn in_use() -> usize {
    let stats = MEMORY.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

async fn sending(
    side: Arc<Side>,
    over: Arc<AtomicBool>,
    send: impl AsyncFn(String) -> Result<(), SendError>,
) {
    while !over.load(Ordering::Relaxed) {
        send(side.next()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn serve(mut connection: ServerConnection, side: Arc<Side>, over: Arc<AtomicBool>) {
    let sender = connection.sender();
    let send = async move |text| sender.send(text).await;
    let sending = tokio::spawn(sending(Arc::clone(&side), over, send));
    while let Some(message) = connection.next().await {
        side.took(&message, "client");
    }
    sending.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_minutes_of_failing_links_lose_double_and_reorder_nothing() -> Outcome {
    let (client_side, server_side) = (Arc::<Side>::default(), Arc::<Side>::default());
    let over = Arc::new(AtomicBool::new(false));
    let server = Server::new(ServerConfig::default())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let proxy = Proxy::stormy(listener.local_addr()?, 4).await?;
    let (accepting, side, storm) = (server.clone(), Arc::clone(&server_side), Arc::clone(&over));
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (server, side, over) = (accepting.clone(), Arc::clone(&side), Arc::clone(&storm));
            tokio::spawn(async move {
                if let Ok(Some(connection)) = server.accept(stream).await {
                    serve(connection, side, over).await;
                }
            });
        }
    });

    let delay = Duration::from_millis(50);
    let lateness = Duration::from_millis(500);
    let mut connection = steadfast::connect(format!("ws://{}/", proxy.address()))
        .protocol(SUBPROTOCOL)
        .retry(Exponential { base_delay: delay, max_delay: delay, ..Exponential::default() })
        .connect_timeout(Duration::from_secs(2))
        .heartbeat(Heartbeat {
            intervals: Intervals::fixed(Duration::from_millis(300)),
            late_min: lateness,
            late_max: lateness,
            max_missed: 2,
            ..Heartbeat::default()
        })
        .open()?;
    let sender = connection.sender();
    let hand_over = async move |text| sender.send(text).await;
    let client_sends =
        tokio::spawn(sending(Arc::clone(&client_side), Arc::clone(&over), hand_over));
    let side = Arc::clone(&client_side);
    let (finish, finished) = tokio::sync::oneshot::channel::<()>();
    let reading = tokio::spawn(async move {
        let until_closed = async {
            while let Some(message) = connection.next().await {
                side.took(&message, "server");
            }
            unreachable!("the connection has ended by itself: {:?}", connection.state());
        };
        tokio::select! {
            () = until_closed => {}
            _ = finished => {}
        }
        connection.close().await;
    });

    tokio::time::sleep(STORM / 6).await;
    let early = in_use();
    tokio::time::sleep(STORM * 5 / 6).await;
    let late = in_use();
    over.store(true, Ordering::Relaxed);
    proxy.calm();
    client_sends.await?;
    let all = eventually("all messages", async || {
        let ((sent, received), (echoed, taken)) = (client_side.counts(), server_side.counts());
        assert!(!reading.is_finished(), "the client has ended");
        (sent == taken && echoed == received).then_some((sent, echoed))
    });
    let (from_client, from_server) = all.await?;
    println!("{from_client} and {from_server} messages over {} links", proxy.carried());
    assert!(proxy.carried() > 50, "{} links were not enough to be a test", proxy.carried());
    assert!(late < early + SLACK, "{early} bytes were in use early, and {late} late");

    // Ignored if the client has ended, which is seen next.
    let _ = finish.send(());
    reading.await?;
    eventually("an end of everything", async || {
        (server.sessions() == 0 && server.backlog() == 0 && proxy.open() == 0).then_some(())
    })
    .await?;
    serving.abort();
    Ok(())
}
