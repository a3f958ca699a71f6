//! Who may listen to the live stream.
//!
//! A browser cannot send a header with a WebSocket, and a key in an address ends up in logs. So
//! a key is exchanged for a ticket, which is good for a single connection and for half a minute. Of
//! collectors that share a database, any takes the ticket that another gave out.

use std::sync::Arc;
use std::time::Duration;

use steadfast_core::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::{KeyDigest, OrganizationId, random_token};
use crate::store::{Store, StoreError};

/// How long a ticket is good.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(30);

/// The most tickets that wait to be used.
const MAX_TICKETS: u32 = 10_000;

/// Gives out tickets, and lets in who has one, as long as there is room.
#[derive(Debug)]
pub struct Live {
    store: Store,
    seats: Arc<Semaphore>,
    max_clients: usize,
}

/// The live stream was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// As many clients listen as may.
    #[error("{0} clients are listening, which is as many as may")]
    Full(usize),
    /// The operating system has no random numbers to give.
    #[error("no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ticket is unknown, was used, or is too old.
    #[error("the ticket is missing, unknown, used, or older than {} s", TICKET_LIFETIME.as_secs())]
    Ticket,
    /// Too many tickets wait to be used.
    #[error("{MAX_TICKETS} tickets are waiting to be used, which is as many as may")]
    Tickets,
}

impl LiveError {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Full(_) => "live.full",
            Self::Random(_) => "live.random",
            Self::Store(error) => error.code(),
            Self::Ticket => "live.ticket",
            Self::Tickets => "live.tickets",
        }
    }
}

impl Live {
    /// Room for so many clients, whose tickets are kept in `store`.
    #[must_use]
    pub fn new(store: Store, max_clients: usize) -> Self {
        let seats = Arc::new(Semaphore::new(max_clients));
        Self { store, seats, max_clients }
    }

    /// A ticket for the live stream of an organisation.
    ///
    /// # Errors
    ///
    /// If too many are waiting to be used, or the store fails.
    pub async fn issue(
        &self,
        now: Instant,
        organization: &OrganizationId,
    ) -> Result<String, LiveError> {
        let text = random_token()?;
        let (digest, expires_at) = (KeyDigest::of(&text), now + TICKET_LIFETIME);
        let add = self.store.add_ticket(now, &digest, organization, expires_at, MAX_TICKETS);
        if add.await? { Ok(text) } else { Err(LiveError::Tickets) }
    }

    /// Whose live stream a ticket is for. It is used up by this.
    ///
    /// # Errors
    ///
    /// If it is unknown, was used, or is too old, or the store fails.
    pub async fn redeem(&self, now: Instant, ticket: &str) -> Result<OrganizationId, LiveError> {
        let taken = self.store.take_ticket(&KeyDigest::of(ticket)).await?;
        let good = taken.filter(|(_, expires_at)| *expires_at > now);
        good.map(|(organization, _)| organization).ok_or(LiveError::Ticket)
    }

    /// How many clients listen.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.max_clients.saturating_sub(self.seats.available_permits())
    }

    /// A seat, held until it is dropped.
    ///
    /// # Errors
    ///
    /// If there is none left.
    pub fn take_seat(&self) -> Result<OwnedSemaphorePermit, LiveError> {
        let seats = Arc::clone(&self.seats);
        seats.try_acquire_owned().map_err(|_| LiveError::Full(self.max_clients))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn live(folder: &tempfile::TempDir) -> Live {
        let store = Store::open(&folder.path().join("a.db").into()).await.unwrap();
        store.add_keys(at(0), &acme(), &[]).await.unwrap();
        Live::new(store, 1)
    }

    fn acme() -> OrganizationId {
        "acme".parse().unwrap()
    }

    fn at(secs: u64) -> Instant {
        Instant::ORIGIN + Duration::from_secs(secs)
    }

    #[tokio::test]
    async fn a_ticket_is_good_once_and_for_half_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let live = live(&folder).await;
        let used = live.issue(at(0), &acme()).await.unwrap();
        let late = live.issue(at(0), &acme()).await.unwrap();
        assert_eq!(live.redeem(at(29), &used).await.unwrap(), acme());
        assert_eq!(live.redeem(at(29), &used).await.unwrap_err().code(), "live.ticket");
        assert_eq!(live.redeem(at(30), &late).await.unwrap_err().code(), "live.ticket");
    }

    #[tokio::test]
    async fn seats_are_bounded_and_come_free() {
        let folder = tempfile::tempdir().unwrap();
        let live = live(&folder).await;
        let seat = live.take_seat().unwrap();
        assert_eq!(live.take_seat().unwrap_err().code(), "live.full");
        drop(seat);
        assert!(live.take_seat().is_ok());
    }
}
