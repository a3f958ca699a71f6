//! Which dials offer `steadfast.v1`.
//!
//! A server that does not know it may take none of the sub-protocols. Chromium ends such a dial and
//! does not tell why. So an attempt that may have failed for that is repeated at once without
//! `steadfast.v1`: a server that is open now and was not a moment ago has most likely refused it. See
//! `docs/decisions/core/offering-steadfast-v1.md`.

use super::credentials::is_paced;
use super::{Connection, Phase};
use crate::connection::cause::Cause;
use crate::protocol::Hint;

/// What is known of how the server takes the offer of `steadfast.v1`. Whether it has taken it on the
/// last link the session knows by its [`DeliveryTracker`](crate::protocol::DeliveryTracker).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offer {
    /// It is among the user's sub-protocols.
    is_wanted: bool,
    /// The present dial leaves it out.
    is_left_out: bool,
    /// The present attempt has dialled with it and without.
    has_tried_both: bool,
    /// How many links in a row came up without it, of dials that left it out.
    links_without: u32,
}

/// How many attempts of which nothing is known are made before one is repeated without it: where the
/// server has not been reached yet, and where it took it on the last link.
const PACE: u32 = 2;
const PACE_IF_KNOWN: u32 = 16;

impl Offer {
    /// An attempt begins. If the last links came up without it, this one leaves it out, too, but after
    /// the second, the fourth, the eighth and every sixteenth: servers learn.
    pub(super) fn begin(&mut self) {
        self.is_left_out = self.links_without > 0 && !is_paced(self.links_without);
        self.has_tried_both = false;
    }

    /// Whether the present dial offers it.
    pub(super) fn is_made(self) -> bool {
        !self.is_left_out
    }

    /// The socket is open.
    pub(super) fn opened(&mut self) {
        self.links_without =
            if self.is_left_out { self.links_without.saturating_add(1) } else { 0 };
    }
}

impl Connection {
    /// Tells whether `steadfast.v1` is among the sub-protocols of the present dial, as far as
    /// [`Output::Dial`](crate::connection::Output::Dial) says that it is to be offered. If so, an
    /// attempt that may have failed for it is repeated without it, within the same connect timeout.
    /// For drivers whose platform does not connect to a server that takes none.
    pub fn set_offers(&mut self, is_wanted: bool) {
        self.offer.is_wanted = is_wanted;
    }

    /// Whether the present attempt goes on, now with `steadfast.v1` if it was left out, and without
    /// it otherwise.
    pub(super) fn tries_both(&mut self, cause: Cause, hint: Hint) -> bool {
        let Phase::Dialling { since, permit, is_open: false, .. } = self.phase else {
            return false;
        };
        let Offer { is_wanted, is_left_out, has_tried_both, links_without } = self.offer;
        if !is_wanted || has_tried_both || hint.asks_to_wait() {
            return false;
        }
        let pace = match self.delivery {
            Some(_) => PACE_IF_KNOWN,
            None if links_without > 0 && !is_left_out => 1,
            None => PACE,
        };
        let may_be_refused = match cause {
            Cause::Network => self.credentials.is_nth_unexplained(pace),
            Cause::Rejected { status: 400 } | Cause::Subprotocol => true,
            _ => false,
        };
        if may_be_refused {
            self.offer.is_left_out = !is_left_out;
            self.offer.has_tried_both = true;
            self.dial_socket(since, permit);
        }
        may_be_refused
    }
}
