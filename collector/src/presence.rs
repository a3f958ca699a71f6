//! Collects metrics, and finds out which sessions are there no more.
//!
//! A session is stale when it was not heard of for too long. That says something about the session
//! only while it could be heard of: not while the store takes no reports, not while clients that were
//! refused stay away as they were asked to, and not right after the clock leapt, by which all time
//! limits pass at once.

use std::sync::Arc;
use std::time::Duration;

use steadfast_core::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::fleet::Fleet;
use crate::ingest::Ingest;
use crate::readiness::{Readiness, StoreState};

/// How long no session becomes stale after the store failed or the clock leapt, and `NO_REPORTS` is
/// not evaluated after a restart: clients whose reports failed are back by then.
pub(crate) const GRACE: Duration = Duration::from_mins(5);

/// How long after the last client that was refused was to be back.
const LATE: Duration = Duration::from_secs(30);

/// Calls the fleet whenever its time has come, until `stop`.
pub(crate) async fn watch(
    fleet: Arc<Fleet>,
    ingest: Ingest,
    readiness: Arc<Readiness>,
    clock: Clock,
    stop: CancellationToken,
) {
    let mut rest_until = Instant::ORIGIN;
    loop {
        let now = clock.now();
        if readiness.state().store == StoreState::Failing {
            rest_until = now + GRACE;
        }
        if let Some(back_by) = ingest.refused_until() {
            rest_until = rest_until.max(back_by + LATE);
        }
        let leapt = clock.since_leap().is_some_and(|since| since < GRACE);
        let next = fleet.handle_timeout(now, leapt || now < rest_until);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(next.saturating_since(now)) => {}
        }
    }
}
