//! What stands in for the reporter in a program without the feature `report`: nothing can be made of
//! it, so all that the driver does with one goes away.

use std::convert::Infallible;

use steadfast_core::connection::ConnectionState;
use steadfast_core::event::Event;
use steadfast_core::time::Instant;

/// Reports a session to a collector.
pub(crate) struct Reporter(Infallible);

/// The result of reports that were under way.
pub(crate) enum Posted {}

#[allow(clippy::unused_async, reason = "the signatures are those of the real one")]
impl Reporter {
    pub(crate) fn handle_event(&mut self, _: &Event) {
        match self.0 {}
    }

    pub(crate) fn handle_timeout(&mut self, _: Instant, _: &ConnectionState) {
        match self.0 {}
    }

    pub(crate) async fn posted(&mut self) -> Posted {
        match self.0 {}
    }

    pub(crate) fn handle_posted(&mut self, _: Instant, _: Posted) {
        match self.0 {}
    }

    pub(crate) fn is_posting(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match self.0 {}
    }

    pub(crate) fn flush(&mut self, _: Instant, _: &ConnectionState) {
        match self.0 {}
    }
}
