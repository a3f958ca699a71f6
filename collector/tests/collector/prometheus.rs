//! `/metrics`, read by Prometheus' own programs. They are needed: a test that passes without them
//! would say nothing.

use std::process::Stdio;

use reqwest::Method;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::support::{Running, eventually, refusal, report_of_losses};

const KEY: &str = "a-key-for-scrapes";

async fn start() -> Running {
    Running::start_with(|config| config.scrape_key = Some(KEY.to_owned())).await
}

async fn scrape(collector: &Running, key: Option<&str>) -> String {
    let mut request = collector.request(Method::GET, "/metrics");
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
}

/// The value of a line that begins with that.
fn value(text: &str, line: &str) -> f64 {
    let found = text.lines().find_map(|other| other.strip_prefix(line)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("no {line} in {text}")).parse().unwrap()
}

/// A program of Prometheus: the one on `PATH`, or named by the variable.
fn program(variable: &str, name: &str) -> Command {
    let mut command = Command::new(std::env::var_os(variable).unwrap_or_else(|| name.into()));
    command.kill_on_drop(true).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

const NEEDED: &str = "Prometheus is needed: `cargo xtask test` installs it";

#[tokio::test]
async fn a_scrape_with_the_key_sees_organisations_and_one_without_does_not() {
    let collector = start().await;
    collector.accept(&report_of_losses("s1", "b1", 3)).await;
    collector.accept(&report_of_losses("s1", "b1", 3)).await;
    let open = scrape(&collector, None).await;
    assert!(value(&open, "steadfast_reports_total{outcome=\"stored\"}") >= 1.0);
    assert!(value(&open, "steadfast_reports_total{outcome=\"duplicate\"}") >= 1.0);
    assert!(value(&open, "steadfast_commit_reports_sum") >= 2.0);
    assert!(!open.contains("organization="), "{open}");
    let all = scrape(&collector, Some(KEY)).await;
    let sessions = "steadfast_sessions{organization=\"default\",status=\"connected\"}";
    assert!((value(&all, sessions) - 1.0).abs() < 1e-9);
    let lost = "steadfast_disconnections_total{organization=\"default\"}";
    assert!((value(&all, lost) - 3.0).abs() < 1e-9);
}

#[tokio::test]
async fn another_key_is_refused_also_where_none_is_configured() {
    let (with, without) = (start().await, Running::start().await);
    for collector in [with, without] {
        let key = collector.keys.secret.clone();
        let request = collector.request(Method::GET, "/metrics").bearer_auth(key);
        let refused = refusal(request.send().await.unwrap()).await;
        assert_eq!(refused, (401, "auth.unknown".to_owned()));
    }
}

#[tokio::test]
async fn paths_that_nobody_serves_make_no_new_series() {
    let collector = start().await;
    for path in ["/v1/guess/1", "/v1/guess/2"] {
        drop(collector.request(Method::GET, path).send().await.unwrap());
    }
    assert!(!scrape(&collector, None).await.contains("guess"));
}

#[tokio::test]
async fn promtool_finds_nothing_to_improve() {
    let collector = start().await;
    collector.accept(&report_of_losses("s1", "b1", 1)).await;
    let text = scrape(&collector, Some(KEY)).await;
    let mut tool =
        program("PROMTOOL", "promtool").args(["check", "metrics"]).spawn().expect(NEEDED);
    tool.stdin.take().unwrap().write_all(text.as_bytes()).await.unwrap();
    let output = tool.wait_with_output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{said}\n{text}");
}

#[tokio::test]
async fn prometheus_scrapes_it() {
    let collector = start().await;
    collector.accept(&report_of_losses("s1", "b1", 2)).await;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("prometheus.yml");
    let jobs = format!(
        "scrape_configs:\n  - job_name: steadfast\n    scrape_interval: 200ms\n    \
         scrape_timeout: 200ms\n    authorization: {{ credentials: {KEY} }}\n    \
         static_configs: [{{ targets: [\"{}\"] }}]\n",
        collector.address()
    );
    std::fs::write(&config, jobs).unwrap();
    // It cannot choose a port by itself.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let _running = program("PROMETHEUS", "prometheus")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
        .arg(format!("--web.listen-address={free}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect(NEEDED);
    let client = reqwest::Client::new();
    let asked = async |query: &str| -> Option<String> {
        let url = format!("http://{free}/api/v1/query?query={query}");
        let answer: Value = client.get(url).send().await.ok()?.json().await.ok()?;
        Some(answer["data"]["result"][0]["value"][1].as_str()?.to_owned())
    };
    eventually("Prometheus knows of the disconnections", async || {
        asked("steadfast_disconnections_total").await.as_deref() == Some("2")
    })
    .await;
    assert_eq!(asked("up").await.as_deref(), Some("1"));
}
