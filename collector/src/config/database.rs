use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{ConfigError, Place};

/// The file of an `SQLite` database, written `PATH` or `sqlite:PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabasePath(PathBuf);

/// What a database may be.
pub(super) const ALLOWED: &str = "the path of an SQLite file, or sqlite:PATH";

impl Default for DatabasePath {
    fn default() -> Self {
        Self("steadfast.db".into())
    }
}

impl DatabasePath {
    /// The file.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
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
            let place = Place::Field("database");
            return Err(ConfigError::Value { place, value: text.to_owned(), allowed: ALLOWED });
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
}
