//! What happened minute by minute.
//!
//! Roll-ups merge by addition, so it does not matter who adds what: each process has rows of its
//! own, which no other writes to, and readers merge them.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::Row;
use steadfast_core::activity::Activity;
use steadfast_core::time::Instant;

use super::reports::Outcome;
use super::rows::{from_count, from_json, from_millis, to_millis};
use super::{Store, StoreError, reading, transaction};
use crate::auth::OrganizationId;
use crate::fleet::AcceptedReport;

/// What happened within a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollup {
    /// Its begin.
    pub at: Instant,
    /// How many reports speak of it.
    pub reports: u64,
    /// What happened.
    pub activity: Activity,
}

/// How far back a report counts where it belongs. One that comes later counts when it came in.
const LATEST: Duration = Duration::from_hours(1);

/// The length of a minute in milliseconds.
pub(super) const MINUTE: u64 = 60_000;

/// What reports add to each minute of each organisation.
pub(super) fn of<'a>(
    deliveries: &[&'a AcceptedReport],
    outcomes: &[Outcome],
) -> BTreeMap<(&'a str, i64), (i64, Activity)> {
    let mut rollups: BTreeMap<(&str, i64), (i64, Activity)> = BTreeMap::new();
    let stored = deliveries.iter().zip(outcomes).filter(|(_, to)| **to == Outcome::Stored);
    for (delivery, _) in stored {
        let at = counts_at(delivery).as_millis();
        let minute = to_millis(Instant::from_millis(at - at % MINUTE));
        let (reports, activity) =
            rollups.entry((delivery.organization.as_str(), minute)).or_default();
        *reports += i64::from(delivery.counted_windows() > 0);
        activity.merge(&delivery.activity());
    }
    rollups
}

/// The instant at which a report counts.
pub(super) fn counts_at(delivery: &AcceptedReport) -> Instant {
    let (of, received_at) = (delivery.as_of(), delivery.received_at);
    if received_at.saturating_since(of) > LATEST { received_at } else { of }
}

/// Adds to what this writer has stored of a minute.
macro_rules! merge {
    ($transaction:ident, $writer:expr, $key:ident, $rollup:ident) => {{
        let ((organization, minute), (reports, mut activity)) = ($key, $rollup);
        let known: Option<String> = sqlx::query_scalar($crate::store::rollups::SELECT_ONE)
            .bind(organization)
            .bind(minute)
            .bind(&*$writer)
            .fetch_optional(&mut *$transaction)
            .await?;
        if let Some(known) = known {
            activity.merge(&$crate::store::rows::from_json("a roll-up", &known)?);
        }
        sqlx::query($crate::store::rollups::UPSERT)
            .bind(organization)
            .bind(minute)
            .bind(&*$writer)
            .bind(reports)
            .bind($crate::store::rows::to_json("a roll-up", &activity)?)
            .execute(&mut *$transaction)
            .await?;
    }};
}

pub(super) use merge;

pub(super) const SELECT_ONE: &str = "SELECT activity FROM rollups
    WHERE organization_id = $1 AND minute = $2 AND writer = $3";

pub(super) const UPSERT: &str =
    "INSERT INTO rollups AS known (organization_id, minute, writer, reports, activity)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (organization_id, minute, writer) DO UPDATE SET
        reports = known.reports + excluded.reports, activity = excluded.activity";

impl Store {
    /// What happened in an organisation from `from` on and before `until`, in steps of that many
    /// minutes that begin at a multiple of them. Steps in which nothing was reported are left out.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn rollups(
        &self,
        organization: &OrganizationId,
        from: Instant,
        until: Instant,
        minutes: u32,
    ) -> Result<Vec<Rollup>, StoreError> {
        let query = "SELECT minute, reports, activity FROM rollups
            WHERE organization_id = $1 AND minute >= $2 AND minute < $3 ORDER BY minute";
        let step = MINUTE * u64::from(minutes.max(1));
        let mut merged: Vec<Rollup> = Vec::new();
        reading!(self, pool => {
            let rows = sqlx::query(query)
                .bind(organization.as_str())
                .bind(to_millis(from))
                .bind(to_millis(until))
                .fetch_all(pool)
                .await?;
            for row in &rows {
                let activity: Activity = from_json("a roll-up", row.try_get("activity")?)?;
                let reports = from_count(row.try_get("reports")?);
                let minute = from_millis(row.try_get("minute")?).as_millis();
                let at = Instant::from_millis(minute - minute % step);
                match merged.last_mut().filter(|last| last.at == at) {
                    None => merged.push(Rollup { at, reports, activity }),
                    Some(last) => {
                        last.reports = last.reports.saturating_add(reports);
                        last.activity.merge(&activity);
                    }
                }
            }
        });
        Ok(merged)
    }

    /// Removes roll-ups of minutes before `before`, at most `limit`, and says how many.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_rollups(&self, before: Instant, limit: u32) -> Result<u64, StoreError> {
        let query = "DELETE FROM rollups WHERE (organization_id, minute, writer) IN
            (SELECT organization_id, minute, writer FROM rollups WHERE minute < $1 LIMIT $2)";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(query).bind(to_millis(before)).bind(i64::from(limit));
            query.execute(&mut *transaction).await?.rows_affected()
        }))
    }
}
