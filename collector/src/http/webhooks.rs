//! `/v1/webhooks`: where an organisation has its alerts sent.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::time::Instant;

use super::access::{FullSecretKey, SecretKey};
use super::body::JsonBody;
use super::error::ApiError;
use super::openapi::{Answers, Operation};
use super::params::PathParams;
use crate::audit::{AuditAction, NewAuditEntry};
use crate::auth::OrganizationId;
use crate::outgoing::check_literal;
use crate::state::App;
use crate::store::StoreError;
use crate::webhooks::{Endpoint, EndpointError, Format, Message};

/// The receivers of an organisation, the oldest first.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "Webhooks")]
pub(super) struct Listed {
    webhooks: Vec<Described>,
}

/// What may be known of a receiver: not its path and its secret.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Webhook")]
pub(super) struct Described {
    id: String,
    format: Format,
    /// The host of the address, and the port if one was given.
    host: String,
    created_at: Instant,
    /// The name of the key that set it up, or the id of a key without a name.
    created_by: String,
}

/// A receiver that was set up just now.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "MadeWebhook")]
pub(super) struct Made {
    #[serde(flatten)]
    described: Described,
    /// Secret that signs messages, if it was made for this receiver. Only this answer shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// The receiver that is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "WantedWebhook")]
pub(super) struct Wanted {
    format: Format,
    /// Where messages are posted. By default `PagerDuty`'s own address for `pagerduty`; the others
    /// need one.
    url: Option<String>,
    /// The routing key for `pagerduty`; for `signed` what messages are signed with, `whsec_` and the
    /// Base64 of 24 to 64 bytes, made if there is none. None for the others.
    secret: Option<String>,
}

/// Result of a test message.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "WebhookTest")]
pub(super) struct Tested {
    /// Whether the receiver took it.
    delivered: bool,
    /// The status of the answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A receiver that was set up, with status 201.
#[derive(Debug)]
pub(super) struct Created(Made);

/// The receivers that the organisation has set up.
pub(super) async fn list(
    SecretKey(organization): SecretKey,
    State(app): State<App>,
) -> Result<Json<Listed>, ApiError> {
    let webhooks = app.store.endpoints(&organization).await?;
    Ok(Json(Listed { webhooks: webhooks.iter().map(Described::from).collect() }))
}

/// Sets up a receiver.
pub(super) async fn create(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    JsonBody(Wanted { format, url, secret }): JsonBody<Wanted>,
) -> Result<Created, ApiError> {
    let (now, by) = (app.clock.now(), caller.actor());
    let (endpoint, secret) =
        Endpoint::create(format, url.as_deref(), secret.as_deref(), now, by.label())?;
    check_literal(&endpoint.url, app.webhooks.reach())
        .map_err(|error| ApiError::bad_request(error.code(), error.to_string()))?;
    app.store.add_endpoint(&caller.organization, &endpoint, &by).await.map_err(refused)?;
    Ok(Created(Made { described: Described::from(&endpoint), secret }))
}

/// Removes a receiver, with what waits to be sent to it.
pub(super) async fn remove(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    PathParams(id): PathParams<String>,
) -> Result<Json<Described>, ApiError> {
    let endpoint = known(&app, &caller.organization, &id).await?;
    let (now, by) = (app.clock.now(), caller.actor());
    if !app.store.remove_endpoint(now, &caller.organization, &id, &by).await? {
        return Err(unknown(&id));
    }
    Ok(Json(Described::from(&endpoint)))
}

/// Sends a test message, and waits for the answer.
pub(super) async fn test(
    FullSecretKey(caller): FullSecretKey,
    State(app): State<App>,
    PathParams(id): PathParams<String>,
) -> Result<Json<Tested>, ApiError> {
    let endpoint = known(&app, &caller.organization, &id).await?;
    let (at, by) = (app.clock.now(), caller.actor());
    let (organization, action) = (&caller.organization, AuditAction::WebhookTested);
    app.store.audit(&NewAuditEntry { at, organization, by: &by, action, subject: &id }).await?;
    let message = Message::test(organization, at, &app.public_url);
    let message = message.ok_or_else(|| {
        let words = "no random number can be had";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "auth.random", words)
    })?;
    let sent = app.webhooks.send_to(&endpoint, &message.id, &message.body).await;
    Ok(Json(match sent {
        Ok(status) => Tested { delivered: true, status: Some(status), error: None },
        Err(refused) => Tested { delivered: false, status: refused.status, error: refused.error },
    }))
}

async fn known(app: &App, of: &OrganizationId, id: &str) -> Result<Endpoint, ApiError> {
    let endpoints = app.store.endpoints(of).await?;
    endpoints.into_iter().find(|endpoint| endpoint.id == id).ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> ApiError {
    ApiError::not_found("webhook.unknown", format!("there is no webhook {id:?}"))
}

fn refused(error: StoreError) -> ApiError {
    match error {
        StoreError::TooManyEndpoints => {
            ApiError::new(StatusCode::CONFLICT, error.code(), error.to_string())
        }
        error => error.into(),
    }
}

impl From<EndpointError> for ApiError {
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::Random(error) => error.into(),
            error => Self::bad_request(error.code(), error.to_string()),
        }
    }
}

impl From<&Endpoint> for Described {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id.clone(),
            format: endpoint.format,
            host: endpoint.host().to_owned(),
            created_at: endpoint.created_at,
            created_by: endpoint.created_by.clone(),
        }
    }
}

impl IntoResponse for Created {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

impl Answers for Created {
    fn describe(operation: &mut Operation) {
        operation.answers_json::<Made>(201);
    }
}
