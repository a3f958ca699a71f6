//! TCP to a host with several addresses: see [`steadfast_core::race`].

use std::future;
use std::io;
use std::net::SocketAddr;

use futures::stream::{FuturesUnordered, StreamExt as _};
use steadfast_core::race::AddressRace;
use steadfast_core::time::Instant;
use tokio::net::{TcpStream, lookup_host};

use crate::connector::{AddressError, ConnectError};

/// Connects to whichever of the host's addresses answers first. `host` is a name or an address,
/// without the brackets of IPv6.
pub(crate) async fn connect(host: &str, port: u16) -> Result<TcpStream, ConnectError> {
    let addresses = match lookup_host((host, port)).await {
        Ok(addresses) => addresses,
        Err(error) => return Err(ConnectError::unresolved(host, error)),
    };
    let stream = race(host, addresses).await?;
    // A message is worth a packet: what is small here is small because it is urgent.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the socket delays small packets");
    }
    bound_unsent(&stream);
    Ok(stream)
}

/// Number of bytes that may wait in the kernel before the first of them is on its way.
const MOST_UNSENT: u32 = 16 << 10;

/// Keeps messages out of the kernel until they can go on their way (`TCP_NOTSENT_LOWAT`): a ping
/// overtakes those that wait here, and bytes that move on a slow link are seen to move.
#[cfg(any(target_os = "android", target_os = "linux"))]
fn bound_unsent(stream: &TcpStream) {
    if let Err(error) = socket2::SockRef::from(stream).set_tcp_notsent_lowat(MOST_UNSENT) {
        tracing::debug!(%error, "the kernel does not bound what is not sent yet");
    }
}

#[cfg(not(any(target_os = "android", target_os = "linux")))]
fn bound_unsent(_: &TcpStream) {}

/// Whether the kernel holds no more than that of what is not on its way yet.
#[cfg(any(target_os = "android", target_os = "linux"))]
pub(crate) fn bounds_unsent(stream: &TcpStream) -> bool {
    let unsent = socket2::SockRef::from(stream).tcp_notsent_lowat();
    unsent.is_ok_and(|unsent| unsent <= MOST_UNSENT)
}

#[cfg(not(any(target_os = "android", target_os = "linux")))]
pub(crate) fn bounds_unsent(_: &TcpStream) -> bool {
    false
}

async fn race(
    host: &str,
    addresses: impl Iterator<Item = SocketAddr>,
) -> Result<TcpStream, ConnectError> {
    let begin = tokio::time::Instant::now();
    let now = || Instant::ORIGIN + begin.elapsed();
    let mut race = AddressRace::new(addresses, now());
    let (mut attempts, mut failures) = (FuturesUnordered::new(), Vec::new());
    while !race.is_over() {
        while let Some(address) = race.poll_attempt(now()) {
            attempts.push(async move { (address, TcpStream::connect(address).await) });
        }
        let next = async {
            match race.poll_timeout() {
                Some(at) => {
                    tokio::time::sleep_until(begin + at.since_origin()).await;
                }
                None => future::pending().await,
            }
        };
        let ended = tokio::select! {
            Some(ended) = attempts.next() => ended,
            () = next => continue,
        };
        match ended {
            (_, Ok(stream)) => return Ok(stream),
            (address, Err(error)) => {
                tracing::debug!(%address, %error, "an address cannot be connected to");
                failures.push(AddressError::new(address, error));
                race.handle_failed(now());
            }
        }
    }
    if failures.is_empty() {
        let error = io::Error::new(io::ErrorKind::NotFound, "the name has no addresses");
        return Err(ConnectError::unresolved(host, error));
    }
    Err(ConnectError::all_failed(host, failures))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;
    use std::time::Duration;

    use tokio::net::{TcpListener, TcpSocket};

    /// A listener that answers no SYN: its queue is full. The streams keep it so.
    async fn mute() -> (TcpListener, Vec<TcpStream>) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut streams = Vec::new();
        for _ in 0..64 {
            let attempt = TcpStream::connect(address);
            match tokio::time::timeout(Duration::from_millis(300), attempt).await {
                Ok(stream) => streams.push(stream.unwrap()),
                Err(_) => return (listener, streams),
            }
        }
        panic!("the listener answers all the same");
    }

    async fn within<T>(future: impl Future<Output = T>) -> T {
        tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
    }

    #[tokio::test]
    async fn a_mute_address_keeps_nobody_from_the_one_that_works() {
        let (mute, _streams) = mute().await;
        let working = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addresses = [mute.local_addr().unwrap(), working.local_addr().unwrap()];
        let stream = within(race("both", addresses.into_iter())).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), addresses[1]);
    }

    #[tokio::test]
    async fn what_failed_at_each_address_is_in_the_error() {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let other = SocketAddr::new([127, 0, 0, 3].into(), free.port());
        let error = within(race("both", [free, other].into_iter())).await.unwrap_err();
        let failed: Vec<_> = error.failures.iter().map(|failure| failure.address).collect();
        assert_eq!(failed, [free, other]);
        let text = error.to_string();
        assert!(text.contains(&free.to_string()) && text.contains(&other.to_string()), "{text}");
        let first = error.source().unwrap();
        assert!(first.source().is_some_and(<dyn Error>::is::<io::Error>), "{first:?}");
    }

    #[tokio::test]
    async fn a_name_that_nobody_knows_is_told_apart_from_an_address_that_does_not_answer() {
        let error = within(connect("steadfast.invalid", 80)).await.unwrap_err();
        assert!(error.is_unresolved() && error.source().is_some(), "{error}");
    }
}
