use serde_json::{Value, json};

use super::schemas::{instant, named};

/// What a route says of itself.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) summary: &'static str,
    pub(super) credential: Credential,
    pub(super) query: Vec<(&'static str, Value)>,
    /// Whether it must be there, and its schema.
    pub(super) body: Option<(bool, Value)>,
    pub(super) status: u16,
    /// The media type and the schema of what is answered.
    pub(super) answer: Option<(&'static str, Value)>,
    pub(super) refusal: Value,
}

/// What a request has to come with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Credential {
    None,
    Publishable,
    Scrape,
    Secret,
    Ticket,
}

impl Operation {
    fn new(summary: &'static str, credential: Credential) -> Self {
        Self {
            summary,
            credential,
            query: Vec::new(),
            body: None,
            status: 200,
            answer: None,
            refusal: named("Refusal"),
        }
    }

    /// One that a secret key asks for a record of that name.
    fn reading(summary: &'static str, answer: &str) -> Self {
        Self::new(summary, Credential::Secret).json(answer)
    }

    fn json(self, answer: &str) -> Self {
        Self { answer: Some(("application/json", named(answer))), ..self }
    }

    fn text(self) -> Self {
        Self { answer: Some(("text/plain", json!({ "type": "string" }))), ..self }
    }

    fn query(mut self, name: &'static str, schema: Value) -> Self {
        self.query.push((name, schema));
        self
    }

    fn body(self, required: bool, body: &str) -> Self {
        Self { body: Some((required, named(body))), ..self }
    }

    fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

fn whole(least: u64, most: u64, default: u64) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most, "default": default })
}

/// What is answered at an address; nothing if that is no interface.
pub(super) fn of(method: &str, path: &str) -> Option<Operation> {
    use Credential::{None as Nobody, Publishable, Scrape, Ticket};
    Some(match (method, path) {
        ("GET", "/healthz") => Operation::new("Whether it runs.", Nobody).text(),
        ("GET", "/metrics") => Operation::new("What Prometheus scrapes.", Scrape).text(),
        ("GET", "/readyz") => {
            let ready = Operation::new("Whether requests should be sent here.", Nobody);
            Operation { refusal: named("Ready"), ..ready.json("Ready") }
        }
        ("GET", "/v1/alerts") => Operation::reading("The alerts that are remembered.", "Alerts"),
        ("POST", "/v1/alerts/{id}/ack") => {
            Operation::reading("Notes that somebody knows of an alert.", "Alert")
        }
        ("GET", "/v1/connections") => {
            Operation::reading("Sessions, the one heard of last first.", "ConnectionPage")
                .query("limit", whole(1, 1000, 100))
                .query("offset", json!({ "type": "integer", "minimum": 0, "default": 0 }))
                .query("status", named("Status"))
                .query("user", json!({ "type": "string" }))
        }
        ("GET", "/v1/connections/{session_id}") => {
            Operation::reading("The record of a session.", "ConnectionState")
        }
        ("GET", "/v1/connections/{session_id}/events") => {
            Operation::reading("What a session's reports told of, the newest first.", "TimeLine")
                .query("before", instant())
                .query("limit", whole(1, 500, 100))
        }
        ("GET", "/v1/health") => {
            Operation::reading("The metrics, now and within the last hour.", "Health")
        }
        ("GET", "/v1/health/summary") => {
            Operation::reading("The metrics, where they go, and active alerts.", "HealthSummary")
        }
        ("GET", "/v1/keys") => Operation::reading("The keys of the organisation.", "Keys"),
        ("POST", "/v1/keys") => Operation::reading("Makes a key, and shows it once.", "MadeKey")
            .body(true, "WantedKey")
            .status(201),
        ("DELETE", "/v1/keys/{id}") => Operation::reading("Revokes a key.", "Key"),
        ("POST", "/v1/keys/{id}/rotate") => {
            Operation::reading("Makes a key that takes the place of another.", "MadeKey")
                .body(false, "KeyRotation")
                .status(201)
        }
        ("GET", "/v1/live") => Operation::new("The live stream, a WebSocket.", Ticket).status(101),
        ("POST", "/v1/live/ticket") => {
            Operation::reading("A ticket for the live stream, for half a minute.", "LiveTicket")
        }
        ("GET", "/v1/openapi.json") => Operation {
            answer: Some(("application/json", json!({ "type": "object" }))),
            ..Operation::new("This document.", Nobody)
        },
        ("POST", "/v1/reports") => {
            Operation::new("Hands in a report; answered once it is stored.", Publishable)
                .json("Receipt")
                .body(true, "Report")
        }
        ("GET", "/v1/rollups") => {
            Operation::reading("What happened over time, step by step.", "Rollups")
                .query("from", instant())
                .query("until", instant())
                .query("minutes", whole(1, 1440, 1))
        }
        _ => return None,
    })
}
