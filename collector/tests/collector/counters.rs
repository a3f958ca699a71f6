//! What counters say where several collectors share a database.

use std::collections::BTreeMap;

use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::support::{eventually, report_of_losses};

const KEY: &str = "what-prometheus-presents";

/// Every sample of an organisation: its name and labels, and its value.
async fn scrape(process: &Process) -> BTreeMap<String, f64> {
    let scrape = reqwest::Client::new().get(format!("{}/metrics", process.url)).bearer_auth(KEY);
    let text = scrape.send().await.unwrap().text().await.unwrap();
    let samples = text.lines().filter(|line| line.contains("organization=\"default\""));
    samples
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

fn of(samples: &BTreeMap<String, f64>, name: &str) -> f64 {
    samples.get(&format!("{name}{{organization=\"default\"}}")).copied().unwrap_or_default()
}

#[tokio::test]
async fn the_sum_of_a_counter_over_all_collectors_is_the_truth_and_each_gauge_is_whole() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let flags = ["--scrape-key", KEY];
    let one = Process::start_with(&database.url, &flags).await;
    let other = Process::start_with(&database.url, &flags).await;
    let keys = one.keys.clone().unwrap();
    let client = reqwest::Client::new();
    let mut truth = BTreeMap::from([("lost", 0.0), ("heartbeats", 0.0), ("seconds", 0.0)]);
    for number in 0..30_u32 {
        let mut report = report_of_losses(&format!("s{number}"), &format!("b{number}"), number);
        report.activity.heartbeats = 2;
        report.activity.latency.record(std::time::Duration::from_millis(250));
        report.activity.latency.record(std::time::Duration::from_millis(250));
        // Delivered twice, to both, as after an answer that got lost: it counts once.
        let order = if number % 3 == 0 { [&other, &one] } else { [&one, &other] };
        for process in &order[..=usize::from(number % 5 == 0)] {
            let post = client.post(format!("{}/v1/reports", process.url));
            let post = post.bearer_auth(&keys.publishable).json(&report);
            assert_eq!(post.send().await.unwrap().status(), 200);
        }
        *truth.get_mut("lost").unwrap() += f64::from(number);
        *truth.get_mut("heartbeats").unwrap() += 2.0;
        *truth.get_mut("seconds").unwrap() += 0.5;
    }
    let connected = "steadfast_sessions{organization=\"default\",status=\"connected\"}";
    eventually("both know all sessions", async || {
        let (one, other) = (scrape(&one).await, scrape(&other).await);
        one[connected] + other[connected] > 59.5
    })
    .await;
    let (first, second) = (scrape(&one).await, scrape(&other).await);
    let sum = |name: &str| of(&first, name) + of(&second, name);
    let close = |one: f64, other: f64| (one - other).abs() < 1e-6;
    assert!(
        close(sum("steadfast_unplanned_disconnections_total"), truth["lost"]),
        "{first:?} {second:?}"
    );
    assert!(close(sum("steadfast_disconnections_total"), truth["lost"]));
    assert!(close(sum("steadfast_heartbeats_total"), truth["heartbeats"]));
    let latency = "steadfast_heartbeat_latency_seconds";
    assert!(close(sum(&format!("{latency}_count")), truth["heartbeats"]));
    assert!(close(sum(&format!("{latency}_sum")), truth["seconds"]));
    for samples in [&first, &second] {
        let taken = of(samples, "steadfast_heartbeats_total");
        assert!(taken > 0.0 && taken < truth["heartbeats"], "each took its share: {taken}");
    }
    for process in [one, other] {
        assert!(process.terminate().await.success());
    }
}
