//! Tickets of the live stream, good at any collector on the database.

use sqlx::Row;
use steadfast_core::time::Instant;

use super::rows::{self, from_millis, organization, to_millis};
use super::{Store, StoreError, transaction};
use crate::auth::{KeyDigest, OrganizationId};

/// A ticket, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTicket {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The key that it was given for.
    pub key: KeyDigest,
    /// Until when it is good.
    pub expires_at: Instant,
}

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
        ticket: &StoredTicket,
        most: u32,
    ) -> Result<bool, StoreError> {
        let add = "INSERT INTO tickets (digest, organization_id, key_digest, expires_at)
            SELECT $1, $2, $3, $4 WHERE (SELECT count(*) FROM tickets) < $5";
        Ok(transaction!(self, transaction => {
            sqlx::query("DELETE FROM tickets WHERE expires_at <= $1")
                .bind(to_millis(now))
                .execute(&mut *transaction)
                .await?;
            sqlx::query(add)
                .bind(digest.as_bytes())
                .bind(ticket.organization.as_str())
                .bind(ticket.key.as_bytes())
                .bind(to_millis(ticket.expires_at))
                .bind(i64::from(most))
                .execute(&mut *transaction)
                .await?
                .rows_affected() == 1
        }))
    }

    /// Takes a ticket, so that nobody can use it again.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn take_ticket(
        &self,
        digest: &KeyDigest,
    ) -> Result<Option<StoredTicket>, StoreError> {
        let take = "DELETE FROM tickets WHERE digest = $1
            RETURNING organization_id, key_digest, expires_at";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(take).bind(digest.as_bytes());
            match query.fetch_optional(&mut *transaction).await? {
                None => None,
                Some(row) => Some(StoredTicket {
                    organization: organization(&row, "organization_id")?,
                    key: rows::digest(&row, "key_digest")?,
                    expires_at: from_millis(row.try_get("expires_at")?),
                }),
            }
        }))
    }
}
