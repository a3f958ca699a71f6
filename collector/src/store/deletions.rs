//! Deletes sessions and organisations with everything that is stored of them.
//!
//! A deletion is a numbered commit, as reports are: collectors that share the database follow it by
//! its number, and what is reported after it begins anew. The commit removes what makes the data
//! visible. The rows that may be many are removed after it, some in each transaction, so that the
//! writer of reports waits for no more than that.

use sqlx::{AssertSqlSafe, Row};
use steadfast_core::time::Instant;

use super::audit::record;
use super::rows::{from_count, organization, to_count, to_millis};
use super::{Store, StoreError, reading, transaction};
use crate::audit::NewAuditEntry;
use crate::auth::OrganizationId;

/// What was deleted by one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletionRecord {
    /// The number of the commit.
    pub revision: u64,
    /// In which organisation.
    pub organization: OrganizationId,
    /// The session; absent for the whole organisation.
    pub session_id: Option<String>,
}

/// Result of removing some rows of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemovedRows {
    /// Rows that were removed.
    pub rows: u64,
    /// Reports among them.
    pub reports: u64,
    /// Whether nothing is left.
    pub is_done: bool,
}

/// Every table with rows of an organisation, and the columns that name a row. Deletions and the
/// audit log outlive the organisation.
pub const TABLES: [(&str, &str); 11] = [
    ("reports", "organization_id, batch_id"),
    ("sessions", "organization_id, session_id"),
    ("rollups", "organization_id, minute, writer"),
    ("breakdowns", "organization_id, key, minutes, start, writer"),
    ("alerts", "organization_id"),
    ("alert_history", "organization_id, id"),
    ("silences", "id"),
    ("webhooks", "id"),
    ("webhook_endpoints", "id"),
    ("tickets", "digest"),
    ("keys", "digest"),
];

/// Counts up the commits, and holds the others up until the transaction ends.
const NEXT_REVISION: &str =
    "UPDATE changes SET revision = revision + 1 WHERE id = 1 RETURNING revision";

const ADD: &str = "INSERT INTO deletions (revision, organization_id, session_id, deleted_at)
    VALUES ($1, $2, $3, $4)";

const DONE: &str = "UPDATE deletions SET done = 1
    WHERE revision = $1 AND organization_id = $2 AND session_id = $3";

