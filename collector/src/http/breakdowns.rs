//! `GET /v1/breakdowns`: which version, region or network is worse than before?

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::manager::QualityDistribution;
use steadfast_core::time::Instant;

use super::access::SecretKey;
use super::error::ApiError;
use super::params::{QueryParams, out_of_range};
use crate::breakdown::{Breakdown, Figures, MAX_VALUES};
use crate::state::App;
use crate::store::Step;

/// The code of a key that nothing is broken down by.
pub(super) const UNKNOWN_KEY: &str = "breakdown.key";

/// The longest range.
const MAX_RANGE: Duration = Duration::from_hours(24 * 92);

/// The longest range that is read minute by minute.
const MAX_BY_MINUTE: Duration = Duration::from_hours(24);

/// Minutes are kept for longer by what a request may take.
const MINUTES_KEPT: Duration = Duration::from_hours(48);

/// What is wanted. By default the last hour.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Property that reports are grouped by: `cause`, `clientType`, `sdk`, or `metadata.KEY` for a key that
    /// the setting `breakdown-keys` names.
    by: String,
    /// By default an hour before its end.
    from: Option<Instant>,
    /// By default now.
    until: Option<Instant>,
}

/// What happened in a range, and in the range of the same length before, by the values of a key.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Breakdown")]
pub(super) struct Answer {
    by: String,
    /// Everything that `by` can be.
    keys: Vec<String>,
    /// The begin of the first step.
    from: Instant,
    /// The end of the last step.
    until: Instant,
    /// The length of a step: 1 for a range of at most a day that began within the last two days, the
    /// range before included; otherwise 60.
    minutes: u64,
    /// The values with the most reports, those first; at most 50. The empty value is that of sessions
    /// without the key.
    rows: Vec<Row>,
    /// All other values.
    other: NowAndBefore,
}

/// The figures of one value.
#[derive(Debug, JsonSchema, Serialize)]
struct Row {
    /// The value; cut to 64 bytes.
    value: String,
    #[serde(flatten)]
    figures: NowAndBefore,
}

/// Figures of the range, and of the range before.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(inline)]
struct NowAndBefore {
    /// In the range.
    now: ShownFigures,
    /// In the range of the same length before.
    before: ShownFigures,
}

/// What reports tell. Latencies are in milliseconds; counts are for all sessions that the reports
/// stand for, and by `cause` those of reports in which a link was lost for it.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "BreakdownFigures")]
#[serde(rename_all = "camelCase")]
struct ShownFigures {
    /// How many reports there are.
    reports: u64,
    /// Links that were lost and nobody meant it.
    links_lost: u64,
    /// The same by cause; `unknown` for those that reports count and do not tell of.
    links_lost_by_cause: BTreeMap<String, u64>,
    /// The share of what was tried that failed.
    error_rate: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    p50: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p95: Option<f64>,
    /// The quality of live sessions, counted once for each report.
    quality: QualityDistribution,
}

/// What happened by the values of a key.
pub(super) async fn show(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
    QueryParams(Wanted { by, from, until }): QueryParams<Wanted>,
) -> Result<Json<Answer>, ApiError> {
    let key = app.store.breakdown_keys().iter().find(|key| key.to_string() == by);
    let key = key.ok_or_else(|| unknown_key(&app, &by))?;
    let now = app.clock.now();
    let until = until.unwrap_or(now);
    let from = from.unwrap_or(until - Duration::from_hours(1));
    if from >= until {
        return Err(out_of_range("from is not before until".to_owned()));
    }
    if until.saturating_since(from) > MAX_RANGE {
        let days = until.saturating_since(from).as_secs() / 86_400;
        let most = MAX_RANGE.as_secs() / 86_400;
        let message = format!("from and until are {days} days apart; allowed are {most}");
        return Err(out_of_range(message));
    }
    let step = step_of(now, from, until);
    let from = step.start(from);
    // The end of the step that the last instant of the range is in.
    let until = step.start(until - Duration::from_millis(1)) + step.length();
    let before = from - until.saturating_since(from);
    let read = async |from, until| app.store.breakdown(&organization, key, step, from, until).await;
    let (now, before) = (read(from, until).await?, read(before, from).await?);
    let (rows, other) = beside(now, before);
    let minutes = step.length().as_secs() / 60;
    let keys = app.store.breakdown_keys().iter().map(ToString::to_string).collect();
    Ok(Json(Answer { by, keys, from, until, minutes, rows, other }))
}

fn unknown_key(app: &App, by: &str) -> ApiError {
    let allowed: Vec<_> = app.store.breakdown_keys().iter().map(ToString::to_string).collect();
    let allowed = allowed.join(", ");
    ApiError::bad_request(
        UNKNOWN_KEY,
        format!("by is {by:?}; allowed are {allowed}; the setting breakdown-keys adds metadata"),
    )
}

fn step_of(now: Instant, from: Instant, until: Instant) -> Step {
    let length = until.saturating_since(from);
    let is_kept = from - length >= now - MINUTES_KEPT;
    if length <= MAX_BY_MINUTE && is_kept { Step::Minute } else { Step::Hour }
}

/// The figures of each value beside those before; of too many values the smallest count under the rest.
fn beside(mut now: Breakdown, mut before: Breakdown) -> (Vec<Row>, NowAndBefore) {
    let values: BTreeSet<String> = now.values.keys().chain(before.values.keys()).cloned().collect();
    let reports =
        |of: &Breakdown, value: &str| of.values.get(value).map_or(0, |figures| figures.reports);
    let mut values: Vec<_> = values
        .into_iter()
        .map(|value| ((reports(&now, &value), reports(&before, &value)), value))
        .collect();
    // As they are ordered by name, those with as many reports stay so.
    values.sort_by_key(|(reports, _)| std::cmp::Reverse(*reports));
    let mut rows = Vec::new();
    for (_, value) in values {
        let (now_of, before_of) = (now.values.remove(&value), before.values.remove(&value));
        let (now_of, before_of) = (now_of.unwrap_or_default(), before_of.unwrap_or_default());
        if rows.len() < MAX_VALUES {
            let (now, before) = (ShownFigures::from(&now_of), ShownFigures::from(&before_of));
            rows.push(Row { value, figures: NowAndBefore { now, before } });
        } else {
            now.other.merge(&now_of);
            before.other.merge(&before_of);
        }
    }
    let (now, before) = (ShownFigures::from(&now.other), ShownFigures::from(&before.other));
    (rows, NowAndBefore { now, before })
}

impl From<&Figures> for ShownFigures {
    fn from(figures: &Figures) -> Self {
        let latency = |p| {
            let latency = figures.activity.latency.percentile(p);
            latency.map(|latency| latency.as_secs_f64() * 1e3)
        };
        Self {
            reports: figures.reports,
            links_lost: figures.all_links_lost(),
            links_lost_by_cause: figures.links_lost.clone(),
            error_rate: figures.activity.error_rate(),
            p50: latency(0.5),
            p95: latency(0.95),
            quality: figures.quality,
        }
    }
}
