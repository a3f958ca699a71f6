//! What the kernel of Linux says of the network.

use std::convert::Infallible;
use std::time::Duration;
use std::{fs, io};

use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{AsyncSocket as _, AsyncSocketExt as _, SocketAddr, TokioSocket};

use crate::control::Control;

/// Links, addresses and routes, of both versions of IP (`RTMGRP_…` of rtnetlink(7)).
const GROUPS: u32 = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;

/// What changes at once is looked at once.
const SETTLE: Duration = Duration::from_millis(200);

/// The kernel had more to say than was heard (`ENOBUFS`).
const OVERRUN: i32 = 105;

/// Listens to the kernel, and tells a connection when the network goes, comes, or becomes another,
/// for as long as it is awaited.
///
/// There is no network while there are interfaces beside the loopback, and none of them is up. On
/// a machine that never has any, this says nothing.
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
    let mut online = is_online();
    control.set_online(online);
    loop {
        heard(socket.recv_from_full().await)?;
        tokio::time::sleep(SETTLE).await;
        let is_online = is_online();
        if is_online != online {
            online = is_online;
            control.set_online(online);
        } else if online {
            control.network_changed();
        }
    }
}

/// What was missed is a change, too.
fn heard<T>(message: io::Result<T>) -> io::Result<()> {
    match message {
        Err(error) if error.raw_os_error() != Some(OVERRUN) => Err(error),
        _ => Ok(()),
    }
}

fn is_online() -> bool {
    let Ok(interfaces) = fs::read_dir("/sys/class/net") else { return true };
    let mut others = interfaces.flatten().filter(|interface| interface.file_name() != "lo");
    let is_up = |interface: fs::DirEntry| {
        let state = fs::read_to_string(interface.path().join("operstate")).unwrap_or_default();
        // Tunnels do not know.
        matches!(state.trim(), "up" | "unknown")
    };
    others.next().is_none_or(|first| is_up(first) || others.any(is_up))
}
