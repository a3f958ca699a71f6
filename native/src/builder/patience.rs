//! How long an attempt may take.

use std::time::Duration;

use super::Builder;
use crate::connector::Connector;

/// How long it may take until TCP answers: SYNs go out at 0, 1, 3 and 7 s, and the last may be answered, too.
const REACH_TIMEOUT: Duration = Duration::from_millis(8500);

/// How long a server that has answered is waited for at first.
const PATIENCE: Duration = Duration::from_secs(90);

impl<C: Connector> Builder<C> {
    /// How long a dial may take depends on whether it tells when the peer has answered.
    pub(super) fn be_patient(&mut self) {
        if self.connector.tells_progress() {
            self.config.reach_timeout = Some(REACH_TIMEOUT);
            self.config.connect_timeout = PATIENCE;
        }
        if let Some(timeout) = self.connect_timeout {
            self.config.connect_timeout = timeout;
        }
    }

    /// How long the first dial may take: name, TCP, TLS and upgrade together. Above zero and at most 10
    /// minutes; 90 s by default, and 45 s for a [`Connector`] that does not tell when the peer has answered.
    ///
    /// With the [adaptive](crate::Adaptive) strategy it doubles after each dial that took longer, up to 5
    /// minutes or five times `max_delay`, whichever is less: a server that has been overrun never gets to a client
    /// that gives its place in the queue up. A dial that TCP has not answered within 8.5 s, or this time if it is
    /// shorter, is given up and tried again soon; after seven failures one such dial has four times as long.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }
}
