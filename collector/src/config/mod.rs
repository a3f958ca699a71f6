//! The configuration of the collector: from a file, from variables of the environment and from
//! flags, of which the later ones win.

mod alert_rules;
mod database;
mod error;
mod listen;
mod retention;
mod settings;
mod sources;
mod value;

use std::net::SocketAddr;
use std::time::Duration;

pub use database::{Database, PostgresUrl};
pub use error::{ConfigError, Place};
pub use listen::ListenAddress;
pub use settings::{SETTINGS, Secrecy, Setting};
pub use sources::{Effective, Sources};
pub use value::duration;

use hyper::Uri;
use steadfast_core::health::{HealthConfig, HealthMonitor};
use steadfast_core::time::Instant;

use self::value::{duration_text, headers};
use crate::address::TrustedProxies;
use crate::alerts::PublicUrl;
use crate::auth::OrganizationId;
use crate::fleet::FleetConfig;
use crate::otlp::OtlpConfig;
use crate::retention::Retention;
use crate::webhooks::Secret;

/// The organisation that the first start creates.
pub(crate) const FIRST_ORGANIZATION: &str = "default";

/// How a collector runs. Checked once, by [`Collector::start`](crate::Collector::start).
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Where it listens, on every address of a name; port 0 takes any free one. `127.0.0.1:4700` by
    /// default.
    pub listen: ListenAddress,
    /// Where it keeps its data. `./steadfast.db` by default.
    pub database: Database,
    /// The most reports that wait to be written. From 1 to 100,000; 1,024 by default.
    pub queue: usize,
    /// The most sessions of one organisation that can be live at a time. From 1 to 100,000,000; 100,000 by default.
    pub max_sessions: usize,
    /// The reverse proxies whose word on the address of a client counts. None by default.
    pub trusted_proxies: TrustedProxies,
    /// Maximum number of reports from one address in a minute; 0 turns the limit off. Up to 10,000,000; 6,000 by default.
    pub reports_per_address: u32,
    /// Maximum number of other requests from one address in a minute; 0 turns the limit off. Up to
    /// 10,000,000; 6,000 by default.
    pub requests_per_address: u32,
    /// Maximum number of sessions that one key begins in a minute; 0 turns the limit off. Up to 10,000,000;
    /// 10,000 by default.
    pub new_sessions_per_key: u32,
    /// Maximum number of sessions that begin from one address in a minute; 0 turns the limit off. Up to
    /// 10,000,000; 1,000 by default.
    pub new_sessions_per_address: u32,
    /// The most clients that listen to the live stream. From 1 to 100,000; 256 by default.
    pub max_live_clients: usize,
    /// The most connections that are open at a time. When one more comes, the one on which nothing has
    /// moved for longest makes room. From 16 to 1,000,000; 8,192 by default.
    pub max_connections: usize,
    /// The most of them from one address, or one /64 network of IPv6. From 1 to 1,000,000; 1,024 by
    /// default.
    pub max_connections_per_address: usize,
    /// How long requests and live streams may take to end once the collector is to. From 0 to an
    /// hour; 5 s by default.
    pub shutdown_limit: Duration,
    /// What a scrape of `/metrics` has to present to see organisations. 16 to 256 bytes of ASCII;
    /// absent by default, and nobody sees them.
    pub scrape_key: Option<String>,
    /// Where changes of alerts are sent, `https://…` or `http://…`. Absent by default.
    pub webhook_url: Option<String>,
    /// What webhooks are signed with: `whsec_` and the Base64 of 24 to 64 bytes. Along with
    /// `webhook_url`, or absent like that.
    pub webhook_secret: Option<String>,
    /// Whether webhooks that organisations set up may go to private networks and to this machine. Not
    /// by default.
    pub webhook_private_addresses: bool,
    /// Where the dashboard is found from outside, for the links of alerts. Absent by default.
    pub public_url: Option<String>,
    /// Where metrics are sent by OTLP over HTTP, to `/v1/metrics` below it. Absent by default.
    pub otlp_endpoint: Option<String>,
    /// What goes along with them: `name=value`, with commas between. Empty by default.
    pub otlp_headers: String,
    /// The time from one sending to the next. From 1 s to an hour; a minute by default.
    pub otlp_interval: Duration,
    /// The organisation that sees what the collector itself has to do, and is alerted of it. 1 to 128
    /// bytes, or empty for none; `default` by default, which the first start creates.
    pub operator: String,
    /// When alerts are raised and over, for every organisation. An overload is over at 0.6 of what the
    /// rule says, and inhibits nothing: latencies and qualities are what clients have measured.
    pub health: HealthConfig,
    /// The keys of metadata by which is broken down what happens, besides client type, version and
    /// cause. At most 4, of 1 to 64 bytes without commas; none by default.
    pub breakdown_keys: Vec<String>,
    /// How long each kind of data is kept. From an hour to 3650 days each.
    pub retention: Retention,
    /// How the log is written. As text by default.
    pub log_format: LogFormat,
}

