//! Which of a host's addresses to connect to, and when: "Happy Eyeballs" (RFC 8305).
//!
//! A host with a broken route to one of its addresses is reached over another. Attempts overlap:
//! the next begins [`ATTEMPT_DELAY`] after the one before, or at once when one has failed, and
//! whichever connects first wins.

use alloc::collections::VecDeque;
use core::net::SocketAddr;
use core::time::Duration;

use crate::time::Instant;

/// The time from the start of one attempt to the start of the next while none has ended (RFC 8305,
/// section 8, "Connection Attempt Delay").
pub const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// The most addresses of one host that are tried in one dial; further ones are left out.
pub const MAX_ADDRESSES: usize = 16;

/// The order and the times of the attempts to connect to the addresses of one host.
///
/// A driver begins every attempt that [`poll_attempt`](Self::poll_attempt) gives, reports each that
/// failed with [`handle_failed`](Self::handle_failed), and asks again then and at
/// [`poll_timeout`](Self::poll_timeout). It stops at the first attempt that connects; all have
/// failed when [`is_over`](Self::is_over).
#[derive(Clone, Debug)]
pub struct AddressRace {
    waiting: VecDeque<SocketAddr>,
    under_way: usize,
    next_at: Instant,
}

impl AddressRace {
    /// A race of these addresses, in the order in which the resolver prefers them (RFC 6724).
    ///
    /// The families take turns, beginning with that of the first address. Addresses that occur
    /// twice are tried once; at most [`MAX_ADDRESSES`] are tried.
    #[must_use]
    pub fn new(addresses: impl IntoIterator<Item = SocketAddr>, now: Instant) -> Self {
        let mut first = VecDeque::new();
        let mut second = VecDeque::new();
        let mut leading = None;
        for address in addresses {
            let leads = *leading.get_or_insert(address.is_ipv6());
            let family = if address.is_ipv6() == leads { &mut first } else { &mut second };
            // A bounded family is short enough to be searched.
            if family.len() < MAX_ADDRESSES && !family.contains(&address) {
                family.push_back(address);
            }
        }
        let mut waiting = VecDeque::with_capacity(MAX_ADDRESSES);
        while waiting.len() < MAX_ADDRESSES && !(first.is_empty() && second.is_empty()) {
            waiting.extend(first.pop_front());
            waiting.extend(second.pop_front());
        }
        waiting.truncate(MAX_ADDRESSES);
        Self { waiting, under_way: 0, next_at: now }
    }

    /// An attempt has failed: the next may begin at once.
    pub fn handle_failed(&mut self, now: Instant) {
        self.under_way = self.under_way.saturating_sub(1);
        self.next_at = now;
    }

    /// The address to connect to now, if it is time for one.
    #[must_use]
    pub fn poll_attempt(&mut self, now: Instant) -> Option<SocketAddr> {
        if now < self.next_at {
            return None;
        }
        let address = self.waiting.pop_front()?;
        self.under_way += 1;
        self.next_at = now + ATTEMPT_DELAY;
        Some(address)
    }

    /// When the next attempt begins; absent if no address is left.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.next_at)
    }

    /// Whether every attempt has failed, or there was no address to begin with.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.under_way == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn address(text: &str) -> SocketAddr {
        SocketAddr::new(text.parse().unwrap(), 443)
    }

    fn race(addresses: &[&str]) -> AddressRace {
        AddressRace::new(addresses.iter().map(|text| address(text)), Instant::ORIGIN)
    }

    fn at(millis: u64) -> Instant {
        Instant::ORIGIN + Duration::from_millis(millis)
    }

    #[test]
    fn the_families_take_turns_beginning_with_the_one_that_the_resolver_prefers() {
        let mut race = race(&["::1", "::2", "::3", "10.0.0.1", "10.0.0.2", "::1"]);
        let order: Vec<_> = (0..6).filter_map(|n| race.poll_attempt(at(n * 250))).collect();
        let expected = ["::1", "10.0.0.1", "::2", "10.0.0.2", "::3"].map(address);
        assert_eq!(order, expected);
    }

    #[test]
    fn a_mute_address_is_given_a_quarter_of_a_second_before_the_next_is_tried_beside_it() {
        let mut race = race(&["::1", "127.0.0.1"]);
        assert_eq!(race.poll_attempt(at(0)), Some(address("::1")));
        assert_eq!(race.poll_attempt(at(249)), None);
        assert_eq!(race.poll_timeout(), Some(at(250)));
        assert_eq!(race.poll_attempt(at(250)), Some(address("127.0.0.1")));
        assert_eq!(race.poll_timeout(), None);
        assert!(!race.is_over());
    }

    #[test]
    fn after_a_failure_the_next_is_tried_at_once_and_after_the_last_it_is_over() {
        let mut race = race(&["::1", "127.0.0.1"]);
        assert_eq!(race.poll_attempt(at(0)), Some(address("::1")));
        race.handle_failed(at(3));
        assert_eq!(race.poll_attempt(at(3)), Some(address("127.0.0.1")));
        race.handle_failed(at(4));
        assert!(race.is_over());
    }

    #[test]
    fn a_name_with_a_thousand_addresses_is_tried_at_the_first_of_both_families() {
        let many = (0..1000_u16).map(|n| SocketAddr::new([0, 0, 0, 0, 0, 0, 1, n].into(), 1));
        let mut race = AddressRace::new(many.chain([address("10.0.0.1")]), Instant::ORIGIN);
        let order: Vec<_> = (0..50).filter_map(|n| race.poll_attempt(at(n * 250))).collect();
        assert_eq!(order.len(), MAX_ADDRESSES);
        assert_eq!(order[1], address("10.0.0.1"));
        assert!(AddressRace::new([], Instant::ORIGIN).is_over());
    }
}
