use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Builder, Database, DatabaseError, ReadableDatabase as _, StorageError};
use redb::{ReadableTable as _, TableDefinition, TableError};

use super::{Change, Key, Store, StoreError};

/// A file that keeps sessions, by [redb](https://www.redb.org). Each has a part of it, which is a
/// [`Store`].
///
/// ```no_run
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = steadfast::store::RedbStore::open("sessions.redb")?;
/// let connection = steadfast::connect("wss://api.example/live")
///     .persist(store.session("live"))
///     .persist_messages()
///     .open()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct RedbStore {
    database: Arc<Database>,
}

/// The part of a file that keeps one session.
#[derive(Clone)]
pub struct RedbSession {
    database: Arc<Database>,
    table: String,
}

type Table<'a> = TableDefinition<'a, &'static [u8], &'static [u8]>;

impl RedbStore {
    /// Opens the file of this path, or makes it. Blocks for as long as that takes: a file is
    /// checked, and repaired if its last process was killed.
    ///
    /// A file that is damaged beyond that, or is something else, is moved aside, to the same path
    /// with `.damaged` behind; the log says so.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] if another process has the file open, [`StoreError::Failed`] if the
    /// system refuses.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let open = || Builder::new().set_check_integrity_on_open(true).create(path);
        let database = match open() {
            Err(error) if is_damage(&error) => {
                tracing::warn!(code = "store.damaged", %error, "the store was moved aside");
                std::fs::rename(path, beside(path)).map_err(StoreError::failed)?;
                open()
            }
            opened => opened,
        };
        match database {
            Ok(database) => Ok(Self { database: Arc::new(database) }),
            Err(DatabaseError::DatabaseAlreadyOpen) => Err(StoreError::InUse),
            Err(error) => Err(StoreError::failed(error)),
        }
    }

    /// The part of this name. Each connection has one of its own.
    #[must_use]
    pub fn session(&self, name: impl Into<String>) -> RedbSession {
        RedbSession { database: Arc::clone(&self.database), table: name.into() }
    }
}

impl Store for RedbSession {
    fn load(&self) -> Result<Vec<(Key, Vec<u8>)>, StoreError> {
        let transaction = self.database.begin_read().map_err(StoreError::failed)?;
        let table = match transaction.open_table(Table::new(&self.table)) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(StoreError::failed(error)),
        };
        let mut found = Vec::new();
        for entry in table.iter().map_err(StoreError::failed)? {
            let (key, value) = entry.map_err(StoreError::failed)?;
            if let Some(key) = Key::from_bytes(key.value()) {
                found.push((key, value.value().to_vec()));
            }
        }
        Ok(found)
    }

    fn apply(&self, changes: &[Change]) -> Result<(), StoreError> {
        let transaction = self.database.begin_write().map_err(StoreError::failed)?;
        {
            let opened = transaction.open_table(Table::new(&self.table));
            let mut table = opened.map_err(StoreError::failed)?;
            for change in changes {
                let done = match change {
                    Change::Put(key, value) => {
                        table.insert(key.to_bytes().as_slice(), value.as_slice())
                    }
                    Change::Remove(key) => table.remove(key.to_bytes().as_slice()),
                };
                done.map_err(StoreError::failed)?;
            }
        }
        transaction.commit().map_err(StoreError::failed)
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").finish_non_exhaustive()
    }
}

impl fmt::Debug for RedbSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbSession").field("name", &self.table).finish_non_exhaustive()
    }
}

/// Whether another try would fail the same way.
fn is_damage(error: &DatabaseError) -> bool {
    match error {
        DatabaseError::RepairAborted
        | DatabaseError::UpgradeRequired(_)
        | DatabaseError::Storage(StorageError::Corrupted(_)) => true,
        DatabaseError::Storage(StorageError::Io(error)) => {
            matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof)
        }
        _ => false,
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".damaged");
    beside.into()
}
