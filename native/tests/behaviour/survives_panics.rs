//! Code of the user's that panics is a failed attempt, and the driver goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use steadfast::connector::{Dial, Incoming, Link, Lost, Outgoing, Payload};
use steadfast::store::{Change, Key, Store, StoreError};
use steadfast::{Cause, DeliveryOutcome, EventKind, MessageId, Status};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::ask::{becomes, eager, eagerly, next_event, next_text, within};
use crate::server::{Server, collect, echo, free_address, url};

#[allow(clippy::needless_pass_by_value, reason = "as the other functions that pick")]
fn failed(kind: EventKind) -> Option<Cause> {
    match kind {
        EventKind::RetryFailed { cause, .. } => cause,
        EventKind::Disconnected { cause, .. } => Some(cause),
        _ => None,
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as the other functions that pick")]
fn delivered(kind: EventKind) -> Option<(DeliveryOutcome, MessageId)> {
    match kind {
        EventKind::Delivery { delivery, first, .. } => Some((delivery, first)),
        _ => None,
    }
}

/// True once.
fn once() -> impl Fn() -> bool + Send + Sync + Clone + 'static {
    let calls = Arc::new(AtomicUsize::new(0));
    move || calls.fetch_add(1, Ordering::Relaxed) == 0
}

#[tokio::test]
async fn a_function_for_the_dial_that_panics_is_a_failed_attempt_and_the_next_one_is_made() {
    let server = Server::start(echo).await;
    for which in 0..3 {
        let (url, first) = (server.url(), once());
        let asked = {
            let first = first.clone();
            move |of| assert!(which != of || !first(), "the user's function")
        };
        let (for_url, for_headers, for_protocols) = (asked.clone(), asked.clone(), asked);
        let connection = steadfast::connect_fn(move |_: Dial| {
            for_url(0);
            let url = url.clone();
            async move { Ok::<_, ()>(url) }
        });
        let mut connection = eagerly(connection)
            .headers_fn(move |_| {
                let asked = for_headers.clone();
                async move {
                    // After a first poll, too.
                    tokio::task::yield_now().await;
                    asked(1);
                    Ok::<_, ()>([("x-a", "b")])
                }
            })
            .protocols_fn(move |_| {
                for_protocols(2);
                async { Ok::<_, ()>(Vec::<String>::new()) }
            })
            .open()
            .unwrap();
        let mut events = connection.events();
        assert_eq!(next_event(&mut events, failed).await, Cause::Panicked, "function {which}");
        connection.send("hello").await.unwrap();
        assert_eq!(next_text(&mut connection).await.as_deref(), Some("hello"));
    }
}

/// Panics in this method, once over all links.
struct Fragile(&'static str, Arc<AtomicUsize>);

impl Fragile {
    fn reaches(&self, method: &str) {
        let panics = self.0 == method && self.1.fetch_add(1, Ordering::Relaxed) == 0;
        assert!(!panics, "the user's link, in {method}");
    }
}

impl Link for Fragile {
    type Outgoing = String;
    type Incoming = String;

    fn start_send(&mut self, item: Outgoing<String>) -> Result<(), Lost> {
        if matches!(item, Outgoing::Message(_)) {
            self.reaches("start_send");
        }
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        self.reaches("poll_flush");
        Poll::Ready(Ok(()))
    }

    fn poll_receive(&mut self, _: &mut Context<'_>) -> Poll<Result<Incoming<String>, Lost>> {
        self.reaches("poll_receive");
        Poll::Pending
    }

    fn answers_pings(&self) -> bool {
        self.reaches("answers_pings");
        false
    }

    fn is_reliable(&self) -> bool {
        self.reaches("is_reliable");
        false
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.reaches("drop");
        }
    }
}

#[tokio::test]
async fn a_link_that_panics_in_any_method_is_lost_and_the_next_one_is_opened() {
    for method in
        ["start_send", "poll_flush", "poll_receive", "answers_pings", "is_reliable", "drop"]
    {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let builder = steadfast::connect_with(move |_: Dial| {
            let link = Fragile(method, Arc::clone(&counted));
            async move { Ok::<_, Lost>(link) }
        });
        let connection = eagerly(builder).open().unwrap();
        let mut events = connection.events();
        connection.send("one").await.unwrap();
        if method == "drop" {
            becomes(&connection, Status::Connected).await;
            connection.reconnect();
        } else {
            let cause = next_event(&mut events, failed).await;
            assert_eq!(cause, Cause::Panicked, "{method}");
        }
        within(connection.drained()).await.unwrap();
        becomes(&connection, Status::Connected).await;
        // A link that was let go of is dropped in the background.
        within(async {
            while calls.load(Ordering::Relaxed) == 0 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        connection.send("two").await.unwrap();
        within(connection.drained()).await.unwrap();
    }
}

#[tokio::test]
async fn a_message_on_which_the_link_panics_is_not_given_to_the_next_one() {
    let calls = Arc::new(AtomicUsize::new(0));
    let builder = steadfast::connect_with(move |_: Dial| {
        let link = Fragile("start_send", Arc::clone(&calls));
        async move { Ok::<_, Lost>(link) }
    });
    let connection = eagerly(builder).open().unwrap();
    let mut events = connection.events();
    connection.send("poison").await.unwrap();
    assert_eq!(next_event(&mut events, delivered).await, (DeliveryOutcome::Dropped, MessageId(0)));
    within(connection.drained()).await.unwrap();
}

/// A message whose copies cannot be made, the first time.
struct Uncopied(Arc<AtomicUsize>);

impl Clone for Uncopied {
    fn clone(&self) -> Self {
        assert!(self.0.fetch_add(1, Ordering::Relaxed) > 0, "the user's message");
        Self(Arc::clone(&self.0))
    }
}

impl Payload for Uncopied {
    fn size(&self) -> usize {
        1
    }
}

struct Sinkhole;

impl Link for Sinkhole {
    type Outgoing = Uncopied;
    type Incoming = String;

    fn start_send(&mut self, _: Outgoing<Uncopied>) -> Result<(), Lost> {
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

#[tokio::test]
async fn a_message_that_panics_when_it_is_copied_is_dropped_and_the_link_stays() {
    let builder = steadfast::connect_with(async |_: Dial| Ok::<_, Lost>(Sinkhole));
    let connection = eagerly(builder).open().unwrap();
    let mut events = connection.events();
    connection.send(Uncopied(Arc::default())).await.unwrap();
    assert_eq!(next_event(&mut events, delivered).await, (DeliveryOutcome::Dropped, MessageId(0)));
    connection.send(Uncopied(Arc::new(AtomicUsize::new(1)))).await.unwrap();
    within(connection.drained()).await.unwrap();
    let state = connection.state();
    assert_eq!((state.status, state.total_disconnections), (Status::Connected, 0));
}

/// Panics in each call but the first `good`.
struct Shaky {
    good: usize,
    calls: AtomicUsize,
}

impl Store for Shaky {
    fn load(&self) -> Result<Vec<(Key, Vec<u8>)>, StoreError> {
        assert!(self.good > 0, "the user's store");
        Ok(Vec::new())
    }

    fn apply(&self, _: &[Change]) -> Result<(), StoreError> {
        assert!(self.calls.fetch_add(1, Ordering::Relaxed) > 0, "the user's store");
        Ok(())
    }
}

#[tokio::test]
async fn a_store_that_panics_has_failed_and_is_tried_again() {
    let (texts, mut arrived) = mpsc::unbounded_channel();
    let server = Server::start(collect(texts)).await;
    let store = Shaky { good: 1, calls: AtomicUsize::new(0) };
    let connection = eager(server.url()).persist(store).persist_messages().open().unwrap();
    connection.send("hello").await.unwrap();
    let failed = within(connection.saved()).await.unwrap_err();
    assert_eq!(failed.code(), "store.failed");
    within(connection.saved()).await.unwrap();
    assert_eq!(within(arrived.recv()).await.as_deref(), Some("hello"));

    let store = Shaky { good: 0, calls: AtomicUsize::new(1) };
    let connection = eager(server.url()).persist(store).open().unwrap();
    assert_eq!(connection.restored().unwrap_err().code(), "store.failed");
    within(connection.saved()).await.unwrap();
}

#[tokio::test]
async fn a_listener_of_a_breaker_that_panics_takes_no_probe_along() {
    use steadfast::{BreakerConfig, CircuitBreaker};
    let config = BreakerConfig::consecutive(1, Duration::from_millis(10));
    let breaker = CircuitBreaker::with_listener(config, |_| panic!("the user's listener")).unwrap();
    let _ = breaker.call(async { Err::<(), _>(std::io::Error::other("down")) }).await;
    within(async {
        while breaker.call(async { Ok::<_, std::io::Error>(()) }).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Panics whenever something is logged.
struct Broken;

impl tracing::Subscriber for Broken {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        assert!(!event.metadata().target().starts_with("steadfast"), "the user's subscriber");
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn a_subscriber_of_the_log_that_panics_stops_nothing() {
    let _default = tracing::subscriber::set_default(Broken);
    let address = free_address().await;
    let store = Shaky { good: 1, calls: AtomicUsize::new(0) };
    let collector = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let posted_to = format!("http://{}/", collector.local_addr().unwrap());
    let to = steadfast::ReportTo::new(posted_to, "pk").interval(Duration::from_millis(100));
    let connection = eager(url(address)).persist(store).report_to(to).open().unwrap();
    for _ in 0..2 {
        // Cut off, which is logged; and then comes another.
        drop(within(collector.accept()).await.unwrap());
    }
    within(connection.saved()).await.unwrap();
    let server = Server::start_at(address, echo).await;
    let mut connection = connection;
    connection.send("hello").await.unwrap();
    assert_eq!(next_text(&mut connection).await.as_deref(), Some("hello"));
    server.stop().await;
    becomes(&connection, Status::Reconnecting).await;
}
