//! Who may listen to the live stream.
//!
//! A browser cannot send a header with a WebSocket, and a key in an address ends up in logs. So
//! a key is exchanged for a ticket, which is good for a single connection and for half a minute. Of
//! collectors that share a database, any takes the ticket that another gave out.

mod ticket;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::protocol::Hint;
use steadfast_core::protocol::server::{SlotConfig, Slots};
use steadfast_core::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::{KeyDigest, OrganizationId};
use crate::store::{Store, StoreError, StoredTicket};
use ticket::TicketKey;

/// How long a ticket is good.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(30);

/// The most tickets that wait to be used.
const MAX_TICKETS: u32 = 10_000;

/// How long taking in a client may take: dear are its ticket and the first push.
const PER_CLIENT: Duration = Duration::from_millis(10);

/// The most clients that are being taken in at a time.
const MOST_ARRIVING: u32 = 200;

/// The pace at which clients are taken in.
const PACE: SlotConfig = SlotConfig { per_second: 100.0, queue: MOST_ARRIVING as usize };

/// How long who finds all seats taken should stay away at least.
const FULL_WAIT: Duration = Duration::from_secs(5);

/// Gives out tickets, and lets in who has one, as long as there is room.
#[derive(Debug)]
pub struct Live {
    store: Store,
    ticket_key: TicketKey,
    /// The tickets that were used up here, each until it ends anyway.
    used: Mutex<HashMap<KeyDigest, Instant>>,
    seats: Arc<Semaphore>,
    max_clients: usize,
    slots: Mutex<Slots>,
    arriving: Arc<Semaphore>,
    /// The window of the goodbye, once there was one.
    goodbye: OnceLock<Duration>,
}

/// Held by a client from its handshake until it has got its first push, which is what it costs.
#[derive(Debug)]
pub struct Arrival {
    _place: OwnedSemaphorePermit,
}

/// The live stream was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// Too many clients come at once.
    #[error("too many clients come at once")]
    Busy,
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
            Self::Busy => "live.busy",
            Self::Full(_) => "live.full",
            Self::Random(_) => "live.random",
            Self::Store(error) => error.code(),
            Self::Ticket => "live.ticket",
            Self::Tickets => "live.tickets",
        }
    }
}

impl Live {
    /// Room for that many clients, whose tickets are kept in `store` and were written under `secret`.
    ///
    /// # Errors
    ///
    /// If the pace at which clients are taken in makes no sense, which no caller can bring about.
    pub fn new(store: Store, secret: [u8; 32], max_clients: usize) -> Result<Self, ConfigError> {
        Ok(Self {
            store,
            ticket_key: TicketKey::new(secret),
            used: Mutex::default(),
            seats: Arc::new(Semaphore::new(max_clients)),
            max_clients,
            slots: Mutex::new(Slots::new(PACE)?),
            arriving: Arc::new(Semaphore::new(PACE.queue)),
            goodbye: OnceLock::new(),
        })
    }

    /// Takes a client in, before anything dear is done for it.
    ///
    /// # Errors
    ///
    /// If too many are coming at once: the hint to give it, with its slot.
    pub fn admit(&self, now: Instant) -> Result<Arrival, Hint> {
        let backlog = PACE.queue.saturating_sub(self.arriving.available_permits());
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.admit(now, backlog)?;
        let permit = Arc::clone(&self.arriving).try_acquire_owned();
        let arrived = permit.map(|place| Arrival { _place: place });
        arrived.map_err(|_| Hint::slot(PER_CLIENT * 2 * MOST_ARRIVING))
    }

    /// When clients that find all seats taken should try again: as spread as if all who
    /// sit came anew.
    #[must_use]
    pub fn later(&self, fill: f64) -> Hint {
        Hint { retry_after: Some(FULL_WAIT), ..Hint::spread(window(self.clients(), fill)) }
    }

    /// When those who listen should come back once this collector ends: all within a window
    /// `W = 1.2·N/C` of the number of clients and the pace at which they are taken in, and up to
    /// twice as long the busier the ingest is. The same for all, however few are left.
    #[must_use]
    pub fn goodbye(&self, fill: f64) -> Hint {
        Hint::spread(*self.goodbye.get_or_init(|| window(self.clients(), fill)))
    }

    /// A ticket for the live stream of an organisation, for who has this key of it.
    ///
    /// # Errors
    ///
    /// If too many are waiting to be used, or the store fails.
    pub async fn issue(
        &self,
        now: Instant,
        organization: OrganizationId,
        key: KeyDigest,
    ) -> Result<String, LiveError> {
        let expires_at = now + TICKET_LIFETIME;
        let text = self.ticket_key.write(expires_at)?;
        let ticket = StoredTicket { organization, key, expires_at };
        let digest = KeyDigest::of(&text);
        let added = self.store.add_ticket(now, &digest, &ticket, MAX_TICKETS).await?;
        if added { Ok(text) } else { Err(LiveError::Tickets) }
    }

    /// Whether something may be a ticket that can be used. Costs no look into the database, so it
    /// is asked before a client takes anybody's turn.
    ///
    /// # Errors
    ///
    /// If no collector on this database wrote it, it is too old, or was used here.
    pub fn check(&self, now: Instant, ticket: &str) -> Result<(), LiveError> {
        let is_open = self.ticket_key.read(ticket).is_some_and(|end| end > now)
            && !self.used().contains_key(&KeyDigest::of(ticket));
        if is_open { Ok(()) } else { Err(LiveError::Ticket) }
    }

