mod keys;
mod probe;
mod reports;
mod sessions;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use steadfast_core::time::Instant;

use super::error::StoreError;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The store in one `SQLite` file.
///
/// It writes through a single connection, as `SQLite` has one writer at a time anyway, with a
/// write-ahead log that is flushed to the disk at every commit: what was committed survives the
/// end of the process and the loss of power.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    reader: SqlitePool,
    /// Held for as long as this process serves from the file.
    _serving: Option<Arc<File>>,
}

/// How long a write waits for another process that writes, such as a back-up or a new key.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

impl SqliteStore {
    /// Opens the file, or creates it, to serve from it. Only one process may.
    ///
    /// # Errors
    ///
    /// If it cannot be opened for writing, is in use by another collector, or was written by a
    /// later version.
    pub async fn open_to_serve(path: &Path) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let store = Self::open(path).await?;
        Ok(Self { _serving: Some(Arc::new(lock)), ..store })
    }

    /// Opens the file, or creates it, beside a collector that may be serving from it.
    ///
    /// # Errors
    ///
    /// If it cannot be opened for writing, or was written by a later version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections);
        let refused = |error: sqlx::Error| StoreError::Open {
            path: path.to_path_buf(),
            reason: match error {
                sqlx::Error::Database(error) => error.message().to_owned(),
                error => error.to_string(),
            },
        };
        let writer = pool(1).connect_with(options.clone()).await.map_err(refused)?;
        MIGRATIONS.run(&writer).await?;
        let reader = pool(2).connect_with(options.read_only(true)).await.map_err(refused)?;
        Ok(Self { writer, reader, _serving: None })
    }

    /// Waits for what is under way, and closes the file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// Takes the lock beside the database. The operating system lets go of it when the process ends,
/// however it ends.
fn lock(path: &Path) -> Result<File, StoreError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let refused = |error: &dyn std::fmt::Display| StoreError::Open {
        path: path.to_path_buf(),
        reason: error.to_string(),
    };
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(beside);
    let file = open.map_err(|error| refused(&error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Taken(path.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(refused(&error)),
    }
}

/// As the database holds time: in milliseconds since the Unix epoch.
fn to_millis(instant: Instant) -> i64 {
    i64::try_from(instant.as_millis()).unwrap_or(i64::MAX)
}

fn from_millis(millis: i64) -> Instant {
    Instant::from_millis(u64::try_from(millis).unwrap_or_default())
}

fn to_json(what: &'static str, value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Malformed { what, reason: error.to_string() })
}

fn text(row: &SqliteRow, column: &str) -> Result<String, StoreError> {
    Ok(sqlx::Row::try_get(row, column)?)
}
