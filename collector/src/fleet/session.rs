//! One session as it is shown, and some of many.

use schemars::JsonSchema;
use serde::Serialize;
use steadfast_core::connection::{ConnectionState, Status};
use steadfast_core::manager::{Liveness, Totals};
use steadfast_core::time::Instant;

use super::KnownSession;

/// A session: its last record, and whether it is there.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Connection")]
pub struct Session {
    /// Its last record.
    #[serde(flatten)]
    pub state: ConnectionState,
    /// Whether it is there: `LIVE`, `ENDED` (its last status is `DISCONNECTED`), or `STALE` (it has
    /// not ended, and was not heard of for three times as long as it may be silent).
    pub liveness: Liveness,
    /// When its last report came in, by the collector's clock.
    pub last_heard: Instant,
    /// What was added to the client's instants, in milliseconds; absent if the client did not tell
    /// the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew: Option<i64>,
}

/// A session that made room for others: only ended and stale ones do.
impl From<KnownSession> for Session {
    fn from(KnownSession { state, heard_at, clock_skew, .. }: KnownSession) -> Self {
        let has_ended = state.status == Status::Disconnected;
        let liveness = if has_ended { Liveness::Ended } else { Liveness::Stale };
        Self { state, liveness, last_heard: heard_at, clock_skew }
    }
}

/// Some of an organisation's sessions, the one heard of last first.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
#[schemars(rename = "ConnectionPage")]
pub struct Page {
    /// The sessions.
    pub connections: Vec<Session>,
    /// How many there are in all.
    pub total: u64,
}

/// Which sessions are wanted: all, or those that are as each of these says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this status. Stale sessions have none: what they were last is not what they are.
    pub status: Option<Status>,
    /// Those that are there in this way.
    pub liveness: Option<Liveness>,
}

impl Filter {
    /// Whether a session of this status is wanted.
    #[must_use]
    pub fn wants(self, status: Status, liveness: Liveness) -> bool {
        let has_status = liveness != Liveness::Stale && self.status == Some(status);
        (self.status.is_none() || has_status) && self.liveness.is_none_or(|of| of == liveness)
    }

    /// How many sessions are wanted of these.
    #[must_use]
    pub fn count(self, totals: &Totals) -> u64 {
        let count = |status, liveness| {
            let by_status = &totals.by_status;
            match (status, liveness) {
                (_, Liveness::Stale) => totals.stale,
                (Status::Connected, _) => by_status.connected,
                (Status::Disconnected, _) => by_status.disconnected,
                (Status::Failed, _) => by_status.failed,
                (Status::Reconnecting, _) => by_status.reconnecting,
                (Status::Suspended, _) => by_status.suspended,
            }
        };
        let unended = Status::ALL.into_iter().filter(|status| *status != Status::Disconnected);
        let kinds = unended
            .map(|status| (status, Liveness::Live))
            .chain([(Status::Disconnected, Liveness::Ended), (Status::Connected, Liveness::Stale)]);
        kinds
            .filter(|&(status, liveness)| self.wants(status, liveness))
            .map(|(status, liveness)| count(status, liveness))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steadfast_core::manager::StatusDistribution;

    #[test]
    fn stale_and_ended_sessions_count_in_no_filter_but_their_own() {
        let by_status = StatusDistribution {
            connected: 1,
            disconnected: 2,
            failed: 4,
            reconnecting: 8,
            suspended: 16,
        };
        let totals = Totals { by_status, stale: 32, ..Totals::default() };
        let of = |status, liveness| Filter { status, liveness }.count(&totals);
        assert_eq!(of(None, None), 63);
        assert_eq!(of(Some(Status::Connected), None), 1);
        assert_eq!(of(Some(Status::Connected), Some(Liveness::Stale)), 0);
        assert_eq!(of(Some(Status::Disconnected), None), 2);
        assert_eq!(of(None, Some(Liveness::Live)), 29);
        assert_eq!(of(None, Some(Liveness::Ended)), 2);
        assert_eq!(of(None, Some(Liveness::Stale)), 32);
    }
}