    /// Whose live stream a ticket is for, and the key that it was given for. It is used up by this.
    ///
    /// # Errors
    ///
    /// If it is unknown, was used, or is too old, or the store fails.
    pub async fn redeem(&self, now: Instant, ticket: &str) -> Result<StoredTicket, LiveError> {
        self.check(now, ticket)?;
        let digest = KeyDigest::of(ticket);
        let taken = self.store.take_ticket(&digest).await?;
        let mut used = self.used();
        if used.len() >= MAX_TICKETS as usize {
            used.retain(|_, end| *end > now);
        }
        // Whatever became of it, it is good no longer.
        used.insert(digest, now + TICKET_LIFETIME);
        taken.filter(|ticket| ticket.expires_at > now).ok_or(LiveError::Ticket)
    }

    fn used(&self) -> MutexGuard<'_, HashMap<KeyDigest, Instant>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
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

/// In whole seconds, since the reason of a close holds no others. Better too long than too short.
fn window(clients: usize, fill: f64) -> Duration {
    let seconds = 1.2 * clients as f64 / PACE.per_second * (1.0 + fill.clamp(0.0, 1.0));
    Duration::from_secs(Duration::from_secs_f64(seconds).as_secs() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Actor;

    async fn live(folder: &tempfile::TempDir) -> Live {
        let store = Store::open(&folder.path().join("a.db").into()).await.unwrap();
        store.add_keys(at(0), &acme(), &[], &Actor::command()).await.unwrap();
        Live::new(store.clone(), store.secret("tickets").await.unwrap(), 1).unwrap()
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
        let key = KeyDigest::of("sk_1");
        let used = live.issue(at(0), acme(), key).await.unwrap();
        let late = live.issue(at(0), acme(), key).await.unwrap();
        let ticket = live.redeem(at(29), &used).await.unwrap();
        assert_eq!((ticket.organization, ticket.key), (acme(), key));
        assert_eq!(live.redeem(at(29), &used).await.unwrap_err().code(), "live.ticket");
        assert_eq!(live.redeem(at(30), &late).await.unwrap_err().code(), "live.ticket");
    }

    #[tokio::test]
    async fn what_is_no_ticket_is_refused_without_a_look_into_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let live = live(&folder).await;
        let used = live.issue(at(0), acme(), KeyDigest::of("sk_1")).await.unwrap();
        let late = live.issue(at(0), acme(), KeyDigest::of("sk_1")).await.unwrap();
        live.redeem(at(1), &used).await.unwrap();
        // A client that asks now would get another code.
        live.store.close().await;
        let junk = used.replacen(&used[3..5], "ff", 1);
        for (ticket, now) in [("", 1), ("tk_00", 1), (&*junk, 1), (&*used, 1), (&*late, 30)] {
            let refused = live.redeem(at(now), ticket).await.unwrap_err();
            assert_eq!(refused.code(), "live.ticket", "{ticket:?}");
            assert_eq!(live.check(at(now), ticket).unwrap_err().code(), "live.ticket");
        }
        assert_eq!(live.redeem(at(1), &late).await.unwrap_err().code(), "store.unavailable");
    }

    #[tokio::test]
    async fn collectors_on_one_database_take_tickets_of_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (live(&folder).await, live(&folder).await);
        let ticket = one.issue(at(0), acme(), KeyDigest::of("sk_1")).await.unwrap();
        assert!(other.check(at(1), &ticket).is_ok());
        assert!(other.redeem(at(1), &ticket).await.is_ok());
        assert_eq!(one.redeem(at(2), &ticket).await.unwrap_err().code(), "live.ticket");
    }

    #[tokio::test]
    async fn of_too_many_who_come_at_once_each_gets_a_slot_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let live = live(&folder).await;
        let mut arrivals = Vec::new();
        let mut waits = Vec::new();
        for _ in 0..300 {
            match live.admit(at(100)) {
                Ok(arrival) => arrivals.push(arrival),
                Err(hint) => waits.push((hint.retry_after.unwrap(), hint.spread.unwrap())),
            }
        }
        assert_eq!(arrivals.len(), PACE.queue / 2 + 1);
        assert!(waits.windows(2).all(|two| two[0].0 < two[1].0), "one after the other");
        assert!(waits.iter().all(|(_, spread)| spread.is_zero()), "and exactly then");
        drop(arrivals);
        assert!(live.admit(at(100)).is_ok(), "when they have arrived there is room");
    }

    #[tokio::test]
    async fn the_window_of_a_goodbye_follows_clients_and_load_and_is_the_same_for_all() {
        assert_eq!(window(0, 0.0), Duration::from_secs(1));
        assert_eq!(window(10_000, 0.0), Duration::from_secs(121));
        assert_eq!(window(10_000, 0.5), Duration::from_secs(181));
        let folder = tempfile::tempdir().unwrap();
        let live = live(&folder).await;
        let seat = live.take_seat().unwrap();
        let first = live.goodbye(1.0);
        drop(seat);
        assert_eq!(live.goodbye(0.0), first);
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
