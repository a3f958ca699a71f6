//! Webhooks that organisations set up by the API, at a receiver on this machine.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use reqwest::Method;
use serde_json::{Value, json};
use steadfast_collector::Config;
use steadfast_collector::webhooks::Secret;
use steadfast_core::quality::Quality;
use tokio::net::TcpListener;

use crate::documented::assert_documented;
use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::support::{Running, create_keys, eventually, refusal, report};

/// What a receiver got: path, headers, body as text, and body.
type Got = (String, HeaderMap, String, Value);

/// A receiver of anything, which answers with a status.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<Got>>>,
    refuses: Arc<Mutex<Option<u16>>>,
}

impl Receiver {
    async fn start() -> (Self, String) {
        let receiver = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(receive).with_state(receiver.clone());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        (receiver, format!("http://localhost:{}", address.port()))
    }

    fn at(&self, path: &str) -> Vec<Got> {
        let got = self.got.lock().unwrap();
        got.iter().filter(|(at, ..)| at == path).cloned().collect()
    }
}

async fn receive(
    State(receiver): State<Receiver>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let read = serde_json::from_str(&body).unwrap();
    receiver.got.lock().unwrap().push((uri.path().to_owned(), headers, body, read));
    let refuses = *receiver.refuses.lock().unwrap();
    StatusCode::from_u16(refuses.unwrap_or(202)).unwrap()
}

const ROUTING_KEY: &str = "0123456789abcdef0123456789abcdef";

async fn start(change: impl FnOnce(&mut Config)) -> Running {
    Running::start_with(|config| {
        config.webhook_private_addresses = true;
        config.public_url = Some("https://steadfast.example/".to_owned());
        config.health.low_connection_quality.for_at_least = Duration::ZERO;
        config.health.low_connection_quality.keep_firing_for = Duration::ZERO;
        change(config);
    })
    .await
}

