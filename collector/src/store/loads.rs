//! What collectors that share a database tell each other of what they have to do.

use std::time::Duration;

use steadfast_core::health::SystemLoad;

use super::rows::{from_json, to_json};
use super::{Pools, Store, StoreError};
use sqlx::Row as _;

/// A load noted longer ago says nothing of now.
const FRESH: Duration = Duration::from_secs(10);

impl Store {
    /// Tells the others the load of this collector, and gives those of all, this one's first.
    /// Nobody else shares a file.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn share_load(&self, load: SystemLoad) -> Result<Vec<SystemLoad>, StoreError> {
        let Pools::Postgres(pool) = &self.pools else {
            return Ok(vec![load]);
        };
        // A statement sees what was there before it: so this one's is not among those it gives.
        let query = "WITH clock AS (
                SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
            ), told AS (
                INSERT INTO loads (collector, load, told_at)
                SELECT $1, $2, clock.now FROM clock
                ON CONFLICT (collector) DO UPDATE SET
                    load = excluded.load, told_at = excluded.told_at
            ), gone AS (
                DELETE FROM loads USING clock
                WHERE told_at < clock.now - $3 AND collector <> $1
            )
            SELECT load FROM loads, clock WHERE told_at >= clock.now - $3 AND collector <> $1";
        let fresh = i64::try_from(FRESH.as_millis()).unwrap_or(i64::MAX);
        let query =
            sqlx::query(query).bind(&*self.writer).bind(to_json("load", &load)?).bind(fresh);
        let mut loads = vec![load];
        for row in query.fetch_all(pool).await? {
            // Another version may say it otherwise.
            loads.extend(from_json::<SystemLoad>("load", row.try_get("load")?).ok());
        }
        Ok(loads)
    }
}
