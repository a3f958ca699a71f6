//! `GET /v1/connections` and `GET /v1/connections/{sessionId}`.

mod csv;
mod query;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::access::SecretKey;
use super::error::ApiError;
use super::params::PathParams;
use crate::auth::OrganizationId;
use crate::fleet::{Filter, Order, Organization, Page, Selection, Session};
use crate::state::App;
pub(super) use csv::export;
use query::ConnectionQuery;

/// The most records in one answer.
const MAX_LIMIT: usize = 1000;

/// How many there are unless the request says.
const DEFAULT_LIMIT: usize = 100;

/// Some records.
pub(super) async fn list(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
    asked: ConnectionQuery<MAX_LIMIT>,
) -> Result<Json<Page>, ApiError> {
    let ConnectionQuery { filter, order, limit, offset } = asked;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let (organization, selection) =
        select(&app, &organization, filter, order, offset + limit).await?;
    Ok(Json(organization.page(&selection, offset, limit)))
}

/// The first of the sessions that are wanted, of memory and of the database.
async fn select(
    app: &App,
    id: &OrganizationId,
    filter: Filter,
    order: Order,
    most: usize,
) -> Result<(Arc<Organization>, Selection), ApiError> {
    let organization = app.fleet.organization(app.clock.now(), id)?;
    let stored = match organization.stored_until().filter(|_| filter.reaches_store()) {
        Some(until) => app.store.search_sessions(id, &filter, until).await?,
        None => Vec::new(),
    };
    let _turn = app.fleet.turn().await;
    let selecting = Arc::clone(&organization);
    let selected =
        tokio::task::spawn_blocking(move || selecting.select(&filter, order, most, stored));
    let selection =
        selected.await.map_err(|error| ApiError::failed("connections.failed", &error))?;
    Ok((organization, selection))
}

/// One record.
pub(super) async fn show(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
    PathParams(session_id): PathParams<String>,
) -> Result<Json<Session>, ApiError> {
    let known = app.fleet.organization(app.clock.now(), &organization)?.session(&session_id);
    if let Some(session) = known {
        return Ok(Json(session));
    }
    let stored = app.store.session(&organization, &session_id).await?;
    let unknown =
        || ApiError::not_found("connection.unknown", format!("there is no session {session_id:?}"));
    Ok(Json(stored.ok_or_else(unknown)?.into()))
}
