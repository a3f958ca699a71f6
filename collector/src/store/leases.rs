//! What only one of several collectors may do.

use std::time::Duration;

use super::{Pools, Store, StoreError};

impl Store {
    /// Takes a lease, or prolongs it, for so long from now by the database's clock; and whether
    /// it is held by this process. Nobody else shares a file, so there it always is.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn hold_lease(&self, name: &str, term: Duration) -> Result<bool, StoreError> {
        let Pools::Postgres(pool) = &self.pools else {
            return Ok(true);
        };
        let query = "WITH clock AS (
                SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
            )
            INSERT INTO leases AS known (name, holder, expires_at)
            SELECT $1, $2, clock.now + $3 FROM clock
            ON CONFLICT (name) DO UPDATE SET
                holder = excluded.holder, expires_at = excluded.expires_at
            WHERE known.holder = excluded.holder OR known.expires_at < excluded.expires_at - $3";
        let term = i64::try_from(term.as_millis()).unwrap_or(i64::MAX);
        let done = sqlx::query(query).bind(name).bind(&*self.writer).bind(term);
        Ok(done.execute(pool).await?.rows_affected() == 1)
    }

    /// Gives a lease back, so that another need not wait for its end.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn release_lease(&self, name: &str) -> Result<(), StoreError> {
        let Pools::Postgres(pool) = &self.pools else {
            return Ok(());
        };
        let query = "DELETE FROM leases WHERE name = $1 AND holder = $2";
        sqlx::query(query).bind(name).bind(&*self.writer).execute(pool).await?;
        Ok(())
    }
}
