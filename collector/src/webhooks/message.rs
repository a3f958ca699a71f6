use serde::{Deserialize, Serialize};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::health::Alert;
use steadfast_core::time::Instant;

use super::Endpoint;
use crate::alerts::PublicUrl;
use crate::auth::{OrganizationId, random_token};

/// What is to be told of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Names it, the same at every attempt: who has seen it before has nothing to do.
    pub id: String,
    /// When it happened.
    pub at: Instant,
    /// JSON: `{"type":"health.alert.created","timestamp":ms,"data":{"organizationId","alert","link"}}`.
    pub body: String,
}

/// A message that waits to be taken.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxMessage {
    /// Its name.
    pub id: String,
    /// What is sent to receivers of signed messages; for others it is put into their form.
    pub body: String,
    /// How often it was sent in vain.
    pub attempts: u32,
    /// The receiver; absent for that of the configuration.
    pub endpoint: Option<Endpoint>,
}

/// The result of an attempt to send a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The message's name.
    pub id: String,
    /// When it is tried next; absent if it was taken, or is given up.
    pub due_at: Option<Instant>,
}

/// A message, as it is stored and sent to receivers of signed ones.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Body {
    pub(super) r#type: String,
    pub(super) timestamp: Instant,
    pub(super) data: Data,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data {
    pub(super) organization_id: String,
    /// Absent in a test message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) alert: Option<Alert>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
}

/// The type of a test message.
pub(super) const TEST: &str = "webhook.test";

impl Message {
    /// What is to be told of an event; nothing unless it is one of an alert.
    #[must_use]
    pub fn of(organization: &OrganizationId, event: &Event, url: &PublicUrl) -> Option<Self> {
        let (EventKind::AlertAcknowledged(alert)
        | EventKind::AlertChanged(alert)
        | EventKind::AlertCreated(alert)
        | EventKind::AlertResolved(alert)) = &event.kind
        else {
            return None;
        };
        let link = url.link(alert);
        let alert = Some((**alert).clone());
        Self::new(organization, event.kind.name(), event.at, alert, link)
    }

    /// A message that says only that it arrives.
    #[must_use]
    pub fn test(organization: &OrganizationId, at: Instant, url: &PublicUrl) -> Option<Self> {
        Self::new(organization, TEST, at, None, url.dashboard())
    }

    fn new(
        organization: &OrganizationId,
        r#type: &str,
        at: Instant,
        alert: Option<Alert>,
        link: Option<String>,
    ) -> Option<Self> {
        let data = Data { organization_id: organization.as_str().to_owned(), alert, link };
        let body = Body { r#type: r#type.to_owned(), timestamp: at, data };
        let written = random_token().map_err(|error| error.to_string()).and_then(|token| {
            let body = serde_json::to_string(&body).map_err(|error| error.to_string())?;
            Ok(Self { id: format!("msg_{}", &token[..32]), at, body })
        });
        written.inspect_err(|error| tracing::error!(error, "an alert is not sent")).ok()
    }
}
