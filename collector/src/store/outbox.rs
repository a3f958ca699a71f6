//! Messages that wait to be taken elsewhere.

use sqlx::Row;
use steadfast_core::time::Instant;

use super::rows::to_millis;
use super::{Store, StoreError, endpoints, reading, transaction};
use crate::webhooks::{OutboxMessage, Settled};

/// Adds a message to the receiver of the configuration, unless as many wait as may.
pub(super) const ADD: &str = "INSERT INTO webhooks
        (id, organization_id, created_at, due_at, attempts, body)
    SELECT $1, $2, $3, $3, 0, $4 WHERE (SELECT count(*) FROM webhooks) < $5";

/// Adds a message to each receiver of the organisation, unless as many wait as may: of all, or for
/// the receiver.
pub(super) const ADD_TO_ENDPOINTS: &str = "INSERT INTO webhooks
        (id, organization_id, created_at, due_at, attempts, body, endpoint_id)
    SELECT $1 || '_' || receiver.id, $2, $3, $3, 0, $4, receiver.id
    FROM webhook_endpoints AS receiver
    WHERE receiver.organization_id = $2
        AND (SELECT count(*) FROM webhooks) < $5
        AND (SELECT count(*) FROM webhooks AS waiting
            WHERE waiting.endpoint_id = receiver.id) < $6";

impl Store {
    /// Messages whose time has come, those that wait longest first, at most `limit`; those to the
    /// receiver of the configuration only if one `is_configured`.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn due_messages(
        &self,
        now: Instant,
        limit: u32,
        is_configured: bool,
    ) -> Result<Vec<OutboxMessage>, StoreError> {
        let query = "SELECT waiting.id AS id, body, attempts, endpoint_id, format, url, secret,
                receiver.created_at AS created_at, created_by
            FROM webhooks AS waiting
            LEFT JOIN webhook_endpoints AS receiver ON receiver.id = waiting.endpoint_id
            WHERE due_at <= $1 AND (endpoint_id IS NOT NULL OR $3)
            ORDER BY due_at, waiting.created_at LIMIT $2";
        reading!(self, pool => {
            let query =
                sqlx::query(query).bind(to_millis(now)).bind(i64::from(limit)).bind(is_configured);
            query.fetch_all(pool).await?.iter().map(|row| {
                let attempts: i64 = row.try_get("attempts")?;
                let endpoint: Option<String> = row.try_get("endpoint_id")?;
                Ok(OutboxMessage {
                    id: row.try_get("id")?,
                    body: row.try_get("body")?,
                    attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
                    endpoint: endpoint.map(|_| endpoints::endpoint(row)).transpose()?,
                })
            }).collect()
        })
    }

    /// Notes the results of messages that were sent, all of them or none.
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
