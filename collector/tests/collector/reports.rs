use std::time::Duration;

use futures::future::join_all;
use steadfast_collector::Clock;
use steadfast_core::event::{Event, EventKind};

use crate::support::{Running, record, report, report_of_losses};

#[tokio::test]
async fn an_accepted_report_is_seen_in_the_connections_and_counted_in_the_health() {
    let collector = Running::start().await;
    let mut report = report_of_losses("s1", "b1", 3);
    report.activity.latency.record(Duration::from_millis(40));
    report.activity.heartbeats = 1;
    assert!(!collector.accept(&report).await);

    let page = collector.read("/v1/connections").await;
    assert_eq!(page["total"], 1);
    let told = serde_json::to_value(&report.session).unwrap();
    assert_eq!(record(page["connections"][0].clone()), told);
    assert_eq!(collector.read("/v1/connections/s1").await, page["connections"][0]);

    let metrics = &collector.read("/v1/health").await["metrics"];
    assert_eq!(metrics["totalConnections"], 1);
    assert_eq!(metrics["statusDistribution"]["CONNECTED"], 1);
    assert!((metrics["averageLatency"].as_f64().unwrap() - 40.0).abs() < 0.01);
    assert!((metrics["errorRate"].as_f64().unwrap() - 0.75).abs() < 1e-9);
}

#[tokio::test]
async fn a_report_that_is_delivered_many_times_at_once_counts_once() {
    let collector = Running::start().await;
    let report = report_of_losses("s1", "b1", 3);
    let duplicates = join_all((0..10).map(|_| collector.accept(&report))).await;
    assert_eq!(duplicates.iter().filter(|&&duplicate| !duplicate).count(), 1);
    assert!(collector.accept(&report).await, "and later it still is a duplicate");

    let health = collector.read("/v1/health").await;
    let rate = health["metrics"]["disconnectionRate"].as_f64().unwrap();
    assert!((1.0..=36.0).contains(&rate), "3 in 5 s or more are at most 36 a minute: {rate}");
}

#[tokio::test]
async fn pages_are_ordered_by_who_was_heard_of_last_and_can_be_narrowed_by_status() {
    use steadfast_core::connection::Status;
    let collector = Running::start().await;
    for (index, session_id) in ["a", "b", "c", "a"].into_iter().enumerate() {
        let mut report = report(session_id, &format!("batch-{index}"));
        if session_id == "b" {
            report.session.status = Status::Reconnecting;
        }
        collector.accept(&report).await;
    }
    let ids = async |query: &str| {
        let page = collector.read(&format!("/v1/connections{query}")).await;
        let connections = page["connections"].as_array().unwrap().clone();
        let ids = connections.iter().map(|state| state["sessionId"].as_str().unwrap().to_owned());
        (ids.collect::<Vec<_>>().join(" "), page["total"].as_u64().unwrap())
    };
    assert_eq!(ids("").await, ("a c b".into(), 3));
    assert_eq!(ids("?limit=1&offset=1").await, ("c".into(), 3));
    assert_eq!(ids("?status=CONNECTED").await, ("a c".into(), 2));
    assert_eq!(ids("?status=FAILED&limit=1000").await, (String::new(), 0));
}

#[tokio::test]
async fn the_sessions_of_a_user_are_found_by_the_whole_name() {
    let collector = Running::start().await;
    for (index, (session_id, user)) in [("a", "ada"), ("b", "bob"), ("c", "ada")].iter().enumerate()
    {
        let mut report = report(session_id, &format!("batch-{index}"));
        report.session.user_id = Some((*user).into());
        collector.accept(&report).await;
    }
    let ids = async |query: &str| {
        let page = collector.read(&format!("/v1/connections?user={query}")).await;
        let connections = page["connections"].as_array().unwrap().clone();
        let ids = connections.iter().map(|state| state["sessionId"].as_str().unwrap().to_owned());
        (ids.collect::<Vec<_>>().join(" "), page["total"].as_u64().unwrap())
    };
    assert_eq!(ids("ada").await, ("c a".into(), 2));
    assert_eq!(ids("ada&limit=1&offset=1").await, ("a".into(), 2));
    assert_eq!(ids("ada&status=CONNECTED").await, ("c a".into(), 2));
    assert_eq!(ids("ada&status=FAILED").await, (String::new(), 0));
    assert_eq!(ids("ad").await, (String::new(), 0));
}

#[tokio::test]
async fn the_health_has_a_history() {
    let collector = Running::start().await;
    collector.accept(&report("s1", "b1")).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    let history = collector.read("/v1/health").await["history"].clone();
    let newest = history.as_array().unwrap().last().unwrap();
    assert_eq!(newest["metrics"]["totalConnections"], 1);
    assert!(newest["at"].as_u64().unwrap() > 1_600_000_000_000, "in Unix milliseconds");
}

#[tokio::test]
async fn the_clock_of_a_client_that_is_off_is_put_right_and_that_is_shown() {
    let collector = Running::start().await;
    let hour = Duration::from_hours(1);
    let truth = Clock::start().now();
    let mut ahead = report("ahead", "ahead");
    ahead.move_clock(3_600_000);
    ahead.sent_at = Some(truth + hour);
    ahead.events = vec![Event { at: truth + hour, kind: EventKind::Registered }];
    collector.accept(&ahead).await;
    let mut behind = report("behind", "behind");
    behind.move_clock(-3_600_000);
    behind.sent_at = Some(truth - hour);
    collector.accept(&behind).await;
    let mut right = report("right", "right");
    right.sent_at = Some(Clock::start().now());
    collector.accept(&right).await;
    collector.accept(&report("silent", "silent")).await;

    // Not by a minute, however long the test takes between the two clocks.
    let near = |millis: i64| (millis - 60_000)..(millis + 60_000);
    let check = async |collector: &Running| {
        for (session, skew) in [("ahead", -3_600_000), ("behind", 3_600_000), ("right", 0)] {
            let record = collector.read(&format!("/v1/connections/{session}")).await;
            let told = record["clockSkew"].as_i64().unwrap();
            assert!(near(skew).contains(&told), "{session}: {told}");
            let at = record["connectedAt"].as_i64().unwrap();
            let truth = i64::try_from(truth.as_millis()).unwrap();
            assert!(near(truth).contains(&at), "{session}: {at}");
        }
        let silent = collector.read("/v1/connections/silent").await;
        assert!(silent.get("clockSkew").is_none());
        let told = collector.read("/v1/connections/ahead/events").await;
        let event = &told["reports"][0]["events"][0];
        assert!(
            near(truth.as_millis().try_into().unwrap()).contains(&event["at"].as_i64().unwrap())
        );
        assert!(near(-3_600_000).contains(&told["reports"][0]["clockSkew"].as_i64().unwrap()));
    };
    check(&collector).await;
    check(&collector.restart().await).await;
}
