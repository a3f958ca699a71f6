//! Which version, region or network is worse, and since when?

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use steadfast_collector::audit::Actor;
use steadfast_collector::breakdown::BreakdownKey;
use steadfast_collector::config::Database;
use steadfast_collector::retention;
use steadfast_collector::store::{Step, Store};
use steadfast_collector::{Clock, Config};
use steadfast_core::connection::Cause;
use steadfast_core::event::{Event, EventKind};
use steadfast_core::quality::Quality;
use steadfast_core::report::Report;
use steadfast_core::time::Instant;

use crate::postgres::TestDatabase;
use crate::support::{Running, accepted, earlier, refusal, report};

/// A report of a client of that version, that many minutes ago, with a heartbeat of that many
/// milliseconds and links that were lost for these causes.
fn told(sdk: &str, batch: &str, minutes_ago: u64, latency: u64, causes: &[Cause]) -> Report {
    let mut report = earlier(report(batch, batch), Duration::from_mins(minutes_ago));
    sdk.clone_into(&mut report.sdk);
    report.session.connection_quality = Some(Quality::Good);
    report.activity.heartbeats = 1;
    report.activity.latency.record(Duration::from_millis(latency));
    report.activity.disconnections = causes.len() as u64;
    report.activity.unplanned_disconnections = causes.len() as u64;
    let at = report.window.end;
    let lost = |&cause| Event { at, kind: EventKind::Disconnected { cause, planned: false } };
    report.events = causes.iter().map(lost).collect();
    report
}

fn row(answer: &Value, value: &str) -> Value {
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().find(|row| row["value"] == value).cloned().unwrap_or_default()
}

fn with(database: Option<Database>) -> impl FnOnce(&mut Config) {
    move |config: &mut Config| {
        config.breakdown_keys = vec!["region".to_owned()];
        config.database = database.unwrap_or_else(|| config.database.clone());
    }
}

async fn which_version_made_it_worse(database: Option<Database>) {
    let collector = Running::start_with(with(database)).await;
    let refused = Cause::Rejected { status: 503 };
    collector.accept(&told("app/1", "b1", 50, 10, &[])).await;
    collector.accept(&told("app/1", "b2", 30, 10, &[Cause::Network])).await;
    let mut sampled = told("app/2", "b3", 20, 400, &[refused, Cause::Network]);
    sampled.sampling = 0.5;
    sampled.session.metadata.insert("region".to_owned(), "eu".into());
    sampled.session.connection_quality = Some(Quality::Critical);
    collector.accept(&sampled).await;
    collector.accept(&sampled).await;
    let mut untold = told("app/2", "b4", 20, 400, &[]);
    untold.activity.disconnections = 3;
    untold.activity.unplanned_disconnections = 3;
    collector.accept(&untold).await;

    // The range before is that of 80 to 40 minutes ago.
    let from = Clock::start().now().as_millis() - 40 * 60_000;
    let by = async |by: &str| collector.read(&format!("/v1/breakdowns?by={by}&from={from}")).await;
    let answer = by("sdk").await;
    assert_eq!((&answer["by"], &answer["minutes"]), (&json!("sdk"), &json!(1)));
    let (one, two) = (row(&answer, "app/1"), row(&answer, "app/2"));
    assert_eq!((&one["now"]["reports"], &one["before"]["reports"]), (&json!(1), &json!(1)));
    assert_eq!((&one["now"]["linksLost"], &one["before"]["linksLost"]), (&json!(1), &json!(0)));
    assert_eq!(two["now"]["reports"], 2, "once, however often it is handed in");
    assert_eq!(two["now"]["linksLost"], 7, "each of the sampled ones counts twice");
    let causes = json!({ "network": 2, "rejected": 2, "unknown": 3 });
    assert_eq!(two["now"]["linksLostByCause"], causes);
    let p95 = two["now"]["p95"].as_f64().unwrap();
    assert!((p95 / 400.0 - 1.0).abs() < 0.05, "{p95}");
    let rate = two["now"]["errorRate"].as_f64().unwrap();
    assert!((rate - 0.7).abs() < 1e-9, "seven of ten: {rate}");
    assert_eq!(
        (&two["now"]["quality"]["CRITICAL"], &two["now"]["quality"]["GOOD"]),
        (&json!(2), &json!(1))
    );
    assert_eq!((&two["before"]["reports"], &two["before"]["p95"]), (&json!(0), &Value::Null));
    assert_eq!(answer["rows"][0]["value"], "app/2", "of the most reports");

    let regions = by("metadata.region").await;
    assert_eq!(row(&regions, "eu")["now"]["reports"], 1);
    assert_eq!(row(&regions, "")["now"]["reports"], 2, "without a region");
    let causes = by("cause").await;
    let rejected = &row(&causes, "rejected")["now"];
    assert_eq!((&rejected["reports"], &rejected["linksLost"]), (&json!(1), &json!(2)));
    assert_eq!(row(&causes, "network")["now"]["linksLost"], 3);
    assert_eq!(row(&by("clientType").await, "test")["now"]["linksLost"], 8);

    // The same from hours, and after a restart with which another process writes.
    let collector = collector.restart().await;
    collector.accept(&told("app/2", "b5", 20, 400, &[])).await;
    let until = Clock::start().now().as_millis();
    let from = until - 86_400_000 * 3;
    let days = collector.read(&format!("/v1/breakdowns?by=sdk&from={from}&until={until}")).await;
    assert_eq!(days["minutes"], 60);
    assert_eq!(row(&days, "app/1")["now"]["reports"], 2);
    assert_eq!(row(&days, "app/2")["now"]["linksLost"], 7);
    assert_eq!(row(&days, "app/2")["now"]["reports"], 3, "both processes' rows");
    let hour = collector.read("/v1/breakdowns?by=sdk").await;
    assert_eq!(row(&hour, "app/2")["now"]["reports"], 3);
    collector.stop().await;
}

