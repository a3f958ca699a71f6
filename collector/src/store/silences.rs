//! Silences, which every collector on the database keeps to.

use sqlx::{ColumnIndex, Decode, Row, Type};
use steadfast_core::health::{AlertKind, Severity};
use steadfast_core::time::Instant;

use super::audit::record;
use super::rows::{from_millis, organization, to_millis};
use super::{Store, StoreError, reading, transaction};
use crate::alerts::Silence;
use crate::audit::{Actor, AuditAction, NewAuditEntry};
use crate::auth::OrganizationId;

const COLUMNS: &str = "SELECT organization_id, id, type, severity, created_at, ends_at, note,
    created_by FROM silences";

impl Store {
    /// Adds a silence, and says so in the audit log.
    ///
    /// # Errors
    ///
    /// If the organisation has as many as may be, or the database fails.
    pub async fn add_silence(
        &self,
        organization: &OrganizationId,
        silence: &Silence,
        by: &Actor,
    ) -> Result<(), StoreError> {
        let add = "INSERT INTO silences
                (id, organization_id, type, severity, created_at, ends_at, note, created_by)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE
                (SELECT count(*) FROM silences WHERE organization_id = $2 AND ends_at > $5) < $9";
        transaction!(self, transaction => {
            let done = sqlx::query(add)
                .bind(&silence.id)
                .bind(organization.as_str())
                .bind(silence.kind.map(AlertKind::as_str))
                .bind(silence.severity.map(severity_text))
                .bind(to_millis(silence.created_at))
                .bind(to_millis(silence.until))
                .bind(&silence.note)
                .bind(&silence.created_by)
                .bind(i64::from(Silence::MOST))
                .execute(&mut *transaction)
                .await?;
            if done.rows_affected() == 0 {
                return Err(StoreError::TooManySilences);
            }
            let (at, action, subject) =
                (silence.created_at, AuditAction::SilenceCreated, &*silence.id);
            record!(transaction, &NewAuditEntry { at, organization, by, action, subject });
        });
        Ok(())
    }

    /// The silences of an organisation that have not ended, the one that ends first first.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn silences(
        &self,
        organization: &OrganizationId,
        now: Instant,
    ) -> Result<Vec<Silence>, StoreError> {
        let all = self.all_silences(now).await?.into_iter();
        Ok(all.filter(|(of, _)| of == organization).map(|(_, silence)| silence).collect())
    }

    /// The silences of all organisations that have not ended, the one that ends first first.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn all_silences(
        &self,
        now: Instant,
    ) -> Result<Vec<(OrganizationId, Silence)>, StoreError> {
        let query = format!("{COLUMNS} WHERE ends_at > $1 ORDER BY ends_at, id");
        reading!(self, pool => {
            let rows = sqlx::query(sqlx::AssertSqlSafe(query)).bind(to_millis(now)).fetch_all(pool).await?;
            rows.iter().map(|row| Ok((organization(row, "organization_id")?, silence(row)?))).collect()
        })
    }

    /// Ends a silence, and says so in the audit log; and whether there was one.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_silence(
        &self,
        now: Instant,
        organization: &OrganizationId,
        id: &str,
        by: &Actor,
    ) -> Result<bool, StoreError> {
        let remove = "DELETE FROM silences WHERE organization_id = $1 AND id = $2";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(remove).bind(organization.as_str()).bind(id);
            let done = query.execute(&mut *transaction).await?.rows_affected() == 1;
            if done {
                let (at, action, subject) = (now, AuditAction::SilenceDeleted, id);
                record!(transaction, &NewAuditEntry { at, organization, by, action, subject });
            }
            done
        }))
    }

    /// Forgets the silences that ended before then.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_ended_silences(&self, ended_before: Instant) -> Result<(), StoreError> {
        transaction!(self, transaction => {
            sqlx::query("DELETE FROM silences WHERE ends_at < $1")
                .bind(to_millis(ended_before))
                .execute(&mut *transaction)
                .await?;
        });
        Ok(())
    }
}

fn silence<'r, R>(row: &'r R) -> Result<Silence, StoreError>
where
    R: Row,
    &'static str: ColumnIndex<R>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    let kind: Option<String> = row.try_get("type")?;
    let severity: Option<String> = row.try_get("severity")?;
    let unknown = |what: &str| StoreError::Malformed { what: "a silence", reason: what.to_owned() };
    let kind = kind.map(|name| {
        let found = AlertKind::ALL.into_iter().find(|kind| kind.as_str() == name);
        found.ok_or_else(|| unknown("its type is unknown"))
    });
    let severity = severity.map(|name| {
        let found = SEVERITIES.into_iter().find(|one| severity_text(*one) == name);
        found.ok_or_else(|| unknown("its severity is unknown"))
    });
    Ok(Silence {
        id: row.try_get("id")?,
        kind: kind.transpose()?,
        severity: severity.transpose()?,
        created_at: from_millis(row.try_get("created_at")?),
        until: from_millis(row.try_get("ends_at")?),
        note: row.try_get("note")?,
        created_by: row.try_get("created_by")?,
    })
}

const SEVERITIES: [Severity; 4] =
    [Severity::Critical, Severity::High, Severity::Low, Severity::Medium];

fn severity_text(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
    }
}
