//! Opens a database, and brings it to the form that this version needs.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};

use super::error::StoreError;
use super::file;
use super::{Pools, Store};
use crate::auth::random_token;
use crate::breakdown::BreakdownKey;
use crate::config::{Database, PostgresUrl};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How long a write to a file waits for another process that writes, such as a back-up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection to a server may take, and one that is free may take to come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The most connections to a server: one writes, the others answer questions.
const CONNECTIONS: u32 = 8;

/// A collector that stands still must not hold up the others: the server ends its transaction.
const SESSION: [(&str, &str); 3] = [
    ("statement_timeout", "10s"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "10s"),
];

impl Store {
    /// Opens a database to serve from it. A file is created if there is none, and only one process
    /// may serve from it; a server's database may serve many.
    ///
    /// # Errors
    ///
    /// If it cannot be opened for writing, is a file in use by another collector, or was written
    /// by a later version.
    pub async fn open_to_serve(database: &Database) -> Result<Self, StoreError> {
        let serving = match database {
            Database::Postgres(_) => None,
            Database::Sqlite(path) => {
                let lock = lock(path)?;
                if file::create(path).map_err(|error| refused_file(path, &error))? {
                    tracing::info!(database = %path.display(), "there was no database; created one");
                }
                file::warn_of_readers(path);
                Some(Arc::new(lock))
            }
        };
        Ok(Self { _serving: serving, ..Self::open(database).await? })
    }

    /// Opens a database that exists, beside collectors that may be serving from it.
    ///
    /// # Errors
    ///
    /// If there is none, it cannot be opened for writing, or was written by a later version.
    pub async fn open_existing(database: &Database) -> Result<Self, StoreError> {
        match database {
            Database::Sqlite(path) if !path.exists() => Err(StoreError::Missing(path.clone())),
            _ => Self::open(database).await,
        }
    }

    /// Opens a database beside collectors that may be serving from it. A file is created if there is
    /// none.
    ///
    /// # Errors
    ///
    /// If it cannot be opened for writing, or was written by a later version.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        let pools = match database {
            Database::Postgres(url) => open_postgres(url).await?,
            Database::Sqlite(path) => open_sqlite(path).await?,
        };
        let writer = match random_token() {
            Ok(token) => token[..16].into(),
            // Without randomness its number tells it from the others on this machine.
            Err(_) => std::process::id().to_string().into(),
        };
        let breakdown_keys = BreakdownKey::all(&[]).collect();
        Ok(Self { pools, writer, breakdown_keys, _serving: None })
    }
}

/// With a write-ahead log that is flushed to the disk at every commit: what was committed survives
/// the end of the process and the loss of power.
async fn open_sqlite(path: &Path) -> Result<Pools, StoreError> {
    file::create(path).map_err(|error| refused_file(path, &error))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    let pool = |connections| SqlitePoolOptions::new().max_connections(connections);
    let refused = |error| refused(path.display().to_string(), error);
    // SQLite ends a transaction by itself when the disk is full. The connection does not notice, and
    // would refuse to begin another for ever.
    let doubtful = Arc::<AtomicBool>::default();
    let doubted = Arc::clone(&doubtful);
    let writer = pool(1).before_acquire(move |connection: &mut SqliteConnection, _| {
        let is_good = !connection.is_in_transaction() && !doubted.swap(false, Ordering::Relaxed);
        Box::pin(std::future::ready(Ok(is_good)))
    });
    let writer = writer.connect_with(options.clone()).await.map_err(refused)?;
    migrated(&SQLITE, SQLITE.run(&writer).await, &path.display())?;
    let reader = pool(2).connect_with(options.read_only(true)).await.map_err(refused)?;
    Ok(Pools::Sqlite { writer, reader, doubtful })
}

async fn open_postgres(url: &PostgresUrl) -> Result<Pools, StoreError> {
    let refused = |error| refused(url.to_string(), error);
    let options = PgConnectOptions::from_str(url.reveal())
        .map_err(refused)?
        .application_name("steadfast-collector")
        .options(SESSION);
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(CONNECT_TIMEOUT);
    let pool = pool.connect_with(options).await.map_err(refused)?;
    migrated(&POSTGRES, POSTGRES.run(&pool).await, url)?;
    Ok(Pools::Postgres(pool))
}

/// The result of bringing a database to the form of this version.
fn migrated(
    migrator: &Migrator,
    run: Result<(), MigrateError>,
    database: &dyn std::fmt::Display,
) -> Result<(), StoreError> {
    run.map_err(|error| match error {
        MigrateError::VersionMissing(form) => StoreError::Newer {
            database: database.to_string(),
            form,
            known: migrator.iter().map(|migration| migration.version).max().unwrap_or_default(),
        },
        error => error.into(),
    })
}

fn refused_file(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Open { database: path.display().to_string(), reason: error.to_string() }
}

fn refused(database: String, error: sqlx::Error) -> StoreError {
    let reason = match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::PoolTimedOut => "nobody answers".to_owned(),
        error => error.to_string(),
    };
    StoreError::Open { database, reason }
}

/// Takes the lock beside the file. The operating system lets go of it when the process ends,
/// however it ends.
fn lock(path: &Path) -> Result<File, StoreError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let open = file::private().create(true).truncate(false).open(beside);
    let file = open.map_err(|error| refused_file(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Taken(path.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(refused_file(path, &error)),
    }
}
