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
    let (mut listeners, mut addresses) = (Vec::new(), Vec::<SocketAddr>::new());
    let mut missing = None;
    for mut address in listen.resolve().await? {
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
