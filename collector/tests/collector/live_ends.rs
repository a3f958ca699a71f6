//! A live stream ends with the key behind it, wherever that was revoked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::StreamExt;
use futures::future::join_all;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use steadfast_collector::audit::Actor;
use steadfast_collector::auth::{Authenticator, Key, KeyKind, KeyPolicy, KeyStatus};
use steadfast_collector::store::Store;
use steadfast_collector::{Clock, ClockReading, SteadyClock};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use tokio_util::sync::CancellationToken;

use crate::postgres::TestDatabase;
use crate::process::Process;

type Socket = WebSocketStream<TcpStream>;

const GENEROUS: Duration = Duration::from_mins(1);

async fn asked(method: Method, url: &str, path: &str, key: &str, body: Option<Value>) -> Value {
    let request = Client::new().request(method, format!("{url}{path}")).bearer_auth(key);
    let request = if let Some(body) = body { request.json(&body) } else { request };
    let answer = request.send().await.unwrap().error_for_status().unwrap();
    answer.json().await.unwrap()
}

async fn ticket(url: &str, key: &str) -> String {
    let issued = asked(Method::POST, url, "/v1/live/ticket", key, None).await;
    issued["ticket"].as_str().unwrap().to_owned()
}

/// Opens the live stream with a ticket, as a page of that origin or as no page; the status and the
/// code if it is refused.
async fn open(url: &str, ticket: &str, origin: Option<&str>) -> Result<Socket, (u16, String)> {
    let address = url.trim_start_matches("http://");
    let live = format!("ws://{address}/v1/live?ticket={ticket}");
    let mut request = live.into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    match client_async(request, TcpStream::connect(address).await.unwrap()).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(refused)) => {
            let body: Value =
                serde_json::from_slice(refused.body().as_deref().unwrap_or(b"{}")).unwrap();
            let code = body["error"]["code"].as_str().unwrap_or_default().to_owned();
            Err((refused.status().as_u16(), code))
        }
        Err(error) => panic!("{error}"),
    }
}

async fn listen(url: &str, key: &str) -> Socket {
    let mut socket = open(url, &ticket(url, key).await, None).await.unwrap();
    push(&mut socket).await;
    socket
}

async fn push(socket: &mut Socket) {
    let text = async {
        while let Some(message) = socket.next().await {
            if message.unwrap().is_text() {
                return;
            }
        }
        panic!("the stream has ended")
    };
    timeout(GENEROUS, text).await.unwrap();
}

/// The code and the reason by which the collector closes a stream.
async fn close(socket: &mut Socket) -> (CloseCode, String) {
    let close = async {
        loop {
            if let Message::Close(frame) = socket.next().await.unwrap().unwrap() {
                let frame = frame.unwrap();
                return (frame.code, frame.reason.to_string());
            }
        }
    };
    timeout(GENEROUS, close).await.unwrap()
}

async fn all_close(streams: &mut [Socket]) {
    for closed in join_all(streams.iter_mut().map(close)).await {
        assert_eq!(closed, final_close());
    }
}

fn final_close() -> (CloseCode, String) {
    (CloseCode::Policy, "the key has expired, or was revoked".to_owned())
}

