//! The files to deploy with: they can be read, and name only what exists.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use steadfast_collector::config::{SETTINGS, Setting};
use steadfast_core::quality::Quality;

use crate::support::{Running, eventually, report_of_losses};

fn file(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn yaml(name: &str) -> Value {
    serde_yaml_ng::from_str(&file(name)).unwrap()
}

#[test]
fn every_variable_that_the_files_set_is_a_setting() {
    let names: Vec<String> = SETTINGS.iter().map(Setting::variable).collect();
    for name in ["deploy/compose.yaml", "deploy/compose.replicas.yaml", "../Dockerfile"] {
        let text = file(name);
        let is_name = |letter: char| letter.is_ascii_uppercase() || letter == '_';
        let set =
            text.split(|letter| !is_name(letter)).filter(|word| word.starts_with("STEADFAST_"));
        let set: Vec<&str> = set.collect();
        assert!(!set.is_empty(), "{name}");
        for variable in set {
            assert!(names.iter().any(|known| known == variable), "{variable} in {name}");
        }
    }
}

#[test]
fn the_collectors_trust_the_balancer_and_nobody_else() {
    let compose = yaml("deploy/compose.replicas.yaml");
    let balancer = &compose["services"]["balancer"]["networks"]["default"]["ipv4_address"];
    let trusted = &compose["services"]["collector-1"]["environment"]["STEADFAST_TRUSTED_PROXIES"];
    assert!(balancer.is_string());
    assert_eq!(balancer, trusted);
}

#[test]
fn the_balancer_and_the_scrapes_know_the_collectors_there_are() {
    let compose = yaml("deploy/compose.replicas.yaml");
    let services = compose["services"].as_object().unwrap();
    let collectors: Vec<&String> =
        services.keys().filter(|name| name.starts_with("collector-")).collect();
    assert_eq!(collectors.len(), 2);
    let scraped = yaml("deploy/prometheus.yml");
    let targets = &scraped["scrape_configs"][0]["static_configs"][0]["targets"];
    let balanced = file("deploy/nginx.conf");
    for name in collectors {
        let address = format!("{name}:4700");
        assert!(targets.as_array().unwrap().iter().any(|target| *target == *address), "{address}");
        assert!(balanced.contains(&format!("server {address} ")), "{address}");
    }
    for volume in ["./nginx.conf", "./prometheus.yml"] {
        assert!(file("deploy/compose.replicas.yaml").contains(&format!("- {volume}:")), "{volume}");
    }
    assert!(yaml("deploy/compose.yaml")["services"]["collector"].is_object());
}

/// Names of the metrics in an expression of `PromQL`.
fn metrics_of(expression: &str) -> Vec<&str> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    let words = expression.split(|letter| !is_name(letter));
    words.filter(|word| word.starts_with("steadfast_") || word.starts_with("process_")).collect()
}

/// What the rules record, and what `/metrics` has of a collector whose sessions beat and lose their links.
async fn known_metrics() -> String {
    let collector = Running::start_with(|config| {
        config.scrape_key = Some("0123456789abcdef".to_owned());
        config.health.low_connection_quality.for_at_least = Duration::ZERO;
        // Nothing listens there, so an attempt fails.
        config.webhook_url = Some("http://127.0.0.1:1/".to_owned());
        config.webhook_secret = Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
    })
    .await;
    let mut told = report_of_losses("s1", "b1", 1);
    told.session.connection_quality = Some(Quality::Critical);
    told.activity.heartbeats = 1;
    told.activity.latency.record(Duration::from_millis(20));
    collector.accept(&told).await;
    let scrape = async || {
        let request = collector.request(Method::GET, "/metrics").bearer_auth("0123456789abcdef");
        request.send().await.unwrap().text().await.unwrap()
    };
    eventually("an alert is raised and sent", async || {
        let text = scrape().await;
        text.contains("steadfast_alerts{") && text.contains("steadfast_webhooks_total{")
    })
    .await;
    scrape().await
}

#[tokio::test]
async fn every_metric_that_the_dashboard_and_the_rules_ask_for_is_there() {
    let text = known_metrics().await;
    let is_known = |name: &str| {
        text.lines()
            .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])))
    };
    let dashboard: Value = serde_json::from_str(&file("deploy/grafana/steadfast.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    let asked = targets.map(|target| target["expr"].as_str().unwrap().to_owned());
    let rules = yaml("deploy/steadfast.rules.yml");
    let rules = rules["groups"].as_array().unwrap().iter().flat_map(|group| {
        group["rules"]
            .as_array()
            .unwrap()
            .iter()
            .map(|rule| rule["expr"].as_str().unwrap().to_owned())
    });
    let expressions: Vec<String> = asked.chain(rules).collect();
    assert!(expressions.len() > 30, "{}", expressions.len());
    for expression in &expressions {
        for name in metrics_of(expression) {
            assert!(is_known(name), "{name} in {expression}");
        }
    }
}

#[tokio::test]
async fn prometheus_takes_the_rules_and_the_queries_of_the_dashboard() {
    let tool = std::env::var_os("PROMTOOL").unwrap_or_else(|| "promtool".into());
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let check = async |kind: &str, path: &std::path::Path| {
        let mut command = tokio::process::Command::new(&tool);
        let output = command.args(["check", kind]).arg(path).output().await;
        let output = output.expect("Prometheus is needed: `cargo xtask test` installs it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    check("rules", &folder.join("steadfast.rules.yml")).await;
    let dashboard: Value = serde_json::from_str(&file("deploy/grafana/steadfast.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    // As a rule each: what Grafana fills in stands for itself.
    let rules = targets.enumerate().map(|(number, target)| {
        let expression = target["expr"].as_str().unwrap();
        let expression =
            expression.replace("$__rate_interval", "5m").replace("$organization", ".*");
        serde_json::json!({ "record": format!("panel:target:{number}"), "expr": expression })
    });
    let group = serde_json::json!({ "name": "dashboard", "rules": rules.collect::<Vec<_>>() });
    let all = serde_json::json!({ "groups": [group] });
    let written = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(written.path(), all.to_string()).unwrap();
    check("rules", written.path()).await;
}

/// Where there is a systemd.
#[tokio::test]
async fn systemd_finds_nothing_wrong_with_the_unit() {
    let unit = file("deploy/systemd/steadfast-collector.service");
    let program = "/usr/local/bin/steadfast-collector";
    assert!(unit.contains(&format!("ExecStart={program} ")));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("steadfast-collector.service");
    // The program need not be installed here.
    let here = std::env::current_exe().unwrap();
    std::fs::write(&path, unit.replace(program, here.to_str().unwrap())).unwrap();
    let mut command = tokio::process::Command::new("systemd-analyze");
    let output = match command.arg("verify").arg(&path).output().await {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            assert!(std::env::var_os("CI").is_none(), "systemd-analyze is needed in CI");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{said}");
}
