use std::time::{Duration, Instant};

use futures::{SinkExt as _, StreamExt as _};
use steadfast::store::{Change, Key, Store, StoreError};
use steadfast::{Outbox, ReportTo, SendError, Status};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::ask::{becomes, eager, within};
use crate::server::{Peer, Server, free_address, ignore, url};

/// More than a limit of half a second, and much less than those that would come after it.
const SOON: Duration = Duration::from_millis(1500);
const LIMIT: Duration = Duration::from_millis(500);
const RUNS: usize = 50;

/// A server that tells of each link once it has ended: the texts that came, and the close code, 0
/// if there was none.
async fn recording() -> (Server, mpsc::UnboundedReceiver<(Vec<String>, u16)>) {
    let (sender, ended) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer: Peer| {
        let sender = sender.clone();
        async move {
            let (mut texts, mut code) = (Vec::new(), 0);
            while let Some(Ok(message)) = peer.next().await {
                match message {
                    Message::Text(text) => texts.push(text.to_string()),
                    Message::Close(Some(frame)) => code = frame.code.into(),
                    _ => {}
                }
            }
            let _ = sender.send((texts, code));
        }
    })
    .await;
    (server, ended)
}

fn one(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

#[tokio::test]
async fn a_message_that_was_just_sent_arrives_before_the_close_every_time() {
    let (server, mut ended) = recording().await;
    for _ in 0..RUNS {
        let connection = eager(server.url()).open().unwrap();
        becomes(&connection, Status::Connected).await;
        connection.send("bye").await.unwrap();
        assert_eq!(within(connection.close()).await.unsent, 0);
        assert_eq!(ended.try_recv().ok(), Some((one("bye"), 1000)), "before close() returns");
        assert_eq!(connection.state().status, Status::Disconnected);
    }
}

#[tokio::test]
async fn a_message_sent_before_there_was_a_link_arrives_before_the_close() {
    let (server, mut ended) = recording().await;
    let connection = eager(server.url()).open().unwrap();
    connection.send("early").await.unwrap();
    within(connection.close()).await;
    assert_eq!(within(ended.recv()).await, Some((one("early"), 1000)));
}

#[tokio::test]
async fn messages_of_an_echo_that_nobody_reads_arrive_before_the_close() {
    let server = Server::start(crate::server::echo).await;
    let outbox = Outbox { max_bytes: 64 << 20, ..Outbox::default() };
    let connection = eager(server.url()).inbound(1).outbox(outbox).open().unwrap();
    becomes(&connection, Status::Connected).await;
    for _ in 0..100 {
        // Together more than the kernel's buffers hold.
        connection.send("x".repeat(1 << 17)).await.unwrap();
    }
    assert_eq!(within(connection.close_within(Duration::from_secs(20))).await.unsent, 0);
}

#[tokio::test]
async fn a_server_that_comes_back_within_the_limit_gets_what_waited() {
    let address = free_address().await;
    let connection = eager(url(address)).open().unwrap();
    connection.send("late").await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let (sender, mut texts) = mpsc::unbounded_channel();
    let begin = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Server::start_at(address, crate::server::collect(sender)).await
    };
    let closing = connection.close_within(Duration::from_secs(20));
    let (closed, _server) = within(futures::future::join(closing, begin)).await;
    assert_eq!((closed.unsent, within(texts.recv()).await), (0, Some("late".to_owned())));
}

#[tokio::test]
async fn the_limit_ends_a_close_that_a_server_which_is_down_keeps_waiting() {
    let connection = eager(url(free_address().await)).close_timeout(LIMIT).open().unwrap();
    connection.send("never").await.unwrap();
    let begin = Instant::now();
    let closed = within(connection.close()).await;
    assert!((LIMIT..SOON).contains(&begin.elapsed()), "{:?}", begin.elapsed());
    assert_eq!(closed.unsent, 1);
    assert_eq!(connection.state().status, Status::Disconnected);
}

