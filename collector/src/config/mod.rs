//! What the collector is told at its start: by a file, by variables of the environment and by
//! flags, of which the later ones win.

mod database;
mod error;
mod settings;
mod sources;
mod value;

use std::net::SocketAddr;
use std::time::Duration;

pub use database::{Database, PostgresUrl};
pub use error::{ConfigError, Place};
pub use settings::{SETTINGS, Secrecy, Setting};
pub use sources::{Effective, Sources};

use crate::fleet::FleetConfig;

/// How a collector runs. Checked once, by [`Collector::start`](crate::Collector::start).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where it listens; port 0 takes any free one. `127.0.0.1:4700` by default.
    pub listen: SocketAddr,
    /// Where it keeps what it is told. `./steadfast.db` by default.
    pub database: Database,
    /// The most reports that wait to be written. From 1 to 100,000; 1,024 by default.
    pub queue: usize,
    /// The most sessions of one organisation. From 1 to 100,000,000; 100,000 by default.
    pub max_sessions: usize,
    /// The most clients that listen to the live stream. From 1 to 100,000; 256 by default.
    pub max_live_clients: usize,
    /// How long requests and live streams may take to end once the collector is to. From 0 to an
    /// hour; 5 s by default.
    pub shutdown_limit: Duration,
    /// What a scrape of `/metrics` has to present to see organisations. 16 to 256 bytes of ASCII;
    /// absent by default, and nobody sees them.
    pub scrape_key: Option<String>,
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
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4700)),
            database: Database::default(),
            queue: 1024,
            max_sessions: FleetConfig::default().max_sessions,
            max_live_clients: 256,
            shutdown_limit: Duration::from_secs(5),
            scrape_key: None,
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
        self.database.validate()
    }
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
    fn values_out_of_range_are_refused_by_name() {
        let refused = Config { queue: 0, ..Config::default() }.validate().unwrap_err();
        assert_eq!(refused.to_string(), "queue is \"0\"; allowed is 1 to 100000");
        let database = "/no/such/folder/a.db".parse().unwrap();
        let refused = Config { database, ..Config::default() }.validate().unwrap_err();
        assert_eq!(refused.code(), "config.folder");
    }
}
