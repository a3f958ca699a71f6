//! The `OpenAPI` document is one, it knows every route, and what it says of requests and answers is
//! so. What other tests read and are refused is held against it, too.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use steadfast_collector::openapi;
use steadfast_core::activity::Activity;
use steadfast_core::connection::{Cause, Status};
use steadfast_core::event::{DeliveryOutcome, Event, EventKind};
use steadfast_core::outbox::MessageId;
use steadfast_core::quality::Quality;
use steadfast_core::report::Report;
use steadfast_core::retry::FailureClass;

use crate::documented::unlike;
use crate::support::{Running, eventually, report};

/// As the `OpenAPI` Initiative publishes it, under the Apache License 2.0.
const OPENAPI_3_1: &str = include_str!("../openapi-3.1.json");

/// What the document says of an address.
fn said<'a>(method: &Method, pattern: &str) -> &'a Value {
    let said = &openapi()["paths"][pattern][method.as_str().to_lowercase()];
    assert!(said.is_object(), "{method} {pattern} is not in the document");
    said
}

/// Sends a request, and says where the answer is not what the document says.
async fn answered(
    request: RequestBuilder,
    method: &Method,
    pattern: &str,
) -> (u16, Value, Vec<String>) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let what = format!("{method} {pattern} {status}");
    let said = &said(method, pattern)["responses"][status.to_string()];
    assert!(said.is_object(), "{what} is not in the document: {}", answer.text().await.unwrap());
    let mut wrong = Vec::new();
    for (name, _) in said["headers"].as_object().into_iter().flatten() {
        if !answer.headers().contains_key(name) {
            wrong.push(format!("{what} has no {name}"));
        }
    }
    let given = answer.headers()["content-type"].to_str().unwrap();
    let media_type = given.split(';').next().unwrap().to_owned();
    let schema = &said["content"][&media_type]["schema"];
    assert!(schema.is_object(), "{what} is {media_type}, and not in the document as such");
    let text = answer.text().await.unwrap();
    let body = match media_type.as_str() {
        "application/json" => serde_json::from_str(&text).unwrap(),
        _ => Value::String(text),
    };
    wrong.extend(unlike(&body, schema, &what));
    (status, body, wrong)
}

#[test]
fn the_document_is_what_openapi_says_that_it_be() {
    let schema: Value = serde_json::from_str(OPENAPI_3_1).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let wrong: Vec<_> = validator
        .iter_errors(openapi())
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
    for (name, schema) in openapi()["components"]["schemas"].as_object().unwrap() {
        let valid = jsonschema::draft202012::meta::validate(schema);
        assert!(valid.is_ok(), "{name}: {valid:?}");
    }
}

