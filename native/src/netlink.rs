//! What the kernel of Linux says of the network.

use std::convert::Infallible;
use std::time::Duration;
use std::{fs, io};

use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{AsyncSocket as _, AsyncSocketExt as _, SocketAddr, TokioSocket};

use self::ways::Ways;
use crate::control::Control;

mod ways;

/// Links, addresses and routes, of both versions of IP (`RTMGRP_…` of rtnetlink(7)).
const GROUPS: u32 = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;

/// What changes within this time is looked at once.
const SETTLE: Duration = Duration::from_secs(1);

/// The kernel had more to say than was heard (`ENOBUFS`).
const OVERRUN: i32 = 105;

/// Listens to the kernel, and tells a connection when the network goes, comes, or becomes another,
/// for as long as it is awaited.
///
/// News are joined over a second. The network has become another if a default route has changed, or the
/// address that packets to the world leave with; on a machine without either, if any route has changed.
/// Interfaces that come and go beside those, as with containers, say nothing.
///
/// There is no network while there are interfaces beside the loopback, and none of them is up any more.
/// On a machine that never has any, this says nothing.
///
/// ```no_run
/// # async fn example(connection: steadfast::Connection) {
/// let watching = tokio::spawn(steadfast::netlink::watch(connection.control()));
/// # drop(watching);
/// # }
/// ```
///
/// # Errors
///
/// If the kernel cannot be listened to.
pub async fn watch(control: Control) -> io::Result<Infallible> {
    let mut socket = TokioSocket::new(NETLINK_ROUTE)?;
    socket.socket_mut().bind(&SocketAddr::new(0, GROUPS))?;
    let mut network = Network::first();
    control.set_online(network.is_online);
    loop {
        heard(socket.recv_from_full().await)?;
        tokio::time::sleep(SETTLE).await;
        let before = network;
        network = before.next(Interfaces::now(), Ways::now());
        if network.is_online != before.is_online {
            control.set_online(network.is_online);
        } else if network.is_online && network.ways != before.ways {
            control.network_changed();
        }
    }
}

/// What matters of the network.
#[derive(Debug)]
struct Network {
    is_online: bool,
    interfaces: Interfaces,
    ways: Ways,
}

/// The interfaces beside the loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interfaces {
    Absent,
    Down,
    Up,
}

impl Network {
    fn first() -> Self {
        let interfaces = Interfaces::now();
        Self { is_online: interfaces != Interfaces::Down, interfaces, ways: Ways::now() }
    }

    /// Interfaces that were made and are not up yet do not take away a network that there was without
    /// them.
    fn next(&self, interfaces: Interfaces, ways: Ways) -> Self {
        let is_online = match interfaces {
            Interfaces::Absent | Interfaces::Up => true,
            Interfaces::Down => self.is_online && self.interfaces != Interfaces::Up,
        };
        Self { is_online, interfaces, ways }
    }
}

impl Interfaces {
    fn now() -> Self {
        let Ok(interfaces) = fs::read_dir("/sys/class/net") else { return Self::Absent };
        let others = interfaces.flatten().filter(|interface| interface.file_name() != "lo");
        let is_up = |interface: fs::DirEntry| {
            let state = fs::read_to_string(interface.path().join("operstate")).unwrap_or_default();
            // Tunnels do not know.
            matches!(state.trim(), "up" | "unknown")
        };
        let state = |interface| if is_up(interface) { Self::Up } else { Self::Down };
        others.map(state).fold(Self::Absent, |all, one| if all == Self::Up { all } else { one })
    }
}

/// What was missed is a change, too.
fn heard<T>(message: io::Result<T>) -> io::Result<()> {
    match message {
        Err(error) if error.raw_os_error() != Some(OVERRUN) => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_gone_when_interfaces_go_down_and_not_when_some_are_made() {
        use Interfaces::{Absent, Down, Up};
        let follow = |first, states: &[Interfaces]| {
            let is_online = first != Down;
            let mut network = Network { is_online, interfaces: first, ways: Ways::now() };
            states.iter().for_each(|state| network = network.next(*state, Ways::now()));
            network.is_online
        };
        assert!(follow(Absent, &[Down, Absent, Down, Down]), "a pair that is made and removed");
        assert!(!follow(Up, &[Down]) && !follow(Up, &[Down, Down]));
        assert!(follow(Up, &[Down, Up]) && !follow(Absent, &[Up, Down]));
        assert!(!follow(Down, &[Down]) && follow(Down, &[Absent]));
    }
}
