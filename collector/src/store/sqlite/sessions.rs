//! The sessions' last records.

use sqlx::Row;
use steadfast_core::time::Instant;

use super::keys::organization;
use super::{SqliteStore, StoreError, from_millis, text, to_millis};
use crate::auth::OrganizationId;
use crate::fleet::KnownSession;

impl SqliteStore {
    /// The last records of every organisation's sessions, in the order in which the sessions were
    /// heard of; of each organisation at most the newest `limit`.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn sessions(&self, limit: usize) -> Result<Vec<KnownSession>, StoreError> {
        let query = "SELECT organization_id, as_of, heard_at, state FROM (
                SELECT *, row_number() OVER (
                    PARTITION BY organization_id ORDER BY heard_at DESC
                ) AS place FROM sessions
            ) WHERE place <= ? ORDER BY heard_at";
        let rows = sqlx::query(query)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.reader)
            .await?;
        rows.iter()
            .map(|row| {
                let state = serde_json::from_str(row.try_get("state")?);
                Ok(KnownSession {
                    organization: organization(&text(row, "organization_id")?)?,
                    state: state.map_err(|error| StoreError::Malformed {
                        what: "the record of a session",
                        reason: error.to_string(),
                    })?,
                    as_of: from_millis(row.try_get("as_of")?),
                    heard_at: from_millis(row.try_get("heard_at")?),
                })
            })
            .collect()
    }

    /// Removes sessions that were last heard of before `before`, at most `limit`, and says which.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_sessions(
        &self,
        before: Instant,
        limit: u32,
    ) -> Result<Vec<(OrganizationId, String)>, StoreError> {
        let query = "DELETE FROM sessions WHERE (organization_id, session_id) IN
            (SELECT organization_id, session_id FROM sessions WHERE heard_at < ? LIMIT ?)
            RETURNING organization_id, session_id";
        let query = sqlx::query(query).bind(to_millis(before)).bind(limit);
        let rows = query.fetch_all(&self.writer).await?;
        rows.iter()
            .map(|row| {
                Ok((organization(&text(row, "organization_id")?)?, text(row, "session_id")?))
            })
            .collect()
    }
}
