use std::time::Duration;

use crate::auth::OrganizationId;

use super::value::{
    duration, duration_text, headers, metadata_keys, number, secret, web_url, webhook_secret,
};
use super::{Config, ConfigError, LogFormat, Place, alert_rules, database, listen, retention};

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

const PER_MINUTE: &str = "0 to 10000000; 0 turns the limit off";

/// Everything that can be set.
pub const SETTINGS: &[Setting] = &joined::<
    { GENERAL.len() + alert_rules::SETTINGS.len() + retention::SETTINGS.len() },
>(&[GENERAL, alert_rules::SETTINGS, retention::SETTINGS]);

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
        help: "Where to keep the data; a file is created by the first start, and by no other command",
        allowed: database::ALLOWED,
        secrecy: Secrecy::Open,
        write: |config, text| put(&mut config.database, text.parse().ok()),
        read: |config| config.database.reveal(),
    },
    Setting {
        name: "queue",
        value: "COUNT",
        help: "The most reports that wait to be written; beyond it clients have to come back later",
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
        help: "Where changes of alerts are sent, signed as Standard Webhooks say",
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
