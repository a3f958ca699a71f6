//! What the collector knew before it ended, from the store.

use std::time::Duration;

use steadfast_core::activity::Activity;
use steadfast_core::report::ReportWindow;
use steadfast_core::time::Instant;

use crate::clock::Clock;
use crate::error::StartError;
use crate::fleet::Fleet;
use crate::store::{Rollup, Store};

/// How far back health reaches.
const HEALTH: Duration = Duration::from_hours(1);

const MINUTE: Duration = Duration::from_mins(1);

/// Restores the sessions and their health, and says up to which commit the fleet knows now what
/// there is.
pub(crate) async fn restore(
    store: &Store,
    fleet: &Fleet,
    clock: Clock,
    max_sessions: usize,
) -> Result<u64, StartError> {
    // First: what is committed meanwhile may be seen twice, but not missed.
    let revision = store.revision().await?;
    let sessions = store.sessions(max_sessions).await?;
    // While no collector ran, nobody could be heard of.
    let newest = sessions.last().map_or(Instant::ORIGIN, |session| session.heard_at);
    let stopped_at = store.alive_until().await?.max(newest);
    let count = sessions.len();
    for session in sessions {
        let organization = fleet.organization(clock.now(), &session.organization)?;
        if let Err(refused) = organization.restore(clock.now(), stopped_at, &session) {
            tracing::warn!(%refused, "a session was not restored");
        }
    }
    for (id, organization) in fleet.organizations() {
        let now = clock.now();
        organization.restore_minutes(minutes(store.rollups(&id, now - HEALTH, now, 1).await?, now));
    }
    tracing::info!(sessions = count, "restored");
    Ok(revision)
}

/// What happened in each minute up to now; in those without a roll-up, nothing.
fn minutes(rollups: Vec<Rollup>, now: Instant) -> Vec<(ReportWindow, Activity)> {
    let Some(mut start) = rollups.first().map(|rollup| rollup.at) else {
        return Vec::new();
    };
    let mut rollups = rollups.into_iter().peekable();
    let mut minutes = Vec::new();
    while start < now {
        let rollup = rollups.next_if(|rollup| rollup.at <= start);
        let activity = rollup.map(|rollup| rollup.activity).unwrap_or_default();
        let end = now.min(start + MINUTE);
        minutes.push((ReportWindow { start, end }, activity));
        start = end;
    }
    minutes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Instant {
        Instant::ORIGIN + Duration::from_secs(secs)
    }

    #[test]
    fn minutes_have_no_gaps_and_the_last_one_ends_now() {
        let rollup = |secs, heartbeats| {
            let activity = Activity { heartbeats, ..Activity::default() };
            Rollup { at: at(secs), reports: 1, activity }
        };
        let known = minutes(vec![rollup(60, 1), rollup(180, 3)], at(250));
        let told: Vec<_> = known
            .iter()
            .map(|(window, activity)| (window.start, window.end, activity.heartbeats))
            .collect();
        let expected = [(60, 120, 1), (120, 180, 0), (180, 240, 3), (240, 250, 0)]
            .map(|(start, end, beats)| (at(start), at(end), beats));
        assert_eq!(told, expected);
        assert_eq!(minutes(Vec::new(), at(250)), []);
    }
}
