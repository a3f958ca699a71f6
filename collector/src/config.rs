//! What the collector is told at its start.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::fleet::FleetConfig;

/// How a collector runs. Checked once, by [`Collector::start`](crate::Collector::start).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where it listens; port 0 takes any free one. `127.0.0.1:4700` by default.
    pub listen: SocketAddr,
    /// Where it keeps what it is told. `./steadfast.db` by default.
    pub database: DatabasePath,
    /// The most reports that wait to be written. From 1 to 100,000; 1,024 by default.
    pub queue: usize,
    /// The most sessions of one organisation. From 1 to 100,000,000; 100,000 by default.
    pub max_sessions: usize,
    /// The most clients that listen to the live stream. From 1 to 100,000; 256 by default.
    pub max_live_clients: usize,
}

/// The file of an `SQLite` database, written `PATH` or `sqlite:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabasePath(PathBuf);

/// The collector cannot run as it was told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The database is not a file.
    #[error("database is {0:?}; allowed is the path of an SQLite file, or sqlite:PATH")]
    Database(String),
    /// The database's folder does not exist.
    #[error("database {}: there is no folder {}", .file.display(), .folder.display())]
    Folder {
        /// The file.
        file: PathBuf,
        /// The folder that does not exist.
        folder: PathBuf,
    },
    /// A number lies outside what is allowed.
    #[error("{field} is {value}; allowed is 1 to {max}")]
    OutOfRange {
        /// The flag.
        field: &'static str,
        /// The value it had.
        value: usize,
        /// The greatest value.
        max: usize,
    },
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4700)),
            database: DatabasePath("steadfast.db".into()),
            queue: 1024,
            max_sessions: FleetConfig::default().max_sessions,
            max_live_clients: 256,
        }
    }
}

impl Config {
    /// Refuses values that make no sense.
    ///
    /// # Errors
    ///
    /// Names the field, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let within = |field, value: usize, max| {
            if (1..=max).contains(&value) {
                Ok(())
            } else {
                Err(ConfigError::OutOfRange { field, value, max })
            }
        };
        within("queue", self.queue, 100_000)?;
        within("max-sessions", self.max_sessions, 100_000_000)?;
        within("max-live-clients", self.max_live_clients, 100_000)?;
        self.database.validate()
    }
}

impl ConfigError {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database(_) => "config.database",
            Self::Folder { .. } => "config.folder",
            Self::OutOfRange { .. } => "config.out_of_range",
        }
    }
}

impl DatabasePath {
    /// The file.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        match folder.filter(|folder| !folder.is_dir()) {
            None => Ok(()),
            Some(folder) => {
                Err(ConfigError::Folder { file: self.0.clone(), folder: folder.to_path_buf() })
            }
        }
    }
}

impl FromStr for DatabasePath {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        // What is in memory would not outlive the process, and other databases are not known.
        if path.is_empty() || path == ":memory:" || path.contains("://") || path.ends_with('/') {
            return Err(ConfigError::Database(text.to_owned()));
        }
        Ok(Self(path.into()))
    }
}

impl From<PathBuf> for DatabasePath {
    fn from(path: PathBuf) -> Self {
        Self(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_path_with_or_without_its_scheme() {
        for text in ["a/b.db", "sqlite:a/b.db"] {
            assert_eq!(text.parse::<DatabasePath>().unwrap().as_path(), Path::new("a/b.db"));
        }
        for text in ["", "sqlite:", "sqlite::memory:", "postgres://host/name", "a/"] {
            assert!(text.parse::<DatabasePath>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn values_out_of_range_are_refused_by_name() {
        let refused = Config { queue: 0, ..Config::default() }.validate().unwrap_err();
        assert_eq!(refused.to_string(), "queue is 0; allowed is 1 to 100000");
        let database = "/no/such/folder/a.db".parse().unwrap();
        let refused = Config { database, ..Config::default() }.validate().unwrap_err();
        assert_eq!(refused.code(), "config.folder");
    }
}