#[tokio::test]
async fn the_version_that_made_it_worse_is_seen_beside_the_time_before() {
    Box::pin(which_version_made_it_worse(None)).await;
    if let Some(database) = TestDatabase::new().await {
        Box::pin(which_version_made_it_worse(Some(database.database()))).await;
    }
}

#[tokio::test]
async fn any_collector_on_a_database_knows_the_breakdown_of_all() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let one = Running::start_with(with(Some(database.database()))).await;
    let other = one.beside().await;
    one.accept(&told("app/1", "b1", 5, 10, &[Cause::Dns])).await;
    other.accept(&told("app/1", "b2", 5, 10, &[Cause::Dns])).await;
    for collector in [&one, &other] {
        let answer = collector.read("/v1/breakdowns?by=cause").await;
        let dns = &row(&answer, "dns")["now"];
        assert_eq!((&dns["reports"], &dns["linksLost"]), (&json!(2), &json!(2)));
    }
}

async fn many_values(database: Option<Database>) {
    let collector = Running::start_with(with(database)).await;
    let junk = (0..120).map(async |number: u32| {
        let mut report = told(&format!("junk/{number}"), &format!("j{number}"), 0, 10, &[]);
        report.session.metadata.insert("region".to_owned(), "x".repeat(200).into());
        collector.accept(&report).await;
    });
    futures::future::join_all(junk).await;
    for number in 0..5 {
        collector.accept(&told("real/1", &format!("r{number}"), 0, 10, &[])).await;
    }
    let answer = collector.read("/v1/breakdowns?by=sdk").await;
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["value"]), (50, &json!("real/1")));
    let reports = rows.iter().map(|row| row["now"]["reports"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(reports + answer["other"]["now"]["reports"].as_u64().unwrap(), 125);
    let regions = collector.read("/v1/breakdowns?by=metadata.region").await;
    assert_eq!(regions["rows"][0]["value"], format!("{}…", "x".repeat(61)));
    collector.stop().await;
}

#[tokio::test]
async fn of_too_many_values_the_smallest_count_under_the_rest() {
    many_values(None).await;
    if let Some(database) = TestDatabase::new().await {
        many_values(Some(database.database())).await;
    }
}

#[tokio::test]
async fn only_what_is_configured_can_be_broken_down_by() {
    let collector = Running::start_with(with(None)).await;
    let ask = async |query: &str| {
        let path = format!("/v1/breakdowns?{query}");
        let request = collector.request(Method::GET, &path).bearer_auth(&collector.keys.secret);
        refusal(request.send().await.unwrap()).await
    };
    assert_eq!(ask("by=metadata.plan").await, (400, "breakdown.key".to_owned()));
    let keys = collector.read("/v1/breakdowns?by=sdk").await["keys"].clone();
    for key in keys.as_array().unwrap() {
        let key = key.as_str().unwrap();
        assert_eq!(collector.read(&format!("/v1/breakdowns?by={key}")).await["by"], key);
    }
    assert!(keys.as_array().unwrap().contains(&"metadata.region".into()), "{keys}");
    assert_eq!(ask("by=user").await, (400, "breakdown.key".to_owned()));
    assert_eq!(ask("by=sdk&from=2&until=1").await, (400, "query.out_of_range".to_owned()));
    assert_eq!(ask("by=sdk&from=0").await, (400, "query.out_of_range".to_owned()));
    assert_eq!(ask("").await, (400, "query.malformed".to_owned()));
}

async fn late_and_old(store: &Store) {
    let acme = "acme".parse().unwrap();
    let now = Clock::start().now();
    store.add_keys(now, &acme, &[], &Actor::command()).await.unwrap();
    let deliver = async |batch: &str, minutes_ago: u64, came_in: Instant| {
        let report = told("app/1", batch, minutes_ago, 10, &[]);
        let accepted = accepted(report, came_in);
        store.store_reports(&[&accepted]).await.unwrap();
    };
    deliver("late", 50, now).await;
    deliver("too-late", 90, now).await;
    let long_ago = Duration::from_hours(60);
    deliver("old", 60 * 60, now - long_ago).await;
    let reports = async |step: Step, from: Instant, until: Instant| {
        let all = store.breakdown(&acme, &BreakdownKey::Sdk, step, from, until).await.unwrap();
        all.values.get("app/1").map_or(0, |figures| figures.reports)
    };
    let soon = now + Duration::from_mins(1);
    let minutes = Duration::from_mins;
    assert_eq!(reports(Step::Minute, now - minutes(55), now - minutes(45)).await, 1);
    assert_eq!(reports(Step::Minute, now - minutes(5), soon).await, 1, "when it came in");
    let all = (Instant::ORIGIN, soon);
    assert_eq!(
        (reports(Step::Minute, all.0, all.1).await, reports(Step::Hour, all.0, all.1).await),
        (3, 3)
    );
    let before = now - retention::MINUTES_OF_BREAKDOWNS_KEPT;
    assert_eq!(store.remove_breakdowns(Step::Minute, before, 100).await.unwrap(), 2, "two keys");
    assert_eq!(
        (reports(Step::Minute, all.0, all.1).await, reports(Step::Hour, all.0, all.1).await),
        (2, 3)
    );
}

#[tokio::test]
async fn a_late_report_counts_where_it_belongs_and_hours_outlive_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("a.db").into()).await.unwrap();
    late_and_old(&store).await;
    if let Some(database) = TestDatabase::new().await {
        let store = Store::open(&database.database()).await.unwrap();
        late_and_old(&store).await;
        store.close().await;
    }
}
