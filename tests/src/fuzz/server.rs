//! What a server has said, and what follows from it for the next dial.

use steadfast_core::connection::Cause;
use steadfast_core::protocol::Hint;
use steadfast_core::time::Instant;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Server {
    latest: Instant,
    /// What was said in messages on the present link.
    hint: Hint,
    /// No dial is made before, unless the user wants one.
    not_before: Option<Instant>,
    /// Whether the credentials have expired, and no dial that asked for fresh ones has opened since.
    has_expired: bool,
    /// Whether the present dial asked.
    asked: bool,
    /// Whether there is a function to ask.
    refreshes: bool,
}

impl Server {
    pub(super) fn new(refreshes: bool, now: Instant) -> Self {
        Self { latest: now, refreshes, ..Self::default() }
    }

    /// It is this late, unless the clock runs backwards.
    pub(super) fn passes(&mut self, now: Instant) {
        self.latest = self.latest.max(now);
    }

    /// What the machine takes for the present.
    pub(super) fn present(&self) -> Instant {
        self.latest
    }

    pub(super) fn hinted(&mut self, hint: Hint) {
        self.hint = hint.or(self.hint);
    }

    pub(super) fn refused(&mut self, cause: Cause) {
        self.has_expired |= self.refreshes && has_expired(cause);
    }

    pub(super) fn opened(&mut self) {
        self.has_expired &= !self.asked;
    }

    /// The user wants a link now.
    pub(super) fn passed_over(&mut self) {
        (self.not_before, self.hint) = (None, Hint::NONE);
    }

    /// The link or the dial is over: what was said holds for the next dial.
    pub(super) fn lost(&mut self, hint: Hint) {
        let hint = hint.or(core::mem::take(&mut self.hint));
        // What reaches the cap, a day, may end within its last tenth.
        let floor = hint.retry_after.unwrap_or_default().min(Hint::LONGEST / 10 * 9);
        self.not_before = (!floor.is_zero()).then(|| self.latest + floor).or(self.not_before);
    }

    pub(super) fn dialled(&mut self, refresh: bool) {
        let until = self.not_before.take();
        let is_over = until.is_none_or(|until| self.latest >= until);
        assert!(
            is_over,
            "dialled at {:?}, and the server wants none before {until:?}",
            self.latest
        );
        assert!(!refresh || self.refreshes, "there is nobody to ask");
        assert!(refresh || !self.has_expired, "the credentials have expired");
        (self.asked, self.hint) = (refresh, Hint::NONE);
    }
}

fn has_expired(cause: Cause) -> bool {
    match cause {
        Cause::ClosedByPeer { code } => [1008, 3000, 3003, 4401, 4403].contains(&code),
        Cause::Rejected { status } => matches!(status, 401 | 403),
        _ => false,
    }
}
