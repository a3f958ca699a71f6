//! Silences: alerts that are not sent to webhooks for a time.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use steadfast_core::health::{Alert, AlertKind, Severity};
use steadfast_core::time::Instant;

/// A time for which alerts are not sent to webhooks. They are judged, listed and counted all the
/// same.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Silence {
    /// The name of the silence: `sil_` and 16 digits.
    pub id: String,
    /// The type of alert that is silenced; absent for all types.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<AlertKind>,
    /// The greatest severity that is silenced; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// When the silence was made.
    pub created_at: Instant,
    /// When the silence ends. An alert that is still firing is sent then.
    pub until: Instant,
    /// Why.
    pub note: String,
    /// The name of the key that made it, or the id of a key without a name.
    pub created_by: String,
}

impl Silence {
    /// The longest time that a silence may last.
    pub const LONGEST: Duration = Duration::from_hours(90 * 24);

    /// The most silences that an organisation may have at a time.
    pub const MOST: u32 = 100;

    /// Whether it keeps an alert from being sent now.
    #[must_use]
    pub fn covers(&self, alert: &Alert, now: Instant) -> bool {
        self.until > now
            && self.kind.is_none_or(|kind| kind == alert.kind)
            && self.severity.is_none_or(|most| alert.severity <= most)
    }
}
