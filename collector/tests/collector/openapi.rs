//! The `OpenAPI` document: it knows every route, and what it says of answers is so.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use steadfast_core::event::{Event, EventKind};

use crate::support::{Running, eventually, report};

async fn document(collector: &Running) -> Value {
    let answer = collector.request(Method::GET, "/v1/openapi.json").send().await.unwrap();
    answer.error_for_status().unwrap().json().await.unwrap()
}

/// Where a value is not what a schema says.
fn unlike(value: &Value, schema: &Value, document: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let named = document.pointer(reference.trim_start_matches('#'));
        return unlike(value, named.expect("it refers to what there is"), document, at);
    }
    let mut found = Vec::new();
    let is_of = |name: &str| match name {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("{other} is no type"),
    };
    let fits = match &schema["type"] {
        Value::Array(names) => names.iter().any(|name| is_of(name.as_str().unwrap())),
        Value::String(name) => is_of(name),
        _ => true,
    };
    if !fits || schema["enum"].as_array().is_some_and(|names| !names.contains(value)) {
        found.push(format!("{at} is {value}, and should be {schema}"));
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            found.push(format!("{at} has no {name}"));
        }
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        let of = [&schema["properties"][name], &schema["additionalProperties"]];
        if let Some(of) = of.into_iter().find(|of| of.is_object()) {
            found.extend(unlike(value, of, document, &format!("{at}.{name}")));
        }
    }
    for (index, value) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(unlike(value, &schema["items"], document, &format!("{at}[{index}]")));
    }
    found
}

#[tokio::test]
async fn every_route_is_in_the_document_and_nothing_else() {
    let collector = Running::start().await;
    let document = document(&collector).await;
    let said: BTreeSet<(String, String)> = document["paths"]
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
}

#[tokio::test]
async fn real_answers_are_what_the_document_says() {
    let default = "default".to_owned();
    let collector = Running::start_with(|config| config.operator = default).await;
    let mut told = report("s1", "b1");
    told.activity.heartbeats = 1;
    told.activity.latency.record(Duration::from_millis(20));
    told.session.latency = Some(Duration::from_millis(20));
    told.session.user_id = Some("u1".to_owned());
    told.events = vec![Event { at: told.window.end, kind: EventKind::Registered }];
    collector.accept(&told).await;
    eventually("there is a history, and a load", async || {
        let health = collector.read("/v1/health").await;
        let seen = health["metrics"]["systemLoad"].is_object();
        seen && !health["history"].as_array().unwrap().is_empty()
    })
    .await;
    let document = document(&collector).await;
    let mut wrong = Vec::new();
    let ask = async |method: Method, asked: &str, route: &str, key: &str, body: Option<Value>| {
        let mut request = collector.request(method.clone(), asked).bearer_auth(key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16().to_string();
        let answer: Value = answer.json().await.unwrap();
        let operation = &document["paths"][route][method.as_str().to_lowercase()];
        let responses = &operation["responses"];
        let said = if responses[&status].is_object() {
            &responses[&status]
        } else {
            &responses["default"]
        };
        let schema = &said["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {route} answers {status}");
        let at = format!("{method} {route} {status}");
        (answer.clone(), unlike(&answer, schema, &document, &at))
    };
    let secret = collector.keys.secret.clone();
    let same = [
        "/readyz",
        "/v1/alerts",
        "/v1/connections",
        "/v1/health",
        "/v1/health/summary",
        "/v1/keys",
        "/v1/openapi.json",
        "/v1/rollups",
    ];
    for path in same {
        wrong.extend(ask(Method::GET, path, path, &secret, None).await.1);
    }
    let one = "/v1/connections/{session_id}";
    let events = "/v1/connections/{session_id}/events";
    wrong.extend(ask(Method::GET, "/v1/connections/s1", one, &secret, None).await.1);
    wrong.extend(ask(Method::GET, "/v1/connections/none", one, &secret, None).await.1);
    wrong.extend(ask(Method::GET, "/v1/connections/s1/events", events, &secret, None).await.1);
    wrong.extend(ask(Method::GET, "/v1/rollups?minutes=0", "/v1/rollups", &secret, None).await.1);
    wrong.extend(ask(Method::GET, "/v1/alerts", "/v1/alerts", "wrong", None).await.1);
    let ack = "/v1/alerts/{id}/ack";
    wrong.extend(ask(Method::POST, "/v1/alerts/9/ack", ack, &secret, None).await.1);
    wrong.extend(ask(Method::POST, "/v1/live/ticket", "/v1/live/ticket", &secret, None).await.1);
    let report = serde_json::to_value(report("s2", "b2")).unwrap();
    let schema = json!({ "$ref": "#/components/schemas/Report" });
    wrong.extend(unlike(&report, &schema, &document, "a report"));
    let publishable = collector.keys.publishable.clone();
    let reports = "/v1/reports";
    wrong.extend(ask(Method::POST, reports, reports, &publishable, Some(report)).await.1);
    let wanted = Some(json!({ "kind": "publishable" }));
    let (made, unlike) = ask(Method::POST, "/v1/keys", "/v1/keys", &secret, wanted).await;
    wrong.extend(unlike);
    let id = made["id"].as_str().unwrap();
    let rotate = (format!("/v1/keys/{id}/rotate"), "/v1/keys/{id}/rotate");
    wrong.extend(ask(Method::POST, &rotate.0, rotate.1, &secret, None).await.1);
    assert_eq!(wrong, Vec::<String>::new());
}
