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

use steadfast::{ReportTo, Status};
use tracing_subscriber::fmt::MakeWriter;

use crate::ask::{becomes, eager, next_text};
use crate::server::{Server, echo};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
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

#[tokio::test]
async fn the_log_tells_what_happens_but_no_query_no_token_no_key_and_no_message() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    // For this thread, on which everything below runs.
    let _guard = tracing::subscriber::set_default(subscriber);

    let server = Server::start(echo).await;
    // Nobody listens at the port of the collector, so that the failure is logged too.
    let collector = ReportTo::new("http://127.0.0.1:9/v1/reports?secret-query", "pk_secret");
    let mut connection = eager(server.url())
        .session_id("session-1")
        .header("authorization", "Bearer secret-token")
        .report_to(collector.interval(std::time::Duration::from_millis(100)))
        .open()
        .unwrap();
    connection.send("secret-message").await.unwrap();
    assert!(next_text(&mut connection).await.is_some());
    server.stop().await;
    becomes(&connection, Status::Reconnecting).await;
    connection.close().await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for expected in
        ["session-1", "127.0.0.1", "status changed", "link lost", "report did not arrive"]
    {
        assert!(log.contains(expected), "{expected} is missing in {log}");
    }
    assert!(!log.contains("secret"), "{log}");
}
