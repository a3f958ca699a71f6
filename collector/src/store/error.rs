use std::path::PathBuf;

/// The database could not do what was asked. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// What is stored cannot be read, or what should be stored cannot be written as JSON.
    #[error("{what} is not what this version stores: {reason}")]
    Malformed {
        /// What could not be read or written.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// The database cannot be brought to the form this version needs.
    #[error("the database cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The file cannot be opened for writing.
    #[error("database {} cannot be opened: {reason}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another collector uses the file. Each would answer without what the other took.
    #[error("database {} is in use by another collector", .0.display())]
    Taken(PathBuf),
    /// Reading or writing failed.
    #[error("the database failed: {0}")]
    Unavailable(#[from] sqlx::Error),
}

impl StoreError {
    /// The stable name of this failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "store.malformed",
            Self::Migrate(_) => "store.migrate",
            Self::Open { .. } => "store.open",
            Self::Taken(_) => "store.taken",
            Self::Unavailable(_) => "store.unavailable",
        }
    }
}
