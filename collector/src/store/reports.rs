//! Reports, and what they change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::Row;
use steadfast_core::activity::Activity;
use steadfast_core::connection::Status;
use steadfast_core::time::Instant;

use super::rows::{from_count, from_json, from_millis, to_count, to_duration, to_json, to_millis};
use super::weights::CountedReport;
use super::{
    Pools, Store, StoreError, breakdowns, owners, postgres, reading, rollups, sessions, sqlite,
    transaction, weights,
};
use crate::claim::TokenDigest;
use crate::fleet::{AcceptedReport, KnownSession, LastLoss};

/// The outcome of a report that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was stored already, and counts no second time.
    Duplicate,
    /// It is stored now.
    Stored,
}

/// Reports that were committed together.
#[derive(Debug)]
pub struct Commit {
    /// The number of the commit. Those of all collectors on a database count up without a gap.
    pub revision: u64,
    /// The outcome of each report, in their order.
    pub outcomes: Vec<Outcome>,
    /// The session that each report was taken for, in their order; absent if it is the one that the
    /// report names.
    pub other_sessions: Vec<Option<String>>,
}

/// A report that a collector has committed, and what is now known of its session.
#[derive(Clone, Debug)]
pub struct Followed {
    /// The session, with the newest record that was reported.
    pub session: KnownSession,
    /// What happened within the report's window, as it is counted.
    pub activity: Activity,
    /// What the report counted for.
    pub(crate) counted: CountedReport,
}

/// A report as it stands in the database.
pub(super) struct ReportRow<'a> {
    pub(super) organization: &'a str,
    pub(super) batch_id: &'a str,
    pub(super) session_id: &'a str,
    pub(super) received_at: i64,
    pub(super) window_start: i64,
    pub(super) window_end: i64,
    pub(super) sdk: &'a str,
    pub(super) sampling: f64,
    pub(super) activity: String,
    pub(super) events: String,
    pub(super) events_dropped: i64,
    pub(super) clock_skew: Option<i64>,
    pub(super) key_id: &'a str,
    pub(super) share: f64,
}

/// A session as it stands in the database.
pub(super) struct SessionRow<'a> {
    pub(super) organization: &'a str,
    pub(super) session_id: &'a str,
    pub(super) user_id: Option<&'a str>,
    pub(super) as_of: i64,
    pub(super) heard_at: i64,
    pub(super) state: String,
    pub(super) clock_skew: Option<i64>,
    pub(super) next_in: i64,
    pub(super) sdk: &'a str,
    pub(super) lost_at: Option<i64>,
    pub(super) lost_cause: Option<String>,
    pub(super) ended: bool,
    pub(super) token: Option<TokenDigest>,
    /// The commit, which begins the session if it is not known.
    pub(super) begun: i64,
}

/// Sessions by organisation and id.
type Sessions<'a> = BTreeMap<(&'a str, &'a str), SessionRow<'a>>;

impl Store {
    /// Stores reports in one transaction: all of them, or none.
    ///
    /// # Errors
    ///
    /// If they could not be stored. After [`StoreError::TimedOut`], and when the connection to the
    /// database broke, it is not known whether they were.
    pub async fn store_reports(
        &self,
        deliveries: &[&AcceptedReport],
    ) -> Result<Commit, StoreError> {
        match &self.pools {
            Pools::Postgres(pool) => {
                let mut transaction = pool.begin().await?;
                let revision = postgres::next_revision(&mut transaction).await?;
                let owners = owners::in_postgres(&mut transaction, deliveries).await?;
                let settled = owners::settle(deliveries, owners);
                let deliveries: &[_] = &settled.iter().map(AsRef::as_ref).collect::<Vec<_>>();
                let rows = report_rows(deliveries)?;
                let stored = postgres::insert_reports(&mut transaction, revision, &rows).await?;
                let outcomes = outcomes_of(deliveries, stored);
                let sessions = sessions_of(deliveries, &outcomes, revision)?;
                postgres::upsert_sessions(&mut transaction, sessions.values()).await?;
                for (key, rollup) in rollups::of(deliveries, &outcomes) {
                    rollups::merge!(transaction, self.writer, key, rollup);
                }
                let steps = breakdowns::of(deliveries, &outcomes, &self.breakdown_keys);
                breakdowns::merge_into_postgres(&mut transaction, &self.writer, steps).await?;
                transaction.commit().await?;
                Ok(Commit { revision, outcomes, other_sessions: owners::others(settled) })
            }
            Pools::Sqlite { writer, .. } => {
                let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
                let revision = sqlite::next_revision(&mut transaction).await?;
                let owners = owners::in_sqlite(&mut transaction, deliveries).await?;
                let settled = owners::settle(deliveries, owners);
                let deliveries: &[_] = &settled.iter().map(AsRef::as_ref).collect::<Vec<_>>();
                let rows = report_rows(deliveries)?;
                let mut outcomes = Vec::with_capacity(rows.len());
                for row in &rows {
                    let stored = sqlite::insert_report(&mut transaction, revision, row).await?;
                    outcomes.push(if stored { Outcome::Stored } else { Outcome::Duplicate });
                }
                for session in sessions_of(deliveries, &outcomes, revision)?.values() {
                    sqlite::upsert_session(&mut transaction, session).await?;
                }
                for (key, rollup) in rollups::of(deliveries, &outcomes) {
                    rollups::merge!(transaction, self.writer, key, rollup);
                }
                let steps = breakdowns::of(deliveries, &outcomes, &self.breakdown_keys);
                breakdowns::merge_into_sqlite(&mut transaction, &self.writer, steps).await?;
                transaction.commit().await?;
                Ok(Commit { revision, outcomes, other_sessions: owners::others(settled) })
            }
        }
    }

