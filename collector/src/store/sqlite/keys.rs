//! Organisations and keys.

use sqlx::Row;
use steadfast_core::time::Instant;

use super::{SqliteStore, StoreError, text, to_millis};
use crate::auth::{Key, KeyDigest, KeyKind, OrganizationId};

impl SqliteStore {
    /// Whether no organisation was created yet.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn is_new(&self) -> Result<bool, StoreError> {
        let query = "SELECT NOT EXISTS (SELECT 1 FROM organizations)";
        Ok(sqlx::query_scalar(query).fetch_one(&self.reader).await?)
    }

    /// Adds keys to an organisation, which is created if there is none of that name: all of them,
    /// or none.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn add_keys(
        &self,
        now: Instant,
        organization: &OrganizationId,
        keys: &[Key],
    ) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query(
            "INSERT INTO organizations (id, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(organization.as_str())
        .bind(to_millis(now))
        .execute(&mut *transaction)
        .await?;
        for key in keys {
            sqlx::query(
                "INSERT INTO keys (organization_id, digest, kind, created_at) VALUES (?, ?, ?, ?)",
            )
            .bind(organization.as_str())
            .bind(key.digest().as_bytes())
            .bind(key.kind().as_str())
            .bind(to_millis(now))
            .execute(&mut *transaction)
            .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Whose key it is, and of which kind.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn key(
        &self,
        digest: &KeyDigest,
    ) -> Result<Option<(OrganizationId, KeyKind)>, StoreError> {
        let found = sqlx::query("SELECT organization_id, kind FROM keys WHERE digest = ?")
            .bind(digest.as_bytes())
            .fetch_optional(&self.reader)
            .await?;
        let Some(row) = found else {
            return Ok(None);
        };
        let publishable = row.try_get::<&str, _>("kind")? == KeyKind::Publishable.as_str();
        let kind = if publishable { KeyKind::Publishable } else { KeyKind::Secret };
        Ok(Some((organization(&text(&row, "organization_id")?)?, kind)))
    }
}

/// An organisation's name as it was stored.
pub(super) fn organization(name: &str) -> Result<OrganizationId, StoreError> {
    name.parse().map_err(|error: crate::auth::AuthError| StoreError::Malformed {
        what: "an organisation",
        reason: error.to_string(),
    })
}
