//! Opens the sockets that the collector listens on.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

use crate::config::ListenAddress;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How much the system keeps of what is on its way to one client: what a client does not read takes
/// no more of its memory than that. At 100 ms to the client that is 640 kB a second.
const SEND_BUFFER: u32 = 64 * 1024;

/// Listens on every address that is meant, and says which those are. One that the machine does not have is left out if another
/// is there: `localhost` often has an IPv6 address where IPv6 is switched off.
pub(crate) async fn listen(listen: &ListenAddress) -> Result<(Vec<TcpListener>, Vec<SocketAddr>)> {
    open_all(listen.resolve().await?)
}

fn open_all(resolved: Vec<SocketAddr>) -> Result<(Vec<TcpListener>, Vec<SocketAddr>)> {
    let (mut listeners, mut addresses) = (Vec::new(), Vec::<SocketAddr>::new());
    let mut missing = None;
    for mut address in resolved {
        // All of them on the port that the first one got.
        if let Some(first) = addresses.first() {
            address.set_port(first.port());
        }
        match open(address) {
            Ok(listener) => {
                addresses.push(listener.local_addr()?);
                listeners.push(listener);
            }
            Err(error) if is_missing(&error) => {
                tracing::warn!(%address, %error, "an address is left out");
                missing = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    match missing {
        Some(error) if listeners.is_empty() => Err(error),
        _ => Ok((listeners, addresses)),
    }
}

fn open(address: SocketAddr) -> Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Whether the machine has no such address, or none of its family.
fn is_missing(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported)
        // The family is not supported, which the standard library has no name for: EAFNOSUPPORT.
        || (cfg!(unix) && matches!(error.raw_os_error(), Some(97 | 47)))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn addresses(hosts: &[&str]) -> Vec<SocketAddr> {
        hosts.iter().map(|host| SocketAddr::new(host.parse().unwrap(), 0)).collect()
    }

    #[tokio::test]
    async fn each_address_is_listened_on_at_one_port_and_one_that_is_missing_is_left_out() {
        // The whole of 127.0.0.0/8 is this machine; 192.0.2.0/24 is nobody's.
        let (listeners, heard_at) =
            open_all(addresses(&["127.0.0.1", "192.0.2.1", "127.0.0.2"])).unwrap();
        let hosts: Vec<_> = heard_at.iter().map(|address| address.ip().to_string()).collect();
        assert_eq!(hosts, ["127.0.0.1", "127.0.0.2"]);
        assert_eq!(heard_at[0].port(), heard_at[1].port());
        let opened: Vec<_> = listeners.iter().map(|one| one.local_addr().unwrap()).collect();
        assert_eq!(opened, heard_at);
    }

    #[tokio::test]
    async fn without_any_address_that_is_there_and_on_a_port_that_is_taken_it_is_refused() {
        let missing = open_all(addresses(&["192.0.2.1"])).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::AddrNotAvailable);
        let (_taken, heard_at) = open_all(addresses(&["127.0.0.1"])).unwrap();
        assert_eq!(open_all(heard_at).unwrap_err().kind(), ErrorKind::AddrInUse);
    }
}
