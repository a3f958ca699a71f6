//! Alerts as they are shown: with who acknowledged them, and where their cause is found.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use steadfast_core::health::{Alert, AlertKind};
use steadfast_core::time::Instant;

use super::Silence;
use crate::auth::OrganizationId;

/// An alert, and what people did about it.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordedAlert {
    /// The alert.
    #[serde(flatten)]
    pub alert: Alert,
    /// The name of the key that acknowledged it last, or the id of a key without a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
    /// What was noted with the acknowledgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// A page of the dashboard with the sessions that the alert is about; absent without
    /// `--public-url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Until when it is not sent to webhooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silenced_until: Option<Instant>,
}

/// Where the dashboard is found from outside.
#[derive(Clone, Debug, Default)]
pub struct PublicUrl(Option<String>);

impl PublicUrl {
    /// The address of the dashboard, if it is known.
    #[must_use]
    pub fn new(url: Option<String>) -> Self {
        Self(url)
    }

    /// The dashboard.
    #[must_use]
    pub fn dashboard(&self) -> Option<String> {
        self.0.as_deref().map(|url| format!("{}/", url.trim_end_matches('/')))
    }

    /// The page with the sessions that an alert is about: those whose latency is beyond the
    /// threshold, those that lost a link from a minute before the alert began, unhealthy ones, or
    /// stale ones.
    #[must_use]
    pub fn link(&self, alert: &Alert) -> Option<String> {
        let dashboard = self.dashboard()?;
        let query = match alert.kind {
            AlertKind::HighErrorRate => {
                // The rate is that of a minute.
                let since = (alert.began_at - Duration::from_mins(1)).as_millis();
                let until = alert.resolved_at.map(|at| format!("&lostUntil={}", at.as_millis()));
                format!("lostSince={since}{}&sort=lastLoss", until.unwrap_or_default())
            }
            AlertKind::HighLatency => {
                format!("liveness=LIVE&minLatency={}&sort=latency", alert.threshold)
            }
            AlertKind::LowConnectionQuality => "health=UNHEALTHY&sort=quality".to_owned(),
            AlertKind::NoReports => "liveness=STALE".to_owned(),
            AlertKind::SystemOverload => return Some(dashboard),
        };
        Some(format!("{dashboard}?{query}"))
    }
}

/// Alerts of an organisation, as the API answers with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// The earliest beginning.
    pub from: Option<Instant>,
    /// Alerts that began before then.
    pub until: Option<Instant>,
    /// Alerts of a smaller id.
    pub before: Option<u32>,
    /// The most alerts.
    pub limit: u32,
}

/// An alert as the history has it.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// The alert as of its last event.
    pub alert: Alert,
    /// Who acknowledged it last.
    pub acknowledged_by: Option<String>,
    /// What was noted with that.
    pub note: Option<String>,
}

/// An alert that no webhook announced yet, since it was silenced.
pub type Unannounced = (OrganizationId, u32);

impl RecordedAlert {
    /// An alert with what is known besides.
    #[must_use]
    pub fn new(
        alert: Alert,
        entry: Option<&HistoryEntry>,
        silences: &[Silence],
        url: &PublicUrl,
        now: Instant,
    ) -> Self {
        let covering = silences.iter().filter(|one| one.covers(&alert, now));
        let is_over = alert.resolved_at.is_some();
        Self {
            acknowledged_by: entry.and_then(|entry| entry.acknowledged_by.clone()),
            note: entry.and_then(|entry| entry.note.clone()),
            link: url.link(&alert),
            silenced_until: covering.map(|one| one.until).max().filter(|_| !is_over),
            alert,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use steadfast_core::health::{AlertState, Severity};

    fn alert(kind: AlertKind) -> Alert {
        Alert {
            id: 7,
            kind,
            severity: Severity::Medium,
            state: AlertState::Firing,
            value: 1.0,
            threshold: 1000.0,
            began_at: Instant::from_millis(1_767_225_600_000),
            created_at: None,
            acknowledged_at: None,
            resolved_at: None,
        }
    }

    #[test]
    fn each_alert_links_to_the_sessions_that_show_its_cause() {
        let url = PublicUrl::new(Some("https://steadfast.example/".to_owned()));
        let link = |kind| url.link(&alert(kind)).unwrap();
        let errors = link(AlertKind::HighErrorRate);
        assert_eq!(errors, "https://steadfast.example/?lostSince=1767225540000&sort=lastLoss");
        let latency = link(AlertKind::HighLatency);
        assert!(latency.ends_with("/?liveness=LIVE&minLatency=1000&sort=latency"), "{latency}");
        let quality = link(AlertKind::LowConnectionQuality);
        assert!(quality.ends_with("/?health=UNHEALTHY&sort=quality"), "{quality}");
        assert!(link(AlertKind::NoReports).ends_with("/?liveness=STALE"));
        assert_eq!(link(AlertKind::SystemOverload), "https://steadfast.example/");
        assert_eq!(PublicUrl::default().link(&alert(AlertKind::NoReports)), None);
    }

    #[test]
    fn a_silence_covers_its_type_up_to_its_severity_until_it_ends() {
        let silence = |kind, severity| Silence {
            id: "sil_1".to_owned(),
            kind,
            severity,
            created_at: Instant::ORIGIN,
            until: Instant::from_millis(100),
            note: String::new(),
            created_by: String::new(),
        };
        let (now, alert) = (Instant::from_millis(99), alert(AlertKind::NoReports));
        assert!(silence(None, None).covers(&alert, now));
        assert!(!silence(None, None).covers(&alert, Instant::from_millis(100)));
        assert!(silence(Some(AlertKind::NoReports), Some(Severity::High)).covers(&alert, now));
        assert!(!silence(Some(AlertKind::HighLatency), None).covers(&alert, now));
        assert!(!silence(None, Some(Severity::Low)).covers(&alert, now));
    }
}
