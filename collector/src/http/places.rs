//! The connections that are open, within bounds: of all together, and of each address.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::address::ClientNetwork;

/// How many connections may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConnectionLimits {
    /// All together.
    pub(super) all: usize,
    /// From one address, as [`ClientNetwork`] counts them.
    pub(super) by_address: usize,
}

/// The limit that leaves no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoom {
    /// That of all connections.
    All,
    /// That of the address.
    Address,
}

/// The places of connections.
///
/// When there is no place left, the connection on which nothing has moved for longest makes room, if
/// that is [`STILL_FOR`] at least and no request of it is being answered: one that is idle between two
/// requests, or whose peer does not read. An attacker that holds all places without using them keeps no
/// other client out.
#[derive(Debug)]
pub(super) struct Places {
    began: Instant,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    all: HashMap<u64, Holder>,
    by_address: HashMap<ClientNetwork, usize>,
}

#[derive(Debug)]
struct Holder {
    address: Option<ClientNetwork>,
    movement: Movement,
    leave: CancellationToken,
}

/// The movement on a connection.
#[derive(Clone, Debug)]
pub(super) struct Movement {
    began: Instant,
    /// When bytes were last read or written, in milliseconds since `began`.
    moved_at: Arc<AtomicU64>,
    /// How many of its requests are being answered.
    answering: Arc<AtomicUsize>,
}

/// Held while a request is being answered.
#[derive(Debug)]
pub(super) struct Answering(Arc<AtomicUsize>);

/// A place, free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    places: Arc<Places>,
    movement: Movement,
    leave: CancellationToken,
}

/// How long nothing has to have moved on a connection that makes room for another.
const STILL_FOR: Duration = Duration::from_millis(250);

impl Places {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), taken: Mutex::default() }
    }

    /// A place for a connection. One without an address counts among all only.
    ///
    /// # Errors
    ///
    /// If a limit is reached and something moves on every connection.
    pub(super) fn take(
        self: &Arc<Self>,
        address: Option<ClientNetwork>,
        limits: ConnectionLimits,
    ) -> Result<Place, NoRoom> {
        let mut taken = self.lock();
        let of_address = address.and_then(|address| taken.by_address.get(&address)).copied();
        if of_address.is_some_and(|count| count >= limits.by_address) {
            let is_of_address = |holder: &Holder| holder.address == address;
            taken.make_room(is_of_address).ok_or(NoRoom::Address)?;
        }
        if taken.all.len() >= limits.all {
            taken.make_room(|_| true).ok_or(NoRoom::All)?;
        }
        let id = taken.next;
        taken.next += 1;
        if let Some(address) = address {
            *taken.by_address.entry(address).or_default() += 1;
        }
        let movement =
            Movement { began: self.began, moved_at: Arc::default(), answering: Arc::default() };
        movement.moved();
        let leave = CancellationToken::new();
        let holder = Holder { address, movement: movement.clone(), leave: leave.clone() };
        taken.all.insert(id, holder);
        drop(taken);
        Ok(Place { id, places: Arc::clone(self), movement, leave })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Ends the connection on which nothing has moved for longest; nothing if something moves on all.
    fn make_room(&mut self, may_go: impl Fn(&Holder) -> bool) -> Option<()> {
        let candidates = self.all.iter().filter(|(_, holder)| may_go(holder));
        let still = candidates.map(|(&id, holder)| (id, holder, holder.movement.still_for()));
        let (id, stillest, still_for) = still.max_by_key(|(_, _, still_for)| *still_for)?;
        if still_for < STILL_FOR {
            return None;
        }
        stillest.leave.cancel();
        self.free(id);
        Some(())
    }

    fn free(&mut self, id: u64) {
        let Some(Holder { address: Some(address), .. }) = self.all.remove(&id) else {
            return;
        };
        if let Some(count) = self.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

impl Movement {
    /// Notes that bytes were read or written.
    pub(super) fn moved(&self) {
        self.moved_at.store(self.now(), Ordering::Relaxed);
    }

    /// Notes that a request is being answered, until that is dropped.
    pub(super) fn answering(&self) -> Answering {
        self.answering.fetch_add(1, Ordering::Relaxed);
        Answering(Arc::clone(&self.answering))
    }

    /// How long nothing has moved; no time at all while a request is being answered.
    fn still_for(&self) -> Duration {
        if self.answering.load(Ordering::Relaxed) > 0 {
            return Duration::ZERO;
        }
        let moved_at = self.moved_at.load(Ordering::Relaxed);
        Duration::from_millis(self.now().saturating_sub(moved_at))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Place {
    /// The movement on the connection, which its reader and its writer note.
    pub(super) fn movement(&self) -> &Movement {
        &self.movement
    }

    /// Resolves when the connection has to make room for another.
    pub(super) async fn asked_to_leave(&self) {
        self.leave.cancelled().await;
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().free(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ConnectionLimits = ConnectionLimits { all: 4, by_address: 2 };

    impl Places {
        fn take_from(self: &Arc<Self>, address: &str) -> Result<Place, NoRoom> {
            self.take(Some(ClientNetwork::of(address.parse().unwrap())), LIMITS)
        }
    }

    /// Places whose clock stands at that many seconds.
    fn places(seconds: u64) -> Arc<Places> {
        let began = Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap();
        Arc::new(Places { began, taken: Mutex::default() })
    }

    #[test]
    fn an_address_has_so_many_places_and_all_together_have_so_many() {
        let places = places(0);
        let one = places.take_from("10.0.0.1").unwrap();
        let _two = places.take_from("::ffff:10.0.0.1").unwrap();
        assert_eq!(places.take_from("10.0.0.1").unwrap_err(), NoRoom::Address);
        let _three = places.take_from("2001:db8::1").unwrap();
        let _four = places.take_from("2001:db8::2").unwrap();
        assert_eq!(places.take_from("2001:db8::3").unwrap_err(), NoRoom::Address);
        assert_eq!(places.take_from("10.0.0.2").unwrap_err(), NoRoom::All);
        assert_eq!(places.take(None, LIMITS).unwrap_err(), NoRoom::All);
        drop(one);
        let _five = places.take_from("10.0.0.1").unwrap();
        assert_eq!(places.lock().by_address.len(), 2, "nothing is kept of who is gone");
    }

    #[tokio::test]
    async fn the_connection_on_which_nothing_moved_for_longest_makes_room() {
        let places = places(60);
        let held: Vec<_> =
            (0..4).map(|n| places.take_from(&format!("10.0.0.{n}")).unwrap()).collect();
        for (place, moved_at) in held.iter().zip([50_000, 40_000, 60_000, 30_000]) {
            place.movement.moved_at.store(moved_at, Ordering::Relaxed);
        }
        let _answering = held[3].movement.answering();
        let _new = places.take_from("10.0.0.9").unwrap();
        held[1].asked_to_leave().await;
        assert!(!held[0].leave.is_cancelled() && !held[3].leave.is_cancelled());
        assert_eq!(places.lock().all.len(), 4);
        drop(held);
        assert_eq!(places.lock().all.len(), 1, "a place that was taken away is not freed twice");
    }
}
