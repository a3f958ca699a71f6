//! The host of a URL.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::ParseError;

/// The host of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// A name, in lower case and in ASCII.
    Domain(String),
    Ipv4(Ipv4Addr),
    Ipv6(Ipv6Addr),
}

impl Host {
    /// Whether this is the machine itself (RFC 6761, 6.3).
    #[cfg(any(feature = "proxy", feature = "report"))]
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                name == "localhost" || name.ends_with(".localhost")
            }
            Self::Ipv4(address) => address.is_loopback(),
            Self::Ipv6(address) => address.to_canonical().is_loopback(),
        }
    }
}

impl fmt::Display for Host {
    /// As in a URL: addresses of IPv6 in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(name) => f.write_str(name),
            Self::Ipv4(address) => write!(f, "{address}"),
            Self::Ipv6(address) => write!(f, "[{address}]"),
        }
    }
}

/// Reads what stands between the user and the path: a host, and a port if there is one.
pub(super) fn address_of(address: &str) -> Result<(Host, Option<u16>), ParseError> {
    let (host, port) = if let Some(rest) = address.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or(ParseError::Ipv6)?;
        let host = Host::Ipv6(host.parse().map_err(|_| ParseError::Ipv6)?);
        let port =
            if port.is_empty() { "" } else { port.strip_prefix(':').ok_or(ParseError::Port)? };
        (host, port)
    } else {
        let (name, port) = address.split_once(':').unwrap_or((address, ""));
        (host_of(name)?, port)
    };
    if port.is_empty() {
        return Ok((host, None));
    }
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|_| digits).ok_or(ParseError::Port)?;
    Ok((host, Some(port)))
}

fn host_of(name: &str) -> Result<Host, ParseError> {
    if name.is_empty() {
        return Err(ParseError::NoHost);
    }
    let name = ascii(name)?;
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        return Err(ParseError::Host);
    }
    // What ends in a number is an address; resolvers read some of those that are none in odd ways.
    let last = name.strip_suffix('.').unwrap_or(&name).rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    if last.is_empty() {
        return Err(ParseError::Host);
    }
    if is_number {
        return name.parse().map(Host::Ipv4).map_err(|_| ParseError::Ipv4);
    }
    Ok(Host::Domain(name))
}

#[cfg(feature = "idn")]
fn ascii(name: &str) -> Result<String, ParseError> {
    if name.is_ascii() {
        return Ok(name.to_ascii_lowercase());
    }
    idna::domain_to_ascii(name).map_err(|_| ParseError::Host)
}

#[cfg(not(feature = "idn"))]
fn ascii(name: &str) -> Result<String, ParseError> {
    if name.is_ascii() { Ok(name.to_ascii_lowercase()) } else { Err(ParseError::International) }
}
