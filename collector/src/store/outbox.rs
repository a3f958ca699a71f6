//! Messages that wait to be taken elsewhere.

use sqlx::Row;
use steadfast_core::time::Instant;

use super::rows::to_millis;
use super::{Store, StoreError, reading, transaction};
use crate::webhooks::{OutboxMessage, Settled};

/// Adds a message, unless as many wait as may.
pub(super) const ADD: &str = "INSERT INTO webhooks
        (id, organization_id, created_at, due_at, attempts, body)
    SELECT $1, $2, $3, $3, 0, $4 WHERE (SELECT count(*) FROM webhooks) < $5";

impl Store {
    /// Messages whose time has come, those that wait longest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn due_messages(
        &self,
        now: Instant,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, StoreError> {
        let query = "SELECT id, body, attempts FROM webhooks
            WHERE due_at <= $1 ORDER BY due_at, created_at LIMIT $2";
        reading!(self, pool => {
            let query = sqlx::query(query).bind(to_millis(now)).bind(i64::from(limit));
            query.fetch_all(pool).await?.iter().map(|row| {
                let attempts: i64 = row.try_get("attempts")?;
                Ok(OutboxMessage {
                    id: row.try_get("id")?,
                    body: row.try_get("body")?,
                    attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
                })
            }).collect()
        })
    }

    /// Notes what became of messages that were sent, all of them or none.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn settle_messages(&self, settled: &[Settled]) -> Result<(), StoreError> {
        let over = "DELETE FROM webhooks WHERE id = $1";
        let later = "UPDATE webhooks SET attempts = attempts + 1, due_at = $2 WHERE id = $1";
        transaction!(self, transaction => {
            for Settled { id, due_at } in settled {
                let query = match due_at {
                    None => sqlx::query(over).bind(id),
                    Some(due_at) => sqlx::query(later).bind(id).bind(to_millis(*due_at)),
                };
                query.execute(&mut *transaction).await?;
            }
        });
        Ok(())
    }
}
