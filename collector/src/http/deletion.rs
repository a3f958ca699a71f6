//! Deletes sessions, users' sessions and organisations.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::FullSecretKey;
use super::error::ApiError;
use super::openapi::{Answers, Operation};
use super::params::{PathParams, QueryParams};
use crate::auth::Caller;
use crate::deletion::{self, Deletion};
use crate::state::App;

/// What was deleted: 200, or 202 while rows are still being removed.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Deleted {
    /// Sessions that were deleted; absent while that is not known, and of an organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<u64>,
    /// Reports that were removed; absent while that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    reports: Option<u64>,
    /// Whether nothing is left. If not, the rest is being removed.
    complete: bool,
}

/// Which organisation is meant.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Confirmation {
    /// The name of the organisation, as a confirmation.
    confirm: String,
}

/// How long the request waits for the rows to be removed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Deletes a session with what is stored of it. If it reports again, it begins anew.
pub(super) async fn session(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    PathParams(session_id): PathParams<String>,
) -> Result<Deleted, ApiError> {
    delete(app, caller, Deletion::Session(session_id)).await
}

/// Deletes the sessions of a user.
pub(super) async fn user(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    PathParams(user_id): PathParams<String>,
) -> Result<Deleted, ApiError> {
    delete(app, caller, Deletion::User(user_id)).await
}

/// Deletes the organisation of the key.
pub(super) async fn organization(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    QueryParams(Confirmation { confirm }): QueryParams<Confirmation>,
) -> Result<Deleted, ApiError> {
    let name = caller.organization.as_str();
    if confirm != name {
        let message =
            format!("confirm is {confirm:?}; allowed is {name:?}, the organisation's name");
        return Err(ApiError::bad_request(CONFIRM, message));
    }
    delete(app, caller, Deletion::Organization).await
}

/// The code of a confirmation that does not name the organisation.
pub(super) const CONFIRM: &str = "organization.confirm";

/// Deletes, also if the client goes away.
async fn delete(app: App, caller: Caller, what: Deletion) -> Result<Deleted, ApiError> {
    let counts_sessions = what != Deletion::Organization;
    let (tasks, store) = (app.tasks.clone(), app.store.clone());
    let now = app.clock.now();
    let task = tasks.spawn(async move {
        let by = caller.actor();
        deletion::delete(&store, now, &caller.organization, &what, &by).await
    });
    let done = match tokio::time::timeout(PATIENCE, task).await {
        Ok(Ok(deleted)) => Some(deleted?),
        // It goes on, or with the next sweep.
        Ok(Err(_)) | Err(_) => None,
    };
    app.ingest.until_known(app.store.revision().await?).await;
    app.authenticator.refresh().await?;
    Ok(Deleted {
        sessions: done.filter(|_| counts_sessions).map(|deleted| deleted.sessions),
        reports: done.map(|deleted| deleted.reports),
        complete: done.is_some(),
    })
}

impl IntoResponse for Deleted {
    fn into_response(self) -> Response {
        let status = if self.complete { StatusCode::OK } else { StatusCode::ACCEPTED };
        (status, Json(self)).into_response()
    }
}

impl Answers for Deleted {
    fn describe(operation: &mut Operation) {
        operation.answers_json::<Self>(200);
        operation.answers_json::<Self>(202);
    }
}
