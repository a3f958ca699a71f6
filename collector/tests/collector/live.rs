use std::time::Duration;

use futures::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use steadfast_core::connection::MetadataValue;
use steadfast_core::report::Report;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::support::{Keys, Running, create_keys, report};

type Socket = WebSocketStream<TcpStream>;

async fn ticket(collector: &Running, keys: &Keys) -> String {
    let request = collector.request(Method::POST, "/v1/live/ticket").bearer_auth(&keys.secret);
    let issued: Value = request.send().await.unwrap().json().await.unwrap();
    issued["ticket"].as_str().unwrap().to_owned()
}

/// Opens the live stream with that ticket; the status of the answer if it is refused.
async fn open(collector: &Running, ticket: &str) -> Result<Socket, u16> {
    let stream = TcpStream::connect(collector.address()).await.unwrap();
    open_on(stream, collector, ticket).await
}

async fn open_on(stream: TcpStream, collector: &Running, ticket: &str) -> Result<Socket, u16> {
    let url = format!("ws://{}/v1/live?ticket={ticket}", collector.address());
    let request = url.into_client_request().unwrap();
    match client_async(request, stream).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn listen(collector: &Running) -> Socket {
    open(collector, &ticket(collector, &collector.keys).await).await.unwrap()
}

/// The next push of that type.
async fn next(socket: &mut Socket, wanted: &str) -> Value {
    let find = async {
        loop {
            if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
                let push: Value = serde_json::from_str(&text).unwrap();
                if push["type"] == wanted {
                    return push;
                }
            }
        }
    };
    timeout(Duration::from_secs(10), find).await.unwrap()
}

#[tokio::test]
async fn it_tells_at_once_what_is_known_and_within_a_second_what_changes() {
    let collector = Running::start().await;
    collector.accept(&report("s1", "b1")).await;
    let mut socket = listen(&collector).await;
    assert_eq!(next(&mut socket, "connections").await["connections"][0]["sessionId"], "s1");
    assert_eq!(next(&mut socket, "health").await["metrics"]["totalConnections"], 1);

    tokio::time::sleep(Duration::from_millis(1200)).await;
    let began = Instant::now();
    collector.accept(&report("s2", "b2")).await;
    let changed = next(&mut socket, "connections").await;
    assert_eq!(changed["connections"].as_array().unwrap().len(), 1, "only what changed");
    assert_eq!(changed["connections"][0]["sessionId"], "s2");
    let health = next(&mut socket, "health").await;
    assert_eq!(health["metrics"]["totalConnections"], 2);
    assert!(health["at"].as_u64().unwrap() > 1_600_000_000_000);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test]
async fn many_changes_make_one_push_a_second() {
    let collector = Running::start().await;
    let mut socket = listen(&collector).await;
    next(&mut socket, "health").await;
    let reports: Vec<_> =
        (0..20).map(|n| report(&format!("s{}", n % 5), &format!("b{n}"))).collect();
    futures::future::join_all(reports.iter().map(|report| collector.accept(report))).await;
    let push = next(&mut socket, "connections").await;
    assert_eq!(push["connections"].as_array().unwrap().len(), 5, "each once, as it is now");
}

