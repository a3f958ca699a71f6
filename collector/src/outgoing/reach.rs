//! Which addresses requests may go to.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{io, vec};

use hyper::Uri;
use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

/// Which addresses requests may go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Any: the operator has chosen the address.
    Anywhere,
    /// None on the operator's own network, nor on this machine.
    Public,
}

/// A receiver is on a private network, and may not be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{host} has only addresses of private networks, of this machine or of special use; allowed are \
     public ones: the operator can allow others by --webhook-private-addresses"
)]
pub struct PrivateAddress {
    host: String,
}

impl PrivateAddress {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "webhook.address"
    }

    /// What a failure to connect was caused by, if it is this.
    pub(super) fn cause_of(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        for _ in 0..16 {
            let error = next?;
            let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            let inner = inner.and_then(|inner| inner.downcast_ref::<Self>());
            if let Some(found) = inner.or_else(|| error.downcast_ref()) {
                return Some(found.clone());
            }
            next = error.source();
        }
        None
    }
}

/// Looks names up, and leaves out the addresses that are out of reach: what a connection is made to
/// is what was checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver(pub(super) Reach);

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let reachable: Vec<_> = found.filter(|address| reach.allows(address.ip())).collect();
            if reachable.is_empty() {
                let host = name.as_str().to_owned();
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    PrivateAddress { host },
                ));
            }
            Ok(reachable.into_iter())
        })
    }
}

/// Refuses an address that is written out and out of reach: no name is looked up for it.
///
/// # Errors
///
/// If it is.
pub fn check_literal(url: &Uri, reach: Reach) -> Result<(), PrivateAddress> {
    let host = url.host().unwrap_or_default();
    let literal: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    if literal.is_none_or(|address| reach.allows(address)) {
        return Ok(());
    }
    Err(PrivateAddress { host: host.to_owned() })
}

impl Reach {
    fn allows(self, address: IpAddr) -> bool {
        self == Self::Anywhere
            || match address {
                IpAddr::V4(address) => is_public_v4(address),
                IpAddr::V6(address) => is_public_v6(address),
            }
    }
}

/// By the IANA registry of special-purpose addresses (RFC 6890): globally reachable unicast.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240)
}

/// Global unicast addresses; those that stand for one of IPv4 are judged by that.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        // Mapped, and translated by NAT64.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(v4(high, low))
        }
        // 6to4.
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Teredo and other protocol assignments, and documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [first, ..] => (0x2000..0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_special_addresses_are_out_of_reach() {
        let public = |text: &str| Reach::Public.allows(text.parse().unwrap());
        for text in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::7f00:1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!public(text), "{text}");
            assert!(Reach::Anywhere.allows(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101"] {
            assert!(public(text), "{text}");
        }
    }

    #[test]
    fn an_address_that_is_written_out_is_checked_as_one_that_is_looked_up() {
        let check = |url: &str| check_literal(&url.parse().unwrap(), Reach::Public);
        for url in ["http://127.0.0.1/", "http://[::1]:80/", "http://[::ffff:10.0.0.1]/"] {
            assert_eq!(check(url).unwrap_err().code(), "webhook.address", "{url}");
        }
        assert_eq!(check("http://1.1.1.1/"), Ok(()));
        assert_eq!(check("http://localhost/"), Ok(()), "that is for the look-up to say");
    }
}