#[tokio::test]
async fn the_limit_ends_a_close_that_a_peer_which_does_not_read_keeps_waiting() {
    let server = Server::start(ignore).await;
    let connection = eager(server.url()).open().unwrap();
    becomes(&connection, Status::Connected).await;
    connection.try_send(vec![0; 16 << 20]).unwrap();
    let begin = Instant::now();
    assert_eq!(within(connection.close_within(LIMIT)).await.unsent, 1);
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_limit_of_zero_sends_nothing_more() {
    let server = Server::start(ignore).await;
    let connection = eager(server.url()).open().unwrap();
    becomes(&connection, Status::Connected).await;
    connection.try_send(vec![0; 16 << 20]).unwrap();
    let begin = Instant::now();
    connection.close_within(Duration::ZERO).await;
    assert!(begin.elapsed() < LIMIT, "{:?}", begin.elapsed());
    assert_eq!(connection.state().status, Status::Disconnected);
}

#[tokio::test]
async fn messages_are_refused_from_the_call_on_and_those_before_it_are_waited_for() {
    let connection = eager(url(free_address().await)).open().unwrap();
    connection.send("before").await.unwrap();
    connection.control().close();
    assert_eq!(connection.try_send("after").unwrap_err().reason, SendError::Closed);
    let drained = connection.drained();
    tokio::pin!(drained);
    assert!(futures::poll!(&mut drained).is_pending(), "it may still be sent");
    connection.control().close_within(Duration::ZERO);
    assert_eq!(within(drained).await, Err(SendError::Closed));
}

#[tokio::test]
async fn a_reconnect_takes_a_close_back() {
    let address = free_address().await;
    let connection = eager(url(address)).open().unwrap();
    connection.send("kept").await.unwrap();
    let (sender, mut texts) = mpsc::unbounded_channel();
    let again = async {
        tokio::task::yield_now().await;
        connection.reconnect();
    };
    let closing = connection.close_within(Duration::from_secs(30));
    within(futures::future::join(closing, again)).await;
    connection.try_send("more").unwrap();
    let _server = Server::start_at(address, crate::server::collect(sender)).await;
    assert_eq!(within(texts.recv()).await.as_deref(), Some("kept"));
    assert_eq!(within(texts.recv()).await.as_deref(), Some("more"));
    assert_eq!(connection.state().status, Status::Connected);
}

#[tokio::test]
async fn a_permanent_failure_ends_a_close() {
    let server = Server::start_raw(free_address().await, async |mut stream| {
        use tokio::io::AsyncWriteExt as _;
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
    })
    .await;
    let connection = eager(server.url()).open().unwrap();
    connection.send("never").await.unwrap();
    let closed = within(connection.close_within(Duration::from_hours(1))).await;
    assert_eq!(closed.unsent, 1);
}

/// A store that never answers.
#[derive(Debug)]
struct Hangs;

impl Store for Hangs {
    fn load(&self) -> Result<Vec<(Key, Vec<u8>)>, StoreError> {
        Ok(Vec::new())
    }

    fn apply(&self, _: &[Change]) -> Result<(), StoreError> {
        std::thread::sleep(Duration::from_secs(4));
        Ok(())
    }
}

#[tokio::test]
async fn the_limit_ends_a_close_that_a_store_keeps_waiting() {
    let (server, mut ended) = recording().await;
    let connection = eager(server.url()).persist(Hangs).open().unwrap();
    becomes(&connection, Status::Connected).await;
    connection.send("bye").await.unwrap();
    let begin = Instant::now();
    assert_eq!(within(connection.close_within(LIMIT)).await.unsent, 0);
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    assert_eq!(within(ended.recv()).await, Some((one("bye"), 1000)));
}

#[tokio::test]
async fn the_limit_ends_a_close_that_a_collector_keeps_waiting() {
    let (server, mut ended) = recording().await;
    let collector = Server::start_raw(free_address().await, async |stream| {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let to = ReportTo::new(format!("http://{}/v1/reports", collector.address), "key").allow_http();
    let connection = eager(server.url()).report_to(to).open().unwrap();
    becomes(&connection, Status::Connected).await;
    let begin = Instant::now();
    within(connection.close_within(LIMIT)).await;
    assert!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    assert_eq!(within(ended.recv()).await.map(|(_, code)| code), Some(1000));
}

#[tokio::test]
async fn a_sink_that_was_closed_has_said_goodbye() {
    let (server, mut ended) = recording().await;
    let mut connection = eager(server.url()).open().unwrap();
    connection.feed("bye".into()).await.unwrap();
    within(futures::SinkExt::close(&mut connection)).await.unwrap();
    assert_eq!(ended.try_recv().ok(), Some((one("bye"), 1000)));
}

/// Runs a program that ends at once after `end`, many times.
async fn programs(end: impl AsyncFn(steadfast::Connection) + Clone + Send + 'static) {
    let (server, mut ended) = recording().await;
    let url = server.url();
    for run in 0..RUNS {
        let (url, end) = (url.clone(), end.clone());
        let program = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread();
            let runtime = { runtime }.worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let connection = eager(url).open().unwrap();
                becomes(&connection, Status::Connected).await;
                connection.send("bye").await.unwrap();
                end(connection).await;
            });
            // As a program does that ends.
            runtime.shutdown_background();
        });
        within(tokio::task::spawn_blocking(|| program.join().unwrap())).await.unwrap();
        assert_eq!(within(ended.recv()).await, Some((one("bye"), 1000)), "run {run}");
    }
}

#[tokio::test]
async fn a_program_that_ends_after_a_close_has_said_goodbye() {
    programs(async |connection: steadfast::Connection| {
        assert_eq!(connection.close().await.unsent, 0);
    })
    .await;
}

#[tokio::test]
async fn a_program_that_ends_after_dropping_a_connection_says_what_its_socket_takes() {
    programs(async |connection: steadfast::Connection| drop(connection)).await;
}

#[tokio::test]
async fn a_program_that_ends_with_a_connection_says_what_its_socket_takes() {
    programs(async |connection: steadfast::Connection| std::mem::forget(connection)).await;
}
