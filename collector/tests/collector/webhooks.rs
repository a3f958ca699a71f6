//! Webhooks, at a receiver that checks signatures, and fails, is slow or is down on request.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use reqwest::Method;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use steadfast_collector::Clock;
use steadfast_collector::config::Database;
use steadfast_collector::store::{AlertsUpdate, RecordedChange, Store};
use steadfast_collector::webhooks::{MAX_WAITING, Message, Secret};
use steadfast_core::health::{Alert, AlertKind, AlertState, Severity};
use steadfast_core::quality::Quality;
use steadfast_core::time::Instant;
use tokio::net::TcpListener;

use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::support::{Running, eventually, report};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// How the next request is answered; what is not told is taken.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Never,
    Status(u16),
}

/// What was received: how often each message, and the bodies of those that were taken, in order.
#[derive(Debug, Default)]
struct Received {
    answers: VecDeque<Answer>,
    attempts: BTreeMap<String, u32>,
    taken: Vec<Value>,
}

#[derive(Clone, Debug, Default)]
struct Receiver(Arc<Mutex<Received>>);

impl Receiver {
    fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let received = Received { answers: answers.into_iter().collect(), ..Received::default() };
        Self(Arc::new(Mutex::new(received)))
    }

    /// Where it is found.
    async fn start(&self) -> String {
        self.start_on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn start_on(&self, listener: TcpListener) -> String {
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(receive)).with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
        url
    }

    fn types(&self) -> Vec<String> {
        let taken = &self.0.lock().unwrap().taken;
        taken.iter().map(|body| body["type"].as_str().unwrap().to_owned()).collect()
    }

    /// How often each message was received.
    fn attempts(&self) -> Vec<u32> {
        self.0.lock().unwrap().attempts.values().copied().collect()
    }
}

async fn receive(State(hook): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    let header = |name| headers[name].to_str().unwrap();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp").parse().unwrap());
    let signed = SECRET.parse::<Secret>().unwrap().sign(id, timestamp, &body);
    assert_eq!(header("webhook-signature"), signed);
    let now = Clock::start().now().as_millis() / 1000;
    assert!(now.abs_diff(timestamp) < 300, "receivers refuse what is older than five minutes");
    let answer = {
        let mut received = hook.0.lock().unwrap();
        *received.attempts.entry(id.to_owned()).or_default() += 1;
        let answer = received.answers.pop_front().unwrap_or(Answer::Status(204));
        if matches!(answer, Answer::Status(204)) {
            received.taken.push(serde_json::from_str(&body).unwrap());
        }
        answer
    };
    match answer {
        Answer::Never => std::future::pending().await,
        Answer::Status(status) => StatusCode::from_u16(status).unwrap(),
    }
}

async fn telling(url: &str) -> Running {
    Running::start_with(|config| {
        config.webhook_url = Some(url.to_owned());
        config.webhook_secret = Some(SECRET.to_owned());
    })
    .await
}

/// Puts a message into the outbox, as a judgement does.
async fn add_message(database: &Database, id: &str) {
    let store = Store::open(database).await.unwrap();
    let organization = "default".parse().unwrap();
    let known = store.alerts(&organization).await.unwrap();
    let at = Clock::start().now();
    let body = "{\"type\":\"health.alert.created\"}".to_owned();
    let message = Message { id: id.to_owned(), at, body };
    let alert = an_alert(at);
    let update = AlertsUpdate {
        organization,
        after: known.revision,
        alerts: known.alerts,
        changes: vec![RecordedChange { alert, message: Some(message), announced: true }],
        has_receiver: true,
        acknowledged: None,
    };
    assert_eq!(store.replace_alerts(&[update]).await.unwrap(), [true]);
    store.close().await;
}

pub(crate) fn an_alert(began_at: Instant) -> Alert {
    Alert {
        id: 1,
        kind: AlertKind::HighLatency,
        severity: Severity::High,
        state: AlertState::Firing,
        value: 2500.0,
        threshold: 1000.0,
        began_at,
        created_at: Some(began_at),
        acknowledged_at: None,
        resolved_at: None,
    }
}

