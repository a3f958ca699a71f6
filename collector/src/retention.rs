//! Forgets what is too old, so that the database stays bounded.

use std::sync::Arc;
use std::time::Duration;

use steadfast_core::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::fleet::Fleet;
use crate::store::{Step, Store, StoreError};

/// How long a report is kept. Delivered once more after that, it would count once more.
pub const REPORTS_KEPT: Duration = Duration::from_hours(7 * 24);

/// How long a session is kept after its last report.
pub const SESSIONS_KEPT: Duration = Duration::from_hours(30 * 24);

/// How long it is kept what happened minute by minute.
pub const ROLLUPS_KEPT: Duration = Duration::from_hours(30 * 24);

/// How long breakdowns are kept by the minute. By the hour they are kept as long as roll-ups.
pub const MINUTES_OF_BREAKDOWNS_KEPT: Duration = Duration::from_hours(49);

/// How long it is known of a key that it once was one.
pub const KEYS_KEPT: Duration = Duration::from_hours(30 * 24);

/// How often it is looked for what is too old.
const INTERVAL: Duration = Duration::from_mins(10);

/// How long nothing is removed after the clock leapt forward: so much time there is to put one right
/// that was set wrong, before anything is taken for old that is not.
const REST: Duration = Duration::from_hours(1);

/// How many rows go at once. The writer of reports waits for no more than that.
const CHUNK: u32 = 500;

/// Removes what is too old, now and then, until `stop`.
pub async fn run(store: Store, fleet: Arc<Fleet>, clock: Clock, stop: CancellationToken) {
    loop {
        if clock.since_leap().is_some_and(|since| since < REST) {
            tracing::warn!("the clock leapt forward; nothing is removed for an hour");
        } else if let Err(error) = remove_outdated(&store, &fleet, clock.now()).await {
            tracing::error!(%error, "what is too old could not be removed");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

/// Removes what is too old as of `now`, from the store and from the fleet.
///
/// # Errors
///
/// If the store fails; what was removed by then stays removed.
pub async fn remove_outdated(store: &Store, fleet: &Fleet, now: Instant) -> Result<(), StoreError> {
    let chunks = u64::from(CHUNK);
    while store.remove_reports(now - REPORTS_KEPT, CHUNK).await? == chunks {}
    while store.remove_rollups(now - ROLLUPS_KEPT, CHUNK).await? == chunks {}
    for (step, kept) in [(Step::Minute, MINUTES_OF_BREAKDOWNS_KEPT), (Step::Hour, ROLLUPS_KEPT)] {
        while store.remove_breakdowns(step, now - kept, CHUNK).await? == chunks {}
    }
    while store.remove_alert_history(now - ROLLUPS_KEPT, CHUNK).await? == chunks {}
    store.remove_ended_silences(now - ROLLUPS_KEPT).await?;
    store.remove_keys(now - KEYS_KEPT).await?;
    let heard_before = now - SESSIONS_KEPT;
    while store.remove_sessions(heard_before, CHUNK).await? == chunks {}
    fleet.forget(heard_before);
    Ok(())
}
