//! Tickets of the live stream, good at any collector on the database.

use sqlx::Row;
use steadfast_core::time::Instant;

use super::rows::{from_millis, organization, to_millis};
use super::{Store, StoreError, transaction};
use crate::auth::{KeyDigest, OrganizationId};

impl Store {
    /// Adds a ticket, unless `most` wait to be used; and whether it did. Those that are too old
    /// make room.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn add_ticket(
        &self,
        now: Instant,
        digest: &KeyDigest,
        organization: &OrganizationId,
        expires_at: Instant,
        most: u32,
    ) -> Result<bool, StoreError> {
        let add = "INSERT INTO tickets (digest, organization_id, expires_at)
            SELECT $1, $2, $3 WHERE (SELECT count(*) FROM tickets) < $4";
        Ok(transaction!(self, transaction => {
            sqlx::query("DELETE FROM tickets WHERE expires_at <= $1")
                .bind(to_millis(now))
                .execute(&mut *transaction)
                .await?;
            sqlx::query(add)
                .bind(digest.as_bytes())
                .bind(organization.as_str())
                .bind(to_millis(expires_at))
                .bind(i64::from(most))
                .execute(&mut *transaction)
                .await?
                .rows_affected() == 1
        }))
    }

    /// Takes a ticket, so that nobody can use it again: whose it is, and until when it was good.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn take_ticket(
        &self,
        digest: &KeyDigest,
    ) -> Result<Option<(OrganizationId, Instant)>, StoreError> {
        let take = "DELETE FROM tickets WHERE digest = $1 RETURNING organization_id, expires_at";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(take).bind(digest.as_bytes());
            match query.fetch_optional(&mut *transaction).await? {
                None => None,
                Some(row) => Some((
                    organization(&row, "organization_id")?,
                    from_millis(row.try_get("expires_at")?),
                )),
            }
        }))
    }
}
