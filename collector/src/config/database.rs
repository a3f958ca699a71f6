use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use hyper::Uri;
use sqlx::postgres::PgConnectOptions;

use super::{ConfigError, Place};

/// Where a collector keeps its data: `PATH` or `sqlite:PATH`, or `postgres://…`.
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
            return match PgConnectOptions::from_str(text) {
                Ok(_) => Ok(Self::Postgres(PostgresUrl(text.to_owned()))),
                Err(_) => Err(refused()),
            };
        }
        // Meant as such an address, as which it would be a strange name of a file.
        if text.starts_with("postgres:") || text.starts_with("postgresql:") {
            return Err(refused());
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        // What is in memory would not outlive the process, and other databases are not known.
        if path.is_empty() || path == ":memory:" || path.contains("://") || path.ends_with('/') {
            return Err(refused());
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

/// What it leads to, by the parts that were understood: whatever else stands in it may be a password.
impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(options) = PgConnectOptions::from_str(&self.0) else {
            return f.write_str("postgres://(not shown)");
        };
        let (user, host, port) = (options.get_username(), options.get_host(), options.get_port());
        write!(f, "postgres://{user}@{host}:{port}")?;
        options.get_database().map_or(Ok(()), |name| write!(f, "/{name}"))
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

/// A setting of a database as far as it may be shown.
pub(super) fn shown(text: &str) -> String {
    if let Ok(Database::Postgres(url)) = text.parse() {
        return url.to_string();
    }
    match text.split_once(':') {
        // What was meant as the address of a server, and is none, may hold a password anywhere.
        Some((scheme, _)) if scheme.starts_with("postgres") || text.contains("://") => {
            format!("{scheme}:(not shown)")
        }
        _ => text.to_owned(),
    }
}

/// An address without its login, its query and its fragment, where a password or a token may stand;
/// what is no address, as it is.
pub(super) fn without_login(text: &str) -> String {
    let Some((scheme, _)) = text.split_once("://") else {
        return text.to_owned();
    };
    let read = text.parse::<Uri>().ok();
    let read = read.as_ref().and_then(|uri| Some((uri.host()?, uri.port_u16(), uri.path())));
    match read {
        // Otherwise what was read as a path may be the end of a password.
        Some((host, port, path)) if !path.contains('@') => {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let path = if path == "/" && !text.ends_with('/') { "" } else { path };
            format!("{scheme}://{host}{port}{path}")
        }
        _ => format!("{scheme}://(not shown)"),
    }
}

/// It may hold a password, so what is wrong is said without it.
fn refused() -> ConfigError {
    let (place, value) = (Place::Field("database"), "(not shown)".to_owned());
    ConfigError::Value { place, value, allowed: ALLOWED }
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
    fn a_password_is_not_printed_wherever_it_stands_and_however_wrong_the_address_is() {
        let database: Database = "postgres://me:word@host/name?password=word".parse().unwrap();
        assert_eq!(database.to_string(), "postgres://me@host:5432/name");
        assert!(!format!("{database:?}").contains("word"));
        for wrong in [
            "postgres://me:word@host:port/name",
            "postgres://me:wo?word@host/name",
            "postgres://me:wo/word@host/name",
            "postgres://me:wo#word@host:x/name",
            "postgres:/me:word@host/name",
            "postgres:me:word@host",
            "mysql://me:word@host/name",
            "postgres+tls://me:word@host/name",
        ] {
            assert!(!shown(wrong).contains("word"), "{wrong}: {}", shown(wrong));
            if let Err(error) = wrong.parse::<Database>() {
                assert!(!error.to_string().contains("me:word"), "{wrong}: {error}");
            }
        }
        assert_eq!(shown("data/steadfast.db"), "data/steadfast.db");
    }

    #[test]
    fn an_address_is_shown_without_what_may_be_secret() {
        for (text, shown) in [
            ("https://otel.example:4318/in", "https://otel.example:4318/in"),
            ("https://otel.example", "https://otel.example"),
            ("https://me:word@otel.example/in?token=word", "https://otel.example/in"),
            ("https://me:wo/rd@otel.example", "https://(not shown)"),
            ("https://", "https://(not shown)"),
            ("me@acme", "me@acme"),
        ] {
            assert_eq!(without_login(text), shown);
        }
    }
}
