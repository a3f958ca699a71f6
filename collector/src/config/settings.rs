use std::time::Duration;

use crate::auth::OrganizationId;

use super::value::{
    decimal, duration, duration_text, headers, metadata_keys, number, secret, web_url,
    webhook_secret,
};
use super::{Config, ConfigError, LogFormat, Place, database, listen, retention};

/// One thing that can be set: by a key of this name in a file, by a flag of this name, and by a
/// variable of the environment of [`Setting::variable`].
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The name, in words with hyphens.
    pub name: &'static str,
    /// What a value is called in help texts.
    pub value: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
    /// Which values are allowed.
    pub allowed: &'static str,
    /// What of it may be shown.
    pub secrecy: Secrecy,
    pub(super) write: fn(&mut Config, &str) -> Option<()>,
    pub(super) read: fn(&Config) -> String,
}

/// What of a value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// All of it.
    Open,
    /// Whether there is one.
    Secret,
}

/// A load is over below this share, so what is too much lies above.
const OVER: f64 = 0.6;
const SHARE: &str = "more than 0.6, at most 1";

const PER_MINUTE: &str = "0 to 10000000; 0 turns the limit off";
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

/// Everything that can be set.
pub const SETTINGS: &[Setting] =
    &joined::<{ GENERAL.len() + retention::SETTINGS.len() }>(&[GENERAL, retention::SETTINGS]);

