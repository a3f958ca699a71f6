//! What happened by client type, version, cause and metadata, minute by minute and hour by hour.
//!
//! A range of days is read from the hours, which are as many as the minutes of a day. Both are written
//! in the commit of the reports that they count: so nothing has to be put together later, by whichever
//! of several processes, and a report that comes late counts in both.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::TryStreamExt as _;
use sqlx::{PgConnection, Row as _, SqliteConnection};
use steadfast_core::time::Instant;

use super::reports::Outcome;
use super::rollups;
use super::rows::{from_json, to_json, to_millis};
use super::{Store, StoreError, reading, transaction};
use crate::auth::OrganizationId;
use crate::breakdown::{Breakdown, BreakdownKey, Figures};
use crate::fleet::AcceptedReport;

/// The length of a step in which breakdowns are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Kept for two days.
    Minute,
    /// Kept as long as roll-ups are.
    Hour,
}

/// Where a breakdown stands: organisation, key, length of the step in minutes, and its begin.
type Place<'a> = (&'a str, String, i64, i64);

/// How many values are counted apart while a range is read: far more than are answered, so that one
/// that is rare in a part of the range is counted where it is not.
const MAX_MERGED: usize = 1000;

/// After the steps of a range are merged up to twice that many, the smallest are left out.
const WHILE_MERGING: usize = 2 * MAX_MERGED;

impl Step {
    /// The length.
    #[must_use]
    pub fn length(self) -> Duration {
        Duration::from_mins(match self {
            Self::Minute => 1,
            Self::Hour => 60,
        })
    }

    fn minutes(self) -> i64 {
        match self {
            Self::Minute => 1,
            Self::Hour => 60,
        }
    }

    /// The begin of the step that an instant is in.
    #[must_use]
    pub fn start(self, at: Instant) -> Instant {
        let millis = u64::try_from(self.length().as_millis()).unwrap_or(u64::MAX);
        Instant::from_millis(at.as_millis() - at.as_millis() % millis)
    }
}

/// What reports add to each step of each organisation.
pub(super) fn of<'a>(
    deliveries: &[&'a AcceptedReport],
    outcomes: &[Outcome],
    keys: &[BreakdownKey],
) -> BTreeMap<Place<'a>, Breakdown> {
    let mut minutes: BTreeMap<(&str, Instant), Vec<Breakdown>> = BTreeMap::new();
    let stored = deliveries.iter().zip(outcomes).filter(|(_, to)| **to == Outcome::Stored);
    for (delivery, _) in stored {
        let minute = Step::Minute.start(rollups::counts_at(delivery));
        let breakdowns = minutes.entry((delivery.organization.as_str(), minute)).or_default();
        breakdowns.resize_with(keys.len(), Breakdown::default);
        let figures = Figures::of(delivery);
        if figures.is_empty() {
            continue;
        }
        for (key, breakdown) in keys.iter().zip(breakdowns) {
            breakdown.count(key, delivery, &figures);
        }
    }
    let mut steps: BTreeMap<Place<'_>, Breakdown> = BTreeMap::new();
    for ((organization, minute), breakdowns) in minutes {
        for (key, breakdown) in keys.iter().zip(breakdowns) {
            if breakdown.is_empty() {
                continue;
            }
            let place = |step: Step| {
                (organization, key.to_string(), step.minutes(), to_millis(step.start(minute)))
            };
            steps.entry(place(Step::Hour)).or_default().merge(&breakdown);
            steps.insert(place(Step::Minute), breakdown);
        }
    }
    steps
}

/// The figures after those that are stored.
fn merged(known: Option<&str>, added: Breakdown) -> Result<String, StoreError> {
    let known = known.map(|known| from_json("a breakdown", known)).transpose()?;
    to_json("a breakdown", &added.after(&known.unwrap_or_default()))
}

