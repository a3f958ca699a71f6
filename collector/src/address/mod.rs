//! The address of a client, and the limits that count by it.
//!
//! Behind a reverse proxy the peer of every connection is the proxy, and the address of the client
//! stands in a header that anybody can send. So a header counts only where the peer is one of the
//! [`TrustedProxies`], and of its entries only those that a trusted proxy wrote.

mod client;
mod limit;
mod proxies;

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::HeaderMap;

pub use client::{ClientAddress, ClientNetwork};
pub use limit::AddressLimit;
pub use proxies::TrustedProxies;

use crate::config::Config;

/// Where clients are, and how much may come from one address.
#[derive(Debug)]
pub(crate) struct Addresses {
    proxies: TrustedProxies,
    /// Reports.
    pub(crate) reports: AddressLimit,
    /// Other requests.
    pub(crate) requests: AddressLimit,
    /// Whether it was said that a proxy stands before this collector and is not trusted.
    has_warned: AtomicBool,
}

impl Addresses {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            proxies: config.trusted_proxies.clone(),
            reports: AddressLimit::new(config.reports_per_address),
            requests: AddressLimit::new(config.requests_per_address),
            has_warned: AtomicBool::new(false),
        }
    }

    /// Takes over the limits of another configuration.
    pub(crate) fn reconfigure(&self, config: &Config) {
        self.reports.change(config.reports_per_address);
        self.requests.change(config.requests_per_address);
    }

    /// What the limit of connections counts a peer by. None for a trusted proxy, whose connections are
    /// those of many clients, and for a program on the same machine.
    pub(crate) fn of_connection(&self, peer: IpAddr) -> Option<ClientNetwork> {
        if self.proxies.contains(peer) { None } else { ClientAddress::of_peer(peer).network() }
    }

    /// The client of a request.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        if self.proxies.is_empty()
            && TrustedProxies::claims_a_proxy(headers)
            && !self.has_warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                %peer,
                "a request says that it comes through a proxy, and no proxy is trusted: limits by \
                    address count all clients of a proxy as one; if {peer} is your proxy, set \
                    --trusted-proxies"
            );
        }
        self.proxies.client(peer, headers)
    }
}
