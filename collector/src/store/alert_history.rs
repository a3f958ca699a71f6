//! Every alert that was raised, and what people did about it.

use steadfast_core::time::Instant;

use sqlx::Row;

use super::rows::{from_json, organization, to_count, to_millis};
use super::{Store, StoreError, reading, transaction};
use crate::alerts::{HistoryEntry, HistoryQuery, Unannounced};
use crate::auth::OrganizationId;

/// Adds an alert, or a change of it.
pub(super) const RECORD: &str = "INSERT INTO alert_history
        (organization_id, id, began_at, resolved_at, alert, acknowledged_by, note, announced)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (organization_id, id) DO UPDATE SET
        resolved_at = excluded.resolved_at,
        alert = excluded.alert,
        acknowledged_by = coalesce(excluded.acknowledged_by, alert_history.acknowledged_by),
        note = CASE WHEN excluded.acknowledged_by IS NULL
            THEN alert_history.note ELSE excluded.note END,
        announced = excluded.announced";

impl Store {
    /// The alerts of an organisation that were raised, the newest first.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn alert_history(
        &self,
        organization: &OrganizationId,
        asked: &HistoryQuery,
    ) -> Result<Vec<HistoryEntry>, StoreError> {
        let query = "SELECT alert, acknowledged_by, note FROM alert_history
            WHERE organization_id = $1 AND id < $2 AND began_at >= $3 AND began_at < $4
            ORDER BY id DESC LIMIT $5";
        let before = asked.before.map_or(i64::MAX, i64::from);
        let from = asked.from.map_or(i64::MIN, to_millis);
        let until = asked.until.map_or(i64::MAX, to_millis);
        reading!(self, pool => {
            let query = sqlx::query(query)
                .bind(organization.as_str())
                .bind(before)
                .bind(from)
                .bind(until)
                .bind(i64::from(asked.limit));
            query.fetch_all(pool).await?.iter().map(|row| {
                Ok(HistoryEntry {
                    alert: from_json("an alert", row.try_get("alert")?)?,
                    acknowledged_by: row.try_get("acknowledged_by")?,
                    note: row.try_get("note")?,
                })
            }).collect()
        })
    }

    /// Alerts that are not over, and of which nothing was sent since they were silenced.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn unannounced_alerts(&self) -> Result<Vec<Unannounced>, StoreError> {
        let query = "SELECT organization_id, id FROM alert_history
            WHERE announced = 0 AND resolved_at IS NULL";
        reading!(self, pool => {
            sqlx::query(query).fetch_all(pool).await?.iter().map(|row| {
                let id: i64 = row.try_get("id")?;
                Ok((organization(row, "organization_id")?, u32::try_from(id).unwrap_or_default()))
            }).collect()
        })
    }

    /// Forgets alerts that were over before `resolved_before`, at most `limit`; and how many those
    /// were.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_alert_history(
        &self,
        resolved_before: Instant,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let query = "DELETE FROM alert_history WHERE (organization_id, id) IN (
            SELECT organization_id, id FROM alert_history WHERE resolved_at < $1 LIMIT $2)";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(query).bind(to_millis(resolved_before)).bind(to_count(limit.into()));
            query.execute(&mut *transaction).await?.rows_affected()
        }))
    }
}
