//! `GET /v1/organization`: the organisation of a key, and what limits it.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::access::SecretKey;
use super::error::ApiError;
use crate::fleet::NEAR_LIMIT;
use crate::notes::KeyNote;
use crate::retention::Retention;
use crate::state::App;

/// An organisation, and what limits it.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Organization")]
pub(super) struct Shown {
    /// The name.
    name: String,
    sessions: SessionRoom,
    /// How long each kind of data is kept.
    retention: Retention,
    /// Reports that this collector has refused since it began, parts of reports that it passed over,
    /// reports that it took for another session, and reports that count with a reduced weight, by key
    /// and code.
    refusals: Vec<KeyNote>,
}

/// How many sessions are live, and how many can be.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionRoom {
    /// Live sessions.
    live: usize,
    /// Maximum number of live sessions: `--max-sessions`. Reports of new sessions beyond it are
    /// refused.
    limit: usize,
    /// Whether `live` is more than 80 % of `limit`.
    near_limit: bool,
}

/// The organisation.
pub(super) async fn show(
    SecretKey(id): SecretKey,
    State(app): State<App>,
) -> Result<Json<Shown>, ApiError> {
    let organization = app.fleet.organization(app.clock.now(), &id)?;
    let (live, limit) = (organization.live(), organization.max_sessions());
    let near_limit = organization.fill() > NEAR_LIMIT;
    Ok(Json(Shown {
        name: id.as_str().to_owned(),
        sessions: SessionRoom { live, limit, near_limit },
        retention: app.config.current().retention,
        refusals: app.notes.of(&id),
    }))
}
