//! The alerts of every organisation, which the collector that evaluates them shares with all.

use sqlx::{ColumnIndex, Decode, Row, Type};
use steadfast_core::health::{Alert, Alerts};
use steadfast_core::time::Instant;

use super::audit::record;
use super::rows::{from_count, from_json, organization, to_count, to_json, to_millis};
use super::{Store, StoreError, alert_history, outbox, reading, transaction};
use crate::audit::{Actor, AuditAction, NewAuditEntry};
use crate::auth::OrganizationId;
use crate::webhooks::{MAX_WAITING, MAX_WAITING_FOR_ENDPOINT, Message};

/// An organisation's alerts, as they are stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredAlerts {
    /// How often they were written; 0 if never.
    pub revision: u64,
    /// The alerts.
    pub alerts: Alerts,
}

/// Alerts that are to follow those of a revision.
#[derive(Clone, Debug)]
pub struct AlertsUpdate {
    /// Whose they are.
    pub organization: OrganizationId,
    /// The revision that they follow from.
    pub after: u64,
    /// The alerts.
    pub alerts: Alerts,
    /// How they changed since, for the history and for webhooks.
    pub changes: Vec<RecordedChange>,
    /// Whether the configuration names a receiver of webhooks.
    pub has_receiver: bool,
    /// The acknowledgement that the update follows from, for the audit log.
    pub acknowledged: Option<Acknowledged>,
}

/// A change of an alert.
#[derive(Clone, Debug)]
pub struct RecordedChange {
    /// The alert as it is now.
    pub alert: Alert,
    /// What is sent of it.
    pub message: Option<Message>,
    /// Whether it was sent that the alert is there.
    pub announced: bool,
}

/// An acknowledgement of an alert.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    /// When.
    pub at: Instant,
    /// The id of the alert.
    pub id: u32,
    /// By whom.
    pub by: Actor,
    /// What was noted with it.
    pub note: Option<String>,
}

const FIRST: &str = "INSERT INTO alerts (organization_id, alerts, revision)
    SELECT $1, $2, $3 + 1 WHERE EXISTS (SELECT 1 FROM organizations WHERE id = $1)
    ON CONFLICT (organization_id) DO NOTHING";

const NEXT: &str = "UPDATE alerts SET alerts = $2, revision = revision + 1
    WHERE organization_id = $1 AND revision = $3";

impl Store {
    /// The alerts of an organisation.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn alerts(&self, organization: &OrganizationId) -> Result<StoredAlerts, StoreError> {
        let query = "SELECT revision, alerts FROM alerts WHERE organization_id = $1";
        reading!(self, pool => {
            let query = sqlx::query(query).bind(organization.as_str());
            let row = query.fetch_optional(pool).await?;
            row.map_or(Ok(StoredAlerts::default()), |row| stored(&row))
        })
    }

    /// The alerts of all organisations that have any, by name.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn all_alerts(&self) -> Result<Vec<(OrganizationId, StoredAlerts)>, StoreError> {
        let query = "SELECT organization_id, revision, alerts FROM alerts ORDER BY organization_id";
        reading!(self, pool => {
            let rows = sqlx::query(query).fetch_all(pool).await?;
            rows.iter().map(|row| Ok((organization(row, "organization_id")?, stored(row)?))).collect()
        })
    }

    /// Writes alerts and what is to be told of them in one transaction, each organisation's unless somebody else has written them
    /// meanwhile; and which were written. To be given in the order of their names: otherwise two
    /// that write at the same time could wait for each other.
    ///
    /// # Errors
    ///
    /// If the database fails. None was written then.
    pub async fn replace_alerts(&self, updates: &[AlertsUpdate]) -> Result<Vec<bool>, StoreError> {
        Ok(transaction!(self, transaction => {
            let mut written = Vec::with_capacity(updates.len());
            for update in updates {
                let query = sqlx::query(if update.after == 0 { FIRST } else { NEXT })
                    .bind(update.organization.as_str())
                    .bind(to_json("alerts", &update.alerts)?)
                    .bind(to_count(update.after));
                let done = query.execute(&mut *transaction).await?.rows_affected() == 1;
                written.push(done);
                if let Some(Acknowledged { at, id, by, .. }) = update.acknowledged.as_ref().filter(|_| done) {
                    let (action, subject) = (AuditAction::AlertAcknowledged, &id.to_string());
                    let organization = &update.organization;
                    let entry = NewAuditEntry { at: *at, organization, by, action, subject };
                    record!(transaction, &entry);
                }
                for change in update.changes.iter().filter(|_| done) {
                    let alert = &change.alert;
                    let acknowledged =
                        update.acknowledged.as_ref().filter(|known| known.id == alert.id);
                    sqlx::query(alert_history::RECORD)
                        .bind(update.organization.as_str())
                        .bind(i64::from(alert.id))
                        .bind(to_millis(alert.began_at))
                        .bind(alert.resolved_at.map(to_millis))
                        .bind(to_json("an alert", alert)?)
                        .bind(acknowledged.map(|known| known.by.label()))
                        .bind(acknowledged.and_then(|known| known.note.as_deref()))
                        .bind(i64::from(change.announced))
                        .execute(&mut *transaction)
                        .await?;
                    let Some(message) = &change.message else { continue };
                    if update.has_receiver {
                        sqlx::query(outbox::ADD)
                            .bind(&message.id)
                            .bind(update.organization.as_str())
                            .bind(to_millis(message.at))
                            .bind(&message.body)
                            .bind(i64::from(MAX_WAITING))
                            .execute(&mut *transaction)
                            .await?;
                    }
                    sqlx::query(outbox::ADD_TO_ENDPOINTS)
                        .bind(&message.id)
                        .bind(update.organization.as_str())
                        .bind(to_millis(message.at))
                        .bind(&message.body)
                        .bind(i64::from(MAX_WAITING))
                        .bind(i64::from(MAX_WAITING_FOR_ENDPOINT))
                        .execute(&mut *transaction)
                        .await?;
                }
            }
            written
        }))
    }
}

fn stored<'r, R>(row: &'r R) -> Result<StoredAlerts, StoreError>
where
    R: Row,
    &'static str: ColumnIndex<R>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    Ok(StoredAlerts {
        revision: from_count(row.try_get("revision")?),
        alerts: from_json("alerts", row.try_get("alerts")?)?,
    })
}
