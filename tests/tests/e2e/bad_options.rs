//! What makes no sense is refused when a connection is opened, in Rust as in JavaScript: the
//! JavaScript side reads the same table in `tests/browser/refusals.test.mjs`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use steadfast::{
    Builder, ConnectionManager, Exponential, HealthConfig, HealthMonitor, Heartbeat, ManagerConfig,
    OpenError, Outbox, Registration, ReportTo, StartError,
};

use crate::Outcome;

const TABLE: &str = include_str!("../../conformance/refusals.json");

#[derive(Deserialize)]
struct Table {
    urls: Vec<BadUrl>,
    options: Vec<BadOptions>,
    health: Vec<BadService>,
    manager: Vec<BadService>,
}

#[derive(Deserialize)]
struct BadService {
    name: String,
    options: Map<String, Value>,
    code: String,
    field: String,
}

#[derive(Deserialize)]
struct BadUrl {
    name: String,
    url: String,
    code: String,
}

#[derive(Deserialize)]
struct BadOptions {
    name: String,
    options: Options,
    code: String,
    field: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Options {
    connect_timeout: Option<u64>,
    heartbeat: Option<Heartbeat>,
    max_idle: Option<u64>,
    max_silence: Option<u64>,
    max_server_wait: Option<u64>,
    max_reconnect_attempts: Option<u32>,
    outbox: Option<Outbox>,
    report: Option<Report>,
    retry: Option<Retry>,
    session: Option<Map<String, Value>>,
    stable_after: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    interval: Option<u64>,
    token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all_fields = "camelCase", tag = "type")]
enum Retry {
    Exponential {
        base_delay: Option<u64>,
        jitter_range: Option<f64>,
        max_delay: Option<u64>,
        multiplier: Option<f64>,
    },
}

#[tokio::test]
async fn a_bad_url_is_refused() -> Outcome {
    for BadUrl { name, url, code } in serde_json::from_str::<Table>(TABLE)?.urls {
        let error = steadfast::connect(&url).open().err().ok_or_else(|| name.clone())?;
        assert_eq!(error.code(), code, "{name}: {error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_bad_option_is_refused_by_the_name_of_its_field() -> Outcome {
    let url = "ws://127.0.0.1:1/";
    steadfast::connect(url).open()?.close().await;
    for BadOptions { name, options, code, field } in serde_json::from_str::<Table>(TABLE)?.options {
        let builder = with(steadfast::connect(url), options)?;
        let error = builder.open().err().ok_or_else(|| name.clone())?;
        assert_eq!(error.code(), code, "{name}: {error}");
        let OpenError::Config(error) = error else { return Err(name.into()) };
        assert_eq!(error.field(), field, "{name}: {error}");
    }
    Ok(())
}

#[tokio::test]
async fn a_bad_threshold_or_duration_of_health_is_refused_by_the_name_of_its_field() -> Outcome {
    let manager = ConnectionManager::new(ManagerConfig::default())?;
    let health = serde_json::from_str::<Table>(TABLE)?.health;
    refused(health, |options| Ok(HealthMonitor::new(&manager, health_config(options)?).map(drop)))
}

#[tokio::test]
async fn a_bad_bound_of_a_manager_is_refused_by_the_name_of_its_field() -> Outcome {
    refused(serde_json::from_str::<Table>(TABLE)?.manager, |options| {
        let config = serde_json::from_value(Value::Object(options))?;
        Ok(ConnectionManager::new(config).map(drop))
    })
}

fn refused(
    cases: Vec<BadService>,
    make: impl Fn(Map<String, Value>) -> serde_json::Result<Result<(), StartError>>,
) -> Outcome {
    make(Map::new())??;
    for BadService { name, options, code, field } in cases {
        let error = make(options)?.err().ok_or_else(|| name.clone())?;
        let StartError::Config(error) = error else { return Err(name.into()) };
        assert_eq!((error.code(), error.field()), (&*code, &*field), "{name}: {error}");
    }
    Ok(())
}

/// Where the table is silent, the default, also within a rule.
fn health_config(given: Map<String, Value>) -> serde_json::Result<HealthConfig> {
    let mut config = serde_json::to_value(HealthConfig::default())?;
    for (name, value) in given {
        match (config[&name].as_object_mut(), value) {
            (Some(rule), Value::Object(fields)) => rule.extend(fields),
            (_, value) => config[name] = value,
        }
    }
    serde_json::from_value(config)
}

fn with(mut builder: Builder, options: Options) -> serde_json::Result<Builder> {
    if let Some(millis) = options.connect_timeout {
        builder = builder.connect_timeout(Duration::from_millis(millis));
    }
    if let Some(heartbeat) = options.heartbeat {
        builder = builder.heartbeat(heartbeat);
    }
    if let Some(millis) = options.max_server_wait {
        builder = builder.max_server_wait(Duration::from_millis(millis));
    }
    if let Some(millis) = options.max_silence {
        builder = builder.max_silence(Duration::from_millis(millis));
    }
    if let Some(millis) = options.max_idle {
        builder = builder.max_idle(Duration::from_millis(millis));
    }
    if let Some(attempts) = options.max_reconnect_attempts {
        builder = builder.max_reconnect_attempts(attempts);
    }
    if let Some(outbox) = options.outbox {
        builder = builder.outbox(outbox);
    }
    if let Some(Report { interval, token }) = options.report {
        let mut report_to = ReportTo::new("http://127.0.0.1:1/v1/reports", "pk_none");
        if let Some(interval) = interval {
            report_to = report_to.interval(Duration::from_millis(interval));
        }
        if let Some(token) = token {
            report_to = report_to.token(token);
        }
        builder = builder.report_to(report_to);
    }
    if let Some(retry) = options.retry {
        builder = builder.retry(exponential(&retry));
    }
    if let Some(session) = options.session {
        builder = builder.session(registration(session)?);
    }
    if let Some(millis) = options.stable_after {
        builder = builder.stable_after(Duration::from_millis(millis));
    }
    Ok(builder)
}

/// Where the table is silent, the default.
fn exponential(given: &Retry) -> Exponential {
    let &Retry::Exponential { base_delay, jitter_range, max_delay, multiplier } = given;
    let default = Exponential::default();
    let millis = |given: Option<u64>, default| given.map_or(default, Duration::from_millis);
    Exponential {
        base_delay: millis(base_delay, default.base_delay),
        jitter_range,
        max_delay: millis(max_delay, default.max_delay),
        multiplier: multiplier.unwrap_or(default.multiplier),
        ..default
    }
}

/// Where the table is silent, a registration that is accepted.
fn registration(given: Map<String, Value>) -> serde_json::Result<Registration> {
    let mut registration = serde_json::to_value(Registration::new("conformance", "test"))?;
    if let Some(fields) = registration.as_object_mut() {
        fields.extend(given);
    }
    serde_json::from_value(registration)
}
