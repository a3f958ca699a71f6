use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use hyper::HeaderMap;
use hyper::header::FORWARDED;
use ipnet::IpNet;

use super::ClientAddress;

/// The reverse proxies whose word on the address of a client counts: addresses and networks. None by
/// default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// The header of most proxies; RFC 7239 calls it `Forwarded`.
const X_FORWARDED_FOR: &str = "x-forwarded-for";

impl TrustedProxies {
    /// Maximum number of addresses and networks.
    pub const MAX: usize = 256;

    /// Whether no proxy is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is the address of a trusted proxy.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client of a request: the peer, or, if the peer is a trusted proxy, the last address of
    /// `X-Forwarded-For` or `Forwarded` that is not a trusted proxy.
    ///
    /// Each proxy appends the address of its own peer, so that the entries from the right are known
    /// to be true as far as trusted proxies wrote them; what stands to the left of them is what the
    /// client made up. An entry that is no address (`unknown`, `_hidden`) ends the search at the
    /// proxy that wrote it. A proxy writes one of the two headers and hands on the other as the client sent it, so that, where
    /// both are given and differ, neither counts, and the client is counted by the address of the proxy.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        if !self.contains(peer) {
            return ClientAddress::of_peer(peer);
        }
        let x_forwarded_for = self.last(peer, headers, X_FORWARDED_FOR, |entry| Some(entry));
        let forwarded = self.last(peer, headers, FORWARDED.as_str(), forwarded_for);
        ClientAddress::of_forwarded(match (x_forwarded_for, forwarded) {
            (Some(one), Some(other)) if one != other => peer,
            (Some(address), _) | (None, Some(address)) => address,
            (None, None) => peer,
        })
    }

    /// Whether a request comes through a proxy, as it says.
    #[must_use]
    pub fn claims_a_proxy(headers: &HeaderMap) -> bool {
        headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED)
    }

    /// The last address of a header that is not a trusted proxy. None without the header.
    fn last(
        &self,
        peer: IpAddr,
        headers: &HeaderMap,
        name: &str,
        address_of: for<'a> fn(&'a str) -> Option<&'a str>,
    ) -> Option<IpAddr> {
        let mut last = None;
        // Several lines of one header are one list (RFC 9110, section 5.3).
        let lines: Vec<_> = headers.get_all(name).iter().collect();
        for line in lines.into_iter().rev() {
            // The last proxy that could be read stands for what cannot be.
            let proxy = last.unwrap_or(peer);
            let Ok(line) = line.to_str() else { return Some(proxy) };
            for entry in line.rsplit(',').map(str::trim).filter(|entry| !entry.is_empty()) {
                let Some(address) = address_of(entry).and_then(address) else {
                    return Some(last.unwrap_or(peer));
                };
                last = Some(address);
                if !self.contains(address) {
                    return last;
                }
            }
        }
        last
    }
}

/// The value of `for` in an entry of `Forwarded`, such as `for="[2001:db8::1]:4711";proto=https`.
/// Addresses have no commas and no semicolons, so that quotes need not be paired: one that a
/// client left open would hide what proxies wrote after it.
fn forwarded_for(entry: &str) -> Option<&str> {
    entry.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

/// An address, as it is or with a port: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`,
/// `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address| address.to_canonical())
}

impl FromStr for TrustedProxies {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let network = |entry: &str| match entry.parse::<IpNet>() {
            Ok(network) => Ok(network.trunc()),
            Err(_) => entry.parse::<IpAddr>().map(IpNet::from).map_err(|_| ()),
        };
        let networks = entries.map(network).collect::<Result<Vec<_>, ()>>()?;
        if networks.len() > Self::MAX { Err(()) } else { Ok(Self(networks)) }
    }
}

/// As it is set: with commas, an address without the length of its prefix.
impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, network) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            if network.prefix_len() == network.max_prefix_len() {
                write!(f, "{comma}{}", network.addr())?;
            } else {
                write!(f, "{comma}{network}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