async fn waiting(collector: &Running) -> i64 {
    let options = SqliteConnectOptions::new().filename(collector.database());
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let count = sqlx::query_scalar("SELECT count(*) FROM webhooks").fetch_one(&pool).await;
    pool.close().await;
    count.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_an_alert_is_told_once_whichever_collector_judges_or_is_asked() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let receiver = Receiver::default();
    let url = receiver.start().await;
    let flags = ["--webhook-url", &url, "--webhook-secret", SECRET];
    let first = Process::start_with(&database.url, &flags).await;
    let second = Process::start_with(&database.url, &flags).await;
    let keys = first.keys.clone().unwrap();
    let http = reqwest::Client::new();
    let mut bad = report("s1", "b1");
    bad.session.connection_quality = Some(Quality::Critical);
    let post = http.post(format!("{}/v1/reports", first.url)).bearer_auth(&keys.publishable);
    post.json(&bad).send().await.unwrap().error_for_status().unwrap();
    eventually("the alert is told", async || receiver.types() == ["health.alert.created"]).await;
    let told = receiver.0.lock().unwrap().taken[0].clone();
    assert_eq!(told["data"]["organizationId"], "default");
    assert_eq!(told["data"]["alert"]["type"], "LOW_CONNECTION_QUALITY");
    assert_eq!(told["timestamp"], told["data"]["alert"]["createdAt"]);

    let ack = format!("{}/v1/alerts/{}/ack", second.url, told["data"]["alert"]["id"]);
    let acknowledged = http.post(ack).bearer_auth(&keys.secret).send().await.unwrap();
    acknowledged.error_for_status().unwrap();
    let both = ["health.alert.created", "health.alert.acknowledged"];
    eventually("so is that somebody knows", async || receiver.types() == both).await;
    assert_eq!(receiver.attempts(), [1, 1]);
}

#[tokio::test]
async fn a_receiver_that_fails_gets_the_same_message_again() {
    let receiver = Receiver::answering([Answer::Status(500)]);
    let collector = telling(&receiver.start().await).await;
    add_message(&collector.database().into(), "msg_1").await;
    eventually("it is taken", async || !receiver.types().is_empty()).await;
    assert_eq!(receiver.attempts(), [2]);
    eventually("the outbox is empty", async || waiting(&collector).await == 0).await;
    assert_eq!(collector.count("steadfast_webhooks_total{outcome=\"failed\"}").await, 1);
    assert_eq!(collector.count("steadfast_webhooks_total{outcome=\"delivered\"}").await, 1);
}

#[tokio::test]
async fn a_receiver_that_never_answers_gets_the_message_again_and_those_that_came_after_it() {
    let receiver = Receiver::answering([Answer::Never]);
    let collector = telling(&receiver.start().await).await;
    add_message(&collector.database().into(), "msg_1").await;
    eventually("it was sent", async || receiver.attempts() == [1]).await;
    add_message(&collector.database().into(), "msg_2").await;
    eventually("both are taken", async || receiver.types().len() == 2).await;
    assert_eq!(receiver.attempts(), [2, 1]);
}

#[tokio::test]
async fn a_receiver_that_is_gone_for_good_gets_nothing_again() {
    let receiver = Receiver::answering([Answer::Status(410)]);
    let collector = telling(&receiver.start().await).await;
    add_message(&collector.database().into(), "msg_1").await;
    eventually("the outbox is empty", async || waiting(&collector).await == 0).await;
    assert_eq!((receiver.attempts(), receiver.types().len()), (vec![1], 0));
    assert_eq!(collector.count("steadfast_webhooks_total{outcome=\"given_up\"}").await, 1);
}

#[tokio::test]
async fn what_waits_for_a_receiver_that_is_down_outlives_the_collector() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let collector = telling(&format!("http://{address}/hook")).await;
    add_message(&collector.database().into(), "msg_1").await;
    let failed = "steadfast_webhooks_total{outcome=\"failed\"}";
    eventually("it was tried", async || collector.count(failed).await >= 1).await;
    let collector = collector.restart().await;
    let receiver = Receiver::default();
    receiver.start_on(TcpListener::bind(address).await.unwrap());
    eventually("it is taken", async || receiver.types().len() == 1).await;
    eventually("the outbox is empty", async || waiting(&collector).await == 0).await;
}

#[tokio::test]
async fn no_more_messages_wait_than_may() {
    let collector = Running::start().await;
    let options = SqliteConnectOptions::new().filename(collector.database());
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let fill = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT $1)
        INSERT INTO webhooks SELECT 'msg_' || n, 'default', 0, 0, 0, '{}', NULL FROM n";
    sqlx::query(fill).bind(MAX_WAITING).execute(&pool).await.unwrap();
    pool.close().await;
    add_message(&collector.database().into(), "one too many").await;
    assert_eq!(waiting(&collector).await, i64::from(MAX_WAITING));
    let answer = collector.request(Method::GET, "/readyz").send().await.unwrap();
    assert_eq!(answer.status(), 200);
}
