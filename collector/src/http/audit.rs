//! `GET /v1/audit`: what was done with keys, alerts and stored data.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::SecretKey;
use super::error::ApiError;
use super::params::{QueryParams, out_of_range};
use crate::audit::AuditEntry;
use crate::state::App;

/// The most entries in one answer.
const MAX_LIMIT: u32 = 1000;

/// Which entries are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Entries before the one with this `id`: that of the last entry of the page before.
    before: Option<u64>,
    /// Maximum number of entries; 100 by default.
    #[serde(default = "default_limit")]
    #[schemars(range(min = 1, max = MAX_LIMIT))]
    limit: u32,
}

/// Entries of the audit log, the newest first.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct AuditLog {
    entries: Vec<AuditEntry>,
}

fn default_limit() -> u32 {
    100
}

/// The entries of an organisation.
pub(super) async fn list(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
    QueryParams(Wanted { before, limit }): QueryParams<Wanted>,
) -> Result<Json<AuditLog>, ApiError> {
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(out_of_range(format!("limit is {limit}; allowed is 1 to {MAX_LIMIT}")));
    }
    let entries = app.store.audit_entries(&organization, before, limit).await?;
    Ok(Json(AuditLog { entries }))
}
