//! What happened to one session.

use sqlx::Row;
use steadfast_core::event::Event;
use steadfast_core::time::Instant;

use super::rows::{from_count, from_json, from_millis, to_millis};
use super::{Store, StoreError, reading};
use crate::auth::OrganizationId;

/// The events that one report told of.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldEvents {
    /// The report.
    pub batch_id: String,
    /// When it came in.
    pub received_at: Instant,
    /// The begin of its window.
    pub window_start: Instant,
    /// The end of its window.
    pub window_end: Instant,
    /// What was added to the client's instants, in milliseconds; absent if it did not tell the
    /// time.
    pub clock_skew: Option<i64>,
    /// The events, in their order.
    pub events: Vec<Event>,
    /// How many events are missing.
    pub events_dropped: u64,
}

impl Store {
    /// What the reports of a session told of, whose windows ended before `before`; at most `limit`
    /// reports, the newest first. Reports whose events were removed are left out.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn told_events(
        &self,
        organization: &OrganizationId,
        session_id: &str,
        before: Instant,
        limit: u32,
    ) -> Result<Vec<ToldEvents>, StoreError> {
        let query = "SELECT batch_id, received_at, window_start, window_end, clock_skew, events,
                events_dropped
            FROM reports WHERE organization_id = $1 AND session_id = $2 AND window_end < $3
                AND events <> ''
            ORDER BY window_end DESC, batch_id DESC LIMIT $4";
        reading!(self, pool => {
            let rows = sqlx::query(query)
                .bind(organization.as_str())
                .bind(session_id)
                .bind(to_millis(before))
                .bind(i64::from(limit))
                .fetch_all(pool)
                .await?;
            rows.iter()
                .map(|row| {
                    Ok(ToldEvents {
                        batch_id: row.try_get("batch_id")?,
                        received_at: from_millis(row.try_get("received_at")?),
                        window_start: from_millis(row.try_get("window_start")?),
                        window_end: from_millis(row.try_get("window_end")?),
                        clock_skew: row.try_get("clock_skew")?,
                        events: from_json("the events of a report", row.try_get("events")?)?,
                        events_dropped: from_count(row.try_get("events_dropped")?),
                    })
                })
                .collect()
        })
    }
}
