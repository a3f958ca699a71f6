use std::time::{Duration, Instant};

use steadfast::core::report::Report;
use steadfast::{Builder, ReportTo, Status};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::sync::mpsc;

use crate::ask::{becomes, eager, within};
use crate::persists::Memory;
use crate::server::{Server, echo, free_address};

/// A request as the collector got it.
pub(crate) struct Posted {
    /// The request line and the headers, in lower case.
    head: String,
    body: Vec<u8>,
}

impl Posted {
    pub(crate) fn report(&self) -> Report {
        let report: Report = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(report.validate(), Ok(()));
        report
    }
}

/// A collector that answers with these statuses in turn, and with the last of them ever after.
async fn collector(statuses: &'static [&'static str]) -> (Server, mpsc::UnboundedReceiver<Posted>) {
    collector_saying(statuses, "{}").await
}

/// The same, with that body.
async fn collector_saying(
    statuses: &'static [&'static str],
    body: &'static str,
) -> (Server, mpsc::UnboundedReceiver<Posted>) {
    let (posted, posts) = mpsc::unbounded_channel();
    let answered = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let server = Server::start_raw(free_address().await, move |stream| {
        let (posted, answered) = (posted.clone(), answered.clone());
        async move {
            let mut stream = BufReader::new(stream);
            while let Some(request) = read_request(&mut stream).await {
                let index = answered.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                posted.send(request).unwrap();
                let status = statuses[index.min(statuses.len() - 1)];
                let length = body.len();
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    (server, posts)
}

/// Reads a request to its end; absent when there is none any more.
pub(crate) async fn read_request(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<Posted> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let length = head.split_once("content-length: ")?.1.lines().next()?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Posted { head, body })
}

fn reporting(server: &Server, collector: &Server, interval: Duration) -> Builder {
    let url = format!("http://{}/v1/reports", collector.address);
    let to = ReportTo::new(url, "pk_test").interval(interval);
    eager(server.url()).session_id("s1").organization("acme").user("u1").report_to(to)
}

const SOON: Duration = Duration::from_millis(100);
const LATE: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_session_is_reported_on_an_interval_each_event_once() {
    let server = Server::start(echo).await;
    let (collector, mut posts) = collector(&["200 OK"]).await;
    let connection = reporting(&server, &collector, SOON).open().unwrap();
    becomes(&connection, Status::Connected).await;
    let first = within(posts.recv()).await.unwrap();
    assert!(first.head.starts_with("post /v1/reports http/1.1\r\n"), "{}", first.head);
    assert!(first.head.contains("authorization: bearer pk_test\r\n"), "{}", first.head);
    assert!(first.head.contains("content-type: application/json\r\n"), "{}", first.head);
    assert!(!String::from_utf8(first.body.clone()).unwrap().contains("secret"));
    let first = first.report();
    assert_eq!((first.session.session_id.as_str(), first.activity.connects), ("s1", 1));
    assert_eq!(
        (first.session.organization_id.as_str(), first.session.status),
        ("acme", Status::Connected)
    );
    assert!(first.sdk.starts_with("steadfast/"));
    let names: Vec<_> = first.events.iter().map(|event| event.kind.name()).collect();
    assert_eq!(
        &names[..3],
        ["connection.registered", "connection.status.changed", "retry.success"]
    );

    let second = within(posts.recv()).await.unwrap().report();
    assert_ne!(second.batch_id, first.batch_id);
    assert_eq!((second.activity.connects, second.window.start), (0, first.window.end));
}

#[tokio::test]
async fn a_report_that_the_collector_could_not_take_is_repeated_unchanged() {
    let server = Server::start(echo).await;
    let (collector, mut posts) =
        collector(&["503 Service Unavailable\r\nretry-after: 0", "200 OK"]).await;
    let _connection = reporting(&server, &collector, SOON).open().unwrap();
    let first = within(posts.recv()).await.unwrap();
    let again = within(posts.recv()).await.unwrap();
    let (sent, resent) = (first.report(), again.report());
    assert!(resent.sent_at >= sent.sent_at, "only when it was sent is told anew");
    assert_eq!(resent, Report { sent_at: resent.sent_at, ..sent });
    let next = within(posts.recv()).await.unwrap();
    assert_ne!(next.report().batch_id, first.report().batch_id);
}

#[tokio::test]
async fn a_report_that_the_collector_refuses_is_not_repeated() {
    let server = Server::start(echo).await;
    let (collector, mut posts) = collector(&["403 Forbidden", "200 OK"]).await;
    let _connection = reporting(&server, &collector, SOON).open().unwrap();
    let first = within(posts.recv()).await.unwrap().report();
    assert_ne!(within(posts.recv()).await.unwrap().report().batch_id, first.batch_id);
}

#[tokio::test]
async fn closing_sends_the_last_report_first() {
    let server = Server::start(echo).await;
    let (collector, mut posts) = collector(&["200 OK"]).await;
    let connection = reporting(&server, &collector, LATE).open().unwrap();
    becomes(&connection, Status::Connected).await;
    connection.close().await;
    let report = posts.try_recv().expect("closing did not wait for the report").report();
    assert_eq!(report.session.status, Status::Disconnected);
    assert_eq!((report.activity.connects, report.activity.disconnections), (1, 1));
    assert_eq!(report.activity.unplanned_disconnections, 0);
}

#[tokio::test]
async fn a_collector_that_does_not_answer_delays_closing_by_two_seconds_at_most() {
    let server = Server::start(echo).await;
    let silent = Server::start_raw(free_address().await, |stream| async {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let connection = reporting(&server, &silent, LATE).open().unwrap();
    becomes(&connection, Status::Connected).await;
    let begin = Instant::now();
    connection.close().await;
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_collector_that_asks_to_be_told_less_often_is_heeded_but_told_of_the_end() {
    let server = Server::start(echo).await;
    let asks = r#"{"accepted":true,"interval":3600000,"sampling":1}"#;
    let (collector, mut posts) = collector_saying(&["200 OK"], asks).await;
    let connection = reporting(&server, &collector, SOON).open().unwrap();
    becomes(&connection, Status::Connected).await;
    let first = within(posts.recv()).await.unwrap().report();
    assert!(first.sent_at.is_some_and(|at| at >= first.window.end), "it says when it was sent");
    // Ten times the interval that was configured.
    tokio::time::sleep(10 * SOON).await;
    assert!(posts.try_recv().is_err(), "nothing more was asked for");
    connection.close().await;
    let last = within(posts.recv()).await.unwrap().report();
    assert_eq!(last.session.status, Status::Disconnected);
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_changes_nothing() {
    let server = Server::start(echo).await;
    let (collector, mut posts) = collector_saying(&["200 OK"], r#"{"interval":"soon"}"#).await;
    let _connection = reporting(&server, &collector, SOON).open().unwrap();
    for _ in 0..3 {
        within(posts.recv()).await.unwrap().report();
    }
}

/// The token that a session shows, which is the same in the first report and in the last one.
async fn token_of(builder: Builder, posts: &mut mpsc::UnboundedReceiver<Posted>) -> String {
    let connection = builder.open().unwrap();
    becomes(&connection, Status::Connected).await;
    let first = within(posts.recv()).await.unwrap().report();
    connection.close().await;
    let mut last = first.clone();
    while last.session.status != Status::Disconnected {
        last = within(posts.recv()).await.unwrap().report();
    }
    assert_eq!(last.token, first.token);
    first.token.unwrap().as_str().to_owned()
}

#[tokio::test]
async fn each_session_shows_a_token_of_its_own_and_one_that_is_kept_goes_on_with_it() {
    let server = Server::start(echo).await;
    let (collector, mut posts) = collector(&["200 OK"]).await;
    let reporting = || reporting(&server, &collector, SOON);
    let [one, other] =
        [token_of(reporting(), &mut posts).await, token_of(reporting(), &mut posts).await];
    assert_ne!(one, other);
    assert!(one.len() == 32 && one.bytes().all(|digit| digit.is_ascii_hexdigit()), "{one}");

    let store = Memory::default();
    let kept = token_of(reporting().persist(store.clone()), &mut posts).await;
    let next = token_of(reporting().persist(store.clone()), &mut posts).await;
    assert_eq!(kept, next, "in the next life");

    let url = format!("http://{}/v1/reports", collector.address);
    let own = || ReportTo::new(&url, "pk_test").interval(SOON).token("the-token-of-the-program");
    let given = token_of(reporting().report_to(own()), &mut posts).await;
    assert_eq!(given, "the-token-of-the-program");
    let before = token_of(reporting().persist(store).report_to(own()), &mut posts).await;
    assert_eq!(before, kept, "a session that is kept has its token already");
}

#[tokio::test]
async fn a_token_that_could_be_guessed_is_refused() {
    let to = ReportTo::new("http://127.0.0.1:1/", "pk_test").token("secret");
    let error = eager("ws://127.0.0.1:1/".to_owned()).report_to(to).open().unwrap_err();
    assert_eq!(error.code(), "config.out_of_range");
    assert!(!error.to_string().contains("secret"), "{error}");
}
