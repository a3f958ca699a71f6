//! The sessions' last records.

use sqlx::{ColumnIndex, Decode, Row, Type};
use steadfast_core::time::Instant;

use super::rows::{
    from_duration, from_json, from_millis, organization, to_duration, to_millis, token,
};
use super::{Store, StoreError, reading, transaction};
use crate::auth::OrganizationId;
use crate::fleet::{AcceptedReport, KnownSession, LastLoss};

impl Store {
    /// The last records of every organisation's sessions, in the order in which the sessions were
    /// heard of; of each organisation at most the newest `limit`.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn sessions(&self, limit: usize) -> Result<Vec<KnownSession>, StoreError> {
        let query = "SELECT organization_id, as_of, heard_at, state, clock_skew, next_in, sdk,
                first_heard, lost_at, lost_cause, token FROM (
                SELECT *, row_number() OVER (
                    PARTITION BY organization_id ORDER BY heard_at DESC
                ) AS place FROM sessions
            ) AS ranked WHERE place <= $1 ORDER BY heard_at";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        reading!(self, pool => {
            let rows = sqlx::query(query).bind(limit).fetch_all(pool).await?;
            rows.iter().map(|row| known(row, "heard_at")).collect()
        })
    }

    /// A session, also one that made room for others in memory.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn session(
        &self,
        organization: &OrganizationId,
        session_id: &str,
    ) -> Result<Option<KnownSession>, StoreError> {
        let query = "SELECT organization_id, as_of, heard_at, state, clock_skew, next_in, sdk,
                first_heard, lost_at, lost_cause, token
            FROM sessions WHERE organization_id = $1 AND session_id = $2";
        reading!(self, pool => {
            let query = sqlx::query(query).bind(organization.as_str()).bind(session_id);
            let row = query.fetch_optional(pool).await?;
            row.as_ref().map(|row| known(row, "heard_at")).transpose()
        })
    }

    /// Notes that sessions may be silent for as long as these deliveries say, if that is longer than
    /// what is known.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn expect_later(&self, deliveries: &[&AcceptedReport]) -> Result<(), StoreError> {
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

    /// Removes sessions that have ended, and were last heard of before `before`, at most `limit`; and
    /// says how many.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_ended_sessions(
        &self,
        before: Instant,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let query = "DELETE FROM sessions WHERE heard_at < $1 AND ended = TRUE
            AND (organization_id, session_id) IN
            (SELECT organization_id, session_id FROM sessions
                WHERE ended = TRUE AND heard_at < $1 LIMIT $2)";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(query).bind(to_millis(before)).bind(i64::from(limit));
            query.execute(&mut *transaction).await?.rows_affected()
        }))
    }

    /// Removes sessions that are stale as of `now`, and were last heard of before `before`, at most
    /// `limit`; and says how many.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_stale_sessions(
        &self,
        now: Instant,
        before: Instant,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let query = "DELETE FROM sessions WHERE heard_at < $1 AND ended = FALSE
            AND (organization_id, session_id) IN
            (SELECT organization_id, session_id FROM sessions
                WHERE ended = FALSE AND heard_at < $1 AND heard_at + 3 * next_in < $2 LIMIT $3)";
        Ok(transaction!(self, transaction => {
            sqlx::query(query)
                .bind(to_millis(before))
                .bind(to_millis(now))
                .bind(i64::from(limit))
                .execute(&mut *transaction)
                .await?
                .rows_affected()
        }))
    }
}

/// A session that a row tells of, heard of when a column says.
pub(super) fn known<'r, R>(row: &'r R, heard_at: &'static str) -> Result<KnownSession, StoreError>
where
    R: Row,
    &'static str: ColumnIndex<R>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    let heard_at = from_millis(row.try_get(heard_at)?);
    let first_heard: Option<i64> = row.try_get("first_heard")?;
    let lost_at: Option<i64> = row.try_get("lost_at")?;
    let lost_cause: Option<&str> = row.try_get("lost_cause")?;
    let last_loss = lost_at.zip(lost_cause).map(|(at, cause)| {
        let cause = from_json("the cause of a loss", cause)?;
        Ok::<_, StoreError>(LastLoss { at: from_millis(at), cause })
    });
    Ok(KnownSession {
        organization: organization(row, "organization_id")?,
        state: from_json("the record of a session", row.try_get("state")?)?,
        as_of: from_millis(row.try_get("as_of")?),
        first_heard: first_heard.map_or(heard_at, from_millis),
        heard_at,
        sdk: row.try_get::<Option<&str>, _>("sdk")?.map(str::to_owned),
        last_loss: last_loss.transpose()?,
        clock_skew: row.try_get("clock_skew")?,
        next_in: from_duration(row.try_get("next_in")?),
        token: row.try_get::<Option<&[u8]>, _>("token")?.map(token).transpose()?,
    })
}
