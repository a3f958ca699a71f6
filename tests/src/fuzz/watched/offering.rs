//! Which dials may leave `steadfast.v1` out.

use steadfast_core::connection::Cause;

/// What is known of the offer without the machine.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is known by itself")]
pub(in crate::fuzz) struct Offers {
    /// Whether the user offers it.
    pub(super) is_wanted: bool,
    /// Whether the present dial does.
    is_made: bool,
    /// Whether the present dial is the second of its attempt.
    is_second: bool,
    /// Whether the last link came up without the offer.
    was_left_out: bool,
    /// The dial that has just failed, before an output reports it: its offer, and its cause.
    failed: Option<(bool, Cause)>,
}

impl Offers {
    pub(super) fn new(is_wanted: bool) -> Self {
        Self { is_wanted, ..Self::default() }
    }

    /// A dial has failed before it opened.
    pub(super) fn failed(&mut self, cause: Cause) {
        self.failed = Some((self.is_made, cause));
    }

    /// The failure of a dial was reported, so the attempt is over; or something else happens.
    pub(super) fn is_over(&mut self) {
        self.failed = None;
    }

    /// A dial is repeated once, in the other way, and only if the offer may be why it failed. The first
    /// dial of an attempt leaves the offer out only if the last link came up without. Whether this is the
    /// second one.
    pub(super) fn dialled(&mut self, offer: bool) -> bool {
        let repeats = self.failed.take();
        if let Some((before, cause)) = repeats {
            assert_ne!(offer, before, "the same dial twice in one attempt");
            assert!(!self.is_second, "an attempt has two dials at most");
            let may_be_why = [Cause::Network, Cause::Rejected { status: 400 }].contains(&cause);
            assert!(may_be_why, "{cause:?} has nothing to do with the offer");
        }
        assert!(offer || self.is_wanted, "nobody offers it");
        assert!(offer || repeats.is_some() || self.was_left_out, "left out without a reason");
        (self.is_made, self.is_second) = (offer, repeats.is_some());
        self.is_second
    }

    pub(super) fn opened(&mut self) {
        self.was_left_out = !self.is_made;
    }
}
