//! Whether the runtime that something is started on can keep it.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Mutex;
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::time::Sleep;

use crate::panics::caught;

/// What is missing of a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Io,
    Runtime,
    Timers,
}

/// What a runtime has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Timers,
    TimersAndIo,
}

/// The runtime that this is called in, if it has what is needed.
pub(crate) fn present(needs: Needs) -> Result<Handle, Missing> {
    /// The last one that was found to have everything: there is seldom more than one.
    static COMPLETE: Mutex<Option<Id>> = Mutex::new(None);

    let runtime = Handle::try_current().map_err(|_| Missing::Runtime)?;
    let id = runtime.id();
    if COMPLETE.lock().is_ok_and(|complete| *complete == Some(id)) {
        return Ok(runtime);
    }
    drop(sleep(Duration::ZERO)?);
    if needs == Needs::TimersAndIo {
        if !has_io() {
            return Err(Missing::Io);
        }
        if let Ok(mut complete) = COMPLETE.lock() {
            *complete = Some(id);
        }
    }
    Ok(runtime)
}

/// A timer.
pub(crate) fn sleep(duration: Duration) -> Result<Sleep, Missing> {
    Handle::try_current().map_err(|_| Missing::Runtime)?;
    // tokio tells by a panic only that there are no timers. The panic hook writes its message.
    caught(|| tokio::time::sleep(duration)).ok_or(Missing::Timers)
}

fn has_io() -> bool {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
    let Ok(socket) = socket.and_then(|socket| socket.set_nonblocking(true).map(|()| socket)) else {
        // No socket can be had for now. That says nothing of the runtime.
        return true;
    };
    caught(|| drop(tokio::net::UdpSocket::from_std(socket))).is_some()
}

impl Missing {
    /// What to say of it.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Io => {
                "the tokio runtime has no IO: build it with enable_all(), or enable_io() as well"
            }
            Self::Runtime => "no tokio runtime: this has to be called from within one",
            Self::Timers => {
                "the tokio runtime has no timers: build it with enable_all(), or enable_time()"
            }
        }
    }
}
