//! The forms in which a report may come: packed, and as a page sends it that goes away.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::{Method, Response};
use serde_json::json;
use steadfast_core::report::Report;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Running, refusal, report};

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn send(collector: &Running, encoding: &str, body: Vec<u8>) -> Response {
    let request = collector
        .request(Method::POST, "/v1/reports")
        .bearer_auth(&collector.keys.publishable)
        .header("content-type", "application/json")
        .header("content-encoding", encoding)
        .body(body);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_report_may_come_packed() {
    let collector = Running::start().await;
    let body = serde_json::to_vec(&report("s1", "b1")).unwrap();
    assert_eq!(send(&collector, "gzip", packed(&body)).await.status(), 200);
    assert!(collector.accept(&report("s1", "b1")).await, "it is the same report");
    assert_eq!(collector.read("/v1/connections").await["total"], 1);
}

#[tokio::test]
async fn what_is_packed_is_bounded_once_unpacked_and_never_unpacked_further() {
    let collector = Running::start().await;
    let body = serde_json::to_string(&report("s1", "b1")).unwrap();
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    let fits = packed(padded(Report::MAX_BYTES).as_bytes());
    assert_eq!(send(&collector, "gzip", fits).await.status(), 200);
    let longer = packed(padded(Report::MAX_BYTES + 1).as_bytes());
    // 40 MB in less than the bound, and the same once more behind it.
    let bomb = packed(&vec![b' '; 40_000_000]);
    assert!(bomb.len() < Report::MAX_BYTES);
    let twice = [packed(body.as_bytes()), bomb.clone()].concat();
    for body in [longer, bomb, twice] {
        let refused = refusal(send(&collector, "gzip", body).await).await;
        assert_eq!(refused, (413, "report.too_large".to_owned()));
    }
}

#[tokio::test]
async fn what_is_packed_badly_or_otherwise_is_refused() {
    let collector = Running::start().await;
    let body = serde_json::to_vec(&report("s1", "b1")).unwrap();
    let mut cut = packed(&body);
    cut.truncate(cut.len() / 2);
    for broken in [cut, body.clone(), Vec::new()] {
        let refused = refusal(send(&collector, "gzip", broken).await).await;
        assert_eq!(refused, (400, "report.body".to_owned()));
    }
    for encoding in ["br", "gzip, gzip", "zstd"] {
        let refused = refusal(send(&collector, encoding, packed(&body)).await).await;
        assert_eq!(refused, (415, "report.content_encoding".to_owned()), "{encoding}");
    }
    assert_eq!(collector.read("/v1/connections").await["total"], 0);
}

#[tokio::test]
async fn what_a_page_sends_as_it_goes_has_its_key_in_the_address() {
    let collector = Running::start().await;
    let path = format!("/v1/reports?key={}", collector.keys.publishable);
    let json = |batch: &str| serde_json::to_string(&report("s1", batch)).unwrap();
    let form: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("report", &json("b3")).finish();
    for (content_type, body) in [
        ("application/json", json("b1")),
        ("text/plain;charset=UTF-8", json("b2")),
        ("application/x-www-form-urlencoded;charset=UTF-8", form),
    ] {
        let request = collector.request(Method::POST, &path).header("content-type", content_type);
        // Cookies come along, and mean nothing.
        let request = request.header("origin", "https://app.example").header("cookie", "a=b");
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{content_type}");
        assert_eq!(answer.headers()["access-control-allow-origin"], "https://app.example");
        assert_eq!(answer.headers()["access-control-allow-credentials"], "true");
        let taken: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(taken["duplicate"], false);
    }
    for (path, code) in [
        (format!("/v1/reports?key={}", collector.keys.secret), "auth.kind"),
        ("/v1/reports?key=".to_owned(), "auth.unknown"),
        ("/v1/reports?clue=1".to_owned(), "auth.missing"),
    ] {
        let request = collector.request(Method::POST, &path).json(&report("s1", "b4"));
        assert_eq!(refusal(request.send().await.unwrap()).await.1, code);
    }
    let path = format!("/v1/connections?key={}", collector.keys.secret);
    let request = collector.request(Method::GET, &path);
    let refused = refusal(request.send().await.unwrap()).await;
    assert_eq!(refused, (401, "auth.missing".to_owned()), "a secret key does not belong there");
}

#[tokio::test]
async fn a_form_is_bounded_and_has_to_hold_a_report() {
    let collector = Running::start().await;
    let send = async |body: String| {
        let request = collector
            .request(Method::POST, "/v1/reports")
            .bearer_auth(&collector.keys.publishable)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        refusal(request.send().await.unwrap()).await
    };
    assert_eq!(send("other=1".to_owned()).await, (400, "report.malformed".to_owned()));
    let too_long = format!("report={}", "+".repeat(Report::MAX_BYTES + 1));
    assert_eq!(send(too_long).await, (413, "report.too_large".to_owned()));
    let too_long = "x".repeat(4 * Report::MAX_BYTES);
    assert_eq!(send(too_long).await, (413, "report.too_large".to_owned()));
}

#[tokio::test]
async fn a_page_is_told_whether_its_origin_may_use_the_key() {
    let collector = Running::start().await;
    let wanted = json!({ "kind": "publishable", "origins": ["https://app.example"] });
    let request = collector.request(Method::POST, "/v1/keys").json(&wanted);
    let made = request.bearer_auth(&collector.keys.secret).send().await.unwrap();
    let made: serde_json::Value = made.json().await.unwrap();
    let key = made["key"].as_str().unwrap();
    let preflight = async |path: &str, method: &str, origin: &str| {
        let request = collector
            .request(Method::OPTIONS, path)
            .header("origin", origin)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "authorization,content-type");
        request.send().await.unwrap().headers().clone()
    };
    let allows = "access-control-allow-origin";
    let with_key = format!("/v1/reports?key={key}");
    let allowed = preflight(&with_key, "POST", "https://app.example").await;
    assert_eq!(allowed[allows], "https://app.example");
    assert_eq!(allowed["access-control-allow-credentials"], "true");
    let headers = allowed["access-control-allow-headers"].to_str().unwrap();
    assert!(headers.contains("authorization") && headers.contains("content-type"));
    assert!(!preflight(&with_key, "POST", "https://evil.example").await.contains_key(allows));
    // Without a key in the address nobody knows yet, and the report itself is answered by its key.
    let any = preflight("/v1/reports", "POST", "https://evil.example").await;
    assert_eq!(any[allows], "https://evil.example");
    for (origin, status) in [("https://app.example", 200), ("https://evil.example", 403)] {
        let request = collector.request(Method::POST, "/v1/reports").bearer_auth(key);
        let answer = request.header("origin", origin).json(&report("s1", "b1")).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers().contains_key(allows), status == 200);
    }
    let refused = preflight("/v1/connections", "GET", "https://app.example").await;
    assert!(!refused.contains_key(allows), "what a secret key reads no other page may see");
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_and_others_are_answered_meanwhile() {
    let collector = Running::start().await;
    let mut stream = TcpStream::connect(collector.address()).await.unwrap();
    let head = format!(
        "POST /v1/reports HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 50000\r\nconnection: close\r\n\r\n",
        collector.keys.publishable
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut answers, mut drip) = stream.into_split();
    // Each byte by itself would be soon enough.
    let dripping = tokio::spawn(async move {
        while drip.write_all(b" ").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    });
    collector.accept(&report("s1", "b1")).await;
    let mut answer = [0; 12];
    answers.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    dripping.abort();
}
