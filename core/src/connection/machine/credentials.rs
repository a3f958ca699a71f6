//! When a dial asks for fresh credentials.

use core::time::Duration;

use super::Connection;
use crate::connection::cause::Cause;
use crate::time::Instant;

/// What is known of the credentials that the user's functions give.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is known of them by itself")]
pub(super) struct Credentials {
    /// The server said that they have expired, and no dial that asked for fresh ones has opened
    /// since.
    expired: bool,
    /// The present dial, or that of the present link, asked for fresh ones. Forgotten once the link
    /// has proved stable: credentials age.
    are_fresh: bool,
    /// A dial for fresh ones was made at once since a link was last stable.
    hurried: bool,
    /// How many dials in a row failed without a reason of the server: before they opened, or after that
    /// without a message and before the link was stable.
    unexplained: u32,
    /// When a dial that asked for fresh ones last failed like that.
    asked_at: Option<Instant>,
    /// The server of the present link has shown that it takes them: by a message, or by being stable.
    are_accepted: bool,
}

/// The greatest power of two that is paced, and the pace from then on.
const LONGEST_PACE: u32 = 16;

/// Minimum time between two requests for fresh credentials after 16 dials have failed without a reason.
const INTERVAL: Duration = Duration::from_mins(3);

impl Credentials {
    /// What outlives the machine.
    pub(super) fn saved(self) -> (bool, u32) {
        (self.expired, self.unexplained)
    }

    pub(super) fn restored((expired, unexplained): (bool, u32)) -> Self {
        Self { expired, unexplained, ..Self::default() }
    }

    /// The session is opened again after it had ended: what the server said of the credentials
    /// still holds.
    pub(super) fn begin(&mut self) {
        *self = Self::restored(self.saved());
    }

    /// A dial begins: whether it asks for fresh ones. Some platforms do not tell why an upgrade was
    /// refused. So the dial after the second unexplained failure in a row asks, and those after the
    /// fourth, the eighth and the sixteenth, and from then on one every three minutes: however often
    /// it is dialled, a long outage costs the server of the tokens little.
    pub(super) fn dial(&mut self, now: Instant) {
        self.are_fresh = self.expired || self.is_due(now);
    }

    fn is_due(self, now: Instant) -> bool {
        match self.asked_at {
            // Never after an odd number: that attempt may be repeated without `steadfast.v1`, and would
            // ask twice.
            Some(at) if self.unexplained > LONGEST_PACE => {
                self.unexplained.is_multiple_of(2) && now.saturating_since(at) >= INTERVAL
            }
            // When a process that has ended last asked is not known.
            _ => is_paced(self.unexplained),
        }
    }

    /// Whether the present dial asks for fresh ones.
    pub(super) fn are_fresh(self) -> bool {
        self.are_fresh
    }

    /// Whether the present dial, if it fails without a reason, is the `pace`-th in a row, or a multiple.
    pub(super) fn is_nth_unexplained(self, pace: u32) -> bool {
        self.unexplained.saturating_add(1).is_multiple_of(pace)
    }

    /// The socket is open, so the server has let these in, or looks at them now.
    pub(super) fn opened(&mut self) {
        self.expired &= !self.are_fresh;
    }

    /// The server sent a message, or the link was stable, so it has let these in.
    pub(super) fn accepted(&mut self) {
        (self.are_accepted, self.unexplained) = (true, 0);
    }

    /// A dial failed, or its link was lost. If the user's function failed, the next dial asks as this
    /// one did.
    pub(super) fn failed(&mut self, cause: Cause, now: Instant) {
        let is_unexplained = matches!(cause, Cause::ConnectTimeout | Cause::Network);
        if is_unexplained && self.are_fresh {
            self.asked_at = Some(now);
        }
        self.unexplained = match cause {
            _ if core::mem::take(&mut self.are_accepted) => 0,
            Cause::HandshakeFailed { code: None } | Cause::NoAddress => self.unexplained,
            _ if is_unexplained => self.unexplained.saturating_add(1),
            _ => 0,
        };
    }

    pub(super) fn proved_stable(&mut self) {
        (self.are_fresh, self.hurried) = (false, false);
        self.accepted();
    }
}

/// Whether this is the second, the fourth, the eighth, the sixteenth, or every sixteenth from then on.
pub(super) fn is_paced(count: u32) -> bool {
    match count {
        0 | 1 => false,
        count if count < LONGEST_PACE => count.is_power_of_two(),
        count => count.is_multiple_of(LONGEST_PACE),
    }
}

impl Connection {
    /// The server refused the credentials: whether fresh ones may help.
    pub(super) fn may_refresh(&mut self, cause: Cause) -> bool {
        let has_expired = match (cause, cause.close_code()) {
            (_, Some(code)) => self.config.expired_close_codes.contains(&code),
            (Cause::Rejected { status }, _) => matches!(status, 401 | 403),
            _ => false,
        };
        if !has_expired || !self.config.refreshable {
            return false;
        }
        self.credentials.expired = true;
        !self.credentials.are_fresh
    }

    /// Takes the one dial that may be made at once for fresh credentials, if that is left.
    pub(super) fn may_hurry(&mut self) -> bool {
        !core::mem::replace(&mut self.credentials.hurried, true)
    }
}
