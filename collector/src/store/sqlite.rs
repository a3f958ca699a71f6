//! How reports are written to `SQLite`: a statement costs next to nothing, so one for each.

use sqlx::SqliteConnection;

use super::StoreError;
use super::reports::{ReportRow, SessionRow};
use super::rows::{from_count, to_count};
use crate::claim::TokenDigest;

/// Counts up the commits.
pub(super) async fn next_revision(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let query = "UPDATE changes SET revision = revision + 1 WHERE id = 1 RETURNING revision";
    let revision: i64 = sqlx::query_scalar(query).fetch_one(connection).await?;
    Ok(from_count(revision))
}

/// Whether it was not there yet.
pub(super) async fn insert_report(
    connection: &mut SqliteConnection,
    revision: u64,
    row: &ReportRow<'_>,
) -> Result<bool, StoreError> {
    let query = "INSERT INTO reports (organization_id, batch_id, session_id, received_at,
            window_start, window_end, sdk, sampling, activity, events, events_dropped, clock_skew,
            revision, key_id, share)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (organization_id, batch_id) DO NOTHING";
    let done = sqlx::query(query)
        .bind(row.organization)
        .bind(row.batch_id)
        .bind(row.session_id)
        .bind(row.received_at)
        .bind(row.window_start)
        .bind(row.window_end)
        .bind(row.sdk)
        .bind(row.sampling)
        .bind(&row.activity)
        .bind(&row.events)
        .bind(row.events_dropped)
        .bind(row.clock_skew)
        .bind(to_count(revision))
        .bind(row.key_id)
        .bind(row.share)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Replaces an older record of a session.
pub(super) async fn upsert_session(
    connection: &mut SqliteConnection,
    row: &SessionRow<'_>,
) -> Result<(), StoreError> {
    let query = "INSERT INTO sessions
            (organization_id, session_id, as_of, heard_at, state, clock_skew, next_in, user_id,
            sdk, first_heard, lost_at, lost_cause, ended, begun, token)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $4, $10, $11, $12, $13, $14)
        ON CONFLICT (organization_id, session_id) DO UPDATE SET
            as_of = max(as_of, excluded.as_of),
            heard_at = max(heard_at, excluded.heard_at),
            next_in = excluded.next_in,
            user_id = excluded.user_id,
            token = coalesce(token, excluded.token),
            state = iif(excluded.as_of >= as_of, excluded.state, state),
            clock_skew = iif(excluded.as_of >= as_of, excluded.clock_skew, clock_skew),
            sdk = iif(excluded.as_of >= as_of, excluded.sdk, sdk),
            ended = iif(excluded.as_of >= as_of, excluded.ended, ended),
            lost_at = iif(excluded.lost_at >= coalesce(lost_at, 0), excluded.lost_at, lost_at),
            lost_cause = iif(excluded.lost_at >= coalesce(lost_at, 0),
                excluded.lost_cause, lost_cause)";
    sqlx::query(query)
        .bind(row.organization)
        .bind(row.session_id)
        .bind(row.as_of)
        .bind(row.heard_at)
        .bind(&row.state)
        .bind(row.clock_skew)
        .bind(row.next_in)
        .bind(row.user_id)
        .bind(row.sdk)
        .bind(row.lost_at)
        .bind(row.lost_cause.as_deref())
        .bind(row.ended)
        .bind(row.begun)
        .bind(row.token.as_ref().map(TokenDigest::as_bytes))
        .execute(connection)
        .await?;
    Ok(())
}