#[test]
fn everything_that_the_document_refers_to_is_there_and_nothing_else() {
    let text = openapi().to_string();
    let referred: BTreeSet<&str> = text
        .split("\"$ref\":\"#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let there = openapi()["components"]["schemas"].as_object().unwrap();
    assert_eq!(referred, there.keys().map(String::as_str).collect());
    for word in ["[`", "null"] {
        assert!(!text.contains(word), "{word} stands in the document");
    }
}

#[tokio::test]
async fn every_route_is_in_the_document_and_nothing_else() {
    let said: BTreeSet<(String, String)> = openapi()["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(|method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let routes = steadfast_collector::addresses().into_iter();
    // The page and its files are no interface.
    let routes = routes.filter(|(_, path)| !matches!(*path, "/" | "/{*path}"));
    let routes = routes.map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
    assert_eq!(said, routes, "on the left what the document has, on the right the routes");
    for (method, pattern) in &said {
        let operation = &openapi()["paths"][pattern][method.to_lowercase()];
        let parameters = operation["parameters"].as_array().unwrap();
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(in_path, pattern.matches('{').count(), "{method} {pattern}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{method} {pattern}");
    }
}

/// A report with everything that one may have.
fn full_report() -> Report {
    let mut told = report("s1", "b1");
    told.activity.heartbeats = 1;
    told.activity.latency.record(Duration::from_millis(20));
    told.session.latency = Some(Duration::from_millis(20));
    told.session.user_id = Some("u1".to_owned());
    told.session.connection_quality = Some(Quality::Good);
    told.session.last_heartbeat = Some(told.window.end);
    told.session.disconnected_at = Some(told.window.start);
    told.session.max_reconnect_attempts = Some(5);
    told.session.metadata.insert("plan".to_owned(), "pro".into());
    told.session.metadata.insert("age".to_owned(), 7.5.into());
    told.session.metadata.insert("trial".to_owned(), true.into());
    told.sent_at = Some(told.window.end);
    let (second, id) = (Duration::from_secs(1), MessageId);
    let (class, cause) = (Some(FailureClass::Transport), Some(Cause::Rejected { status: 502 }));
    told.events = [
        EventKind::Registered,
        EventKind::Disconnected { cause: Cause::ClosedByPeer { code: 1006 }, planned: false },
        EventKind::Heartbeat { rtt: Some(second), missed: 0 },
        EventKind::Heartbeat { rtt: None, missed: 1 },
        EventKind::QualityChanged { from: None, to: Some(Quality::Poor), score: 50.0 },
        EventKind::RetryAttempt { attempt: 1, delay: second },
        EventKind::RetryFailed { attempt: 1, class, cause },
        EventKind::RetrySuccess { attempt: 2, took: second },
        EventKind::RetryExhausted { attempts: 5 },
        EventKind::StatusChanged { from: Status::Connected, to: Status::Reconnecting },
        EventKind::Delivery {
            delivery: DeliveryOutcome::Unknown,
            count: 1,
            first: id(1),
            last: id(1),
        },
        EventKind::CircuitOpened,
    ]
    .map(|kind| Event { at: told.window.end, kind })
    .into();
    told
}

#[test]
fn what_clients_hand_in_is_what_the_document_says() {
    let content = &said(&Method::POST, "/v1/reports")["requestBody"]["content"];
    let schema = &content["application/json"]["schema"];
    assert_eq!(schema, &content["text/plain"]["schema"]);
    let report = serde_json::to_value(full_report()).unwrap();
    assert_eq!(unlike(&report, schema, "a report"), Vec::<String>::new());
    let example = content["application/json"]["example"].clone();
    assert_eq!(unlike(&example, schema, "the example"), Vec::<String>::new());
    let example: Report = serde_json::from_value(example).unwrap();
    assert_eq!(example.validate(), Ok(()));
    let mut wrong = report;
    wrong["session"]["status"] = json!("ASLEEP");
    assert!(!unlike(&wrong, schema, "").is_empty(), "it says what may be");
}

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "it asks at one route after the other")]
async fn every_route_answers_as_the_document_says() {
    let default = "default".to_owned();
    let collector = Running::start_with(|config| config.operator = default).await;
    collector.accept(&full_report()).await;
    eventually("there is a history, and a load", async || {
        let health = collector.read("/v1/health").await;
        let seen = health["metrics"]["systemLoad"].is_object();
        seen && !health["history"].as_array().unwrap().is_empty()
    })
    .await;
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let (secret, publishable) = (collector.keys.secret.clone(), collector.keys.publishable.clone());
    let mut ask =
        async |method: Method, asked: &str, pattern: &str, key: &str, body: Option<Value>| {
            let mut request = collector.request(method.clone(), asked);
            if !key.is_empty() {
                request = request.bearer_auth(key);
            }
            if let Some(body) = body {
                request = request.json(&body);
            }
            let (status, answer, unlike) = answered(request, &method, pattern).await;
            seen.insert((method.to_string(), pattern.to_owned(), status));
            wrong.extend(unlike);
            answer
        };
    let get = Method::GET;
    for path in ["/healthz", "/metrics", "/readyz", "/v1/openapi.json"] {
        ask(get.clone(), path, path, "", None).await;
    }
    for path in [
        "/v1/alerts",
        "/v1/alerts/history",
        "/v1/audit",
        "/v1/connections",
        "/v1/connections.csv",
        "/v1/health",
        "/v1/health/summary",
        "/v1/keys",
        "/v1/organization",
        "/v1/rollups",
        "/v1/silences",
        "/v1/webhooks",
    ] {
        ask(get.clone(), path, path, &secret, None).await;
    }
    for by in ["sdk", "cause"] {
        let path = format!("/v1/breakdowns?by={by}");
        ask(get.clone(), &path, "/v1/breakdowns", &secret, None).await;
    }
    let (one, events) = ("/v1/connections/{session_id}", "/v1/connections/{session_id}/events");
    ask(get.clone(), "/v1/connections/s1", one, &secret, None).await;
    ask(get.clone(), "/v1/connections?user=u1&status=CONNECTED", "/v1/connections", &secret, None)
        .await;
    ask(get.clone(), "/v1/connections/s1/events", events, &secret, None).await;
    ask(Method::POST, "/v1/live/ticket", "/v1/live/ticket", &secret, None).await;
    let again = Some(serde_json::to_value(full_report()).unwrap());
    ask(Method::POST, "/v1/reports", "/v1/reports", &publishable, again).await;
    let wanted = Some(json!({ "kind": "publishable", "origins": ["https://a.example"] }));
    let made = ask(Method::POST, "/v1/keys", "/v1/keys", &secret, wanted).await;
    let id = made["id"].as_str().unwrap();
    let rotate = (format!("/v1/keys/{id}/rotate"), "/v1/keys/{id}/rotate");
    ask(Method::POST, &rotate.0, rotate.1, &secret, None).await;
    ask(Method::DELETE, &format!("/v1/keys/{id}"), "/v1/keys/{id}", &secret, None).await;

    let until = steadfast_collector::Clock::start().now().as_millis() + 60_000;
    let wanted = |body| (Method::POST, Some(body));
    for (path, (method, body)) in [
        ("/v1/silences", wanted(json!({ "until": until }))),
        ("/v1/webhooks", wanted(json!({ "format": "slack", "url": "http://localhost:1/" }))),
    ] {
        let made = ask(method, path, path, &secret, body).await;
        let (one, id) = (format!("{path}/{{id}}"), made["id"].as_str().unwrap());
        let asked = format!("{path}/{id}");
        if path == "/v1/webhooks" {
            let test = format!("{one}/test");
            ask(Method::POST, &format!("{asked}/test"), &test, &secret, None).await;
        }
        ask(Method::DELETE, &asked, &one, &secret, None).await;
    }

    // The refusals that every route of a kind has, and those of their own.
    ask(get.clone(), "/metrics", "/metrics", "wrong", None).await;
    ask(get.clone(), "/v1/live?ticket=none", "/v1/live", "", None).await;
    ask(get.clone(), "/v1/live", "/v1/live", "", None).await;
    ask(Method::POST, "/v1/alerts/9/ack", "/v1/alerts/{id}/ack", &secret, None).await;
    ask(Method::POST, "/v1/alerts/x/ack", "/v1/alerts/{id}/ack", &secret, None).await;
    for (method, pattern) in steadfast_collector::addresses() {
        let operation = &openapi()["paths"][pattern][method.to_lowercase()];
        if operation["responses"]["403"].is_null() {
            continue;
        }
        let named = |pattern: &str, with: &str| {
            pattern.replace("{session_id}", with).replace("{user_id}", with)
        };
        let path = named(pattern, "none").replace("{id}", "1");
        let method: Method = method.parse().unwrap();
        let other = if pattern == "/v1/reports" { &secret } else { &publishable };
        ask(method.clone(), &path, pattern, "", None).await;
        ask(method.clone(), &path, pattern, "pk_none", None).await;
        ask(method.clone(), &path, pattern, other, None).await;
        let right = if pattern == "/v1/reports" { &publishable } else { &secret };
        if pattern.contains('{') {
            ask(method.clone(), &path, pattern, right, None).await;
            // That is no text.
            let broken = named(pattern, "%FF").replace("{id}", "%FF");
            ask(method.clone(), &broken, pattern, right, None).await;
        }
        for parameter in operation["parameters"].as_array().unwrap() {
            if parameter["in"] == "query" {
                let name = parameter["name"].as_str().unwrap();
                ask(method.clone(), &format!("{path}?{name}=-1&no=1"), pattern, right, None).await;
            }
        }
        if operation["requestBody"].is_object() {
            ask(method, &path, pattern, right, Some(json!({ "no": 1 }))).await;
        }
    }
    // The last one: it takes the key with it.
    let all = ("/v1/organization?confirm=default", "/v1/organization");
    ask(Method::DELETE, all.0, all.1, &secret, None).await;
    assert_eq!(wrong, Vec::<String>::new());
    // An alert takes a while to be raised.
    seen.insert(("POST".to_owned(), "/v1/alerts/{id}/ack".to_owned(), 200));
    // A database that fails, limits and sizes have tests of their own.
    let elsewhere = [101, 202, 408, 409, 413, 415, 426, 429, 503];
    let mut unseen = Vec::new();
    for (method, pattern) in steadfast_collector::addresses() {
        let responses = &openapi()["paths"][pattern][method.to_lowercase()]["responses"];
        for status in responses.as_object().into_iter().flatten().map(|(status, _)| status) {
            let address = (method.to_owned(), pattern.to_owned(), status.parse().unwrap());
            if !elsewhere.contains(&address.2) && !seen.contains(&address) {
                unseen.push(address);
            }
        }
    }
    assert_eq!(unseen, Vec::new(), "the document says of these what nobody has seen");
}

#[test]
fn what_an_empty_activity_looks_like_is_in_the_document() {
    let schema = json!({ "$ref": "#/components/schemas/Activity" });
    let empty = serde_json::to_value(Activity::default()).unwrap();
    assert_eq!(unlike(&empty, &schema, "an activity"), Vec::<String>::new());
}
