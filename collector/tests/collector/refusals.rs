use std::time::Duration;

use reqwest::{Body, Method};
use serde_json::{Value, json};
use steadfast_core::report::Report;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Running, refusal, report};

/// Sends a body as it is, and says how it was refused.
async fn send(collector: &Running, content_type: &str, body: impl Into<Body>) -> (u16, String) {
    let request = collector
        .request(Method::POST, "/v1/reports")
        .bearer_auth(&collector.keys.publishable)
        .header("content-type", content_type)
        .body(body);
    refusal(request.send().await.unwrap()).await
}

/// A report with one value replaced.
fn with(pointer: &str, value: Value) -> String {
    let mut json = serde_json::to_value(report("s1", "b1")).unwrap();
    *json.pointer_mut(pointer).unwrap() = value;
    json.to_string()
}

async fn assert_nothing_has_changed(collector: &Running) {
    assert_eq!(collector.read("/v1/connections").await["total"], 0);
    let metrics = &collector.read("/v1/health").await["metrics"];
    assert_eq!(metrics["totalConnections"], 0);
    assert_eq!(metrics["disconnectionRate"].as_f64(), Some(0.0));
}

#[tokio::test]
async fn a_report_that_makes_no_sense_is_refused_by_what_is_wrong_and_changes_nothing() {
    let collector = Running::start().await;
    let cases = [
        (with("/batchId", json!("a b")), "report.batch_id"),
        (with("/batchId", json!(7)), "report.malformed"),
        (with("/sampling", json!(0.0)), "report.sampling"),
        (with("/window/end", json!(1)), "report.window"),
        (with("/session/sessionId", json!("")), "report.session"),
        (with("/session/status", json!(7)), "report.malformed"),
        (with("/activity", json!({ "connects": "many" })), "report.malformed"),
        (
            with("/events", json!(vec![json!({ "at": 1, "name": "connection.registered" }); 65])),
            "report.events",
        ),
        (with("/version", json!("1")), "report.malformed"),
        ("{".to_owned(), "report.malformed"),
        ("[]".to_owned(), "report.malformed"),
        (String::new(), "report.malformed"),
        (with("/sdk", json!("sdk")) + "x", "report.malformed"),
    ];
    for (body, code) in cases {
        let refused = send(&collector, "application/json", body.clone()).await;
        assert_eq!(refused, (400, code.to_owned()), "{body}");
    }
    assert_nothing_has_changed(&collector).await;
}

#[tokio::test]
async fn an_unknown_version_is_refused_as_such_whatever_else_differs() {
    let collector = Running::start().await;
    for body in [with("/version", json!(2)), r#"{"version":2,"everything":"new"}"#.to_owned()] {
        let refused = send(&collector, "application/json", body).await;
        assert_eq!(refused, (400, "report.version".to_owned()));
    }
    assert_nothing_has_changed(&collector).await;
}

#[tokio::test]
async fn a_malformed_report_is_told_the_field_and_the_position() {
    let collector = Running::start().await;
    let request = collector
        .request(Method::POST, "/v1/reports")
        .bearer_auth(&collector.keys.publishable)
        .header("content-type", "application/json")
        .body(with("/session/reconnectAttempts", json!(-1)));
    let body: Value = request.send().await.unwrap().json().await.unwrap();
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("session.reconnectAttempts: "), "{message}");
    assert!(message.contains("line 1 column "), "{message}");
}

#[tokio::test]
async fn another_content_type_is_refused() {
    let collector = Running::start().await;
    let body = serde_json::to_string(&report("s1", "b1")).unwrap();
    for content_type in ["text/html", "application/jsonx", ""] {
        let refused = send(&collector, content_type, body.clone()).await;
        assert_eq!(refused, (415, "report.content_type".to_owned()), "{content_type:?}");
    }
    assert_nothing_has_changed(&collector).await;
}

#[tokio::test]
async fn a_report_may_be_so_long_and_no_longer() {
    let collector = Running::start().await;
    let body = serde_json::to_string(&report("s1", "b1")).unwrap();
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));

    let refused = send(&collector, "application/json", padded(Report::MAX_BYTES + 1)).await;
    assert_eq!(refused, (413, "report.too_large".to_owned()));
    assert_nothing_has_changed(&collector).await;

    let request = collector
        .request(Method::POST, "/v1/reports")
        .bearer_auth(&collector.keys.publishable)
        .header("content-type", "application/json; charset=utf-8")
        .body(padded(Report::MAX_BYTES));
    assert_eq!(request.send().await.unwrap().status(), 200);
}

/// Opens a request by hand, whose body is then up to the caller.
async fn begin_request(collector: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(collector.address()).await.unwrap();
    let head = format!(
        "POST /v1/reports HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        collector.keys.publishable
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_body_that_does_not_tell_its_length_is_read_no_further_than_the_bound() {
    let collector = Running::start().await;
    let mut stream = begin_request(&collector).await;
    let chunk = format!("2710\r\n{}\r\n", "x".repeat(10_000));
    for _ in 0..7 {
        stream.write_all(chunk.as_bytes()).await.unwrap();
    }
    // The body has not ended, and is answered all the same.
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_given_up() {
    let collector = Running::start().await;
    let mut stream = begin_request(&collector).await;
    stream.write_all(b"1\r\n{\r\n").await.unwrap();
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 408");
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused() {
    let collector = Running::start().await;
    let cases = [
        ("limit=0", "query.out_of_range"),
        ("limit=1001", "query.out_of_range"),
        ("limit=x", "query.malformed"),
        ("offset=-1", "query.malformed"),
        ("status=ASLEEP", "query.malformed"),
        ("colour=red", "query.malformed"),
    ];
    for (query, code) in cases {
        let request = collector
            .request(Method::GET, &format!("/v1/connections?{query}"))
            .bearer_auth(&collector.keys.secret);
        let refused = refusal(request.send().await.unwrap()).await;
        assert_eq!(refused, (400, code.to_owned()), "{query}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let collector = Running::start().await;
    let get = async |path: &str| {
        let request = collector.request(Method::GET, path).bearer_auth(&collector.keys.secret);
        refusal(request.send().await.unwrap()).await
    };
    assert_eq!(get("/v1/connections/nobody").await, (404, "connection.unknown".to_owned()));
    assert_eq!(get("/v1/nothing").await, (404, "route.unknown".to_owned()));
    assert_eq!(get("/v1/reports").await, (405, "route.method".to_owned()));
}

#[tokio::test]
async fn one_session_more_than_may_be_is_refused_and_the_known_ones_go_on() {
    let collector = Running::start_with(|config| config.max_sessions = 2).await;
    collector.accept(&report("s1", "b1")).await;
    collector.accept(&report("s2", "b2")).await;
    let refused = collector.post(&report("s3", "b3")).await;
    assert_eq!(refused.headers()["retry-after"], "60");
    assert_eq!(refusal(refused).await, (503, "manager.too_many_sessions".to_owned()));
    tokio::time::sleep(Duration::from_millis(5)).await;
    collector.accept(&report("s1", "b4")).await;
    assert_eq!(collector.read("/v1/connections").await["total"], 2);
}
