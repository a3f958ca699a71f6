//! `GET /v1/rollups`: what happened over time, from merged histograms.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::activity::Activity;
use steadfast_core::time::Instant;

use super::access::SecretKey;
use super::error::ApiError;
use super::params::{QueryParams, out_of_range};
use crate::state::App;
use crate::store::Rollup;

/// The most steps in one answer.
const MAX_STEPS: u64 = 1500;

/// The longest step, in minutes: a day.
const MAX_MINUTES: u32 = 1440;

/// Which stretch of time is wanted. By default the last hour, minute by minute.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// By default an hour before its end.
    from: Option<Instant>,
    /// By default now.
    until: Option<Instant>,
    /// How many minutes each step has.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = MAX_MINUTES))]
    minutes: u32,
}

/// Steps in which something was reported, the oldest first.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Rollups {
    rollups: Vec<Step>,
}

/// What happened within one step. Latencies are in milliseconds.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    at: Instant,
    reports: u64,
    error_rate: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    p50: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p90: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p95: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p99: Option<f64>,
    activity: Activity,
}

fn one() -> u32 {
    1
}

/// What happened, step by step.
pub(super) async fn list(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
    QueryParams(Wanted { from, until, minutes }): QueryParams<Wanted>,
) -> Result<Json<Rollups>, ApiError> {
    let until = until.unwrap_or_else(|| app.clock.now());
    let from = from.unwrap_or(until - Duration::from_hours(1));
    if !(1..=MAX_MINUTES).contains(&minutes) {
        return Err(out_of_range(format!("minutes is {minutes}; allowed is 1 to {MAX_MINUTES}")));
    }
    let steps = until.saturating_since(from).as_secs() / (60 * u64::from(minutes));
    if steps > MAX_STEPS {
        let message = format!("from and until are {steps} steps apart; allowed are {MAX_STEPS}");
        return Err(out_of_range(message));
    }
    let rollups = app.store.rollups(&organization, from, until, minutes).await?;
    Ok(Json(Rollups { rollups: rollups.into_iter().map(Step::from).collect() }))
}

impl From<Rollup> for Step {
    fn from(Rollup { at, reports, activity }: Rollup) -> Self {
        let latency = |p| activity.latency.percentile(p).map(|latency| latency.as_secs_f64() * 1e3);
        let (p50, p90) = (latency(0.5), latency(0.9));
        let (p95, p99) = (latency(0.95), latency(0.99));
        Self { at, reports, error_rate: activity.error_rate(), p50, p90, p95, p99, activity }
    }
}
