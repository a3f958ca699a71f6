use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use steadfast_core::connection::Suspension;

use crate::driver_handle::DriverHandle;

/// Steers a [`Connection`](crate::Connection) from any task or thread: for what tells a program of
/// its surroundings, and for buttons. Clones steer the same one.
///
/// All of it returns at once. A connection that was dropped takes no notice.
#[derive(Clone)]
pub struct Control {
    driver_handle: Arc<DriverHandle>,
}

impl Control {
    pub(crate) fn new(driver_handle: Arc<DriverHandle>) -> Self {
        Self { driver_handle }
    }

    /// Asks for a fresh link now, whatever the status: also after the connection has failed or was
    /// closed, and also while a link is up, which is then replaced. Messages that waited go out on
    /// it.
    pub fn reconnect(&self) {
        self.driver_handle.reconnect();
    }

    /// Says whether there is a network, as far as the system knows. That is a hint: a machine with
    /// nothing but a loopback interface is called offline, too.
    ///
    /// On `false` a link that is up is probed, and is `SUSPENDED` until anything arrives on it. One
    /// that does not answer is lost; one without heartbeats is replaced if it says nothing for 5 s.
    /// Without a link dialling goes on, first after 2 s and at last once a minute. A dial that fails
    /// for want of a network counts for no limit of attempts and for no breaker.
    ///
    /// On `true` one attempt is made within a second, as often as
    /// [`network_changed`](Self::network_changed) allows, and a link that is up is probed.
    pub fn set_online(&self, is_online: bool) {
        self.driver_handle.suspend(Suspension::Offline, !is_online);
    }

    /// Says that the way to the network became another, such as from a cable to radio. A link is
    /// probed at once, and an attempt that is waited for is made within a second. That may be said as
    /// often as it happens: a link is probed at most once in 5 s, and at most one attempt in 10 s and
    /// three in a row come of it. After five minutes without one, or a link that has held, a row begins
    /// anew.
    pub fn network_changed(&self) {
        self.driver_handle.network_changed();
    }

    /// Says that nothing can be said or done from now on, for this reason. Several may hold at a
    /// time.
    ///
    /// All but [`Suspension::Offline`] hold until [`resume`](Self::resume),
    /// [`reconnect`](Self::reconnect) or [`close`](Self::close): nothing else ends them, because only
    /// the caller knows what it waits for. What arrives meanwhile on a link that was kept is given
    /// to the user all the same.
    pub fn suspend(&self, why: Suspension) {
        self.driver_handle.suspend(why, true);
    }

    /// Says that this reason holds no more.
    pub fn resume(&self, why: Suspension) {
        self.driver_handle.suspend(why, false);
    }

    /// Begins to close the connection, and returns at once: what waits is sent in the background,
    /// within [`Builder::close_timeout`](crate::Builder::close_timeout). See
    /// [`Connection::close`](crate::Connection::close), which waits for that.
    pub fn close(&self) {
        self.driver_handle.close(None);
    }

    /// As [`close`](Self::close), with a limit of its own for what waits; zero sends nothing more.
    pub fn close_within(&self, limit: Duration) {
        self.driver_handle.close(Some(limit));
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}
