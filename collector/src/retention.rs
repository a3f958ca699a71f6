//! Removes what is older than its retention, so that the database stays bounded.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use steadfast_core::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::deletion;
use crate::fleet::Fleet;
use crate::reload::LiveConfig;
use crate::store::{Step, Store, StoreError};

/// How long each kind of data is kept. In JSON durations are milliseconds.
#[derive(Clone, Copy, Debug, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Retention {
    /// Reports, after they came in. One that is delivered again later counts again. 7 days by
    /// default.
    #[serde(serialize_with = "millis")]
    #[schemars(with = "u64")]
    pub reports: Duration,
    /// The events of reports, which are the time lines of sessions. At most `reports`; 7 days by
    /// default.
    #[serde(serialize_with = "millis")]
    #[schemars(with = "u64")]
    pub events: Duration,
    /// The figures of each minute. 30 days by default.
    #[serde(serialize_with = "millis")]
    #[schemars(with = "u64")]
    pub rollups: Duration,
    /// Ended sessions, after their last report. 30 days by default.
    #[serde(serialize_with = "millis")]
    #[schemars(with = "u64")]
    pub ended_sessions: Duration,
    /// Stale sessions, after their last report. 30 days by default.
    #[serde(serialize_with = "millis")]
    #[schemars(with = "u64")]
    pub stale_sessions: Duration,
    /// Keys, after they expired. 30 days by default.
    #[serde(serialize_with = "millis")]
    #[schemars(with = "u64")]
    pub keys: Duration,
    /// The history of alerts. 30 days by default.
    #[serde(serialize_with = "millis")]
    #[schemars(with = "u64")]
    pub alerts: Duration,
    /// The audit log. 400 days by default.
    #[serde(serialize_with = "millis")]
    #[schemars(with = "u64")]
    pub audit: Duration,
}

/// How long breakdowns are kept by the minute. By the hour they are kept as long as roll-ups.
pub const MINUTES_OF_BREAKDOWNS_KEPT: Duration = Duration::from_hours(49);

/// How often the store is searched for what is too old.
const INTERVAL: Duration = Duration::from_mins(10);

/// How long nothing is removed after the clock leapt forward: the time to put a clock right that was
/// set wrong, before data is taken for old that is not.
const REST: Duration = Duration::from_hours(1);

/// How long a deletion is known after it was made: for so long a collector may fall behind those that it
/// shares the database with.
const DELETIONS_KEPT: Duration = Duration::from_hours(24);

/// Number of rows that are removed in one transaction. The writer of reports waits for no more than
/// that.
const CHUNK: u32 = 500;

impl Default for Retention {
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(24 * days);
        Self {
            reports: days(7),
            events: days(7),
            rollups: days(30),
            ended_sessions: days(30),
            stale_sessions: days(30),
            keys: days(30),
            alerts: days(30),
            audit: days(400),
        }
    }
}

/// Removes what is too old, now and then and when the retention has changed, until `stop`.
pub async fn run(
    store: Store,
    fleet: Arc<Fleet>,
    config: LiveConfig,
    clock: Clock,
    stop: CancellationToken,
) {
    loop {
        let retention = config.current().retention;
        if clock.since_leap().is_some_and(|since| since < REST) {
            tracing::warn!("the clock leapt forward; nothing is removed for an hour");
        } else {
            tokio::select! {
                () = stop.cancelled() => return,
                removed = remove_outdated(&store, &fleet, &retention, clock.now()) => {
                    if let Err(error) = removed {
                        tracing::error!(%error, "what is too old could not be removed");
                    }
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
            () = config.wait_for(|config| config.retention != retention) => {}
        }
    }
}

/// Removes what is too old as of `now`, from the store and from the fleet.
///
/// # Errors
///
/// If the store fails; what was removed by then stays removed.
pub async fn remove_outdated(
    store: &Store,
    fleet: &Fleet,
    retention: &Retention,
    now: Instant,
) -> Result<(), StoreError> {
    let chunk = u64::from(CHUNK);
    // What was interrupted.
    deletion::finish(store, None).await?;
    while store.remove_deletions(now - DELETIONS_KEPT, CHUNK).await? == chunk {}
    while store.remove_reports(now - retention.reports, CHUNK).await? == chunk {}
    let mut events_after = Instant::ORIGIN;
    while let Some(last) = store.remove_events(events_after, now - retention.events, CHUNK).await? {
        events_after = last;
    }
    while store.remove_rollups(now - retention.rollups, CHUNK).await? == chunk {}
    let by_minute = MINUTES_OF_BREAKDOWNS_KEPT.min(retention.rollups);
    for (step, kept) in [(Step::Minute, by_minute), (Step::Hour, retention.rollups)] {
        while store.remove_breakdowns(step, now - kept, CHUNK).await? == chunk {}
    }
    while store.remove_alert_history(now - retention.alerts, CHUNK).await? == chunk {}
    store.remove_ended_silences(now - retention.alerts).await?;
    while store.remove_keys(now - retention.keys, CHUNK).await? == chunk {}
    while store.remove_audit_entries(now - retention.audit, CHUNK).await? == chunk {}
    let (ended, stale) = (now - retention.ended_sessions, now - retention.stale_sessions);
    while store.remove_ended_sessions(ended, CHUNK).await? == chunk {}
    while store.remove_stale_sessions(now, stale, CHUNK).await? == chunk {}
    fleet.forget(ended, stale);
    fleet.keep_only(&store.organizations().await?);
    Ok(())
}

fn millis<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
