//! Reports and requests that nobody would send, made from ones that somebody does: each is answered,
//! none with a failure, and what was accepted does no harm afterwards. The same shapes are tried for
//! longer by `tests/fuzz`.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use steadfast_core::connection::Status;
use steadfast_core::event::{Event, EventKind};
use steadfast_core::quality::Quality;
use steadfast_core::rng::{Random as _, SeededRandom};

use crate::support::{Running, report};

const REPORTS: usize = 3_000;
const REQUESTS: usize = 2_000;

/// Values that are hard to believe, one of each kind at least.
fn odd(random: &mut SeededRandom) -> Value {
    let oddities = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(0.5),
        json!(1e308),
        json!(-1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(9_007_199_254_740_993_u64),
        json!(""),
        json!("\u{0}"),
        json!("\u{202e}\u{1f600}\u{fffd}"),
        json!("'; DROP TABLE reports; --"),
        json!("CONNECTED"),
        json!("a".repeat(70_000)),
        json!([]),
        json!({}),
        json!([[[[[[[[[]]]]]]]]]),
        json!({ "counts": { "2147483647": u64::MAX } }),
        json!(vec![0; 1_000]),
    ];
    oddities[below(random, oddities.len())].clone()
}

fn below(random: &mut SeededRandom, bound: usize) -> usize {
    random.next_u32() as usize % bound
}

fn pick<'a, T>(random: &mut SeededRandom, from: &'a [T]) -> &'a T {
    &from[below(random, from.len())]
}

/// A report in which everything that may be there is.
fn whole(number: usize) -> Value {
    let mut report = report(&format!("session-{}", number % 50), &format!("batch-{number}"));
    report.session.user_id = Some("user".into());
    report.session.connection_quality = Some(Quality::Good);
    report.session.latency = Some(Duration::from_millis(40));
    report.activity.heartbeats = 2;
    report.activity.latency.record(Duration::from_millis(40));
    report.activity.latency.record(Duration::from_secs(2));
    let at = report.window.start;
    let (from, to) = (Status::Reconnecting, Status::Connected);
    report.events.push(Event { at, kind: EventKind::StatusChanged { from, to } });
    report.events.push(Event {
        at,
        kind: EventKind::RetrySuccess { attempt: 1, took: Duration::from_secs(1) },
    });
    serde_json::to_value(report).unwrap()
}

/// Does something to some part of it.
fn mutate(value: &mut Value, random: &mut SeededRandom) {
    let parts = count(value);
    let chosen = below(random, parts);
    let action = below(random, 4);
    let by = odd(random);
    nth(value, chosen, &mut 0, &mut |part| match (action, &mut *part) {
        (0, Value::Object(members)) if !members.is_empty() => {
            let name = members.keys().nth(by.to_string().len() % members.len()).cloned();
            name.map(|name| members.remove(&name));
        }
        (1, Value::Object(members)) => drop(members.insert("unheardOf".into(), by.clone())),
        (1, Value::Array(items)) => items.extend(vec![by.clone(); 70]),
        (2, Value::Number(number)) => *part = json!(number.as_f64().map(|number| -number * 3.7)),
        (2, Value::String(text)) => text.push_str("\u{7f}x"),
        _ => *part = by.clone(),
    });
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// Calls back with the part of that number, depth first.
fn nth(value: &mut Value, wanted: usize, seen: &mut usize, change: &mut dyn FnMut(&mut Value)) {
    if *seen == wanted {
        *seen += 1;
        return change(value);
    }
    *seen += 1;
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| nth(item, wanted, seen, change)),
        Value::Object(members) => {
            members.values_mut().for_each(|item| nth(item, wanted, seen, change));
        }
        _ => {}
    }
}

/// Whether an answer is what a sound server gives to anything: no failure but for having too much to do.
fn is_sound(status: StatusCode) -> bool {
    !status.is_server_error() || status == StatusCode::SERVICE_UNAVAILABLE
}

#[tokio::test]
async fn whatever_a_report_says_it_is_taken_or_refused_and_what_was_taken_can_be_read_and_restored()
{
    let collector = Running::start().await;
    let mut random = SeededRandom::new(0xf0_22ed);
    let (mut taken, mut refused) = (0, 0);
    for number in 0..REPORTS {
        let mut body = whole(number);
        for _ in 0..below(&mut random, 4) {
            mutate(&mut body, &mut random);
        }
        let mut text = body.to_string();
        if below(&mut random, 20) == 0 {
            let cut = below(&mut random, text.len());
            text = text.chars().take(cut).collect();
        }
        let request = collector.request(Method::POST, "/v1/reports");
        let request = request.bearer_auth(&collector.keys.publishable);
        let request = request.header("content-type", "application/json").body(text.clone());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        assert!(is_sound(status), "{status} to {text:.2000}");
        let body: Value = answer.json().await.unwrap();
        if status == StatusCode::OK {
            taken += 1;
        } else {
            refused += 1;
            assert!(body["error"]["code"].is_string(), "{body} to {text:.2000}");
        }
    }
    // Otherwise it would have tried the same gate again and again.
    assert!(taken > REPORTS / 10 && refused > REPORTS / 10, "{taken} taken, {refused} refused");
    read_everything(&collector).await;
    let collector = collector.restart().await;
    read_everything(&collector).await;
    collector.stop().await;
}

