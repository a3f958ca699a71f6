//! When an alert is raised, and when it is over.

use std::time::Duration;

use super::settings::{Secrecy, Setting, put};
use super::value::{decimal, duration, duration_text, number};

/// A load is over below this share, so what is too much lies above.
const OVER: f64 = 0.6;
const SHARE: &str = "more than 0.6, at most 1";
const PATIENCE: &str = "0s to 1d, as a whole number and ms, s, min, h or d";
const RAISED: &str =
    "How long the value must stay beyond the raising one before the alert is raised";
const CLEARED: &str =
    "How long the value must stay within the clearing one before the alert resolves";

/// A number of the rules of alerts.
macro_rules! decimal {
    ($name:literal, $value:literal, $help:expr, $allowed:expr, $rule:ident.$field:ident, $holds:expr) => {
        Setting {
            name: $name,
            value: $value,
            help: $help,
            allowed: $allowed,
            secrecy: Secrecy::Open,
            write: |config, text| put(&mut config.health.$rule.$field, decimal(text, $holds)),
            read: |config| config.health.$rule.$field.to_string(),
        }
    };
}

/// How long something has to last by the rules of alerts.
macro_rules! patience {
    ($name:literal, $help:expr, $rule:ident.$field:ident) => {
        Setting {
            name: $name,
            value: "DURATION",
            help: $help,
            allowed: PATIENCE,
            secrecy: Secrecy::Open,
            write: |config, text| put(&mut config.health.$rule.$field, patience(text)),
            read: |config| duration_text(config.health.$rule.$field),
        }
    };
}

pub(super) const SETTINGS: &[Setting] = &[
    decimal!(
        "latency-raise",
        "MS",
        "The latency of the last minute, at the 95th percentile in ms, beyond which it is an alert",
        "more than 0, at most 60000",
        high_latency.raise,
        |millis| millis > 0.0 && millis <= 60_000.0
    ),
    decimal!(
        "latency-clear",
        "MS",
        "The latency below which that alert is over",
        "more than 0, at most latency-raise",
        high_latency.clear,
        |millis| millis > 0.0 && millis <= 60_000.0
    ),
    patience!("latency-for", RAISED, high_latency.for_at_least),
    patience!("latency-keep", CLEARED, high_latency.keep_firing_for),
    decimal!(
        "errors-raise",
        "SHARE",
        "The share of what was tried in the last minute that failed, from which on it is an alert",
        "more than 0, at most 1",
        high_error_rate.raise,
        |share| share > 0.0 && share <= 1.0
    ),
    decimal!(
        "errors-clear",
        "SHARE",
        "The share below which that alert is over",
        "more than 0, at most errors-raise",
        high_error_rate.clear,
        |share| share > 0.0 && share <= 1.0
    ),
    patience!("errors-for", RAISED, high_error_rate.for_at_least),
    patience!("errors-keep", CLEARED, high_error_rate.keep_firing_for),
    Setting {
        name: "errors-least",
        value: "COUNT",
        help: "Of how many things that were tried a share can be said",
        allowed: "1 to 1000000",
        secrecy: Secrecy::Open,
        write: |config, text| {
            let count = number(text, 1..=1_000_000).and_then(|count| count.try_into().ok());
            put(&mut config.health.error_rate_events, count)
        },
        read: |config| config.health.error_rate_events.to_string(),
    },
    decimal!(
        "quality-raise",
        "SHARE",
        "The share of healthy sessions below which it is an alert",
        "more than 0, less than 1",
        low_connection_quality.raise,
        |share| share > 0.0 && share < 1.0
    ),
    decimal!(
        "quality-clear",
        "SHARE",
        "The share above which that alert is over",
        "quality-raise or more, less than 1",
        low_connection_quality.clear,
        |share| share > 0.0 && share < 1.0
    ),
    patience!("quality-for", RAISED, low_connection_quality.for_at_least),
    patience!("quality-keep", CLEARED, low_connection_quality.keep_firing_for),
    decimal!(
        "reports-raise",
        "SHARE",
        "Share of the sessions of the last ten minutes that report, below which NO_REPORTS is raised",
        "more than 0, less than 1",
        no_reports.raise,
        |share| share > 0.0 && share < 1.0
    ),
    decimal!(
        "reports-clear",
        "SHARE",
        "Share above which NO_REPORTS is resolved",
        "reports-raise or more, less than 1",
        no_reports.clear,
        |share| share > 0.0 && share < 1.0
    ),
    patience!("reports-for", RAISED, no_reports.for_at_least),
    patience!("reports-keep", CLEARED, no_reports.keep_firing_for),
    Setting {
        name: "reports-least",
        value: "COUNT",
        help: "Minimum number of expected sessions before NO_REPORTS is evaluated",
        allowed: "1 to 1000000",
        secrecy: Secrecy::Open,
        write: |config, text| {
            let count = number(text, 1..=1_000_000).and_then(|count| count.try_into().ok());
            put(&mut config.health.no_reports_sessions, count)
        },
        read: |config| config.health.no_reports_sessions.to_string(),
    },
    decimal!(
        "overload-cpu",
        "SHARE",
        "The share of the processors' time beyond which the load is too much",
        SHARE,
        system_overload.cpu,
        |share| share > OVER && share <= 1.0
    ),
    Setting {
        name: "overload-lag",
        value: "DURATION",
        help: "How late tasks are woken, at the 95th percentile, when the load is too much",
        allowed: "1ms to 1min, as a whole number and ms, s or min",
        secrecy: Secrecy::Open,
        write: |config, text| {
            let range = Duration::from_millis(1)..=Duration::from_mins(1);
            put(&mut config.health.system_overload.loop_lag, duration(text, range))
        },
        read: |config| duration_text(config.health.system_overload.loop_lag),
    },
    decimal!(
        "overload-queue",
        "SHARE",
        "The fill of the queue beyond which the load is too much",
        SHARE,
        system_overload.queue,
        |share| share > OVER && share <= 1.0
    ),
    decimal!(
        "overload-sessions",
        "SHARE",
        "The share of max-sessions that are live in an organisation beyond which it is too much",
        SHARE,
        system_overload.sessions,
        |share| share > OVER && share <= 1.0
    ),
    patience!("overload-for", RAISED, system_overload.for_at_least),
    patience!("overload-keep", CLEARED, system_overload.keep_firing_for),
];

/// How long something has to last.
fn patience(text: &str) -> Option<Duration> {
    duration(text, Duration::ZERO..=Duration::from_hours(24))
}
