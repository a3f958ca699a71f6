//! The audit log: what was done with keys, alerts and stored data, and with which key.
//!
//! An entry is written in the transaction of the change itself where the store makes that change, so
//! that neither is there without the other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use steadfast_core::time::Instant;

use crate::auth::{KeyDigest, OrganizationId};

/// Who makes a change: a key, or the operator at the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    id: String,
    name: String,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
pub enum AuditAction {
    /// An alert was acknowledged; the subject is its id and type.
    #[serde(rename = "alert.acknowledged")]
    AlertAcknowledged,
    /// A session was deleted; the subject is its id.
    #[serde(rename = "connection.deleted")]
    ConnectionDeleted,
    /// A key was made; the subject is its id.
    #[serde(rename = "key.created")]
    KeyCreated,
    /// A key was revoked; the subject is its id.
    #[serde(rename = "key.revoked")]
    KeyRevoked,
    /// A key was replaced; the subject is the id of the old key.
    #[serde(rename = "key.rotated")]
    KeyRotated,
    /// The organisation was made; the subject is its name.
    #[serde(rename = "organization.created")]
    OrganizationCreated,
    /// The organisation was deleted; the subject is its name.
    #[serde(rename = "organization.deleted")]
    OrganizationDeleted,
    /// A silence was made; the subject is its id.
    #[serde(rename = "silence.created")]
    SilenceCreated,
    /// A silence was ended; the subject is its id.
    #[serde(rename = "silence.deleted")]
    SilenceDeleted,
    /// A user's sessions were deleted; the subject is the user's id.
    #[serde(rename = "user.deleted")]
    UserDeleted,
    /// A webhook was set up; the subject is its id.
    #[serde(rename = "webhook.created")]
    WebhookCreated,
    /// A webhook was removed; the subject is its id.
    #[serde(rename = "webhook.deleted")]
    WebhookDeleted,
    /// A test message was sent; the subject is the id of the webhook.
    #[serde(rename = "webhook.tested")]
    WebhookTested,
}

/// An entry that is to be written.
#[derive(Clone, Debug)]
pub struct NewAuditEntry<'a> {
    /// When it was done.
    pub at: Instant,
    /// In which organisation.
    pub organization: &'a OrganizationId,
    /// By whom.
    pub by: &'a Actor,
    /// What was done.
    pub action: AuditAction,
    /// With what: an id or a name. Beyond [`MAX_SUBJECT`] bytes it is cut off.
    pub subject: &'a str,
}

/// An entry as it was written.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// The number of the entry; later entries have larger ones.
    pub id: u64,
    /// When it was done.
    pub at: Instant,
    /// The id of the key that it was done with, or `command` for the command line.
    pub key: String,
    /// The name that the key had; absent if it had none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key_name: String,
    /// What was done.
    pub action: AuditAction,
    /// With what: an id or a name.
    pub subject: String,
}

/// The longest subject that is kept, in bytes.
pub const MAX_SUBJECT: usize = 512;

impl Actor {
    /// The operator at the command line, who needs no key.
    #[must_use]
    pub fn command() -> Self {
        Self { id: "command".to_owned(), name: String::new() }
    }

    /// A key, and the name that it has.
    #[must_use]
    pub fn key(digest: &KeyDigest, name: &str) -> Self {
        Self { id: digest.id(), name: name.to_owned() }
    }

    /// The id of the key, or `command`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name of the key; empty if it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What people know it by: the name, or the id of a key without a name.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }
}
