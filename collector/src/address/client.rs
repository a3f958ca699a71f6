use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The address of the client that made a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress {
    address: IpAddr,
    is_local: bool,
}

/// The address that limits count a client by: all of an IPv4 address, the first 64 bits of an IPv6
/// address. A client with IPv6 is given at least 2⁶⁴ addresses (RFC 6177), and can use a new one for
/// every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientAddress {
    /// The client of a connection that no trusted proxy made.
    #[must_use]
    pub fn of_peer(peer: IpAddr) -> Self {
        let address = peer.to_canonical();
        Self { address, is_local: address.is_loopback() }
    }

    /// The client of a connection that a trusted proxy made, as the proxy says.
    #[must_use]
    pub fn of_forwarded(address: IpAddr) -> Self {
        Self { address: address.to_canonical(), is_local: false }
    }

    /// The address; never an IPv4 address that is mapped into IPv6.
    #[must_use]
    pub fn ip(self) -> IpAddr {
        self.address
    }

    /// What limits by address count this client by. None for a program on the collector's own
    /// machine, which no limit by address counts: the peer is a loopback address and no trusted
    /// proxy.
    #[must_use]
    pub fn network(self) -> Option<ClientNetwork> {
        (!self.is_local).then(|| ClientNetwork::of(self.address))
    }
}

impl ClientNetwork {
    /// The network of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }
}

impl fmt::Display for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(address) => write!(f, "{address}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> String {
        ClientNetwork::of(address.parse().unwrap()).to_string()
    }

    #[test]
    fn an_ipv6_client_counts_by_its_first_64_bits_and_an_ipv4_client_by_its_address() {
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }

    #[test]
    fn only_a_peer_on_the_same_machine_is_not_counted() {
        for local in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(ClientAddress::of_peer(local.parse().unwrap()).network(), None, "{local}");
            let forwarded = ClientAddress::of_forwarded(local.parse().unwrap());
            assert!(forwarded.network().is_some(), "{local} in a header says nothing");
        }
        assert!(ClientAddress::of_peer("10.0.0.1".parse().unwrap()).network().is_some());
    }
}
