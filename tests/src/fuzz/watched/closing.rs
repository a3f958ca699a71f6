//! A connection that is closed within a limit.

use std::time::Duration;

use steadfast_core::connection::{Input, Status};

use super::Watched;

impl Watched {
    /// What waits may be sent first, within the limit; with nothing that waits, nothing is waited for.
    pub(super) fn close_within(&mut self, limit: Duration) {
        self.server.passes(self.now);
        let by = self.server.present() + limit;
        self.close_by = Some(self.close_by.map_or(by, |before| before.min(by)));
        let waits = !self.kept.is_empty();
        self.input(Input::CloseWithin(limit));
        assert!(waits || self.status == Status::Disconnected, "nothing waits");
    }

    /// A connection that is being closed is open, and has a timer that ends it.
    pub(super) fn watch_the_close(&mut self) {
        if self.status == Status::Disconnected {
            self.close_by = None;
        }
        assert_eq!(self.machine.is_closing(), self.close_by.is_some());
        if let Some(by) = self.close_by {
            assert_ne!(self.status, Status::Failed, "nothing will come of it");
            let due = self.machine.poll_timeout().map(|due| due.at);
            assert!(due.is_some_and(|due| due <= by), "it ends by {by:?}, not {due:?}");
        }
    }
}
