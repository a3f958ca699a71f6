//! Sessions are found by what is known of them, in memory and in the database.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use steadfast_collector::config::Database;
use steadfast_core::connection::{Cause, Status};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::quality::Quality;
use steadfast_core::report::Report;

use crate::postgres::TestDatabase;
use crate::support::{Running, eventually, refusal, report};

/// A report of a session that lost its link that many seconds ago.
fn lost(session_id: &str, cause: Cause, seconds_ago: u64) -> Report {
    let mut report = report(session_id, session_id);
    let at = report.window.end - Duration::from_secs(seconds_ago);
    let of = |cause, planned| EventKind::Disconnected { cause, planned };
    // What was meant to be is no loss.
    report.events = vec![
        Event { at, kind: of(cause, false) },
        Event { at: report.window.end, kind: of(Cause::ClosedByUser, true) },
    ];
    report
}

/// The database knows milliseconds.
async fn later() {
    tokio::time::sleep(Duration::from_millis(3)).await;
}

async fn ids(collector: &Running, query: &str) -> Value {
    let page = collector.read(&format!("/v1/connections?{query}")).await;
    let connections = page["connections"].as_array().unwrap();
    let ids: Vec<_> = connections.iter().map(|one| one["sessionId"].as_str().unwrap()).collect();
    assert_eq!(page["total"], ids.len(), "{query}");
    json!(ids)
}

async fn found_by_what_is_known(database: Option<Database>) {
    let collector = Running::start_with(|config| {
        config.database = database.unwrap_or_else(|| config.database.clone());
    })
    .await;
    let mut one = lost("one", Cause::Rejected { status: 503 }, 600);
    "steadfast/2".clone_into(&mut one.sdk);
    one.session.user_id = Some("a,b".to_owned());
    one.session.connection_quality = Some(Quality::Critical);
    one.session.latency = Some(Duration::from_millis(900));
    one.session.metadata.insert("region".to_owned(), "eu".into());
    collector.accept(&one).await;
    later().await;
    let mut two = lost("two", Cause::Network, 60);
    two.session.connection_quality = Some(Quality::Good);
    two.session.latency = Some(Duration::from_millis(20));
    "native".clone_into(&mut two.session.client_type);
    two.session.metadata.insert("trial".to_owned(), true.into());
    collector.accept(&two).await;
    later().await;
    let mut three = report("three", "three");
    three.session.status = Status::Disconnected;
    collector.accept(&three).await;

    let now = one.window.end.as_millis();
    for (query, expected) in [
        (String::new(), json!(["three", "two", "one"])),
        ("sdk=steadfast/2".into(), json!(["one"])),
        ("sdk=steadfast/2,test/1&status=CONNECTED".into(), json!(["two", "one"])),
        ("cause=rejected".into(), json!(["one"])),
        ("cause=rejected,network".into(), json!(["two", "one"])),
        ("cause=closed_by_user".into(), json!([])),
        ("user=a%5C,b".into(), json!(["one"])),
        ("user=a,b".into(), json!([])),
        ("clientType=native".into(), json!(["two"])),
        ("metadata.region=eu".into(), json!(["one"])),
        ("metadata.region=&sort=sessionId".into(), json!(["three", "two"])),
        ("metadata.trial=true".into(), json!(["two"])),
        ("quality=CRITICAL".into(), json!(["one"])),
        ("quality=UNKNOWN".into(), json!([])),
        ("health=UNHEALTHY".into(), json!(["one"])),
        ("health=HEALTHY,UNJUDGED".into(), json!(["two"])),
        ("search=NATI".into(), json!(["two"])),
        ("search=A%5C,B".into(), json!(["one"])),
        ("search=e&sort=sessionId".into(), json!(["one", "three", "two"])),
        ("minLatency=20&maxLatency=20".into(), json!(["two"])),
        (format!("lostSince={}", now - 100_000), json!(["two"])),
        (format!("lostUntil={}", now - 100_000), json!(["one"])),
        ("sort=latency".into(), json!(["one", "two", "three"])),
        ("sort=-latency".into(), json!(["two", "one", "three"])),
        ("sort=quality".into(), json!(["one", "two", "three"])),
        ("sort=lastLoss".into(), json!(["two", "one", "three"])),
        ("sort=-registered".into(), json!(["one", "two", "three"])),
        ("sort=-sessionId".into(), json!(["two", "three", "one"])),
    ] {
        assert_eq!(ids(&collector, &query).await, expected, "{query}");
    }
    let page = collector.read("/v1/connections?sort=sessionId&limit=1&offset=1").await;
    assert_eq!(
        (&page["total"], &page["connections"][0]["sessionId"]),
        (&json!(3), &json!("three"))
    );
    let shown = collector.read("/v1/connections/one").await;
    assert_eq!(shown["sdk"], "steadfast/2");
    assert_eq!(shown["lastLoss"]["at"], now - 600_000);
    assert_eq!(shown["lastLoss"]["cause"], json!({ "kind": "rejected", "status": 503 }));
    assert!(shown["firstHeard"].as_u64() <= shown["lastHeard"].as_u64());

    let mut again = report("one", "again");
    "steadfast/3".clone_into(&mut again.sdk);
    collector.accept(&again).await;
    let collector = collector.restart().await;
    let restored = collector.read("/v1/connections/one").await;
    assert_eq!(restored["sdk"], "steadfast/3");
    assert_eq!(restored["lastLoss"], shown["lastLoss"], "a report without a loss changes nothing");
    assert_eq!(restored["firstHeard"], shown["firstHeard"]);
    collector.stop().await;
}

