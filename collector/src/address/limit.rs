use std::num::NonZeroUsize;
use std::time::Duration;

use steadfast_core::time::Instant;

use super::{ClientAddress, ClientNetwork};
use crate::rate::Buckets;

/// A limit of a number of events a minute for each [`ClientNetwork`], a whole minute of them at once.
///
/// At most [`AddressLimit::MAX_NETWORKS`] networks are remembered: beyond, the one that was heard of
/// longest ago is forgotten, and may begin anew.
#[derive(Debug)]
pub struct AddressLimit {
    buckets: Buckets<ClientNetwork>,
}

impl AddressLimit {
    /// Maximum number of networks that are remembered, some 100 bytes each.
    pub const MAX_NETWORKS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(65_535);

    /// A maximum number of events a minute; 0 turns the limit off.
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        Self { buckets: Buckets::new(per_minute, Self::MAX_NETWORKS) }
    }

    /// How many events a minute are allowed; 0 turns the limit off.
    #[must_use]
    pub fn per_minute(&self) -> u32 {
        self.buckets.per_minute()
    }

    /// Changes the maximum number of events a minute, for the next event on; 0 turns the limit off.
    pub(crate) fn change(&self, per_minute: u32) {
        self.buckets.resize(per_minute);
    }

    /// Counts an event of a client.
    ///
    /// # Errors
    ///
    /// How long the client has to wait for the next one, if it had too many.
    pub fn take(&self, now: Instant, client: ClientAddress) -> Result<(), Duration> {
        client.network().map_or(Ok(()), |network| self.buckets.take(now, network))
    }

    /// Takes an event of a client back that was counted and did not happen.
    pub(crate) fn put_back(&self, client: ClientAddress) {
        if let Some(network) = client.network() {
            self.buckets.put_back(&network);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn client(number: u32) -> ClientAddress {
        ClientAddress::of_peer(IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number)))
    }

    const NOW: Instant = Instant::from_millis(3_600_000);

    #[test]
    fn each_address_has_a_limit_of_its_own() {
        let limit = AddressLimit::new(2);
        assert_eq!(limit.take(NOW, client(1)), Ok(()));
        assert_eq!(limit.take(NOW, client(1)), Ok(()));
        assert_eq!(limit.take(NOW, client(1)), Err(Duration::from_secs(30)));
        assert_eq!(limit.take(NOW, client(2)), Ok(()));
        assert_eq!(limit.take(NOW + Duration::from_secs(30), client(1)), Ok(()));
    }

    #[test]
    fn a_program_on_the_same_machine_and_a_limit_of_zero_are_not_counted() {
        let local = ClientAddress::of_peer(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let (one, none) = (AddressLimit::new(1), AddressLimit::new(0));
        for _ in 0..10 {
            assert_eq!(one.take(NOW, local), Ok(()));
            assert_eq!(none.take(NOW, client(1)), Ok(()));
        }
    }

    #[test]
    fn of_too_many_addresses_the_one_heard_of_longest_ago_is_forgotten() {
        let limit = AddressLimit::new(1);
        let most = u32::try_from(AddressLimit::MAX_NETWORKS.get()).unwrap();
        for number in 0..most {
            assert_eq!(limit.take(NOW, client(number)), Ok(()));
        }
        // Heard of again, also when refused.
        assert!(limit.take(NOW, client(0)).is_err());
        assert_eq!(limit.take(NOW, client(most)), Ok(()));
        assert!(limit.take(NOW, client(0)).is_err(), "remembered");
        assert_eq!(limit.take(NOW, client(1)), Ok(()), "forgotten");
        assert_eq!(limit.buckets.len(), AddressLimit::MAX_NETWORKS.get());
    }
}