async fn call(
    collector: &Running,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> reqwest::Response {
    let mut request = collector.request(method, path).bearer_auth(&collector.keys.secret);
    if let Some(body) = body {
        request = request.json(&body);
    }
    request.send().await.unwrap()
}

async fn made(collector: &Running, path: &str, body: Value) -> Value {
    let answer = call(collector, Method::POST, path, Some(body)).await;
    assert_eq!(answer.status(), 201);
    let made = answer.json().await.unwrap();
    assert_documented(Some("post"), path, 201, &made);
    made
}

async fn set_up_all(collector: &Running, url: &str) -> Value {
    for (format, path) in [("slack", "/services/T0/B0/s3cret"), ("alertmanager", "/api/v2/alerts")]
    {
        let wanted = json!({ "format": format, "url": format!("{url}{path}") });
        made(collector, "/v1/webhooks", wanted).await;
    }
    let pagerduty = json!({
        "format": "pagerduty", "url": format!("{url}/v2/enqueue"), "secret": ROUTING_KEY
    });
    made(collector, "/v1/webhooks", pagerduty).await;
    let signed = json!({ "format": "signed", "url": format!("{url}/hook") });
    made(collector, "/v1/webhooks", signed).await
}

async fn tell(collector: &Running, batch: &str, quality: Quality) {
    let mut told = report("s1", batch);
    told.session.connection_quality = Some(quality);
    collector.accept(&told).await;
}

#[tokio::test]
async fn each_receiver_gets_the_life_of_an_alert_in_its_own_form_with_a_link_to_the_sessions() {
    let collector = start(|_| {}).await;
    let (receiver, url) = Receiver::start().await;
    let signed = set_up_all(&collector, &url).await;
    tell(&collector, "b1", Quality::Critical).await;
    let paths = ["/services/T0/B0/s3cret", "/api/v2/alerts", "/v2/enqueue", "/hook"];
    let all_have = |count: usize| {
        let receiver = receiver.clone();
        async move || paths.iter().all(|path| receiver.at(path).len() == count)
    };
    eventually("all four are told", all_have(1)).await;
    let listed = collector.read("/v1/alerts").await;
    let alert = &listed["alerts"][0];
    let link = "https://steadfast.example/?health=UNHEALTHY&sort=quality";
    assert_eq!(alert["link"], link);

    let (_, headers, text, body) = receiver.at("/hook").remove(0);
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let secret: Secret = signed["secret"].as_str().unwrap().parse().unwrap();
    let timestamp = header("webhook-timestamp").parse().unwrap();
    let signature = secret.sign(&header("webhook-id"), timestamp, &text);
    assert_eq!(header("webhook-signature"), signature);
    assert_eq!(
        (&body["type"], &body["data"]["link"]),
        (&"health.alert.created".into(), &link.into())
    );

    let (.., slack) = receiver.at("/services/T0/B0/s3cret").remove(0);
    let text = slack["text"].as_str().unwrap();
    assert!(text.starts_with("Low connection quality (CRITICAL) firing: "), "{text}");
    let escaped = link.replace('&', "&amp;");
    assert!(text.ends_with(&format!("<{escaped}|Show the sessions>")), "{text}");

    let (.., event) = receiver.at("/v2/enqueue").remove(0);
    let dedup = format!("steadfast/default/{}", alert["id"]);
    assert_eq!(event["routing_key"], ROUTING_KEY);
    assert_eq!(
        (&event["event_action"], &event["dedup_key"]),
        (&"trigger".into(), &dedup.clone().into())
    );
    assert_eq!(event["payload"]["severity"], "critical");
    assert_eq!(event["links"][0]["href"], link);

    let (.., alerts) = receiver.at("/api/v2/alerts").remove(0);
    assert_eq!(alerts.as_array().unwrap().len(), 1);
    let labels = &alerts[0]["labels"];
    assert_eq!(labels["alertname"], "SteadfastLowConnectionQuality");
    assert_eq!(
        (&labels["severity"], &labels["organization"]),
        (&"critical".into(), &"default".into())
    );
    let ends = |alert: &Value| alert["endsAt"].as_str().unwrap().to_owned();
    assert!(ends(&alerts[0]).as_str() > alerts[0]["startsAt"].as_str().unwrap());
    assert_eq!(alerts[0]["generatorURL"], link);

    tell(&collector, "b2", Quality::Good).await;
    eventually("all four are told that it is over", all_have(2)).await;
    let (.., event) = receiver.at("/v2/enqueue").remove(1);
    assert_eq!((&event["event_action"], &event["dedup_key"]), (&"resolve".into(), &dedup.into()));
    let (.., alerts) = receiver.at("/api/v2/alerts").remove(1);
    let over = alerts.as_array().unwrap();
    assert_eq!(over.len(), 4, "whatever its severity was");
    let far = ends(&receiver.at("/api/v2/alerts").remove(0).3[0]);
    assert!(over.iter().all(|one| ends(one) < far), "{over:?}");
}

#[tokio::test]
async fn a_test_message_says_what_became_of_it() {
    let collector = start(|_| {}).await;
    let (receiver, url) = Receiver::start().await;
    set_up_all(&collector, &url).await;
    let listed = collector.read("/v1/webhooks").await;
    assert!(!listed.to_string().contains("s3cret") && !listed.to_string().contains(ROUTING_KEY));
    for webhook in listed["webhooks"].as_array().unwrap() {
        let path = format!("/v1/webhooks/{}/test", webhook["id"].as_str().unwrap());
        let tested: Value = call(&collector, Method::POST, &path, None).await.json().await.unwrap();
        assert_eq!(tested, json!({ "delivered": true, "status": 202 }), "{webhook}");
    }
    let actions: Vec<Value> = receiver
        .at("/v2/enqueue")
        .into_iter()
        .map(|(.., event)| event["event_action"].clone())
        .collect();
    assert_eq!(actions, ["trigger", "resolve"], "no incident is left behind");
    let (.., slack) = receiver.at("/services/T0/B0/s3cret").remove(0);
    assert!(slack["text"].as_str().unwrap().starts_with("Test message of Steadfast"));

    *receiver.refuses.lock().unwrap() = Some(403);
    let path = format!("/v1/webhooks/{}/test", listed["webhooks"][0]["id"].as_str().unwrap());
    let tested: Value = call(&collector, Method::POST, &path, None).await.json().await.unwrap();
    assert_eq!(tested, json!({ "delivered": false, "status": 403 }));
}

#[tokio::test]
async fn webhooks_of_organisations_do_not_reach_the_operators_network() {
    let collector = Running::start().await;
    let (receiver, url) = Receiver::start().await;
    for literal in ["http://127.0.0.1:1/x", "http://[::1]/x", "http://169.254.169.254/latest"] {
        let wanted = json!({ "format": "slack", "url": literal });
        let answer = call(&collector, Method::POST, "/v1/webhooks", Some(wanted)).await;
        assert_eq!(refusal(answer).await, (400, "webhook.address".to_owned()), "{literal}");
    }
    // What a name stands for is known only when it is looked up; and that is what is connected to.
    for host in ["localhost", "2130706433"] {
        let url = url.replace("localhost", host);
        let webhook =
            made(&collector, "/v1/webhooks", json!({ "format": "slack", "url": url })).await;
        let path = format!("/v1/webhooks/{}/test", webhook["id"].as_str().unwrap());
        let tested: Value = call(&collector, Method::POST, &path, None).await.json().await.unwrap();
        assert_eq!(tested["delivered"], false);
        let error = tested["error"].as_str().unwrap();
        assert!(error.contains("--webhook-private-addresses"), "{host}: {error}");
    }
    assert!(receiver.got.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_webhook_is_refused_by_name() {
    let collector = start(|_| {}).await;
    for (wanted, code) in [
        (json!({ "format": "slack" }), "webhook.url"),
        (json!({ "format": "slack", "url": "ftp://a.example/" }), "webhook.url"),
        (json!({ "format": "slack", "url": "https://user:word@a.example/" }), "webhook.url"),
        (
            json!({ "format": "slack", "url": "https://a.example/", "secret": "x" }),
            "webhook.secret",
        ),
        (json!({ "format": "pagerduty" }), "webhook.secret"),
        (
            json!({ "format": "signed", "url": "https://a.example/", "secret": "x" }),
            "webhook.secret",
        ),
    ] {
        let answer = call(&collector, Method::POST, "/v1/webhooks", Some(wanted.clone())).await;
        assert_eq!(refusal(answer).await, (400, code.to_owned()), "{wanted}");
    }
    let wanted = json!({ "format": "slack", "url": "https://a.example/" });
    for _ in 0..10 {
        made(&collector, "/v1/webhooks", wanted.clone()).await;
    }
    let answer = call(&collector, Method::POST, "/v1/webhooks", Some(wanted)).await;
    assert_eq!(refusal(answer).await, (409, "webhook.too_many".to_owned()));
    let acme = create_keys(&collector.database(), "acme").await;
    let id = collector.read("/v1/webhooks").await["webhooks"][0]["id"].clone();
    let path = format!("/v1/webhooks/{}", id.as_str().unwrap());
    let foreign = collector.request(Method::DELETE, &path).bearer_auth(&acme.secret);
    let foreign = foreign.send().await.unwrap();
    assert_eq!(refusal(foreign).await, (404, "webhook.unknown".to_owned()));
    assert_eq!(call(&collector, Method::DELETE, &path, None).await.status(), 200);
}

#[tokio::test]
async fn the_history_says_who_acknowledged_an_alert_and_what_was_noted() {
    let collector = start(|_| {}).await;
    tell(&collector, "b1", Quality::Critical).await;
    let history = async || collector.read("/v1/alerts/history").await["alerts"].clone();
    eventually("an alert is in the history", async || history().await[0].is_object()).await;
    let id = history().await[0]["id"].clone();
    let note = json!({ "note": "the new release; rolling back" });
    let path = format!("/v1/alerts/{id}/ack");
    let known: Value =
        call(&collector, Method::POST, &path, Some(note)).await.json().await.unwrap();
    let by = collector.read("/v1/keys").await["keys"].clone();
    let by = by.as_array().unwrap().iter().find(|key| key["kind"] == "secret").unwrap().clone();
    let by = by.get("name").filter(|name| *name != "").unwrap_or(&by["id"]).clone();
    assert_eq!(known["acknowledgedBy"], by);
    tell(&collector, "b2", Quality::Good).await;
    eventually("it is over", async || history().await[0]["status"] == "RESOLVED").await;
    let over = history().await[0].clone();
    assert_eq!(
        (&over["acknowledgedBy"], &over["note"]),
        (&by, &"the new release; rolling back".into())
    );
    let began = over["beganAt"].as_u64().unwrap();
    let within =
        collector.read(&format!("/v1/alerts/history?from={began}&until={}", began + 1)).await;
    assert_eq!(within["alerts"][0]["id"], id);
    for other in [format!("from={}", began + 1), format!("until={began}"), format!("before={id}")] {
        let found = collector.read(&format!("/v1/alerts/history?{other}")).await;
        assert_eq!(found, json!({ "alerts": [] }));
    }
    let too_long = json!({ "note": "x".repeat(1001) });
    let refused = call(&collector, Method::POST, &path, Some(too_long)).await;
    assert_eq!(refusal(refused).await, (400, "alert.note".to_owned()));
}

#[tokio::test]
async fn a_silenced_alert_is_sent_when_the_silence_ends_and_it_is_still_firing() {
    let collector = start(|config| config.scrape_key = Some("0123456789abcdef".to_owned())).await;
    let (receiver, url) = Receiver::start().await;
    made(&collector, "/v1/webhooks", json!({ "format": "slack", "url": format!("{url}/hook") }))
        .await;
    let until = steadfast_collector::Clock::start().now().as_millis() + 3_600_000;
    let silence =
        json!({ "type": "LOW_CONNECTION_QUALITY", "until": until, "note": "maintenance" });
    let silence = made(&collector, "/v1/silences", silence).await;
    tell(&collector, "b1", Quality::Critical).await;
    let alert = async || collector.read("/v1/alerts").await["alerts"][0].clone();
    eventually("it is firing", async || alert().await["status"] == "FIRING").await;
    assert_eq!(alert().await["silencedUntil"], until);
    let counted = "steadfast_alerts{organization=\"default\",severity=\"CRITICAL\",type=\"LOW_CONNECTION_QUALITY\"} 1";
    let metrics = collector.request(Method::GET, "/metrics").bearer_auth("0123456789abcdef");
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains(counted), "it counts all the same");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(receiver.at("/hook").is_empty());
    let path = format!("/v1/silences/{}", silence["id"].as_str().unwrap());
    assert_eq!(call(&collector, Method::DELETE, &path, None).await.status(), 200);
    eventually("it is sent", async || receiver.at("/hook").len() == 1).await;
    assert_eq!(collector.read("/v1/silences").await, json!({ "silences": [] }));
    let past = call(&collector, Method::POST, "/v1/silences", Some(json!({ "until": 1 }))).await;
    assert_eq!(refusal(past).await, (400, "silence.until".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_collectors_one_sends_what_either_was_asked_for() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let (receiver, url) = Receiver::start().await;
    let flags = ["--webhook-private-addresses", "true", "--quality-for", "0s"];
    let first = Process::start_with(&database.url, &flags).await;
    let second = Process::start_with(&database.url, &flags).await;
    let keys = first.keys.clone().unwrap();
    let http = reqwest::Client::new();
    let wanted = json!({ "format": "signed", "url": format!("{url}/hook") });
    let set_up = http.post(format!("{}/v1/webhooks", second.url)).bearer_auth(&keys.secret);
    set_up.json(&wanted).send().await.unwrap().error_for_status().unwrap();
    let mut bad = report("s1", "b1");
    bad.session.connection_quality = Some(Quality::Critical);
    let post = http.post(format!("{}/v1/reports", first.url)).bearer_auth(&keys.publishable);
    post.json(&bad).send().await.unwrap().error_for_status().unwrap();
    eventually("the alert is sent", async || receiver.at("/hook").len() == 1).await;
    let id = receiver.at("/hook")[0].3["data"]["alert"]["id"].clone();
    let ack = http.post(format!("{}/v1/alerts/{id}/ack", second.url)).bearer_auth(&keys.secret);
    ack.json(&json!({ "note": "seen" })).send().await.unwrap().error_for_status().unwrap();
    eventually("so is the acknowledgement", async || receiver.at("/hook").len() == 2).await;
    let history = http.get(format!("{}/v1/alerts/history", first.url)).bearer_auth(&keys.secret);
    let history: Value = history.send().await.unwrap().json().await.unwrap();
    assert_eq!(history["alerts"][0]["note"], "seen");
}
