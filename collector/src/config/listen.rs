use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use super::{ConfigError, Place};

/// Where a collector listens: an IP address or a name, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    host: Host,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Address(IpAddr),
    Name(String),
}

/// What it may be.
pub(super) const ALLOWED: &str =
    "an IP address or a name, and a port, such as 127.0.0.1:4700, [::]:4700 or localhost:4700";

impl ListenAddress {
    /// The addresses that it stands for: of a name all that it has.
    ///
    /// # Errors
    ///
    /// If the name cannot be resolved, or has no address.
    pub async fn resolve(&self) -> std::io::Result<Vec<SocketAddr>> {
        let name = match &self.host {
            Host::Address(address) => return Ok(vec![(*address, self.port).into()]),
            Host::Name(name) => name,
        };
        let mut addresses = Vec::new();
        for address in tokio::net::lookup_host((name.as_str(), self.port)).await? {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        if addresses.is_empty() {
            return Err(std::io::Error::other("the name has no address"));
        }
        Ok(addresses)
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Address(address) => SocketAddr::new(*address, self.port).fmt(f),
            Host::Name(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

impl From<SocketAddr> for ListenAddress {
    fn from(address: SocketAddr) -> Self {
        Self { host: Host::Address(address.ip()), port: address.port() }
    }
}

impl From<(IpAddr, u16)> for ListenAddress {
    fn from(address: (IpAddr, u16)) -> Self {
        SocketAddr::from(address).into()
    }
}

impl FromStr for ListenAddress {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(address.into());
        }
        let refused = || ConfigError::Value {
            place: Place::Field("listen"),
            value: text.to_owned(),
            allowed: ALLOWED,
        };
        let (name, port) = text.rsplit_once(':').ok_or_else(refused)?;
        let port = port.parse().map_err(|_| refused())?;
        let is_name = name.len() <= 253
            && name.split('.').all(|label| {
                let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
                (1..=63).contains(&label.len()) && label.bytes().all(is_part)
            })
            // What ends in a number is an address, and would have been read as one.
            && !name.ends_with(|c: char| c.is_ascii_digit());
        if is_name { Ok(Self { host: Host::Name(name.to_owned()), port }) } else { Err(refused()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_a_name_and_a_port_are_written_as_they_are_read() {
        for text in ["127.0.0.1:4700", "[::]:0", "localhost:4700", "collector.example.com:80"] {
            assert_eq!(text.parse::<ListenAddress>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "4700",
            "localhost",
            ":4700",
            "localhost:",
            "localhost:99999",
            "a..b:1",
            "a b:1",
            "1.2.3:4",
            "::1:4700",
        ] {
            assert_eq!(
                text.parse::<ListenAddress>().unwrap_err().code(),
                "config.value",
                "{text:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_name_stands_for_all_of_its_addresses() {
        let name: ListenAddress = "localhost:4700".parse().unwrap();
        let addresses = name.resolve().await.unwrap();
        assert!(addresses.iter().all(|one| one.ip().is_loopback() && one.port() == 4700));
        let address: ListenAddress = "[::1]:1".parse().unwrap();
        assert_eq!(address.resolve().await.unwrap(), ["[::1]:1".parse().unwrap()]);
    }
}