#[tokio::test]
async fn without_changes_the_health_still_comes_every_five_seconds() {
    let collector = Running::start().await;
    let mut socket = listen(&collector).await;
    next(&mut socket, "health").await;
    let began = Instant::now();
    next(&mut socket, "health").await;
    assert!((4..7).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_steadfast_ping_is_answered_by_its_pong() {
    let collector = Running::start().await;
    let mut socket = listen(&collector).await;
    for noise in ["hello", "{}", r#"{"steadfast":"pong","id":1}"#] {
        socket.send(Message::text(noise)).await.unwrap();
    }
    socket.send(Message::text(r#"{"steadfast":"ping","id":7}"#)).await.unwrap();
    let pong = timeout(Duration::from_secs(5), async {
        loop {
            let message = socket.next().await.unwrap().unwrap();
            if let Message::Text(text) = message
                && text.contains("steadfast")
            {
                return text.to_string();
            }
        }
    });
    assert_eq!(pong.await.unwrap(), r#"{"steadfast":"pong","id":7}"#);
}

#[tokio::test]
async fn a_ticket_opens_one_stream_and_only_of_its_organisation() {
    let collector = Running::start().await;
    let acme = create_keys(&collector.database(), "acme").await;
    collector.accept(&report("s1", "b1")).await;
    let ticket = ticket(&collector, &acme).await;
    let mut socket = open(&collector, &ticket).await.unwrap();
    assert_eq!(open(&collector, &ticket).await.unwrap_err(), 401);

    collector.accept(&report("s1", "b2")).await;
    let Message::Text(first) = socket.next().await.unwrap().unwrap() else {
        panic!("the first message is a text");
    };
    let first: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(first["type"], "health", "there are no sessions to tell of: {first}");
    assert_eq!(first["metrics"]["totalConnections"], 0);
    assert_eq!(next(&mut socket, "health").await["metrics"]["totalConnections"], 0);
}

#[tokio::test]
async fn a_request_that_is_no_websocket_uses_up_no_ticket() {
    let collector = Running::start().await;
    let ticket = ticket(&collector, &collector.keys).await;
    let path = format!("/v1/live?ticket={ticket}");
    let answer = collector.request(Method::GET, &path).send().await.unwrap();
    assert!(answer.status().is_client_error());
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], json!("live.upgrade"));
    assert!(open(&collector, &ticket).await.is_ok());
}

#[tokio::test]
async fn at_its_end_the_collector_says_goodbye() {
    let collector = Running::start().await;
    let mut socket = listen(&collector).await;
    next(&mut socket, "health").await;
    let began = Instant::now();
    let goodbye = async {
        loop {
            if let Some(Ok(Message::Close(frame))) = socket.next().await {
                return frame.unwrap().code;
            }
        }
    };
    let (code, ()) = tokio::join!(goodbye, collector.stop());
    assert_eq!(code, CloseCode::Away);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

/// A report of some 9 kB.
fn long_report(session: usize, batch: &str) -> Report {
    let mut report = report(&format!("s{session}"), &format!("{batch}-{session}"));
    report.session.metadata = (0..32)
        .map(|entry| (format!("entry-{entry}"), MetadataValue::Text("x".repeat(256))))
        .collect();
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_loses_its_seat_and_harms_nobody() {
    let collector = Running::start_with(|config| config.max_live_clients = 1).await;
    let report_all = async |batch: &str| {
        let reports: Vec<_> = (0..1000).map(|session| long_report(session, batch)).collect();
        for some in reports.chunks(50) {
            futures::future::join_all(some.iter().map(|report| collector.accept(report))).await;
        }
    };
    report_all("first").await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(collector.address().parse().unwrap()).await.unwrap();
    let slow = ticket(&collector, &collector.keys).await;
    let slow = open_on(stream, &collector, &slow).await.unwrap();
    let another = ticket(&collector, &collector.keys).await;
    assert_eq!(open(&collector, &another).await.unwrap_err(), 503, "the only seat is taken");

    let freed = async {
        for round in 0.. {
            let another = ticket(&collector, &collector.keys).await;
            if let Ok(mut socket) = open(&collector, &another).await {
                return next(&mut socket, "health").await;
            }
            report_all(&format!("round-{round}")).await;
        }
        unreachable!("the rounds do not end")
    };
    let health = timeout(Duration::from_secs(40), freed).await.unwrap();
    assert_eq!(health["metrics"]["totalConnections"], 1000);
    drop(slow);
}

#[tokio::test]
async fn tickets_that_were_made_up_take_nobodys_turn() {
    let collector = Running::start().await;
    let good = ticket(&collector, &collector.keys).await;
    let made_up = (0..400).map(|number| {
        let zeros = format!("tk_{number:080x}");
        let collector = &collector;
        async move { open(collector, &zeros).await.map(|_| ()) }
    });
    // A turn would have been refused to some of them with 503.
    let answers = futures::future::join_all(made_up).await;
    assert!(answers.iter().all(|answer| *answer == Err(401)), "{answers:?}");
    let first = next(&mut open(&collector, &good).await.unwrap(), "health").await;
    assert!(first["metrics"].is_object());
}