async fn read_everything(collector: &Running) {
    let connections = collector.read("/v1/connections?limit=100").await;
    assert!(connections["total"].as_u64().unwrap() > 0);
    for path in [
        "/v1/health",
        "/v1/health/summary",
        "/v1/alerts",
        "/v1/rollups",
        "/v1/connections/session-1/events",
    ] {
        collector.read(path).await;
    }
}

// What requests are made of.
const METHODS: &[&str] =
    &["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"];
const PATHS: &[&str] = &[
    "/",
    "/v1",
    "/v1/reports",
    "/v1/connections",
    "/v1/connections/session-1",
    "/v1/connections/session-1/events",
    "/v1/health",
    "/v1/health/summary",
    "/v1/alerts",
    "/v1/alerts/1/ack",
    "/v1/rollups",
    "/v1/live",
    "/v1/live/ticket",
    "/v1/keys",
    "/v1/keys/1",
    "/v1/openapi.json",
    "/metrics",
    "/healthz",
    "/readyz",
    "/index.html",
    "/../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/%00",
    "/v1/connections/%F0%9F%98%80",
    "/v1/connections/%ff",
    "//",
    "/v1//reports",
];
const NAMES: &[&str] = &[
    "limit", "cursor", "status", "search", "since", "until", "from", "to", "after", "ticket",
    "key", "quality", "x",
];
const VALUES: &[&str] = &[
    "",
    "0",
    "-1",
    "1",
    "99999999999999999999",
    "NaN",
    "1e400",
    "CONNECTED",
    "%00",
    "%ff",
    "a%20b",
    "..%2f",
    "null",
    "2026-11-24T00:00:00Z",
    "'",
];
const HEADERS: &[(&str, &str)] = &[
    ("authorization", "Basic eDp5"),
    ("authorization", "Bearer"),
    ("content-type", "text/html"),
    ("content-type", "application/json; charset=utf-16"),
    ("content-encoding", "gzip"),
    ("content-encoding", "br"),
    ("accept", "image/png"),
    ("origin", "null"),
    ("origin", "https://evil.example"),
    ("upgrade", "websocket"),
    ("connection", "upgrade"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "x"),
    ("range", "bytes=9-1"),
    ("if-none-match", "*"),
    ("expect", "200-ok"),
    ("access-control-request-method", "POST"),
    ("last-event-id", "-1"),
];
const BODIES: &[&str] =
    &["", "{}", "[]", "null", "{\"a\":", "\u{1f}\u{8b}", "x=1&y=2", "\"\\ud800\""];

#[tokio::test]
async fn whatever_is_asked_is_answered_and_never_with_a_failure() {
    let collector = Running::start().await;
    collector.accept(&report("session-1", "batch-1")).await;
    let mut random = SeededRandom::new(0x9e_9e57);
    for _ in 0..REQUESTS {
        let method = Method::from_bytes(pick(&mut random, METHODS).as_bytes()).unwrap();
        let mut path = (*pick(&mut random, PATHS)).to_owned();
        for index in 0..below(&mut random, 3) {
            let (name, value) = (*pick(&mut random, NAMES), *pick(&mut random, VALUES));
            path.push(if index == 0 { '?' } else { '&' });
            path.extend([name, "=", value]);
        }
        let mut request = collector.request(method.clone(), &path);
        for _ in 0..below(&mut random, 3) {
            let (name, value) = *pick(&mut random, HEADERS);
            request = request.header(name, value);
        }
        request = match below(&mut random, 3) {
            0 => request,
            1 => request.bearer_auth(&collector.keys.publishable),
            _ => request.bearer_auth(&collector.keys.secret),
        };
        if below(&mut random, 2) == 0 {
            request = request.body(*pick(&mut random, BODIES));
        }
        let answer = request.send().await.unwrap();
        assert!(is_sound(answer.status()), "{} to {method} {path}", answer.status());
    }
    assert_eq!(collector.read("/v1/connections").await["total"], 1);
    collector.stop().await;
}
