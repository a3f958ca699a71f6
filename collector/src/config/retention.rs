//! How long each kind of data is kept.

use std::time::Duration;

use super::settings::{Secrecy, Setting, put};
use super::value::{duration, duration_text};

const ALLOWED: &str = "1h to 3650d, as a whole number and min, h or d";

/// A duration that data is kept.
macro_rules! kept {
    ($name:literal, $help:expr, $field:ident) => {
        kept!($name, $help, $field, ALLOWED)
    };
    ($name:literal, $help:expr, $field:ident, $allowed:expr) => {
        Setting {
            name: $name,
            value: "DURATION",
            help: $help,
            allowed: $allowed,
            secrecy: Secrecy::Open,
            write: |config, text| put(&mut config.retention.$field, kept(text)),
            read: |config| duration_text(config.retention.$field),
        }
    };
}

pub(super) const SETTINGS: &[Setting] = &[
    kept!(
        "retention-reports",
        "How long a report is kept, and recognized if it is delivered again",
        reports
    ),
    kept!(
        "retention-events",
        "How long the events of a report are kept: the time lines of sessions",
        events,
        "1h to 3650d, as a whole number and min, h or d, and at most retention-reports"
    ),
    kept!("retention-rollups", "How long the figures of each minute are kept", rollups),
    kept!(
        "retention-ended-sessions",
        "How long an ended session is kept after its last report",
        ended_sessions
    ),
    kept!(
        "retention-stale-sessions",
        "How long a stale session is kept after its last report",
        stale_sessions
    ),
    kept!("retention-keys", "How long an expired key is listed", keys),
    kept!("retention-alerts", "How long the history of alerts is kept", alerts),
    kept!("retention-audit", "How long the audit log is kept", audit),
];

fn kept(text: &str) -> Option<Duration> {
    duration(text, Duration::from_hours(1)..=Duration::from_hours(3650 * 24))
}
