use super::{SqliteStore, StoreError};

impl SqliteStore {
    /// Writes something that changes nothing, and commits it.
    ///
    /// # Errors
    ///
    /// If the database cannot be written to.
    pub async fn probe(&self) -> Result<(), StoreError> {
        // The version is free for programs to use, and this one has no use for it.
        sqlx::query("PRAGMA user_version = 1").execute(&self.writer).await?;
        Ok(())
    }
}
