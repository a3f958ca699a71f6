//! Wakes all drivers up when the machine has slept.
//!
//! tokio's timers stand still meanwhile on most systems, so a driver would look at its clocks only when
//! what is left of its next wait is over, up to a heartbeat later. One thread of the process waits for the
//! system's signal, for all connections together.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;

use super::signal::Signal;
use crate::driver_handle::DriverHandle;

static DRIVERS: Mutex<Drivers> = Mutex::new(Drivers { desks: Vec::new(), is_watched: false });

/// Those who want to be woken up.
#[derive(Debug)]
struct Drivers {
    desks: Vec<Weak<DriverHandle>>,
    /// Whether a thread waits for the signal.
    is_watched: bool,
}

/// Calls the driver of this desk whenever the machine has slept, until the desk is dropped.
pub(crate) fn wake_after_sleep(driver_handle: &Arc<DriverHandle>) {
    let mut drivers = lock();
    drivers.add(driver_handle);
    if !drivers.is_watched {
        let thread = thread::Builder::new().name("steadfast-sleep".to_owned());
        // Without a thread, sleeps are noticed when the next timer fires.
        drivers.is_watched = thread.spawn(watch).is_ok();
    }
}

fn watch() {
    let mut signal = Signal::new();
    loop {
        let has_slept = signal.wait();
        let mut drivers = lock();
        if has_slept {
            drivers.call();
        }
        if drivers.is_idle() && !signal.is_free() {
            drivers.is_watched = false;
            return;
        }
    }
}

fn lock() -> std::sync::MutexGuard<'static, Drivers> {
    // Nothing panics while the lock is held, so what it guards is whole.
    DRIVERS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drivers {
    fn add(&mut self, driver_handle: &Arc<DriverHandle>) {
        if self.desks.len() == self.desks.capacity() {
            // Before there is more room, that of those who are gone is used.
            self.desks.retain(|driver_handle| driver_handle.strong_count() > 0);
        }
        self.desks.push(Arc::downgrade(driver_handle));
    }

    fn call(&self) {
        self.desks.iter().filter_map(Weak::upgrade).for_each(|driver_handle| driver_handle.call());
    }

    fn is_idle(&mut self) -> bool {
        self.desks.retain(|driver_handle| driver_handle.strong_count() > 0);
        self.desks.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use futures::StreamExt as _;
    use steadfast_core::event::EventKind;
    use tokio::net::TcpListener;
    use tokio::time::timeout;
    use tokio_tungstenite::accept_async;

    use crate::sleep::pretended;
    use crate::{Heartbeat, Intervals};

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn those_who_are_gone_take_no_room() {
        let mut drivers = Drivers { desks: Vec::new(), is_watched: true };
        for _ in 0..1000 {
            drivers.add(&Arc::default());
        }
        assert!(drivers.desks.capacity() <= 8, "{}", drivers.desks.capacity());
        assert!(drivers.is_idle());
    }

    #[tokio::test]
    async fn a_driver_asks_its_peer_at_once_after_a_sleep_although_no_timer_is_due() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut peer = accept_async(stream).await.unwrap();
            while let Some(Ok(_)) = peer.next().await {}
        });
        let intervals = Intervals::fixed(Duration::from_hours(24));
        let heartbeat = Heartbeat { intervals, ..Heartbeat::default() };
        let connection = crate::connect(url).heartbeat(heartbeat).open().unwrap();
        let mut events = connection.events();
        let mut answered = async || {
            while let Some(event) = events.next().await {
                if matches!(event.unwrap().kind, EventKind::Heartbeat { rtt: Some(_), .. }) {
                    return;
                }
            }
        };
        timeout(SOON, answered()).await.unwrap();
        pretended::sleep(Duration::from_hours(1));
        lock().call();
        timeout(SOON, answered()).await.unwrap();
    }
}