/// Adds to what this writer has stored: a statement costs next to nothing, so two for each.
pub(super) async fn merge_into_sqlite(
    connection: &mut SqliteConnection,
    writer: &str,
    steps: BTreeMap<Place<'_>, Breakdown>,
) -> Result<(), StoreError> {
    let select = "SELECT figures FROM breakdowns WHERE organization_id = $1 AND key = $2
        AND minutes = $3 AND start = $4 AND writer = $5";
    let upsert = "INSERT INTO breakdowns (organization_id, key, minutes, start, writer, figures)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (organization_id, key, minutes, start, writer)
            DO UPDATE SET figures = excluded.figures";
    for ((organization, key, minutes, start), added) in steps {
        let known: Option<String> = sqlx::query_scalar(select)
            .bind(organization)
            .bind(&key)
            .bind(minutes)
            .bind(start)
            .bind(writer)
            .fetch_optional(&mut *connection)
            .await?;
        sqlx::query(upsert)
            .bind(organization)
            .bind(&key)
            .bind(minutes)
            .bind(start)
            .bind(writer)
            .bind(merged(known.as_deref(), added)?)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Adds to what this writer has stored: a statement costs a round trip, so two for all.
pub(super) async fn merge_into_postgres(
    connection: &mut PgConnection,
    writer: &str,
    steps: BTreeMap<Place<'_>, Breakdown>,
) -> Result<(), StoreError> {
    let select =
        "SELECT known.organization_id, known.key, known.minutes, known.start, known.figures
        FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
            AS wanted (organization_id, key, minutes, start)
        JOIN breakdowns known USING (organization_id, key, minutes, start)
        WHERE known.writer = $5";
    let upsert = "INSERT INTO breakdowns (organization_id, key, minutes, start, figures, writer)
        SELECT *, $6 FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])
        ON CONFLICT (organization_id, key, minutes, start, writer)
            DO UPDATE SET figures = excluded.figures";
    let organizations: Vec<&str> = steps.keys().map(|place| place.0).collect();
    let keys: Vec<&str> = steps.keys().map(|place| place.1.as_str()).collect();
    let minutes: Vec<i64> = steps.keys().map(|place| place.2).collect();
    let starts: Vec<i64> = steps.keys().map(|place| place.3).collect();
    let rows: Vec<(String, String, i64, i64, String)> = sqlx::query_as(select)
        .bind(&organizations)
        .bind(&keys)
        .bind(&minutes)
        .bind(&starts)
        .bind(writer)
        .fetch_all(&mut *connection)
        .await?;
    let known: BTreeMap<(&str, &str, i64, i64), &str> = rows
        .iter()
        .map(|(of, key, minutes, start, figures)| {
            ((of.as_str(), key.as_str(), *minutes, *start), figures.as_str())
        })
        .collect();
    let mut figures = Vec::with_capacity(steps.len());
    for ((organization, key, minutes, start), added) in &steps {
        let known = known.get(&(*organization, key.as_str(), *minutes, *start));
        figures.push(merged(known.copied(), added.clone())?);
    }
    sqlx::query(upsert)
        .bind(&organizations)
        .bind(&keys)
        .bind(&minutes)
        .bind(&starts)
        .bind(&figures)
        .bind(writer)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

impl Store {
    /// What happened by a key in the steps that begin at `from` or later, and before `until`. Of more
    /// than a thousand values those with few reports count under the rest.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn breakdown(
        &self,
        organization: &OrganizationId,
        key: &BreakdownKey,
        step: Step,
        from: Instant,
        until: Instant,
    ) -> Result<Breakdown, StoreError> {
        let query = "SELECT figures FROM breakdowns WHERE organization_id = $1 AND key = $2
            AND minutes = $3 AND start >= $4 AND start < $5";
        let mut all = Breakdown::default();
        reading!(self, pool => {
            let mut rows = sqlx::query(query)
                .bind(organization.as_str())
                .bind(key.to_string())
                .bind(step.minutes())
                .bind(to_millis(from))
                .bind(to_millis(until))
                .fetch(pool);
            while let Some(row) = rows.try_next().await? {
                let figures: Breakdown = from_json("a breakdown", row.try_get("figures")?)?;
                all.merge(&figures);
                if all.values.len() > WHILE_MERGING {
                    all.bound(MAX_MERGED);
                }
            }
        });
        Ok(all)
    }

    /// Removes breakdowns of steps that began before `before`, at most `limit`, and says how many.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_breakdowns(
        &self,
        step: Step,
        before: Instant,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let query = "DELETE FROM breakdowns
            WHERE (organization_id, key, minutes, start, writer) IN
                (SELECT organization_id, key, minutes, start, writer FROM breakdowns
                WHERE minutes = $1 AND start < $2 LIMIT $3)";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(query).bind(step.minutes()).bind(to_millis(before));
            query.bind(i64::from(limit)).execute(&mut *transaction).await?.rows_affected()
        }))
    }
}
