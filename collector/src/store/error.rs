use std::path::PathBuf;

use crate::alerts::Silence;
use crate::webhooks::Endpoint;

/// The database could not do what was asked. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The organisation is being deleted.
    #[error("the organisation is being deleted; it can be made anew once that is done")]
    BeingDeleted,
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
    /// There is no such file, and only a collector's first start creates one.
    #[error(
        "there is no database {}; expected one that exists: it is created when the collector is first \
         started with it", .0.display()
    )]
    Missing(PathBuf),
    /// A later version has written to the database.
    #[error(
        "database {database} was written by a newer version of the collector: it has form {form}, and this \
         version knows forms up to {known}; run the newer version, or restore a back-up from before"
    )]
    Newer {
        /// The file, or the server's address without a password.
        database: String,
        /// The number of the migration that is not known.
        form: i64,
        /// The last migration of this version.
        known: i64,
    },
    /// The database cannot be opened for writing.
    #[error("database {database} cannot be opened: {reason}")]
    Open {
        /// The file, or the server's address without a password.
        database: String,
        /// Why.
        reason: String,
    },
    /// Another collector uses the file. Each would answer without what the other took.
    #[error("database {} is in use by another collector", .0.display())]
    Taken(PathBuf),
    /// A commit took too long. Whether it was made is not known.
    #[error("the database took longer than {0} s")]
    TimedOut(u64),
    /// The organisation has as many receivers of webhooks as it may.
    #[error("the organisation has {max} webhooks, which is the most; remove one first", max = Endpoint::MOST)]
    TooManyEndpoints,
    /// The organisation has as many silences as it may.
    #[error("the organisation has {max} silences, which is the most; remove one first", max = Silence::MOST)]
    TooManySilences,
    /// The organisation has as many keys as it may.
    #[error("the organisation has {max} keys, which is as many as may be", max = super::MAX_KEYS)]
    TooManyKeys,
    /// Reading or writing failed.
    #[error("the database failed: {0}")]
    Unavailable(#[from] sqlx::Error),
}

impl StoreError {
    /// The stable name of this failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BeingDeleted => "organization.being_deleted",
            Self::Malformed { .. } => "store.malformed",
            Self::Migrate(_) => "store.migrate",
            Self::Missing(_) => "store.missing",
            Self::Newer { .. } => "store.newer",
            Self::Open { .. } => "store.open",
            Self::Taken(_) => "store.taken",
            Self::TimedOut(_) => "store.timed_out",
            Self::TooManyEndpoints => "webhook.too_many",
            Self::TooManySilences => "silence.too_many",
            Self::TooManyKeys => "key.too_many",
            Self::Unavailable(_) => "store.unavailable",
        }
    }

    /// Whether the failure lies in a value that was to be stored, and would not come for others.
    #[must_use]
    pub(crate) fn is_of_a_value(&self) -> bool {
        let Self::Unavailable(sqlx::Error::Database(error)) = self else {
            return matches!(self, Self::Malformed { .. });
        };
        let code = error.code().unwrap_or_default();
        // PostgreSQL: SQLSTATE classes "data exception" and "integrity constraint violation".
        // SQLite: SQLITE_TOOBIG, SQLITE_CONSTRAINT and SQLITE_MISMATCH, whose low byte counts.
        let of_sqlite = code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 18..=20));
        if code.len() == 5 { code.starts_with("22") || code.starts_with("23") } else { of_sqlite }
    }
}
