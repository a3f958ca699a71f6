//! Refusals without end, and what the log says of them.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::Value;

use crate::process::Process;
use crate::support::{eventually, report};

const REFUSED: usize = 4000;

/// The lines of a log of JSON that count refusals for that reason.
fn lines(log: &str, code: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["code"] == code && line["count"].is_u64()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_refusals_is_a_line_a_second_for_each_reason_with_their_count() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let flags = ["--log-format", "json"];
    let process = Process::start_logged(folder.path().join("a.db"), &flags, &log).await;
    let keys = process.keys.clone().unwrap();
    let client = reqwest::Client::new();
    let began = Instant::now();
    let junk = |number: usize| {
        let url = format!("{}/v1/health", process.url);
        client.get(url).bearer_auth(format!("sk_{number:064x}")).send()
    };
    for first in (0..REFUSED).step_by(100) {
        let answers = join_all((first..first + 100).map(junk)).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap().status() == 401));
        // Who has a key is served meanwhile.
        let taken = client.post(format!("{}/v1/reports", process.url));
        let report = report("s1", &format!("b{first}"));
        let taken = taken.bearer_auth(&keys.publishable).json(&report).send().await.unwrap();
        assert_eq!(taken.status(), 200);
    }
    let took = began.elapsed();
    let read = || std::fs::read_to_string(&log).unwrap();
    let counted = || {
        let counts = lines(&read(), "auth.unknown").into_iter();
        counts.map(|line| line["count"].as_u64().unwrap()).sum::<u64>()
    };
    eventually("all are counted", async || counted() == REFUSED as u64).await;
    let written = lines(&read(), "auth.unknown").len() as u64;
    assert!(written <= took.as_secs() + 3, "{written} lines in {took:?}");
    assert!(process.terminate().await.success());
}

#[tokio::test]
async fn what_fails_is_told_with_its_reason_and_no_request_with_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let process = Process::start_logged(folder.path().join("a.db"), &[], &log).await;
    let url = format!("{}/v1/reports?key=pk_{}", process.url, "0".repeat(64));
    let client = reqwest::Client::new();
    for _ in 0..3 {
        let refused = client.post(&url).json(&report("s1", "b1")).send().await.unwrap();
        assert_eq!(refused.status(), 401);
    }
    let read = || std::fs::read_to_string(&log).unwrap();
    eventually("it is written", async || read().contains("count=3")).await;
    let log = read();
    assert!(log.contains("/v1/reports") && !log.contains("pk_0"), "{log}");
    let once = log.matches("a key is refused; this line comes once").count();
    assert_eq!(once, 1, "{log}");
    let control = |c: char| c.is_control() && c != '\n' && c != '\t';
    assert!(!log.contains(control), "colours are for terminals: {log:?}");
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert!(process.terminate().await.success());
}
