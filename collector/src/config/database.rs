use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::{ConfigError, Place};

/// Where a collector keeps what it is told: `PATH` or `sqlite:PATH`, or `postgres://…`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Database {
    /// A database of a `PostgreSQL` server, which several collectors may serve from.
    Postgres(PostgresUrl),
    /// A file, which one collector serves from.
    Sqlite(PathBuf),
}

/// The address of a `PostgreSQL` database, `postgres://user:password@host:port/name?sslmode=…`.
/// Printed, it does not tell the password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

/// What a database may be.
pub(super) const ALLOWED: &str = "the path of an SQLite file, sqlite:PATH, or \
    postgres://user:password@host:port/name";

impl Default for Database {
    fn default() -> Self {
        Self::Sqlite("steadfast.db".into())
    }
}

impl Database {
    /// As it is set, with a password if there is one.
    #[must_use]
    pub fn reveal(&self) -> String {
        match self {
            Self::Postgres(url) => url.reveal().to_owned(),
            Self::Sqlite(path) => path.display().to_string(),
        }
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let Self::Sqlite(file) = self else {
            return Ok(());
        };
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        match folder.filter(|folder| !folder.is_dir()) {
            None => Ok(()),
            Some(folder) => {
                Err(ConfigError::Folder { file: file.clone(), folder: folder.to_path_buf() })
            }
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(url) => url.fmt(f),
            Self::Sqlite(path) => path.display().fmt(f),
        }
    }
}

impl FromStr for Database {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            // It may hold a password, so what is wrong is said without it.
            let url = PostgresUrl(text.to_owned());
            return match sqlx::postgres::PgConnectOptions::from_str(text) {
                Ok(_) => Ok(Self::Postgres(url)),
                Err(_) => Err(refused(url.to_string())),
            };
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        // What is in memory would not outlive the process, and other databases are not known.
        if path.is_empty() || path == ":memory:" || path.contains("://") || path.ends_with('/') {
            return Err(refused(text.to_owned()));
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl From<PathBuf> for Database {
    fn from(path: PathBuf) -> Self {
        Self::Sqlite(path)
    }
}

impl PostgresUrl {
    /// The whole of it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_login(&self.0))
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

/// An address of a server without its password and its query, where one may stand, too; what is no
/// such address, as it is.
pub(super) fn without_login(text: &str) -> String {
    let Some((scheme, rest)) =
        text.split_once("://").filter(|(scheme, _)| matches!(*scheme, "postgres" | "postgresql"))
    else {
        return text.to_owned();
    };
    let rest = rest.split('?').next().unwrap_or_default();
    match rest.rsplit_once('@') {
        None => format!("{scheme}://{rest}"),
        Some((login, place)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{place}")
        }
    }
}

fn refused(value: String) -> ConfigError {
    ConfigError::Value { place: Place::Field("database"), value, allowed: ALLOWED }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_path_or_the_address_of_a_server() {
        for text in ["a/b.db", "sqlite:a/b.db"] {
            assert_eq!(text.parse::<Database>().unwrap(), Database::Sqlite("a/b.db".into()));
        }
        for text in ["postgres://host/name", "postgresql://user:word@host:5433/name"] {
            assert!(
                matches!(text.parse().unwrap(), Database::Postgres(url) if url.reveal() == text)
            );
        }
        for text in ["", "sqlite:", "sqlite::memory:", "mysql://host/name", "a/", "postgres://["] {
            assert!(text.parse::<Database>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        let database: Database = "postgres://me:word@host/name?password=word".parse().unwrap();
        assert_eq!(database.to_string(), "postgres://me@host/name");
        assert!(!format!("{database:?}").contains("word"));
        let refused = "postgres://me:word@host:port/name".parse::<Database>().unwrap_err();
        assert!(!refused.to_string().contains(":word"), "{refused}");
    }
}