    /// Removes reports that came in before `before`, at most `limit`, and says how many.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_reports(&self, before: Instant, limit: u32) -> Result<u64, StoreError> {
        let query = "DELETE FROM reports WHERE (organization_id, batch_id) IN
            (SELECT organization_id, batch_id FROM reports WHERE received_at < $1 LIMIT $2)";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(query).bind(to_millis(before)).bind(i64::from(limit));
            query.execute(&mut *transaction).await?.rows_affected()
        }))
    }

    /// Removes the events of some reports that came in from `from` on and before `before`, about
    /// `limit` of them, the oldest first; and says where to go on, if there may be more.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_events(
        &self,
        from: Instant,
        before: Instant,
        limit: u32,
    ) -> Result<Option<Instant>, StoreError> {
        let next = "SELECT received_at FROM reports WHERE received_at >= $1 AND received_at < $2
            ORDER BY received_at LIMIT 1 OFFSET $3";
        let next: Option<i64> = reading!(self, pool => {
            let query = sqlx::query_scalar(next).bind(to_millis(from)).bind(to_millis(before));
            query.bind(i64::from(limit)).fetch_optional(pool).await
        })?;
        // Of more than that many that came in at once, all.
        let next = next.map(|at| from_millis(at).max(from + Duration::from_millis(1)));
        let remove = "UPDATE reports SET events = ''
            WHERE received_at >= $1 AND received_at < $2 AND events <> ''";
        transaction!(self, transaction => {
            sqlx::query(remove)
                .bind(to_millis(from))
                .bind(to_millis(next.unwrap_or(before)))
                .execute(&mut *transaction)
                .await?;
        });
        Ok(next)
    }

    /// The number of the last commit.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn revision(&self) -> Result<u64, StoreError> {
        let query = "SELECT revision FROM changes WHERE id = 1";
        let revision: i64 =
            reading!(self, pool => sqlx::query_scalar(query).fetch_one(pool).await)?;
        Ok(from_count(revision))
    }

    /// Writes that a collector is running now, also to see whether it can be done. If it cannot, what comes next is tried on
    /// another connection.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub async fn probe(&self, now: Instant) -> Result<(), StoreError> {
        let probed = self.note_alive(now).await;
        if probed.is_err()
            && let Pools::Sqlite { doubtful, .. } = &self.pools
        {
            doubtful.store(true, Ordering::Relaxed);
        }
        probed
    }

    /// Until when a collector was running on this database, within seconds; the origin if none was.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn alive_until(&self) -> Result<Instant, StoreError> {
        let query = "SELECT alive_at FROM changes WHERE id = 1";
        let alive_at: i64 =
            reading!(self, pool => sqlx::query_scalar(query).fetch_one(pool).await)?;
        Ok(from_millis(alive_at))
    }

    async fn note_alive(&self, now: Instant) -> Result<(), StoreError> {
        let query = "UPDATE changes SET alive_at = $1 WHERE id = 1";
        transaction!(self, transaction => {
            sqlx::query(query).bind(to_millis(now)).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    /// The reports of the commits after `after` and up to `until`, in their order.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn follow(&self, after: u64, until: u64) -> Result<Vec<Followed>, StoreError> {
        let query =
            "SELECT r.organization_id, r.session_id, r.sampling, r.activity, r.received_at, r.key_id, r.share,
                s.as_of, s.state, s.clock_skew, s.next_in, s.sdk, s.first_heard,
                s.lost_at, s.lost_cause, s.token
            FROM reports r JOIN sessions s
                ON s.organization_id = r.organization_id AND s.session_id = r.session_id
            WHERE r.revision > $1 AND r.revision <= $2 ORDER BY r.revision";
        reading!(self, pool => {
            let query = sqlx::query(query).bind(to_count(after)).bind(to_count(until));
            query.fetch_all(pool).await?.iter().map(|row| {
                let activity: Activity =
                    from_json("the activity of a report", row.try_get("activity")?)?;
                Ok(Followed {
                    session: sessions::known(row, "received_at")?,
                    counted: weights::counted(row, &activity)?,
                    activity: AcceptedReport::weighed(
                        &activity,
                        row.try_get("sampling")?,
                        row.try_get("share")?,
                    ),
                })
            }).collect()
        })
    }
}

fn report_rows<'a>(deliveries: &[&'a AcceptedReport]) -> Result<Vec<ReportRow<'a>>, StoreError> {
    deliveries.iter().map(|delivery| report_row(delivery)).collect()
}

