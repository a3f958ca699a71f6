//! One session as it is shown, and some of many.

use schemars::JsonSchema;
use serde::Serialize;
use steadfast_core::connection::{Cause, ConnectionState, Status};
use steadfast_core::event::EventKind;
use steadfast_core::manager::Liveness;
use steadfast_core::report::Report;
use steadfast_core::time::Instant;

use super::KnownSession;
use super::filter::{Besides, Record};

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
    /// When its first report came in, by the collector's clock.
    pub first_heard: Instant,
    /// When its last report came in, by the collector's clock.
    pub last_heard: Instant,
    /// Name and version of the client's package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdk: Option<String>,
    /// The last time that a link was lost and nobody meant it; absent if none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_loss: Option<LastLoss>,
    /// What was added to the client's instants, in milliseconds; absent if the client did not tell
    /// the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew: Option<i64>,
}

/// A session that made room for others: only ended and stale ones do.
impl From<KnownSession> for Session {
    fn from(known: KnownSession) -> Self {
        let KnownSession { state, first_heard, heard_at, sdk, last_loss, clock_skew, .. } = known;
        let has_ended = state.status == Status::Disconnected;
        let liveness = if has_ended { Liveness::Ended } else { Liveness::Stale };
        Self { state, liveness, first_heard, last_heard: heard_at, sdk, last_loss, clock_skew }
    }
}

/// A link that was lost, and nobody meant it.
#[derive(Clone, Copy, Debug, JsonSchema, PartialEq, Serialize)]
pub struct LastLoss {
    /// When it was lost.
    pub at: Instant,
    /// Why.
    pub cause: Cause,
}

/// Some of an organisation's sessions.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
#[schemars(rename = "ConnectionPage")]
pub struct Page {
    /// The sessions.
    pub connections: Vec<Session>,
    /// How many there are in all.
    pub total: u64,
}

impl Session {
    pub(super) fn record(&self) -> Record<'_> {
        Record {
            session_id: &self.state.session_id,
            user_id: self.state.user_id.as_deref(),
            client_type: &self.state.client_type,
            status: self.state.status,
            liveness: self.liveness,
            quality: self.state.connection_quality,
            latency: self.state.latency,
            metadata: &self.state.metadata,
        }
    }

    pub(super) fn besides(&self) -> Besides<'_> {
        Besides {
            sdk: self.sdk.as_deref(),
            last_loss: self.last_loss,
            heard_at: self.last_heard,
            first_heard: self.first_heard,
        }
    }
}

impl LastLoss {
    /// The last loss that a report tells of, not later than `latest`. Of events that are too many a
    /// client leaves out the oldest.
    #[must_use]
    pub fn of(report: &Report, latest: Instant) -> Option<Self> {
        report.events.iter().rev().find_map(|event| match event.kind {
            EventKind::Disconnected { cause, planned: false } => {
                Some(Self { at: event.at.min(latest), cause })
            }
            _ => None,
        })
    }

    /// The later one of two.
    pub(crate) fn later(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(if other.at >= one.at { other } else { one }),
            (one, other) => one.or(other),
        }
    }
}
