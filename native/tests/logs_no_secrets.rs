//! What the log says. A program of its own: `tracing` remembers for the whole process which places nobody listens to, and
//! other tests, on other threads, do not listen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of a test may fail as the test does"
)]

#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "behaviour/ask.rs"]
mod ask;
#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "behaviour/server.rs"]
mod server;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use steadfast::{Builder, ReportTo, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tracing_subscriber::fmt::MakeWriter;

use crate::ask::{becomes, eager, eagerly, next_text, within};
use crate::server::{Server, echo, free_address};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Logs everything that happens on this thread for as long as it is kept.
fn logging() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    (log, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn the_log_tells_what_happens_but_no_query_no_token_no_key_and_no_message() {
    let (log, _guard) = logging();
    let server = Server::start(echo).await;
    // Nobody listens at the port of the collector, so that the failure is logged too.
    let collector = ReportTo::new("http://127.0.0.1:9/v1/reports?secret-query", "pk_secret");
    let mut connection = eager(server.url())
        .session_id("session-1")
        .header("authorization", "Bearer secret-token")
        .report_to(collector.interval(Duration::from_millis(100)))
        .open()
        .unwrap();
    connection.send("secret-message").await.unwrap();
    assert!(next_text(&mut connection).await.is_some());
    server.stop().await;
    becomes(&connection, Status::Reconnecting).await;
    connection.close().await;

    let log = log.text();
    for expected in
        ["session-1", "127.0.0.1", "status changed", "link lost", "report did not arrive"]
    {
        assert!(log.contains(expected), "{expected} is missing in {log}");
    }
    assert!(!log.contains("secret"), "{log}");
}

/// What was asked for anew for each of the first dials: errors, nonsense, and in the end what leads
/// to the server; all of it secret.
fn secrets(url: String) -> Builder {
    let dials = Arc::new(AtomicU32::new(0));
    let url_fn = move |_| {
        let answer = match dials.fetch_add(1, Ordering::SeqCst) {
            0 => Err("secret-error".to_owned()),
            1 => Ok("http://secret-host/?secret-query".to_owned()),
            _ => Ok(url.clone()),
        };
        async move { answer }
    };
    let headers = Arc::new(AtomicU32::new(0));
    let headers_fn = move |_| {
        let answer = match headers.fetch_add(1, Ordering::SeqCst) {
            2 => Err("secret-header-error"),
            3 => Ok([("secret name", "secret-value")]),
            4 => Ok([("authorization", "secret\nvalue")]),
            _ => Ok([("authorization", "Bearer secret-token")]),
        };
        async move { answer }
    };
    let protocols = Arc::new(AtomicU32::new(0));
    let protocols_fn = move |_| {
        let answer = match protocols.fetch_add(1, Ordering::SeqCst) {
            5 => Err("secret-protocol-error"),
            6 => Ok(vec!["secret protocol"]),
            7 => Ok(vec!["secret.protocol"]),
            _ => Ok(vec![]),
        };
        async move { answer }
    };
    eagerly(steadfast::connect_fn(url_fn)).headers_fn(headers_fn).protocols_fn(protocols_fn)
}

#[tokio::test]
async fn nothing_that_was_asked_for_a_dial_is_in_the_log_the_events_the_reports_or_debug() {
    let (log, _guard) = logging();
    let server = Server::start(echo).await;
    let (posted, mut posts) = mpsc::unbounded_channel();
    let collector = Server::start_raw(free_address().await, move |mut stream| {
        let posted = posted.clone();
        async move {
            let mut request = vec![0; 64 * 1024];
            let read = stream.read(&mut request).await.unwrap_or_default();
            posted.send(String::from_utf8_lossy(&request[..read]).into_owned()).unwrap();
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    let to = ReportTo::new(format!("http://{}/v1/reports", collector.address), "pk_test");
    let builder = secrets(format!("ws://{}/secret-path?token=secret", server.address))
        .report_to(to.interval(Duration::from_millis(100)));
    let mut shown = vec![format!("{builder:?}")];
    let mut connection = builder.open().unwrap();
    let mut events = connection.events();
    becomes(&connection, Status::Connected).await;
    connection.send("secret-message").await.unwrap();
    assert!(next_text(&mut connection).await.is_some());
    shown.push(format!("{connection:?} {:?} {:?}", connection.sender(), connection.state()));
    connection.close().await;
    drop(connection);
    while let Some(event) = within(events.next()).await {
        shown.push(format!("{event:?}"));
    }
    let mut reports = 0;
    while let Ok(report) = posts.try_recv() {
        shown.push(report);
        reports += 1;
    }
    let shown = shown.concat();
    assert!(reports > 0 && shown.contains("no_address"), "{shown}");
    let log = log.text();
    assert!(log.contains("makes no sense") && log.contains("no_address"), "{log}");
    assert!(!shown.contains("secret"), "{shown}");
    assert!(!log.contains("secret"), "{log}");
}
