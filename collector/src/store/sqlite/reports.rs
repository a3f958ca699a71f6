//! Reports, and what they change.

use sqlx::{Acquire, SqliteConnection};
use steadfast_core::time::Instant;

use super::{SqliteStore, StoreError, to_json, to_millis};
use crate::fleet::Delivery;
use crate::store::Outcome;

impl SqliteStore {
    /// Stores reports in one transaction, and says of each what became of it, in their order. One
    /// that fails leaves nothing behind and takes no other with it.
    ///
    /// # Errors
    ///
    /// If nothing at all could be stored.
    pub async fn store_reports(
        &self,
        deliveries: &[&Delivery],
    ) -> Result<Vec<Result<Outcome, StoreError>>, StoreError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let mut outcomes = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            outcomes.push(store(&mut transaction, delivery).await);
        }
        transaction.commit().await?;
        Ok(outcomes)
    }

    /// Removes reports that came in before `before`, at most `limit`, and says how many.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_reports(&self, before: Instant, limit: u32) -> Result<u64, StoreError> {
        let query = "DELETE FROM reports WHERE rowid IN
            (SELECT rowid FROM reports WHERE received_at < ? LIMIT ?)";
        let query = sqlx::query(query).bind(to_millis(before)).bind(limit);
        Ok(query.execute(&self.writer).await?.rows_affected())
    }
}

async fn store(
    transaction: &mut SqliteConnection,
    delivery: &Delivery,
) -> Result<Outcome, StoreError> {
    let mut savepoint = transaction.begin().await?;
    if !insert_report(&mut savepoint, delivery).await? {
        return Ok(Outcome::Duplicate);
    }
    upsert_session(&mut savepoint, delivery).await?;
    savepoint.commit().await?;
    Ok(Outcome::Stored)
}

/// Whether it was not there yet.
async fn insert_report(
    connection: &mut SqliteConnection,
    delivery: &Delivery,
) -> Result<bool, StoreError> {
    let report = &delivery.report;
    let query = "INSERT INTO reports (organization_id, batch_id, session_id, received_at,
            window_start, window_end, sdk, sampling, activity, events, events_dropped)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (organization_id, batch_id) DO NOTHING";
    let done = sqlx::query(query)
        .bind(delivery.organization.as_str())
        .bind(&report.batch_id)
        .bind(&report.session.session_id)
        .bind(to_millis(delivery.received_at))
        .bind(to_millis(report.window.start))
        .bind(to_millis(report.window.end))
        .bind(&report.sdk)
        .bind(report.sampling)
        .bind(to_json("the activity of a report", &report.activity)?)
        .bind(to_json("the events of a report", &report.events)?)
        .bind(i64::try_from(report.events_dropped).unwrap_or(i64::MAX))
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

async fn upsert_session(
    connection: &mut SqliteConnection,
    delivery: &Delivery,
) -> Result<(), StoreError> {
    let session = &delivery.report.session;
    let query = "INSERT INTO sessions (organization_id, session_id, as_of, heard_at, state)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (organization_id, session_id) DO UPDATE SET
            as_of = max(as_of, excluded.as_of),
            heard_at = max(heard_at, excluded.heard_at),
            state = iif(excluded.as_of >= as_of, excluded.state, state)";
    sqlx::query(query)
        .bind(delivery.organization.as_str())
        .bind(&session.session_id)
        .bind(to_millis(delivery.as_of()))
        .bind(to_millis(delivery.received_at))
        .bind(to_json("the record of a session", session)?)
        .execute(connection)
        .await?;
    Ok(())
}
