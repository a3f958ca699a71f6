//! Deletes a session, a user's sessions or an organisation, with everything that is stored of them.
//!
//! What is deleted is gone for everybody at once, and rows are removed in bounded steps after that.
//! Every deletion can be repeated. What was interrupted goes on with the next sweep of
//! [`retention`](crate::retention).

use std::time::Duration;

use steadfast_core::time::Instant;

use crate::audit::{Actor, AuditAction, NewAuditEntry};
use crate::auth::OrganizationId;
use crate::store::{Store, StoreError};

/// What is to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// An organisation.
    Organization,
    /// The session of this id.
    Session(String),
    /// All sessions of this user.
    User(String),
}

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// How many sessions were there; none are counted of an organisation.
    pub sessions: u64,
    /// How many reports were removed.
    pub reports: u64,
}

/// Number of rows that are removed in one transaction.
const CHUNK: u32 = 500;

/// Number of sessions of a user that are deleted in one transaction.
const SESSIONS: u32 = 100;

/// How long to wait for reports that are under way when they keep an organisation from being removed.
const PAUSE: Duration = Duration::from_millis(250);

/// Deletes, and comes back when nothing is left.
///
/// # Errors
///
/// If the store fails. What was deleted by then stays deleted.
pub async fn delete(
    store: &Store,
    now: Instant,
    organization: &OrganizationId,
    deletion: &Deletion,
    by: &Actor,
) -> Result<Deleted, StoreError> {
    let mut deleted = Deleted::default();
    let entry = |action, subject| NewAuditEntry { at: now, organization, by, action, subject };
    match deletion {
        Deletion::Organization => {
            let entry = entry(AuditAction::OrganizationDeleted, organization.as_str());
            store.delete_organization(now, organization, &entry).await?;
        }
        Deletion::Session(session_id) => {
            store.audit(&entry(AuditAction::ConnectionDeleted, session_id)).await?;
            let session_ids = std::slice::from_ref(session_id);
            deleted.sessions = store.delete_sessions(now, organization, session_ids).await?;
        }
        Deletion::User(user_id) => {
            store.audit(&entry(AuditAction::UserDeleted, user_id)).await?;
            // What begins from here on is not meant.
            let begun_by = store.revision().await?;
            loop {
                let of_user = store.session_ids_of_user(organization, user_id, begun_by, SESSIONS);
                let session_ids = of_user.await?;
                if session_ids.is_empty() {
                    break;
                }
                deleted.sessions += store.delete_sessions(now, organization, &session_ids).await?;
            }
        }
    }
    deleted.reports = finish(store, Some(organization)).await?;
    Ok(deleted)
}

/// Removes the rows of deletions until none are left, those of one organisation or all; and says how many
/// reports were removed.
///
/// # Errors
///
/// If the store fails.
pub async fn finish(store: &Store, of: Option<&OrganizationId>) -> Result<u64, StoreError> {
    let mut reports = 0;
    while let Some(deletion) = store.next_deletion(of).await? {
        loop {
            let step = store.remove_deleted(&deletion, CHUNK).await?;
            reports += step.reports;
            if step.is_done {
                break;
            }
            if step.rows == 0 {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    Ok(reports)
}
