//! What reports counted for in the figures of their organisations.

use sqlx::{ColumnIndex, Decode, Row, Type};
use steadfast_core::activity::Activity;
use steadfast_core::time::Instant;

use super::rows::{from_json, from_millis, organization};
use super::{Store, StoreError, reading};
use crate::auth::OrganizationId;
use crate::fleet::AcceptedReport;
use crate::ingest::Amount;

/// What a report counted for, and for whom.
#[derive(Clone, Debug)]
pub(crate) struct CountedReport {
    pub(crate) organization: OrganizationId,
    pub(crate) session_id: String,
    /// The key that it came with; empty if it is not known.
    pub(crate) key_id: String,
    pub(crate) received_at: Instant,
    pub(crate) amount: Amount,
}

/// How far back a collector that starts looks, in milliseconds.
const RECENT_MILLIS: i64 = 600_000;

/// Maximum number of reports that it reads.
const MAX_RECENT: i64 = 50_000;

impl Store {
    /// What the reports of the last ten minutes before the newest one counted for, in the order in which
    /// they came in; at most the newest 50,000.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub(crate) async fn counted_lately(&self) -> Result<Vec<CountedReport>, StoreError> {
        let query =
            "SELECT organization_id, session_id, key_id, sampling, share, activity, received_at
            FROM reports WHERE received_at >= (SELECT max(received_at) FROM reports) - $1
            ORDER BY received_at DESC LIMIT $2";
        let mut counted = reading!(self, pool => {
            let rows = sqlx::query(query).bind(RECENT_MILLIS).bind(MAX_RECENT).fetch_all(pool).await?;
            let read = rows.iter().map(|row| {
                let activity = from_json("the activity of a report", row.try_get("activity")?)?;
                counted(row, &activity)
            });
            read.collect::<Result<Vec<_>, StoreError>>()
        })?;
        counted.reverse();
        Ok(counted)
    }
}

/// What a report counted for that a row tells of.
pub(super) fn counted<'r, R>(row: &'r R, activity: &Activity) -> Result<CountedReport, StoreError>
where
    R: Row,
    &'static str: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    f64: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    Ok(CountedReport {
        organization: organization(row, "organization_id")?,
        session_id: row.try_get("session_id")?,
        key_id: row.try_get("key_id")?,
        received_at: from_millis(row.try_get("received_at")?),
        amount: AcceptedReport::counted(activity, row.try_get("sampling")?, row.try_get("share")?),
    })
}
