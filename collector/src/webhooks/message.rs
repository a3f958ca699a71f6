use serde::Serialize;
use steadfast_core::event::{Event, EventKind};
use steadfast_core::health::Alert;
use steadfast_core::time::Instant;

use crate::auth::{OrganizationId, random_token};

/// What is to be told of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Names it, the same at every attempt: who has seen it before has nothing to do.
    pub id: String,
    /// When it happened.
    pub at: Instant,
    /// JSON: `{"type":"health.alert.created","timestamp":ms,"data":{"organizationId","alert"}}`.
    pub body: String,
}

/// A message that waits to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its name.
    pub id: String,
    /// What is sent.
    pub body: String,
    /// How often it was sent in vain.
    pub attempts: u32,
}

/// What became of an attempt to send a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The message's name.
    pub id: String,
    /// When it is tried next; absent if it was taken, or is given up.
    pub due_at: Option<Instant>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    timestamp: Instant,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    organization_id: &'a str,
    alert: &'a Alert,
}

impl Message {
    /// What is to be told of an event; nothing unless it is one of an alert.
    #[must_use]
    pub fn of(organization: &OrganizationId, event: &Event) -> Option<Self> {
        let (EventKind::AlertAcknowledged(alert)
        | EventKind::AlertChanged(alert)
        | EventKind::AlertCreated(alert)
        | EventKind::AlertResolved(alert)) = &event.kind
        else {
            return None;
        };
        let data = Data { organization_id: organization.as_str(), alert };
        let body = Body { r#type: event.kind.name(), timestamp: event.at, data };
        let written = random_token().map_err(|error| error.to_string()).and_then(|token| {
            let body = serde_json::to_string(&body).map_err(|error| error.to_string())?;
            Ok(Self { id: format!("msg_{}", &token[..32]), at: event.at, body })
        });
        written.inspect_err(|error| tracing::error!(error, "an alert is not told")).ok()
    }
}