fn report_row(delivery: &AcceptedReport) -> Result<ReportRow<'_>, StoreError> {
    let report = &delivery.report;
    Ok(ReportRow {
        organization: delivery.organization.as_str(),
        batch_id: &report.batch_id,
        session_id: &report.session.session_id,
        received_at: to_millis(delivery.received_at),
        window_start: to_millis(report.window.start),
        window_end: to_millis(report.window.end),
        sdk: &report.sdk,
        sampling: report.sampling,
        activity: to_json("the activity of a report", &report.activity)?,
        events: to_json("the events of a report", &report.events)?,
        events_dropped: to_count(report.events_dropped),
        clock_skew: delivery.clock_skew,
        key_id: &delivery.source.key_id,
        share: delivery.share,
    })
}

/// The outcome of each, if these were inserted. Of one that was handed in twice the first counts.
fn outcomes_of(
    deliveries: &[&AcceptedReport],
    mut inserted: BTreeSet<(String, String)>,
) -> Vec<Outcome> {
    let outcome = |delivery: &&AcceptedReport| {
        let organization = delivery.organization.as_str().to_owned();
        let key = (organization, delivery.report.batch_id.clone());
        if inserted.remove(&key) { Outcome::Stored } else { Outcome::Duplicate }
    };
    deliveries.iter().map(outcome).collect()
}

/// What the reports that were stored say of their sessions: of each the newest.
fn sessions_of<'a>(
    deliveries: &[&'a AcceptedReport],
    outcomes: &[Outcome],
    revision: u64,
) -> Result<Sessions<'a>, StoreError> {
    let mut newest: BTreeMap<_, (&AcceptedReport, Instant, Option<LastLoss>, Option<TokenDigest>)> =
        BTreeMap::new();
    for (delivery, outcome) in deliveries.iter().copied().zip(outcomes) {
        if *outcome == Outcome::Duplicate {
            continue;
        }
        let key = (delivery.organization.as_str(), delivery.report.session.session_id.as_str());
        let (known, heard_at, last_loss, token) =
            newest.entry(key).or_insert((delivery, delivery.received_at, None, None));
        if delivery.as_of() >= known.as_of() {
            *known = delivery;
        }
        *heard_at = delivery.received_at.max(*heard_at);
        *last_loss = LastLoss::later(*last_loss, delivery.last_loss());
        *token = token.or(delivery.claim.token());
    }
    newest
        .into_iter()
        .map(|((organization, session_id), (delivery, heard_at, last_loss, token))| {
            let cause = last_loss.map(|loss| to_json("the cause of a loss", &loss.cause));
            let row = SessionRow {
                organization,
                session_id,
                user_id: delivery.report.session.user_id.as_deref(),
                as_of: to_millis(delivery.as_of()),
                heard_at: to_millis(heard_at),
                state: to_json("the record of a session", &delivery.report.session)?,
                clock_skew: delivery.clock_skew,
                next_in: to_duration(delivery.next_in),
                sdk: &delivery.report.sdk,
                lost_at: last_loss.map(|loss| to_millis(loss.at)),
                lost_cause: cause.transpose()?,
                ended: delivery.report.session.status == Status::Disconnected,
                token,
                begun: to_count(revision),
            };
            Ok(((organization, session_id), row))
        })
        .collect()
}
