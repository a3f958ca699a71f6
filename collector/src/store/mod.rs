//! What outlives the process: one store, over `SQLite` or `PostgreSQL`.
//!
//! Both speak nearly the same SQL, so most of it is written once, and `reading` and
//! `transaction` run the same lines on whichever database there is. Only what writes many rows
//! at a time differs: a statement costs `SQLite` next to nothing, and `PostgreSQL` a round trip.

mod alert_history;
mod alerts;
mod audit;
mod breakdowns;
mod deletions;
mod endpoints;
mod error;
mod file;
mod keys;
mod leases;
mod loads;
mod open;
mod outbox;
mod owners;
mod postgres;
mod reports;
mod rollups;
mod rows;
mod search;
mod secrets;
mod sessions;
mod silences;
mod sqlite;
mod tickets;
mod timeline;
mod weights;

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sqlx::{PgPool, SqlitePool};

use crate::breakdown::BreakdownKey;

pub use alerts::{Acknowledged, AlertsUpdate, RecordedChange, StoredAlerts};
pub use breakdowns::Step;
pub use deletions::{DeletionRecord, RemovedRows, TABLES};
pub use error::StoreError;
pub use keys::{MAX_KEYS, StoredKey};
pub use reports::{Commit, Followed, Outcome};
pub use rollups::Rollup;
pub use search::MAX_SEARCHED;
pub use tickets::StoredTicket;
pub use timeline::ToldEvents;
pub(crate) use weights::CountedReport;

/// The store, in an `SQLite` file or in a `PostgreSQL` database. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
    /// The name of this process among those that write to the same database.
    writer: Arc<str>,
    /// The keys that a breakdown groups reports by.
    breakdown_keys: Arc<[BreakdownKey]>,
    /// Held for as long as this process serves from a file.
    _serving: Option<Arc<File>>,
}

#[derive(Clone, Debug)]
enum Pools {
    Postgres(PgPool),
    Sqlite {
        /// A single connection, as `SQLite` has one writer at a time anyway.
        writer: SqlitePool,
        reader: SqlitePool,
        /// Whether the writer's connection is to be replaced. One that was opened while the file
        /// could only be read stays as it is, and so would every failure.
        doubtful: Arc<AtomicBool>,
    },
}

impl Store {
    /// Whether other collectors may be serving from the same database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self.pools, Pools::Postgres(_))
    }

    /// The same, with these keys of metadata to tell reports apart by, besides client type, version
    /// and cause.
    #[must_use]
    pub fn with_breakdown_keys(self, metadata: &[String]) -> Self {
        Self { breakdown_keys: BreakdownKey::all(metadata).collect(), ..self }
    }

    /// The keys that a breakdown groups reports by.
    #[must_use]
    pub fn breakdown_keys(&self) -> &[BreakdownKey] {
        &self.breakdown_keys
    }

    /// Waits for what is under way, and closes the database.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Postgres(pool) => pool.close().await,
            Pools::Sqlite { writer, reader, .. } => {
                // The log is merged by a connection that may write, and by no other. A task that was
                // stopped while it waited for the writer has closed it, so it may have to be opened.
                let merging = writer.acquire().await;
                reader.close().await;
                if let Ok(mut connection) = merging {
                    let merged = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)");
                    if let Err(error) = merged.execute(&mut *connection).await {
                        tracing::warn!(%error, "the write-ahead log is left beside the database");
                    }
                }
                writer.close().await;
            }
        }
    }
}

/// Runs an expression on a pool to read from.
macro_rules! reading {
    ($store:expr, $pool:ident => $do:expr) => {
        match &$store.pools {
            $crate::store::Pools::Postgres($pool) => $do,
            $crate::store::Pools::Sqlite { reader: $pool, .. } => $do,
        }
    };
}

/// Runs a block within a transaction, and commits it. A `?` within ends the function, and with it
/// the transaction.
macro_rules! transaction {
    ($store:expr, $transaction:ident => $do:block) => {
        match &$store.pools {
            $crate::store::Pools::Postgres(pool) => {
                let mut $transaction = pool.begin().await?;
                let done = $do;
                $transaction.commit().await?;
                done
            }
            $crate::store::Pools::Sqlite { writer, .. } => {
                let mut $transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
                let done = $do;
                $transaction.commit().await?;
                done
            }
        }
    };
}

use {reading, transaction};