/// How the log is written, to standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    #[default]
    Text,
}

impl Default for Config {
    fn default() -> Self {
        let FleetConfig { max_sessions, health } = FleetConfig::default();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4700)).into(),
            database: Database::default(),
            queue: 1024,
            max_sessions,
            trusted_proxies: TrustedProxies::default(),
            reports_per_address: 6000,
            requests_per_address: 6000,
            new_sessions_per_key: 10_000,
            new_sessions_per_address: 1000,
            max_live_clients: 256,
            max_connections: 8192,
            max_connections_per_address: 1024,
            shutdown_limit: Duration::from_secs(5),
            scrape_key: None,
            webhook_url: None,
            webhook_secret: None,
            webhook_private_addresses: false,
            public_url: None,
            otlp_endpoint: None,
            otlp_headers: String::new(),
            otlp_interval: Duration::from_mins(1),
            operator: FIRST_ORGANIZATION.to_owned(),
            health,
            breakdown_keys: Vec::new(),
            retention: Retention::default(),
            log_format: LogFormat::default(),
        }
    }
}

impl Config {
    /// Refuses values that make no sense.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ConfigError> {
        // What a setting would refuse to be set to, it refuses to be.
        let mut probe = self.clone();
        for setting in SETTINGS {
            setting.set(&mut probe, &setting.text(self), &Place::Field(setting.name))?;
        }
        self.webhook()?;
        self.alerts()?;
        if self.retention.events > self.retention.reports {
            let events = duration_text(self.retention.events);
            return Err(refused("retention-events", &events));
        }
        self.database.validate()
    }

    /// How the organisations are kept.
    pub(crate) fn fleet(&self) -> FleetConfig {
        FleetConfig { max_sessions: self.max_sessions, health: self.health.clone() }
    }

    /// Who sees what the collector has to do, if anybody does.
    pub(crate) fn operator(&self) -> Result<Option<OrganizationId>, ConfigError> {
        if self.operator.is_empty() {
            return Ok(None);
        }
        let named = self.operator.parse().map_err(|_| refused("operator", &self.operator))?;
        Ok(Some(named))
    }

    /// Where metrics go and how often, if they are to be sent.
    pub(crate) fn otlp(&self) -> Result<Option<OtlpConfig>, ConfigError> {
        let Some(endpoint) = &self.otlp_endpoint else {
            return Ok(None);
        };
        let url = format!("{}/v1/metrics", endpoint.trim_end_matches('/'));
        let url = url.parse().map_err(|_| refused("otlp-endpoint", endpoint))?;
        let headers = headers(&self.otlp_headers);
        let headers = headers.ok_or_else(|| refused("otlp-headers", "(secret)"))?;
        Ok(Some(OtlpConfig { url, headers, interval: self.otlp_interval }))
    }

    /// Where the dashboard is found from outside, if that is known.
    pub(crate) fn public_url(&self) -> PublicUrl {
        PublicUrl::new(self.public_url.clone())
    }

    /// Where webhooks go and what they are signed with, if they are to be sent.
    pub(crate) fn webhook(&self) -> Result<Option<(Uri, Secret)>, ConfigError> {
        let (url, secret) = match (&self.webhook_url, &self.webhook_secret) {
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(refused("webhook-secret", "")),
            (None, Some(_)) => return Err(refused("webhook-url", "")),
            (Some(url), Some(secret)) => (url, secret),
        };
        let url = url.parse().map_err(|_| refused("webhook-url", "(secret)"))?;
        let secret = secret.parse().map_err(|_| refused("webhook-secret", "(secret)"))?;
        Ok(Some((url, secret)))
    }

    /// Whether what raises an alert and what ends it go together.
    fn alerts(&self) -> Result<(), ConfigError> {
        let (latency, errors) = (&self.health.high_latency, &self.health.high_error_rate);
        let quality = &self.health.low_connection_quality;
        let reports = &self.health.no_reports;
        let pairs = [
            ("latency-clear", latency.clear, latency.clear <= latency.raise),
            ("errors-clear", errors.clear, errors.clear <= errors.raise),
            ("quality-clear", quality.clear, quality.clear >= quality.raise),
            ("reports-clear", reports.clear, reports.clear >= reports.raise),
        ];
        for (name, clear, holds) in pairs {
            if !holds {
                return Err(refused(name, &clear.to_string()));
            }
        }
        // What no setting reaches.
        HealthMonitor::new(self.health.clone(), Instant::ORIGIN)?;
        Ok(())
    }
}