const GENERAL: &[Setting] = &[
    Setting {
        name: "listen",
        value: "ADDRESS",
        help: "Where to listen, on every address of a name; port 0 takes any free one",
        allowed: listen::ALLOWED,
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.listen, text.parse().ok()),
        read: |config| config.listen.to_string(),
    },
    Setting {
        name: "database",
        value: "DATABASE",
        help: "Where to keep what is told; a file is created by the first start, and by no other command",
        allowed: database::ALLOWED,
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.database, text.parse().ok()),
        read: |config| config.database.reveal(),
    },
    Setting {
        name: "queue",
        value: "COUNT",
        help: "The most reports that wait to be written; beyond it clients are told to come back",
        allowed: "1 to 100000",
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.queue, number(text, 1..=100_000)),
        read: |config| config.queue.to_string(),
    },
    Setting {
        name: "max-sessions",
        value: "COUNT",
        help: "The most sessions of one organisation that can be live at a time",
        allowed: "1 to 100000000",
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.max_sessions, number(text, 1..=100_000_000)),
        read: |config| config.max_sessions.to_string(),
    },
    Setting {
        name: "trusted-proxies",
        value: "ADDRESSES",
        help: "The reverse proxies whose X-Forwarded-For or Forwarded names the client's address",
        allowed: "up to 256 IP addresses and networks with commas, such as 10.0.0.0/8,2001:db8::1",
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.trusted_proxies, text.parse().ok()),
        read: |config| config.trusted_proxies.to_string(),
    },
    Setting {
        name: "reports-per-address",
        value: "COUNT",
        help: "Maximum number of reports from one address in a minute",
        allowed: PER_MINUTE,
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.reports_per_address, per_minute(text)),
        read: |config| config.reports_per_address.to_string(),
    },
    Setting {
        name: "requests-per-address",
        value: "COUNT",
        help: "Maximum number of other requests from one address in a minute",
        allowed: PER_MINUTE,
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.requests_per_address, per_minute(text)),
        read: |config| config.requests_per_address.to_string(),
    },
    Setting {
        name: "new-sessions-per-key",
        value: "COUNT",
        help: "Maximum number of sessions that one key begins in a minute",
        allowed: PER_MINUTE,
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.new_sessions_per_key, per_minute(text)),
        read: |config| config.new_sessions_per_key.to_string(),
    },
    Setting {
        name: "new-sessions-per-address",
        value: "COUNT",
        help: "Maximum number of sessions that begin from one address in a minute",
        allowed: PER_MINUTE,
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.new_sessions_per_address, per_minute(text)),
        read: |config| config.new_sessions_per_address.to_string(),
    },
    Setting {
        name: "max-live-clients",
        value: "COUNT",
        help: "The most clients that listen to the live stream",
        allowed: "1 to 100000",
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.max_live_clients, number(text, 1..=100_000)),
        read: |config| config.max_live_clients.to_string(),
    },
    Setting {
        name: "max-connections",
        value: "COUNT",
        help: "Maximum number of open connections; beyond it those without movement make room",
        allowed: "16 to 1000000",
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.max_connections, number(text, 16..=1_000_000)),
        read: |config| config.max_connections.to_string(),
    },
    Setting {
        name: "max-connections-per-address",
        value: "COUNT",
        help: "Maximum number of open connections from one address, or one /64 network of IPv6",
        allowed: "1 to 1000000",
        secrecy: Secrecy::Open,
        write: |config, text| {
            put(&mut config.max_connections_per_address, number(text, 1..=1_000_000))
        },
        read: |config| config.max_connections_per_address.to_string(),
    },
    Setting {
        name: "shutdown-limit",
        value: "DURATION",
        help: "How long requests and live streams may take to end once the collector is to",
        allowed: "0s to 1h, as a whole number and ms, s, min or h",
        secrecy: Secrecy::Open,
        write: |config, text| {
            let range = Duration::ZERO..=Duration::from_hours(1);
            put(&mut config.shutdown_limit, duration(text, range))
        },
        read: |config| duration_text(config.shutdown_limit),
    },
    Setting {
        name: "scrape-key",
        value: "KEY",
        help: "What a scrape of /metrics presents as its bearer token to see organisations",
        allowed: "16 to 256 visible ASCII characters",
        secrecy: Secrecy::Secret,
        write: |config, text| {
            let key = secret(text, 16)?;
            put(&mut config.scrape_key, Some(key))
        },
        read: |config| config.scrape_key.clone().unwrap_or_default(),
    },
    Setting {
        name: "webhook-url",
        value: "URL",
        help: "Where what becomes of alerts is told, signed as Standard Webhooks say",
        allowed: "a URL that begins with https:// or http://",
        // Many receivers are found by a path that is a secret.
        secrecy: Secrecy::Secret,
        write: |config, text| put(&mut config.webhook_url, web_url(text)),
        read: |config| config.webhook_url.clone().unwrap_or_default(),
    },
    Setting {
        name: "webhook-secret",
        value: "SECRET",
        help: "What webhooks are signed with",
        allowed: "whsec_ and the Base64 of 24 to 64 bytes, along with webhook-url",
        secrecy: Secrecy::Secret,
        write: |config, text| put(&mut config.webhook_secret, webhook_secret(text)),
        read: |config| config.webhook_secret.clone().unwrap_or_default(),
    },
    Setting {
        name: "webhook-private-addresses",
        value: "BOOL",
        help: "Whether webhooks that organisations set up may go to private addresses",
        allowed: "true or false",
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.webhook_private_addresses, text.parse().ok()),
        read: |config| config.webhook_private_addresses.to_string(),
    },
    Setting {
        name: "public-url",
        value: "URL",
        help: "Address of the dashboard from outside, for links in alerts and webhooks",
        allowed: "a URL that begins with https:// or http://, without ? and #",
        secrecy: Secrecy::Open,
        write: |config, text| {
            let is_plain = !text.contains(['?', '#', '@']);
            put(&mut config.public_url, web_url(text).filter(|_| is_plain))
        },
        read: |config| config.public_url.clone().unwrap_or_default(),
    },
    Setting {
        name: "otlp-endpoint",
        value: "URL",
        help: "Where metrics are sent by OTLP over HTTP: /v1/metrics is added",
        allowed: "a URL that begins with https:// or http://",
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.otlp_endpoint, web_url(text)),
        read: |config| config.otlp_endpoint.clone().unwrap_or_default(),
    },
    Setting {
        name: "otlp-headers",
        value: "HEADERS",
        help: "What goes along with metrics, such as an authorization",
        allowed: "name=value, several with commas between them",
        secrecy: Secrecy::Secret,
        write: |config, text| put(&mut config.otlp_headers, headers(text).map(|_| text.to_owned())),
        read: |config| config.otlp_headers.clone(),
    },
    Setting {
        name: "otlp-interval",
        value: "DURATION",
        help: "The time from one sending of metrics to the next",
        allowed: "1s to 1h, as a whole number and ms, s, min or h",
        secrecy: Secrecy::Open,
        write: |config, text| {
            let range = Duration::from_secs(1)..=Duration::from_hours(1);
            put(&mut config.otlp_interval, duration(text, range))
        },
        read: |config| duration_text(config.otlp_interval),
    },
    Setting {
        name: "operator",
        value: "ORGANIZATION",
        help: "Who sees the load of the collector, and is alerted when it is too much",
        allowed: "the name of an organisation, 1 to 128 bytes, or nothing for nobody",
        secrecy: Secrecy::Open,
        write: |config, text| {
            let named = text.is_empty() || text.parse::<OrganizationId>().is_ok();
            put(&mut config.operator, named.then(|| text.to_owned()))
        },
        read: |config| config.operator.clone(),
    },
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
    Setting {
        name: "breakdown-keys",
        value: "KEYS",
        help: "Keys of metadata by which to break down what happens, such as region,release",
        allowed: "at most 4 keys with commas between them, each of 1 to 64 bytes, or nothing",
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.breakdown_keys, metadata_keys(text)),
        read: |config| config.breakdown_keys.join(","),
    },
    Setting {
        name: "log-format",
        value: "FORMAT",
        help: "How the log is written to standard error; RUST_LOG says what of it",
        allowed: "text or json",
        secrecy: Secrecy::Open,
        write: |config, text| {
            let known = [LogFormat::Json, LogFormat::Text];
            let named = known.into_iter().find(|format| format.as_str() == text);
            put(&mut config.log_format, named)
        },
        read: |config| config.log_format.as_str().to_owned(),
    },
];

