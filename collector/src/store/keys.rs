//! Organisations and keys.

use sqlx::{ColumnIndex, Decode, Row, Type};
use steadfast_core::time::Instant;

use super::audit::record;
use super::rows::{digest, from_count, from_json, from_millis, organization, to_json, to_millis};
use super::{Store, StoreError, reading, transaction};
use crate::audit::{Actor, AuditAction, NewAuditEntry};
use crate::auth::{Key, KeyDigest, KeyKind, KeyPolicy, OrganizationId};

/// The most keys of an organisation, expired ones that are still kept among them.
pub const MAX_KEYS: u64 = 1000;

/// What is kept of a key.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredKey {
    /// What it is found by.
    pub digest: KeyDigest,
    /// What it is called: `key_` and the begin of its digest, which tells nothing of the key.
    pub id: String,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What it is good for.
    pub kind: KeyKind,
    /// How it may be used.
    pub terms: KeyPolicy,
    /// When it was made.
    pub created_at: Instant,
    /// Until when it is good, once it was replaced or revoked.
    pub expires_at: Option<Instant>,
    /// When it was last used, exact to a minute; absent if never.
    pub last_used: Option<Instant>,
}

const INSERT: &str = "INSERT INTO keys
        (digest, id, organization_id, kind, created_at, origins, per_minute, name)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const COLUMNS_OF_ONE: &str =
    "SELECT digest, id, organization_id, kind, created_at, origins, per_minute,
    expires_at, name, last_used FROM keys WHERE digest = $1";

const COLUMNS_OF_ALL: &str =
    "SELECT digest, id, organization_id, kind, created_at, origins, per_minute,
    expires_at, name, last_used FROM keys WHERE organization_id = $1 ORDER BY created_at, id LIMIT 1000";

/// A key that expires sooner anyway is left as it is.
const EXPIRE: &str = "UPDATE keys SET expires_at = $3
    WHERE organization_id = $1 AND id = $2 AND (expires_at IS NULL OR expires_at > $3)";

/// Held until the transaction ends: so changes have an order.
const COUNT_UP: &str = "UPDATE changes SET keys = keys + 1 WHERE id = 1";

const COUNT_KEYS: &str = "SELECT count(*) FROM keys WHERE organization_id = $1";

const ADD_ORGANIZATION: &str =
    "INSERT INTO organizations (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/// Inserts a key within a transaction; whichever database that is of.
macro_rules! insert {
    ($transaction:ident, $now:expr, $organization:expr, $key:expr, $terms:expr) => {
        sqlx::query(INSERT)
            .bind($key.digest().as_bytes())
            .bind($key.digest().id())
            .bind($organization.as_str())
            .bind($key.kind().as_str())
            .bind(to_millis($now))
            .bind(to_json("the origins of a key", &$terms.origins)?)
            .bind(i64::from($terms.per_minute))
            .bind(&$terms.name)
            .execute(&mut *$transaction)
            .await?
    };
}

/// Refuses keys beyond [`MAX_KEYS`], within a transaction that has counted up the changes.
macro_rules! make_room {
    ($transaction:ident, $organization:expr, $more:expr) => {
        let query = sqlx::query_scalar(COUNT_KEYS).bind($organization.as_str());
        let there: i64 = query.fetch_one(&mut *$transaction).await?;
        if from_count(there) + $more as u64 > MAX_KEYS {
            return Err(StoreError::TooManyKeys);
        }
    };
}