/// A setting that does not go with the others.
fn refused(name: &'static str, value: &str) -> ConfigError {
    let allowed = Setting::find(name).map_or("nothing", |setting| setting.allowed);
    ConfigError::Value { place: Place::Field(name), value: value.to_owned(), allowed }
}

impl LogFormat {
    /// The name, as it is set.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Text => "text",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_by_default_is_allowed() {
        assert_eq!(Config::default().validate(), Ok(()));
    }

    #[test]
    fn a_url_for_webhooks_needs_a_secret_and_the_other_way_round() {
        let url = Some("https://receiver.example/hook".to_owned());
        let secret = Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let refused = |webhook_url: &Option<String>, webhook_secret: &Option<String>| {
            let (webhook_url, webhook_secret) = (webhook_url.clone(), webhook_secret.clone());
            let config = Config { webhook_url, webhook_secret, ..Config::default() };
            config.validate().map_err(|error| error.to_string())
        };
        assert_eq!(refused(&url, &secret), Ok(()));
        assert!(
            refused(&url, &None).unwrap_err().starts_with("webhook-secret is \"\"; allowed is ")
        );
        assert!(
            refused(&None, &secret).unwrap_err().starts_with("webhook-url is \"\"; allowed is ")
        );
        let other = Some("ftp://receiver.example".to_owned());
        assert!(refused(&other, &secret).unwrap_err().starts_with("webhook-url is \"(secret)\""));
    }

    #[test]
    fn an_alert_is_not_over_before_it_is_raised() {
        let refused = |change: fn(&mut HealthConfig)| {
            let mut config = Config::default();
            change(&mut config.health);
            config.validate().map_err(|error| (error.code(), error.to_string()))
        };
        let allowed = "latency-clear is \"1001\"; allowed is more than 0, at most latency-raise";
        let later = refused(|health| health.high_latency.clear = 1001.0);
        assert_eq!(later, Err(("config.value", allowed.to_owned())));
        assert_eq!(refused(|health| health.high_latency.clear = 1000.0), Ok(()));
        for change in [
            |health: &mut HealthConfig| health.high_error_rate.clear = 0.06,
            |health: &mut HealthConfig| health.low_connection_quality.clear = 0.7,
            |health: &mut HealthConfig| health.low_connection_quality.clear = 1.0,
            |health: &mut HealthConfig| health.interval = Duration::ZERO,
        ] {
            assert!(refused(change).is_err());
        }
    }

    #[test]
    fn the_events_of_a_report_are_kept_no_longer_than_the_report() {
        let retention = Retention {
            reports: Duration::from_hours(24),
            events: Duration::from_hours(25),
            ..Retention::default()
        };
        let refused = Config { retention, ..Config::default() }.validate().unwrap_err();
        let refused = refused.to_string();
        assert!(refused.starts_with("retention-events is \"25h\"; allowed is 1h to "), "{refused}");
        assert!(refused.ends_with("at most retention-reports"), "{refused}");
    }

    #[test]
    fn values_out_of_range_are_refused_by_name() {
        let refused = Config { queue: 0, ..Config::default() }.validate().unwrap_err();
        assert_eq!(refused.to_string(), "queue is \"0\"; allowed is 1 to 100000");
        let database = "/no/such/folder/a.db".parse().unwrap();
        let refused = Config { database, ..Config::default() }.validate().unwrap_err();
        assert_eq!(refused.code(), "config.folder");
    }
}