/// A further secret key, and its id.
async fn another_key(url: &str, key: &str) -> (String, String) {
    let wanted = Some(json!({ "kind": "secret" }));
    let made = asked(Method::POST, url, "/v1/keys", key, wanted).await;
    (made["key"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned())
}

/// Streams at every one of these collectors; the key behind them is revoked at the first.
async fn ends_when_its_key_is_revoked(collectors: &[Process]) {
    let owner = collectors.iter().find_map(|one| one.keys.clone()).unwrap().secret;
    let first = &collectors[0].url;
    let (key, id) = another_key(first, &owner).await;
    let (mut streams, mut others, mut tickets) = (Vec::new(), Vec::new(), Vec::new());
    for collector in collectors {
        streams.push(listen(&collector.url, &key).await);
        others.push(listen(&collector.url, &owner).await);
        tickets.push([ticket(first, &key).await, ticket(first, &key).await]);
    }
    asked(Method::DELETE, first, &format!("/v1/keys/{id}"), &owner, None).await;
    all_close(&mut streams).await;
    for other in &mut others {
        push(other).await;
        push(other).await;
    }
    for (collector, [native, page]) in collectors.iter().zip(&tickets) {
        let refused = open(&collector.url, native, None).await.unwrap_err();
        assert_eq!(refused, (401, "auth.expired".to_owned()), "a ticket is no better than its key");
        // A page learns nothing of a refused upgrade.
        let mut told = open(&collector.url, page, Some("https://app.example")).await.unwrap();
        assert_eq!(close(&mut told).await, final_close());
    }
}

/// A key that is replaced goes on for a while, and so do its streams; those of the new one stay.
async fn ends_when_its_key_expires(collectors: &[Process]) {
    let owner = collectors.iter().find_map(|one| one.keys.clone()).unwrap().secret;
    let first = &collectors[0].url;
    let (key, id) = another_key(first, &owner).await;
    let mut streams = Vec::new();
    for collector in collectors {
        streams.push(listen(&collector.url, &key).await);
    }
    let rotate = (format!("/v1/keys/{id}/rotate"), Some(json!({ "overlap": 8000 })));
    let new = asked(Method::POST, first, &rotate.0, &owner, rotate.1).await;
    let mut stays = listen(first, new["key"].as_str().unwrap()).await;
    // Without changes there is a push every five seconds.
    join_all(streams.iter_mut().map(push)).await;
    all_close(&mut streams).await;
    push(&mut stays).await;
}

async fn end_with_their_keys(collectors: &[Process]) {
    ends_when_its_key_is_revoked(collectors).await;
    ends_when_its_key_expires(collectors).await;
}

#[tokio::test]
async fn streams_end_for_good_with_their_key_at_a_collector_on_a_file() {
    let folder = tempfile::tempdir().unwrap();
    end_with_their_keys(&[Process::start(folder.path().join("steadfast.db")).await]).await;
}

#[tokio::test]
async fn streams_end_for_good_with_their_key_at_every_collector_on_one_server() {
    if let Some(database) = TestDatabase::new().await {
        let (one, other) =
            tokio::join!(Process::start(&database.url), Process::start(&database.url));
        end_with_their_keys(&[one, other]).await;
    }
}

static MILLIS: AtomicU64 = AtomicU64::new(0);

/// Stands still unless the test sets it.
static CLOCK: SteadyClock = SteadyClock::new(|| {
    static BEGAN: LazyLock<Duration> =
        LazyLock::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap());
    let monotonic = Duration::from_millis(MILLIS.load(Ordering::Relaxed));
    ClockReading { monotonic, wall: *BEGAN + monotonic }
});

#[tokio::test]
async fn a_key_that_the_database_says_nothing_of_is_watched_for_half_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("a.db").into()).await.unwrap();
    let key = Key::generate(KeyKind::Secret).unwrap();
    let (clock, terms) = (Clock::of(&CLOCK), KeyPolicy::of(KeyKind::Secret));
    store
        .add_keys(clock.now(), &"acme".parse().unwrap(), &[(&key, &terms)], &Actor::command())
        .await
        .unwrap();
    let authenticator = Arc::new(Authenticator::new(store.clone(), clock));
    authenticator.refresh().await.unwrap();
    let mut watch = authenticator.watch(key.digest()).await.unwrap();
    store.close().await;
    let stop = CancellationToken::new();
    let looking = tokio::spawn(Arc::clone(&authenticator).run(stop.clone()));

    let millis = |of: Duration| u64::try_from(of.as_millis()).unwrap();
    MILLIS.store(millis(Authenticator::WATCHED_FOR), Ordering::Relaxed);
    // It is looked four times a second.
    let still = timeout(Duration::from_secs(1), watch.end()).await;
    assert!(still.is_err(), "it goes on for as long: {still:?}");
    MILLIS.store(millis(Authenticator::WATCHED_FOR) + 1, Ordering::Relaxed);
    assert_eq!(timeout(GENEROUS, watch.end()).await.unwrap(), KeyStatus::Unknown);
    stop.cancel();
    looking.await.unwrap();
}