impl Store {
    /// The sessions of a user that began by the commit of this number, at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn session_ids_of_user(
        &self,
        organization: &OrganizationId,
        user_id: &str,
        begun_by: u64,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let query = "SELECT session_id FROM sessions
            WHERE organization_id = $1 AND user_id = $2 AND begun <= $3 LIMIT $4";
        reading!(self, pool => {
            Ok(sqlx::query_scalar(query)
                .bind(organization.as_str())
                .bind(user_id)
                .bind(to_count(begun_by))
                .bind(i64::from(limit))
                .fetch_all(pool)
                .await?)
        })
    }

    /// Deletes sessions, so that nobody sees them any more, and says how many were there. Their reports are
    /// removed by [`Store::remove_deleted`].
    ///
    /// # Errors
    ///
    /// If the database fails. None was deleted then.
    pub async fn delete_sessions(
        &self,
        now: Instant,
        organization: &OrganizationId,
        session_ids: &[String],
    ) -> Result<u64, StoreError> {
        let delete = "DELETE FROM sessions WHERE organization_id = $1 AND session_id = $2";
        Ok(transaction!(self, transaction => {
            let revision: i64 =
                sqlx::query_scalar(NEXT_REVISION).fetch_one(&mut *transaction).await?;
            let mut deleted = 0;
            for session_id in session_ids {
                let query = sqlx::query(delete).bind(organization.as_str()).bind(session_id);
                deleted += query.execute(&mut *transaction).await?.rows_affected();
                sqlx::query(ADD)
                    .bind(revision)
                    .bind(organization.as_str())
                    .bind(session_id)
                    .bind(to_millis(now))
                    .execute(&mut *transaction)
                    .await?;
            }
            deleted
        }))
    }

    /// Deletes an organisation: its keys and tickets are good no longer, and it takes no new ones.
    /// The rest is removed by [`Store::remove_deleted`]. Says whether there is one of that name.
    ///
    /// # Errors
    ///
    /// If the database fails. Nothing was deleted then.
    pub async fn delete_organization(
        &self,
        now: Instant,
        organization: &OrganizationId,
        entry: &NewAuditEntry<'_>,
    ) -> Result<bool, StoreError> {
        let mark = "UPDATE organizations SET deleted_at = $2 WHERE id = $1";
        Ok(transaction!(self, transaction => {
            let revision: i64 =
                sqlx::query_scalar(NEXT_REVISION).fetch_one(&mut *transaction).await?;
            let query = sqlx::query(mark).bind(organization.as_str()).bind(to_millis(now));
            let exists = query.execute(&mut *transaction).await?.rows_affected() == 1;
            if exists {
                let keys = "UPDATE changes SET keys = keys + 1 WHERE id = 1";
                sqlx::query(keys).execute(&mut *transaction).await?;
                for statement in [
                    "DELETE FROM keys WHERE organization_id = $1",
                    "DELETE FROM tickets WHERE organization_id = $1",
                ] {
                    let query = sqlx::query(statement).bind(organization.as_str());
                    query.execute(&mut *transaction).await?;
                }
                sqlx::query(ADD)
                    .bind(revision)
                    .bind(organization.as_str())
                    .bind("")
                    .bind(to_millis(now))
                    .execute(&mut *transaction)
                    .await?;
                record!(transaction, entry);
            }
            exists
        }))
    }

    /// A deletion whose rows are not all removed, the oldest first; of that organisation, if one is
    /// named.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn next_deletion(
        &self,
        of: Option<&OrganizationId>,
    ) -> Result<Option<DeletionRecord>, StoreError> {
        let query = "SELECT revision, organization_id, session_id FROM deletions
            WHERE done = 0 AND ($1 = '' OR organization_id = $1) ORDER BY revision LIMIT 1";
        reading!(self, pool => {
            let query = sqlx::query(query).bind(of.map_or("", OrganizationId::as_str));
            query.fetch_optional(pool).await?.as_ref().map(|row| {
                Ok(DeletionRecord {
                    revision: from_count(row.try_get("revision")?),
                    organization: organization(row, "organization_id")?,
                    session_id: named(row.try_get("session_id")?),
                })
            }).transpose()
        })
    }

    /// The deletions of the commits after `after` and up to `until`, in their order.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn deletions(
        &self,
        after: u64,
        until: u64,
    ) -> Result<Vec<DeletionRecord>, StoreError> {
        let query = "SELECT revision, organization_id, session_id FROM deletions
            WHERE revision > $1 AND revision <= $2 ORDER BY revision";
        reading!(self, pool => {
            let query = sqlx::query(query).bind(to_count(after)).bind(to_count(until));
            query.fetch_all(pool).await?.iter().map(|row| {
                Ok(DeletionRecord {
                    revision: from_count(row.try_get("revision")?),
                    organization: organization(row, "organization_id")?,
                    session_id: named(row.try_get("session_id")?),
                })
            }).collect()
        })
    }

    /// Removes some rows of a deletion, at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_deleted(
        &self,
        deletion: &DeletionRecord,
        limit: u32,
    ) -> Result<RemovedRows, StoreError> {
        match &deletion.session_id {
            Some(session_id) => self.remove_session_rows(deletion, session_id, limit).await,
            None => self.remove_organization_rows(deletion, limit).await,
        }
    }

    /// Removes deletions whose rows are all removed, from before `before`, at most `limit`; and says
    /// how many.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_deletions(&self, before: Instant, limit: u32) -> Result<u64, StoreError> {
        let query = "DELETE FROM deletions WHERE (revision, organization_id, session_id) IN
            (SELECT revision, organization_id, session_id FROM deletions
                WHERE done = 1 AND deleted_at < $1 LIMIT $2)";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(query).bind(to_millis(before)).bind(i64::from(limit));
            query.execute(&mut *transaction).await?.rows_affected()
        }))
    }

    /// Reports that came in after the deletion are of a session that began anew.
    async fn remove_session_rows(
        &self,
        deletion: &DeletionRecord,
        session_id: &str,
        limit: u32,
    ) -> Result<RemovedRows, StoreError> {
        let (of, revision) = (deletion.organization.as_str(), to_count(deletion.revision));
        let remove = "DELETE FROM reports WHERE (organization_id, batch_id) IN
            (SELECT organization_id, batch_id FROM reports
                WHERE organization_id = $1 AND session_id = $2 AND revision < $3 LIMIT $4)";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(remove).bind(of).bind(session_id).bind(revision);
            let query = query.bind(i64::from(limit));
            let reports = query.execute(&mut *transaction).await?.rows_affected();
            let is_done = reports < u64::from(limit);
            if is_done {
                let query = sqlx::query(DONE).bind(revision).bind(of).bind(session_id);
                query.execute(&mut *transaction).await?;
            }
            RemovedRows { rows: reports, reports, is_done }
        }))
    }

    async fn remove_organization_rows(
        &self,
        deletion: &DeletionRecord,
        limit: u32,
    ) -> Result<RemovedRows, StoreError> {
        let of = deletion.organization.as_str();
        for (table, key) in TABLES {
            let remove = format!(
                "DELETE FROM {table} WHERE ({key}) IN
                    (SELECT {key} FROM {table} WHERE organization_id = $1 LIMIT $2)"
            );
            let removed = transaction!(self, transaction => {
                let query = sqlx::query(AssertSqlSafe(remove)).bind(of).bind(i64::from(limit));
                query.execute(&mut *transaction).await?.rows_affected()
            });
            if removed > 0 {
                let reports = if table == "reports" { removed } else { 0 };
                return Ok(RemovedRows { rows: removed, reports, is_done: false });
            }
        }
        match self.remove_organization(deletion).await {
            Ok(()) => Ok(RemovedRows { rows: 0, reports: 0, is_done: true }),
            // A report that was under way came in between: once more.
            Err(error) if error.is_of_a_value() => {
                Ok(RemovedRows { rows: 0, reports: 0, is_done: false })
            }
            Err(error) => Err(error),
        }
    }

    async fn remove_organization(&self, deletion: &DeletionRecord) -> Result<(), StoreError> {
        let of = deletion.organization.as_str();
        let remove = "DELETE FROM organizations WHERE id = $1 AND deleted_at IS NOT NULL";
        transaction!(self, transaction => {
            sqlx::query(remove).bind(of).execute(&mut *transaction).await?;
            let query = sqlx::query(DONE).bind(to_count(deletion.revision)).bind(of).bind("");
            query.execute(&mut *transaction).await?;
        });
        Ok(())
    }
}

/// A session's id as it stands in the table.
fn named(session_id: String) -> Option<String> {
    Some(session_id).filter(|session_id| !session_id.is_empty())
}
