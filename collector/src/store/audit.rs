//! The audit log.

use sqlx::{ColumnIndex, Decode, Row, Type};
use steadfast_core::time::Instant;

use super::rows::{from_count, from_json, from_millis, to_count, to_json, to_millis};
use super::{Store, StoreError, reading, transaction};
use crate::audit::{AuditAction, AuditEntry, MAX_SUBJECT, NewAuditEntry};
use crate::auth::OrganizationId;

pub(super) const ADD: &str =
    "INSERT INTO audit (organization_id, at, key_id, key_name, action, subject)
    VALUES ($1, $2, $3, $4, $5, $6)";

/// Writes an entry within a transaction; whichever database that is of.
macro_rules! record {
    ($transaction:ident, $entry:expr) => {{
        let entry: &$crate::audit::NewAuditEntry<'_> = $entry;
        sqlx::query($crate::store::audit::ADD)
            .bind(entry.organization.as_str())
            .bind($crate::store::rows::to_millis(entry.at))
            .bind(entry.by.id())
            .bind(entry.by.name())
            .bind($crate::store::audit::action_text(entry.action)?)
            .bind($crate::store::audit::subject_text(entry.subject))
            .execute(&mut *$transaction)
            .await?
    }};
}

pub(super) use record;

impl Store {
    /// Writes an entry of the audit log, of a change that is made in no transaction of the store.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn audit(&self, entry: &NewAuditEntry<'_>) -> Result<(), StoreError> {
        transaction!(self, transaction => {
            record!(transaction, entry);
        });
        Ok(())
    }

    /// The entries of an organisation, the newest first, at most `limit`; those before the entry of
    /// the number `before`, if one is given.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn audit_entries(
        &self,
        organization: &OrganizationId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let query = "SELECT id, at, key_id, key_name, action, subject FROM audit
            WHERE organization_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
        reading!(self, pool => {
            let query = sqlx::query(query)
                .bind(organization.as_str())
                .bind(before.map_or(i64::MAX, to_count))
                .bind(i64::from(limit));
            query.fetch_all(pool).await?.iter().map(stored).collect()
        })
    }

    /// Removes entries from before `before`, at most `limit`, and says how many.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_audit_entries(
        &self,
        before: Instant,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let query = "DELETE FROM audit WHERE id IN
            (SELECT id FROM audit WHERE at < $1 ORDER BY at LIMIT $2)";
        Ok(transaction!(self, transaction => {
            sqlx::query(query)
                .bind(to_millis(before))
                .bind(i64::from(limit))
                .execute(&mut *transaction)
                .await?
                .rows_affected()
        }))
    }
}

/// The action as it stands in the database and in the API.
pub(super) fn action_text(action: AuditAction) -> Result<String, StoreError> {
    to_json("an action of the audit log", &action).map(|json| json.trim_matches('"').to_owned())
}

/// The subject, cut off at a character's boundary.
pub(super) fn subject_text(subject: &str) -> &str {
    &subject[..subject.floor_char_boundary(MAX_SUBJECT)]
}

fn stored<'r, R>(row: &'r R) -> Result<AuditEntry, StoreError>
where
    R: Row,
    &'static str: ColumnIndex<R>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
{
    let action = format!("\"{}\"", row.try_get::<&str, _>("action")?);
    Ok(AuditEntry {
        id: from_count(row.try_get("id")?),
        at: from_millis(row.try_get("at")?),
        key: row.try_get("key_id")?,
        key_name: row.try_get("key_name")?,
        action: from_json("an action of the audit log", &action)?,
        subject: row.try_get("subject")?,
    })
}
