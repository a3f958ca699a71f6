//! How reports are written to `PostgreSQL`: a statement costs a round trip, so one for all.

use std::collections::BTreeSet;

use sqlx::PgConnection;

use super::StoreError;
use super::reports::{ReportRow, SessionRow};
use super::rows::{from_count, to_count};
use crate::claim::TokenDigest;

/// Counts up the commits. The next writer waits here until this transaction has ended: so a
/// commit is seen only after those with a smaller number, and no two wait for each other.
pub(super) async fn next_revision(connection: &mut PgConnection) -> Result<u64, StoreError> {
    let query = "UPDATE changes SET revision = revision + 1 WHERE id = 1 RETURNING revision";
    let revision: i64 = sqlx::query_scalar(query).fetch_one(connection).await?;
    Ok(from_count(revision))
}

/// The organisation and batch of those that were not there yet.
pub(super) async fn insert_reports(
    connection: &mut PgConnection,
    revision: u64,
    rows: &[ReportRow<'_>],
) -> Result<BTreeSet<(String, String)>, StoreError> {
    let query = "INSERT INTO reports (organization_id, batch_id, session_id, received_at,
            window_start, window_end, sdk, sampling, activity, events, events_dropped, clock_skew,
            key_id, share, revision)
        SELECT *, $15::bigint FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[],
            $5::bigint[], $6::bigint[], $7::text[], $8::double precision[], $9::text[], $10::text[],
            $11::bigint[], $12::bigint[], $13::text[], $14::double precision[])
        ON CONFLICT (organization_id, batch_id) DO NOTHING
        RETURNING organization_id, batch_id";
    let inserted: Vec<(String, String)> = sqlx::query_as(query)
        .bind(column(rows, |row| row.organization))
        .bind(column(rows, |row| row.batch_id))
        .bind(column(rows, |row| row.session_id))
        .bind(column(rows, |row| row.received_at))
        .bind(column(rows, |row| row.window_start))
        .bind(column(rows, |row| row.window_end))
        .bind(column(rows, |row| row.sdk))
        .bind(column(rows, |row| row.sampling))
        .bind(column(rows, |row| row.activity.as_str()))
        .bind(column(rows, |row| row.events.as_str()))
        .bind(column(rows, |row| row.events_dropped))
        .bind(column(rows, |row| row.clock_skew))
        .bind(column(rows, |row| row.key_id))
        .bind(column(rows, |row| row.share))
        .bind(to_count(revision))
        .fetch_all(connection)
        .await?;
    Ok(inserted.into_iter().collect())
}

/// Replaces older records of sessions.
pub(super) async fn upsert_sessions<'a>(
    connection: &mut PgConnection,
    rows: impl Iterator<Item = &'a SessionRow<'a>>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let query = "INSERT INTO sessions AS known
            (organization_id, session_id, as_of, heard_at, state, clock_skew, next_in, user_id,
            sdk, first_heard, lost_at, lost_cause, ended, begun, token)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::text[],
            $6::bigint[], $7::bigint[], $8::text[], $9::text[], $4::bigint[], $10::bigint[],
            $11::text[], $12::boolean[], $13::bigint[], $14::bytea[])
        ON CONFLICT (organization_id, session_id) DO UPDATE SET
            as_of = greatest(known.as_of, excluded.as_of),
            heard_at = greatest(known.heard_at, excluded.heard_at),
            next_in = excluded.next_in,
            user_id = excluded.user_id,
            token = coalesce(known.token, excluded.token),
            state = CASE WHEN excluded.as_of >= known.as_of
                THEN excluded.state ELSE known.state END,
            clock_skew = CASE WHEN excluded.as_of >= known.as_of
                THEN excluded.clock_skew ELSE known.clock_skew END,
            sdk = CASE WHEN excluded.as_of >= known.as_of THEN excluded.sdk ELSE known.sdk END,
            ended = CASE WHEN excluded.as_of >= known.as_of
                THEN excluded.ended ELSE known.ended END,
            lost_at = CASE WHEN excluded.lost_at >= coalesce(known.lost_at, 0)
                THEN excluded.lost_at ELSE known.lost_at END,
            lost_cause = CASE WHEN excluded.lost_at >= coalesce(known.lost_at, 0)
                THEN excluded.lost_cause ELSE known.lost_cause END";
    sqlx::query(query)
        .bind(column(&rows, |row| row.organization))
        .bind(column(&rows, |row| row.session_id))
        .bind(column(&rows, |row| row.as_of))
        .bind(column(&rows, |row| row.heard_at))
        .bind(column(&rows, |row| row.state.as_str()))
        .bind(column(&rows, |row| row.clock_skew))
        .bind(column(&rows, |row| row.next_in))
        .bind(column(&rows, |row| row.user_id))
        .bind(column(&rows, |row| row.sdk))
        .bind(column(&rows, |row| row.lost_at))
        .bind(column(&rows, |row| row.lost_cause.as_deref()))
        .bind(column(&rows, |row| row.ended))
        .bind(column(&rows, |row| row.begun))
        .bind(column(&rows, |row| row.token.as_ref().map(TokenDigest::as_bytes)))
        .execute(connection)
        .await?;
    Ok(())
}

/// One value of each row.
fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}
