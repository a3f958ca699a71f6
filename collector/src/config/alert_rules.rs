//! When an alert is raised, and when it is over.

use std::time::Duration;

use super::settings::{Secrecy, Setting, put};
use super::value::{decimal, duration, duration_text, number};

/// An overload resolves below this share, so it is raised above.
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

/// The number of events or sessions that an alert needs.
macro_rules! least {
    ($name:literal, $help:expr, $field:ident) => {
        Setting {
            name: $name,
            value: "COUNT",
            help: $help,
            allowed: "1 to 1000000",
            secrecy: Secrecy::Open,
            write: |config, text| {
                let count = number(text, 1..=1_000_000).and_then(|count| count.try_into().ok());
                put(&mut config.health.$field, count)
            },
            read: |config| config.health.$field.to_string(),
        }
    };
}

pub(super) const SETTINGS: &[Setting] = &[
    decimal!(
        "latency-raise",
        "MS",
        "95th percentile of latency in the last minute, in ms, above which HIGH_LATENCY is raised",
        "more than 0, at most 60000",
        high_latency.raise,
        |millis| millis > 0.0 && millis <= 60_000.0
    ),
    decimal!(
        "latency-clear",
        "MS",
        "Latency below which HIGH_LATENCY is resolved",
        "more than 0, at most latency-raise",
        high_latency.clear,
        |millis| millis > 0.0 && millis <= 60_000.0
    ),
    patience!("latency-for", RAISED, high_latency.for_at_least),
    patience!("latency-keep", CLEARED, high_latency.keep_firing_for),
    decimal!(
        "errors-raise",
        "SHARE",
        "Error rate of the last minute from which on HIGH_ERROR_RATE is raised",
        "more than 0, at most 1",
        high_error_rate.raise,
        |share| share > 0.0 && share <= 1.0
    ),
    decimal!(
        "errors-clear",
        "SHARE",
        "Error rate below which HIGH_ERROR_RATE is resolved",
        "more than 0, at most errors-raise",
        high_error_rate.clear,
        |share| share > 0.0 && share <= 1.0
    ),
    patience!("errors-for", RAISED, high_error_rate.for_at_least),
    patience!("errors-keep", CLEARED, high_error_rate.keep_firing_for),
    least!(
        "errors-least",
        "Minimum number of events in the last minute before HIGH_ERROR_RATE is evaluated",
        error_rate_events
    ),
    decimal!(
        "quality-raise",
        "SHARE",
        "Share of healthy sessions below which LOW_CONNECTION_QUALITY is raised",
        "more than 0, less than 1",
        low_connection_quality.raise,
        |share| share > 0.0 && share < 1.0
    ),
    decimal!(
        "quality-clear",
        "SHARE",
        "Share of healthy sessions above which LOW_CONNECTION_QUALITY is resolved",
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
    least!(
        "reports-least",
        "Minimum number of expected sessions before NO_REPORTS is evaluated",
        no_reports_sessions
    ),
    decimal!(
        "overload-cpu",
        "SHARE",
        "Share of processor time above which SYSTEM_OVERLOAD is raised",
        SHARE,
        system_overload.cpu,
        |share| share > OVER && share <= 1.0
    ),
    Setting {
        name: "overload-lag",
        value: "DURATION",
        help: "95th percentile of the delay of tasks above which SYSTEM_OVERLOAD is raised",
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
        "Share of the queue in use above which SYSTEM_OVERLOAD is raised",
        SHARE,
        system_overload.queue,
        |share| share > OVER && share <= 1.0
    ),
    decimal!(
        "overload-sessions",
        "SHARE",
        "Share of max-sessions in use in an organisation above which SYSTEM_OVERLOAD is raised",
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
