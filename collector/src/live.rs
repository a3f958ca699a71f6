//! Who may listen to the live stream.
//!
//! A browser cannot send a header with a WebSocket, and a key in an address ends up in logs. So
//! a key is exchanged for a ticket, which is good for a single connection and for half a minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use steadfast_core::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::{OrganizationId, random_token};

/// How long a ticket is good.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(30);

/// The most tickets that wait to be used.
const MAX_TICKETS: usize = 10_000;

/// Gives out tickets, and lets in who has one, as long as there is room.
#[derive(Debug)]
pub struct Live {
    tickets: Mutex<HashMap<String, Ticket>>,
    seats: Arc<Semaphore>,
    max_clients: usize,
}

#[derive(Debug)]
struct Ticket {
    organization: OrganizationId,
    expires_at: Instant,
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
            Self::Ticket => "live.ticket",
            Self::Tickets => "live.tickets",
        }
    }
}

impl Live {
    /// Room for so many clients.
    #[must_use]
    pub fn new(max_clients: usize) -> Self {
        let seats = Arc::new(Semaphore::new(max_clients));
        Self { tickets: Mutex::default(), seats, max_clients }
    }

    /// A ticket for the live stream of an organisation.
    ///
    /// # Errors
    ///
    /// If too many are waiting to be used.
    pub fn issue(&self, now: Instant, organization: OrganizationId) -> Result<String, LiveError> {
        let text = random_token()?;
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        if tickets.len() >= MAX_TICKETS {
            tickets.retain(|_, ticket| ticket.expires_at > now);
        }
        if tickets.len() >= MAX_TICKETS {
            return Err(LiveError::Tickets);
        }
        let expires_at = now + TICKET_LIFETIME;
        tickets.insert(text.clone(), Ticket { organization, expires_at });
        Ok(text)
    }

    /// Whose live stream a ticket is for. It is used up by this.
    ///
    /// # Errors
    ///
    /// If it is unknown, was used, or is too old.
    pub fn redeem(&self, now: Instant, ticket: &str) -> Result<OrganizationId, LiveError> {
        let mut tickets = self.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = tickets.remove(ticket).filter(|ticket| ticket.expires_at > now);
        ticket.map(|ticket| ticket.organization).ok_or(LiveError::Ticket)
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

    fn issued(live: &Live, at_secs: u64) -> String {
        live.issue(at(at_secs), "acme".parse().unwrap()).unwrap()
    }

    fn at(secs: u64) -> Instant {
        Instant::ORIGIN + Duration::from_secs(secs)
    }

    #[test]
    fn a_ticket_is_good_once_and_for_half_a_minute() {
        let live = Live::new(1);
        let (used, late) = (issued(&live, 0), issued(&live, 0));
        assert_eq!(live.redeem(at(29), &used).unwrap().as_str(), "acme");
        assert_eq!(live.redeem(at(29), &used).unwrap_err().code(), "live.ticket");
        assert_eq!(live.redeem(at(30), &late).unwrap_err().code(), "live.ticket");
    }

    #[test]
    fn tickets_are_bounded_and_old_ones_make_room() {
        let live = Live::new(1);
        (0..MAX_TICKETS).for_each(|_| drop(issued(&live, 0)));
        let refused = live.issue(at(1), "acme".parse().unwrap()).unwrap_err();
        assert_eq!(refused.code(), "live.tickets");
        issued(&live, 30);
    }

    #[test]
    fn seats_are_bounded_and_come_free() {
        let live = Live::new(1);
        let seat = live.take_seat().unwrap();
        assert_eq!(live.take_seat().unwrap_err().code(), "live.full");
        drop(seat);
        assert!(live.take_seat().is_ok());
    }
}