impl Setting {
    /// The setting of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// The variable of the environment that sets it, such as `STEADFAST_MAX_SESSIONS`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("STEADFAST_{}", self.name.replace('-', "_").to_uppercase())
    }

    /// The value in `config`, as it is written.
    #[must_use]
    pub fn text(&self, config: &Config) -> String {
        (self.read)(config)
    }

    /// Sets it in `config`.
    ///
    /// # Errors
    ///
    /// If the value is not one that is allowed. Nothing has changed then.
    pub fn set(&self, config: &mut Config, text: &str, place: &Place) -> Result<(), ConfigError> {
        (self.write)(config, text).ok_or_else(|| ConfigError::Value {
            place: place.clone(),
            value: self.shown(text),
            allowed: self.allowed,
        })
    }

    /// The text as far as it may be shown.
    #[must_use]
    pub fn shown(&self, text: &str) -> String {
        match self.secrecy {
            Secrecy::Open if self.name == "database" => database::shown(text),
            Secrecy::Open => database::without_login(text),
            Secrecy::Secret => "(secret)".to_owned(),
        }
    }
}

/// The settings of several groups, one group after the other.
const fn joined<const COUNT: usize>(groups: &[&[Setting]]) -> [Setting; COUNT] {
    let mut all = [groups[0][0]; COUNT];
    let (mut next, mut group) = (0, 0);
    while group < groups.len() {
        let mut index = 0;
        while index < groups[group].len() {
            all[next] = groups[group][index];
            (next, index) = (next + 1, index + 1);
        }
        group += 1;
    }
    all
}

/// How long something has to last.
fn patience(text: &str) -> Option<Duration> {
    duration(text, Duration::ZERO..=Duration::from_hours(24))
}

/// How much may come from one address.
fn per_minute(text: &str) -> Option<u32> {
    number(text, 0..=10_000_000).and_then(|count| count.try_into().ok())
}

/// Puts a value in place, if there is one.
pub(super) fn put<T>(field: &mut T, value: Option<T>) -> Option<()> {
    *field = value?;
    Some(())
}

/// The names of all settings, in one line.
pub(super) fn names() -> String {
    SETTINGS.iter().map(|setting| setting.name).collect::<Vec<_>>().join(", ")
}
