use crate::time::Instant;

/// Something that somebody should look at.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Alert {
    /// Names it, uniquely within its monitor.
    pub id: u32,
    /// What it is about.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub kind: AlertKind,
    /// How far the value is beyond its threshold.
    pub severity: Severity,
    /// How far it is.
    #[cfg_attr(feature = "serde", serde(rename = "status"))]
    pub state: AlertState,
    /// The value as last seen: milliseconds for `HIGH_LATENCY`, the share of what went wrong for
    /// `HIGH_ERROR_RATE`, the share of healthy sessions for `LOW_CONNECTION_QUALITY`, the share of
    /// expected sessions that report for `NO_REPORTS`, and the greatest load as a multiple of its threshold for `SYSTEM_OVERLOAD`.
    pub value: f64,
    /// What the value is compared with.
    pub threshold: f64,
    /// Since when the value has been beyond the threshold.
    pub began_at: Instant,
    /// When it was raised; absent while it is pending.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub created_at: Option<Instant>,
    /// When somebody said to know.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub acknowledged_at: Option<Instant>,
    /// When it was over.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub resolved_at: Option<Instant>,
}

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum AlertKind {
    /// Too much of what is tried goes wrong.
    HighErrorRate,
    /// Answers take too long.
    HighLatency,
    /// Too many links are bad.
    LowConnectionQuality,
    /// Too few of the sessions report that were there in the last ten minutes.
    NoReports,
    /// The machine or the page has too much to do.
    SystemOverload,
}

/// How far a value is beyond its threshold: up to 1.5 times, twice, three times, and more. Of a
/// fleet's quality the share of unhealthy sessions counts, and of `NO_REPORTS` how many times fewer
/// sessions report than the threshold asks for. A session that is alone is `Medium` while its level
/// is `POOR`, and `Critical` while it is `CRITICAL`. Ordered: `Critical` is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
#[allow(missing_docs)]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// How far an alert is.
///
/// ```text
/// PENDING ──▶ FIRING ⇄ ACKNOWLEDGED       grown worse, an acknowledged one fires again
///    │           └──────┬──────┘
///    ▼                  ▼
/// forgotten    RESOLVED, or EXPIRED: nothing is known any more of what it is about
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum AlertState {
    /// Somebody knows. It is silent, and keeps its severity, until it grows worse.
    Acknowledged,
    /// It is over: for too long there was nothing to judge by.
    Expired,
    /// It was raised.
    Firing,
    /// The value is beyond its threshold, but not for long enough yet.
    Pending,
    /// It is over.
    Resolved,
}

impl AlertKind {
    /// All of them, in alphabetical order.
    pub const ALL: [Self; 5] = [
        Self::HighErrorRate,
        Self::HighLatency,
        Self::LowConnectionQuality,
        Self::NoReports,
        Self::SystemOverload,
    ];

    /// The name on the wire: `HIGH_LATENCY` and the like.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HighErrorRate => "HIGH_ERROR_RATE",
            Self::HighLatency => "HIGH_LATENCY",
            Self::LowConnectionQuality => "LOW_CONNECTION_QUALITY",
            Self::NoReports => "NO_REPORTS",
            Self::SystemOverload => "SYSTEM_OVERLOAD",
        }
    }
}

impl Severity {
    /// The severity of a value that is a multiple of its threshold.
    #[must_use]
    pub fn of(times: f64) -> Self {
        match times {
            ..=1.5 => Self::Low,
            ..=2.0 => Self::Medium,
            ..=3.0 => Self::High,
            _ => Self::Critical,
        }
    }
}

impl AlertState {
    /// The name on the wire: `FIRING` and the like.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledged => "ACKNOWLEDGED",
            Self::Expired => "EXPIRED",
            Self::Firing => "FIRING",
            Self::Pending => "PENDING",
            Self::Resolved => "RESOLVED",
        }
    }
}
