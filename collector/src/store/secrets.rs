//! What all collectors on a database share and nobody else knows.

use super::{Store, StoreError, reading, transaction};
use crate::auth::AuthError;

impl Store {
    /// 256 random bits under this name, drawn by the collector that asks first.
    ///
    /// # Errors
    ///
    /// If the database fails, or the operating system has no random numbers to give.
    pub async fn secret(&self, name: &str) -> Result<[u8; 32], AuthError> {
        if let Some(secret) = self.known_secret(name).await? {
            return Ok(secret);
        }
        let mut drawn = [0_u8; 32];
        getrandom::fill(&mut drawn)?;
        self.add_secret(name, &drawn).await?;
        let secret = self.known_secret(name).await?;
        Ok(secret.unwrap_or(drawn))
    }

    async fn add_secret(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let query = "INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        transaction!(self, transaction => {
            sqlx::query(query).bind(name).bind(value).execute(&mut *transaction).await?;
        });
        Ok(())
    }

    async fn known_secret(&self, name: &str) -> Result<Option<[u8; 32]>, StoreError> {
        let query = "SELECT value FROM secrets WHERE name = $1";
        let value: Option<Vec<u8>> = reading!(self, pool => {
            sqlx::query_scalar(query).bind(name).fetch_optional(pool).await?
        });
        let malformed = |value: Vec<u8>| StoreError::Malformed {
            what: "a secret",
            reason: format!("it has {} bytes instead of 32", value.len()),
        };
        value.map(|value| value.try_into().map_err(malformed)).transpose()
    }
}
