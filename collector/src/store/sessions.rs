//! The sessions' last records.

use sqlx::Row;
use steadfast_core::time::Instant;

use super::rows::{from_duration, from_json, from_millis, organization, to_duration, to_millis};
use super::{Store, StoreError, reading, transaction};
use crate::fleet::{Delivery, KnownSession};

impl Store {
    /// The last records of every organisation's sessions, in the order in which the sessions were
    /// heard of; of each organisation at most the newest `limit`.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn sessions(&self, limit: usize) -> Result<Vec<KnownSession>, StoreError> {
        let query = "SELECT organization_id, as_of, heard_at, state, clock_skew, next_in FROM (
                SELECT *, row_number() OVER (
                    PARTITION BY organization_id ORDER BY heard_at DESC
                ) AS place FROM sessions
            ) AS ranked WHERE place <= $1 ORDER BY heard_at";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        reading!(self, pool => {
            let rows = sqlx::query(query).bind(limit).fetch_all(pool).await?;
            rows.iter()
                .map(|row| {
                    Ok(KnownSession {
                        organization: organization(row, "organization_id")?,
                        state: from_json("the record of a session", row.try_get("state")?)?,
                        as_of: from_millis(row.try_get("as_of")?),
                        heard_at: from_millis(row.try_get("heard_at")?),
                        clock_skew: row.try_get("clock_skew")?,
                        next_in: from_duration(row.try_get("next_in")?),
                    })
                })
                .collect()
        })
    }

    /// Notes that sessions may be silent for as long as these deliveries say, if that is longer than
    /// what is known.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn expect_later(&self, deliveries: &[&Delivery]) -> Result<(), StoreError> {
        let query = "UPDATE sessions SET next_in = $1
            WHERE organization_id = $2 AND session_id = $3 AND next_in < $1";
        transaction!(self, transaction => {
            for delivery in deliveries {
                sqlx::query(query)
                    .bind(to_duration(delivery.next_in))
                    .bind(delivery.organization.as_str())
                    .bind(&delivery.report.session.session_id)
                    .execute(&mut *transaction)
                    .await?;
            }
        });
        Ok(())
    }

    /// Removes sessions that were last heard of before `before`, at most `limit`, and says how
    /// many.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_sessions(&self, before: Instant, limit: u32) -> Result<u64, StoreError> {
        let query = "DELETE FROM sessions WHERE heard_at < $1 AND (organization_id, session_id) IN
            (SELECT organization_id, session_id FROM sessions WHERE heard_at < $1 LIMIT $2)";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(query).bind(to_millis(before)).bind(i64::from(limit));
            query.execute(&mut *transaction).await?.rows_affected()
        }))
    }
}