impl Store {
    /// Makes the first organisation with these keys, unless there is an organisation already; and
    /// whether it did.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn add_first_keys(
        &self,
        now: Instant,
        organization: &OrganizationId,
        keys: &[Key],
    ) -> Result<bool, StoreError> {
        let is_new = "SELECT NOT EXISTS (SELECT 1 FROM organizations)";
        if !reading!(self, pool => sqlx::query_scalar::<_, bool>(is_new).fetch_one(pool).await)? {
            return Ok(false);
        }
        Ok(transaction!(self, transaction => {
            // A collector that starts at the same time waits here.
            let lock = "UPDATE changes SET revision = revision WHERE id = 1";
            sqlx::query(lock).execute(&mut *transaction).await?;
            let is_new: bool = sqlx::query_scalar(is_new).fetch_one(&mut *transaction).await?;
            if is_new {
                sqlx::query(ADD_ORGANIZATION)
                    .bind(organization.as_str())
                    .bind(to_millis(now))
                    .execute(&mut *transaction)
                    .await?;
                for key in keys {
                    insert!(transaction, now, organization, key, KeyPolicy::of(key.kind()));
                }
            }
            is_new
        }))
    }

    /// Adds keys to an organisation, which is created if there is none of that name: all of them,
    /// or none.
    ///
    /// # Errors
    ///
    /// If the organisation has as many as it may, or the database fails.
    pub async fn add_keys(
        &self,
        now: Instant,
        organization: &OrganizationId,
        keys: &[(&Key, &KeyPolicy)],
        by: &Actor,
    ) -> Result<(), StoreError> {
        transaction!(self, transaction => {
            sqlx::query(COUNT_UP).execute(&mut *transaction).await?;
            make_room!(transaction, organization, keys.len());
            sqlx::query(ADD_ORGANIZATION)
                .bind(organization.as_str())
                .bind(to_millis(now))
                .execute(&mut *transaction)
                .await?;
            let deleted = "SELECT deleted_at IS NOT NULL FROM organizations WHERE id = $1";
            let query = sqlx::query_scalar(deleted).bind(organization.as_str());
            let is_being_deleted: bool = query.fetch_one(&mut *transaction).await?;
            if is_being_deleted {
                return Err(StoreError::BeingDeleted);
            }
            for (key, terms) in keys {
                insert!(transaction, now, organization, key, terms);
                let (action, subject) = (AuditAction::KeyCreated, &key.digest().id());
                let entry = NewAuditEntry { at: now, organization, by, action, subject };
                record!(transaction, &entry);
            }
        });
        Ok(())
    }

    /// Adds a key that takes the place of another, which is good until `until`.
    ///
    /// # Errors
    ///
    /// If the organisation has as many as it may, or the database fails.
    pub async fn replace_key(
        &self,
        now: Instant,
        old: &StoredKey,
        new: &Key,
        until: Instant,
        by: &Actor,
    ) -> Result<(), StoreError> {
        transaction!(self, transaction => {
            sqlx::query(COUNT_UP).execute(&mut *transaction).await?;
            make_room!(transaction, old.organization, 1);
            insert!(transaction, now, old.organization, new, old.terms);
            sqlx::query(EXPIRE)
                .bind(old.organization.as_str())
                .bind(&old.id)
                .bind(to_millis(until))
                .execute(&mut *transaction)
                .await?;
            let (organization, action, subject) =
                (&old.organization, AuditAction::KeyRotated, &*old.id);
            let entry = NewAuditEntry { at: now, organization, by, action, subject };
            record!(transaction, &entry);
        });
        Ok(())
    }

    /// Revokes a key at `at`, if it is the organisation's.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn expire_key(
        &self,
        organization: &OrganizationId,
        id: &str,
        at: Instant,
        by: &Actor,
    ) -> Result<(), StoreError> {
        transaction!(self, transaction => {
            sqlx::query(COUNT_UP).execute(&mut *transaction).await?;
            let revoked = sqlx::query(EXPIRE)
                .bind(organization.as_str())
                .bind(id)
                .bind(to_millis(at))
                .execute(&mut *transaction)
                .await?;
            if revoked.rows_affected() > 0 {
                let action = AuditAction::KeyRevoked;
                let entry = NewAuditEntry { at, organization, by, action, subject: id };
                record!(transaction, &entry);
            }
        });
        Ok(())
    }

    /// What is kept of a key.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn key(&self, digest: &KeyDigest) -> Result<Option<StoredKey>, StoreError> {
        reading!(self, pool => {
            let query = sqlx::query(COLUMNS_OF_ONE).bind(digest.as_bytes());
            query.fetch_optional(pool).await?.map(|row| stored(&row)).transpose()
        })
    }

    /// One key of an organisation.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn key_of(
        &self,
        organization: &OrganizationId,
        id: &str,
    ) -> Result<Option<StoredKey>, StoreError> {
        Ok(self.keys(organization).await?.into_iter().find(|key| key.id == id))
    }

    /// How often keys were changed: whatever was read of them before the last change may have
    /// become wrong.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn keys_revision(&self) -> Result<u64, StoreError> {
        let query = "SELECT keys FROM changes WHERE id = 1";
        let revision: i64 =
            reading!(self, pool => sqlx::query_scalar(query).fetch_one(pool).await)?;
        Ok(from_count(revision))
    }

    /// Makes an organisation without keys, unless there is one of that name; and whether it did.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn add_organization(
        &self,
        now: Instant,
        organization: &OrganizationId,
        by: &Actor,
    ) -> Result<bool, StoreError> {
        Ok(transaction!(self, transaction => {
            let added = sqlx::query(ADD_ORGANIZATION)
                .bind(organization.as_str())
                .bind(to_millis(now))
                .execute(&mut *transaction)
                .await?
                .rows_affected()
                == 1;
            if added {
                let (action, subject) =
                    (AuditAction::OrganizationCreated, organization.as_str());
                let entry = NewAuditEntry { at: now, organization, by, action, subject };
                record!(transaction, &entry);
            }
            added
        }))
    }

    /// Whether there is an organisation of that name.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn has_organization(&self, id: &OrganizationId) -> Result<bool, StoreError> {
        let query = "SELECT id FROM organizations WHERE id = $1";
        reading!(self, pool => {
            Ok(sqlx::query(query).bind(id.as_str()).fetch_optional(pool).await?.is_some())
        })
    }

    /// The names of all organisations, in alphabetical order.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn organizations(&self) -> Result<Vec<OrganizationId>, StoreError> {
        let query = "SELECT id FROM organizations ORDER BY id";
        reading!(self, pool => {
            sqlx::query(query).fetch_all(pool).await?
                .iter()
                .map(|row| organization(row, "id"))
                .collect()
        })
    }

    /// All keys of an organisation, the oldest first, at most [`MAX_KEYS`].
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn keys(&self, organization: &OrganizationId) -> Result<Vec<StoredKey>, StoreError> {
        reading!(self, pool => {
            let query = sqlx::query(COLUMNS_OF_ALL).bind(organization.as_str());
            query.fetch_all(pool).await?.iter().map(stored).collect()
        })
    }

    /// Notes when keys were last used. What is already known to be later stays.
    ///
    /// # Errors
    ///
    /// If the database fails. Nothing was noted then.
    pub async fn note_last_used(&self, used: &[(KeyDigest, Instant)]) -> Result<(), StoreError> {
        let query = "UPDATE keys SET last_used = $2
            WHERE digest = $1 AND (last_used IS NULL OR last_used < $2)";
        transaction!(self, transaction => {
            for (digest, at) in used {
                sqlx::query(query)
                    .bind(digest.as_bytes())
                    .bind(to_millis(*at))
                    .execute(&mut *transaction)
                    .await?;
            }
        });
        Ok(())
    }

    /// Removes keys that expired before `before`, at most `limit`, and says how many.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn remove_keys(&self, before: Instant, limit: u32) -> Result<u64, StoreError> {
        let query = "DELETE FROM keys WHERE digest IN
            (SELECT digest FROM keys WHERE expires_at < $1 LIMIT $2)";
        Ok(transaction!(self, transaction => {
            let query = sqlx::query(query).bind(to_millis(before)).bind(i64::from(limit));
            query.execute(&mut *transaction).await?.rows_affected()
        }))
    }
}

fn stored<'r, R>(row: &'r R) -> Result<StoredKey, StoreError>
where
    R: Row,
    &'static str: ColumnIndex<R>,
    &'r str: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
{
    let kind: &str = row.try_get("kind")?;
    let per_minute = row.try_get::<i64, _>("per_minute")?;
    let expires_at: Option<i64> = row.try_get("expires_at")?;
    Ok(StoredKey {
        digest: digest(row, "digest")?,
        id: row.try_get("id")?,
        organization: organization(row, "organization_id")?,
        kind: KeyKind::ALL.into_iter().find(|known| known.as_str() == kind).ok_or_else(|| {
            StoreError::Malformed { what: "a key", reason: format!("its kind is {kind:?}") }
        })?,
        terms: KeyPolicy {
            name: row.try_get("name")?,
            origins: from_json("the origins of a key", row.try_get("origins")?)?,
            per_minute: u32::try_from(per_minute).unwrap_or(u32::MAX),
        },
        created_at: from_millis(row.try_get("created_at")?),
        expires_at: expires_at.map(from_millis),
        last_used: row.try_get::<Option<i64>, _>("last_used")?.map(from_millis),
    })
}