#[tokio::test]
async fn sessions_are_found_by_whatever_is_known_of_them_also_after_a_restart() {
    Box::pin(found_by_what_is_known(None)).await;
    if let Some(database) = TestDatabase::new().await {
        Box::pin(found_by_what_is_known(Some(database.database()))).await;
    }
}

async fn found_where_they_made_room(database: Option<Database>) {
    let collector = Running::start_with(|config| {
        config.max_sessions = 2;
        config.database = database.unwrap_or_else(|| config.database.clone());
    })
    .await;
    for number in 0..6 {
        let mut ended = lost(&format!("s{number}"), Cause::Network, 100 * (6 - number));
        ended.session.status = Status::Disconnected;
        ended.session.user_id = Some(if number % 2 == 0 { "ada" } else { "bob" }.to_owned());
        ended.sdk = format!("steadfast/{}", number % 3);
        collector.accept(&ended).await;
        later().await;
    }
    let now = report("now", "now").window.end.as_millis();
    let of = async |collector: &Running, query: &str| ids(collector, query).await;
    let check = async |collector: &Running| {
        assert_eq!(of(collector, "").await, json!(["s5", "s4"]), "what the figures count");
        assert_eq!(of(collector, "sdk=steadfast/0").await, json!([]), "also with a filter");
        let all = json!(["s5", "s4", "s3", "s2", "s1", "s0"]);
        assert_eq!(of(collector, "liveness=ENDED").await, all);
        assert_eq!(of(collector, "liveness=STALE").await, json!([]));
        assert_eq!(of(collector, "user=ada").await, json!(["s4", "s2", "s0"]));
        assert_eq!(of(collector, "user=ada,bob&sdk=steadfast/0").await, json!(["s3", "s0"]));
        let since = format!("lostSince={}&sort=-lastLoss", now - 350_000);
        assert_eq!(of(collector, &since).await, json!(["s3", "s4", "s5"]));
        let page = collector.read("/v1/connections?liveness=ENDED&offset=1&limit=3").await;
        assert_eq!(
            (&page["total"], &page["connections"][2]["sessionId"]),
            (&json!(6), &json!("s2"))
        );
        assert_eq!(page["connections"][2]["lastLoss"]["cause"]["kind"], "network");
    };
    check(&collector).await;
    let collector = collector.restart().await;
    check(&collector).await;
    collector.stop().await;
}

#[tokio::test]
async fn sessions_that_made_room_are_found_by_liveness_user_and_time_of_loss() {
    found_where_they_made_room(None).await;
    if let Some(database) = TestDatabase::new().await {
        found_where_they_made_room(Some(database.database())).await;
    }
}

#[tokio::test]
async fn another_collector_knows_version_and_loss_too() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let one = Running::start_with(|config| config.database = database.database()).await;
    let other = one.beside().await;
    one.accept(&lost("s1", Cause::Dns, 5)).await;
    eventually("the other has heard of it", async || {
        ids(&other, "sdk=test/1&cause=dns").await == json!(["s1"])
    })
    .await;
}

#[tokio::test]
async fn a_filter_that_is_not_known_is_refused_with_those_that_are() {
    let collector = Running::start().await;
    let ask = async |query: &str| {
        let path = format!("/v1/connections?{query}");
        let request = collector.request(Method::GET, &path).bearer_auth(&collector.keys.secret);
        refusal(request.send().await.unwrap()).await
    };
    assert_eq!(ask("colour=red").await, (400, "query.malformed".to_owned()));
    assert_eq!(ask("status=ASLEEP").await, (400, "query.malformed".to_owned()));
    assert_eq!(ask("limit=1001").await, (400, "query.out_of_range".to_owned()));
}
