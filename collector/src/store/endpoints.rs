//! Receivers of webhooks that organisations have set up.

use sqlx::{ColumnIndex, Decode, Row, Type};
use steadfast_core::time::Instant;

use super::audit::record;
use super::rows::{from_millis, to_millis};
use super::{Store, StoreError, reading, transaction};
use crate::audit::{Actor, AuditAction, NewAuditEntry};
use crate::auth::OrganizationId;
use crate::webhooks::{Endpoint, EndpointSecret, Format};

impl Store {
    /// Adds a receiver, and says so in the audit log.
    ///
    /// # Errors
    ///
    /// If the organisation has as many as may be, or the database fails.
    pub async fn add_endpoint(
        &self,
        organization: &OrganizationId,
        endpoint: &Endpoint,
        by: &Actor,
    ) -> Result<(), StoreError> {
        let add = "INSERT INTO webhook_endpoints
                (id, organization_id, format, url, secret, created_at, created_by)
            SELECT $1, $2, $3, $4, $5, $6, $7 WHERE
                (SELECT count(*) FROM webhook_endpoints WHERE organization_id = $2) < $8";
        transaction!(self, transaction => {
            let done = sqlx::query(add)
                .bind(&endpoint.id)
                .bind(organization.as_str())
                .bind(endpoint.format.as_str())
                .bind(endpoint.url.to_string())
                .bind(endpoint.secret.reveal())
                .bind(to_millis(endpoint.created_at))
                .bind(&endpoint.created_by)
                .bind(i64::from(Endpoint::MOST))
                .execute(&mut *transaction)
                .await?;
            if done.rows_affected() == 0 {
                return Err(StoreError::TooManyEndpoints);
            }
            let (at, action, subject) =
                (endpoint.created_at, AuditAction::WebhookCreated, &*endpoint.id);
            record!(transaction, &NewAuditEntry { at, organization, by, action, subject });
        });
        Ok(())
    }

    /// The receivers of an organisation, the oldest first.
    ///
    /// # Errors
    ///
    /// If the database fails, or holds what this version cannot read.
    pub async fn endpoints(
        &self,
        organization: &OrganizationId,
    ) -> Result<Vec<Endpoint>, StoreError> {
        let query = "SELECT id AS endpoint_id, format, url, secret, created_at, created_by
            FROM webhook_endpoints WHERE organization_id = $1 ORDER BY created_at, id";
        reading!(self, pool => {
            let rows = sqlx::query(query).bind(organization.as_str()).fetch_all(pool).await?;
            rows.iter().map(endpoint).collect()
        })
    }

    /// Removes a receiver with what waits for it, and says so in the audit log; and whether there
    /// was one.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_endpoint(
        &self,
        now: Instant,
        organization: &OrganizationId,
        id: &str,
        by: &Actor,
    ) -> Result<bool, StoreError> {
        let remove = "DELETE FROM webhook_endpoints WHERE organization_id = $1 AND id = $2";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(remove).bind(organization.as_str()).bind(id);
            let done = query.execute(&mut *transaction).await?.rows_affected() == 1;
            if done {
                let (at, action, subject) = (now, AuditAction::WebhookDeleted, id);
                record!(transaction, &NewAuditEntry { at, organization, by, action, subject });
            }
            done
        }))
    }
}

/// A receiver as it stands in a row.
pub(super) fn endpoint<'r, R>(row: &'r R) -> Result<Endpoint, StoreError>
where
    R: Row,
    &'static str: ColumnIndex<R>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    // The address and the secret are not for a log.
    let malformed = |reason: &str| StoreError::Malformed {
        what: "a webhook's receiver",
        reason: reason.to_owned(),
    };
    let format: Format = {
        let text: &str = row.try_get("format")?;
        text.parse().map_err(|_| malformed("its format is unknown"))?
    };
    let (url, secret): (&str, &str) = (row.try_get("url")?, row.try_get("secret")?);
    Ok(Endpoint {
        id: row.try_get("endpoint_id")?,
        format,
        url: url.parse().map_err(|_| malformed("its address is none"))?,
        secret: EndpointSecret::parse(format, secret)
            .map_err(|_| malformed("its secret is none"))?,
        created_at: from_millis(row.try_get("created_at")?),
        created_by: row.try_get("created_by")?,
    })
}
